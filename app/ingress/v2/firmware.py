"""Firmware of 2.x: updates (L01, L02), and firmware that a local controller publishes (L03, L04)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.commands import Outcome
from app.domain.jobs import (
    FirmwareUnpublished,
    JobAsked,
    JobKind,
    JobProgressed,
    PublishFirmware,
    UnpublishFirmware,
    UpdateFirmware,
    UpdateSignedFirmware,
)
from app.ingress.block import (
    LearnsTable,
    Payload,
    Receives,
    ReceivesTable,
    Sends,
    SendsTable,
    empty,
    outcome_of,
    worded,
)
from app.ingress.wire import wire_time


def retries(command: Any) -> Payload:
    """How often to try again, if that was said."""
    payload: Payload = {}
    if command.retries is not None:
        payload["retries"] = command.retries
    if command.retry_interval_s is not None:
        payload["retryInterval"] = command.retry_interval_s
    return payload


def firmware(command: UpdateFirmware | UpdateSignedFirmware) -> Payload:
    """FirmwareType."""
    payload: Payload = {
        "location": command.location,
        "retrieveDateTime": wire_time(command.retrieve_at),
    }
    if command.install_at is not None:
        payload["installDateTime"] = wire_time(command.install_at)
    if isinstance(command, UpdateSignedFirmware):
        payload["signingCertificate"] = command.signing_certificate
        payload["signature"] = command.signature
    return payload


def update(command: UpdateFirmware | UpdateSignedFirmware) -> Payload:
    """UpdateFirmwareRequest."""
    return {**retries(command), "requestId": command.request_id, "firmware": firmware(command)}


def _publish(command: PublishFirmware) -> Payload:
    return {
        "location": command.location,
        "checksum": command.checksum,
        "requestId": command.request_id,
        **retries(command),
    }


def _unpublish(command: UnpublishFirmware) -> Payload:
    return {"checksum": command.checksum}


def _unpublished(payload: Payload, _command: UnpublishFirmware) -> Outcome:
    """There is no firmware after NoFirmware either, but that is not what was asked for."""
    word = payload["status"]
    outcome = worded(None if word == "Unpublished" else word, payload)
    return Outcome(status=outcome.status, detail=word, payload=payload)


def progressed(payload: Any, _at: datetime) -> tuple[JobProgressed, ...]:
    """FirmwareStatusNotification."""
    return (
        JobProgressed(kind=JobKind.FIRMWARE, status=payload.status, request_id=payload.requestId),
    )


def _publishing(payload: Any, _at: datetime) -> tuple[JobProgressed, ...]:
    return (
        JobProgressed(
            kind=JobKind.PUBLISHED_FIRMWARE,
            status=payload.status,
            request_id=payload.requestId,
            locations=tuple(payload.location or ()),
        ),
    )


def learn_update(asked: Payload, answered: Payload, _now: datetime) -> tuple[JobAsked, ...]:
    """An update that was asked for: a job, whatever the answer."""
    return (
        JobAsked(
            kind=JobKind.FIRMWARE,
            status=answered["status"],
            request_id=asked["requestId"],
            location=asked["firmware"]["location"],
            asked=asked,
            replaces=answered["status"] == "AcceptedCanceled",
        ),
    )


def _learn_publish(asked: Payload, answered: Payload, _now: datetime) -> tuple[JobAsked, ...]:
    return (
        JobAsked(
            kind=JobKind.PUBLISHED_FIRMWARE,
            status=answered["status"],
            request_id=asked["requestId"],
            location=asked["location"],
            asked=asked,
        ),
    )


def _learn_unpublish(
    asked: Payload, answered: Payload, _now: datetime
) -> tuple[FirmwareUnpublished, ...]:
    if answered["status"] == "DownloadOngoing":
        return ()
    return (FirmwareUnpublished(checksum=asked["checksum"]),)


RECEIVES: ReceivesTable = {
    "FirmwareStatusNotification": Receives(progressed, empty),
    "PublishFirmwareStatusNotification": Receives(_publishing, empty),
}
SENDS: SendsTable = {
    UpdateFirmware: Sends("UpdateFirmware", update, outcome_of),
    UpdateSignedFirmware: Sends("UpdateFirmware", update, outcome_of),
    PublishFirmware: Sends("PublishFirmware", _publish, outcome_of),
    UnpublishFirmware: Sends("UnpublishFirmware", _unpublish, _unpublished),
}
LEARNS: LearnsTable = {
    "UpdateFirmware": learn_update,
    "PublishFirmware": _learn_publish,
    "UnpublishFirmware": _learn_unpublish,
}

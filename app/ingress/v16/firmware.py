"""Firmware of 1.6: UpdateFirmware without an answer's word (5.19), and the security extension's signed update."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.errors import Invalid
from app.domain.jobs import JobAsked, JobKind, JobProgressed, UpdateFirmware, UpdateSignedFirmware
from app.ingress.block import (
    LearnsTable,
    Payload,
    Receives,
    ReceivesTable,
    Sends,
    SendsTable,
    empty,
    outcome_of,
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


def _update(command: UpdateFirmware) -> Payload:
    if command.install_at is not None:
        raise Invalid("This station installs firmware as soon as it has it; leave out install_at.")
    return {
        "location": command.location,
        **retries(command),
        "retrieveDate": wire_time(command.retrieve_at),
    }


def _update_signed(command: UpdateSignedFirmware) -> Payload:
    firmware: Payload = {
        "location": command.location,
        "retrieveDateTime": wire_time(command.retrieve_at),
    }
    if command.install_at is not None:
        firmware["installDateTime"] = wire_time(command.install_at)
    firmware["signingCertificate"] = command.signing_certificate
    firmware["signature"] = command.signature
    return {**retries(command), "requestId": command.request_id, "firmware": firmware}


def _progressed(payload: Any, _at: datetime) -> tuple[JobProgressed, ...]:
    return (JobProgressed(kind=JobKind.FIRMWARE, status=payload.status),)


def _signed_progressed(payload: Any, _at: datetime) -> tuple[JobProgressed, ...]:
    return (
        JobProgressed(kind=JobKind.FIRMWARE, status=payload.status, request_id=payload.requestId),
    )


def _learn(asked: Payload, _answered: Payload, _now: datetime) -> tuple[JobAsked, ...]:
    return (
        JobAsked(kind=JobKind.FIRMWARE, status="Accepted", location=asked["location"], asked=asked),
    )


def _learn_signed(asked: Payload, answered: Payload, _now: datetime) -> tuple[JobAsked, ...]:
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


RECEIVES: ReceivesTable = {
    "FirmwareStatusNotification": Receives(_progressed, empty),
    "SignedFirmwareStatusNotification": Receives(_signed_progressed, empty),
}
SENDS: SendsTable = {
    UpdateFirmware: Sends("UpdateFirmware", _update, outcome_of),
    UpdateSignedFirmware: Sends("SignedUpdateFirmware", _update_signed, outcome_of),
}
LEARNS: LearnsTable = {"UpdateFirmware": _learn, "SignedUpdateFirmware": _learn_signed}

"""Diagnostics of 1.6: GetDiagnostics (5.9), and the security extension's GetLog."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.jobs import GetDiagnostics, GetSecurityLog, JobAsked, JobKind, JobProgressed
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
from app.ingress.v16.firmware import retries
from app.ingress.wire import wire_time

_WORDS = {"UploadFailed": "UploadFailure"}


def _get_diagnostics(command: GetDiagnostics) -> Payload:
    payload: Payload = {"location": command.location, **retries(command)}
    if command.since is not None:
        payload["startTime"] = wire_time(command.since)
    if command.until is not None:
        payload["stopTime"] = wire_time(command.until)
    return payload


def _get_log(command: GetSecurityLog) -> Payload:
    log: Payload = {"remoteLocation": command.location}
    if command.since is not None:
        log["oldestTimestamp"] = wire_time(command.since)
    if command.until is not None:
        log["latestTimestamp"] = wire_time(command.until)
    return {
        "log": log,
        "logType": "SecurityLog",
        "requestId": command.request_id,
        **retries(command),
    }


def _diagnostics(payload: Any, _at: datetime) -> tuple[JobProgressed, ...]:
    word = _WORDS.get(payload.status, payload.status)
    return (JobProgressed(kind=JobKind.LOG, status=word),)


def _uploading(payload: Any, _at: datetime) -> tuple[JobProgressed, ...]:
    return (JobProgressed(kind=JobKind.LOG, status=payload.status, request_id=payload.requestId),)


def _learn_diagnostics(asked: Payload, answered: Payload, _now: datetime) -> tuple[JobAsked, ...]:
    """No file's name means that there are no diagnostics to be had."""
    name = answered.get("fileName")
    return (
        JobAsked(
            kind=JobKind.LOG,
            status="Accepted" if name else "NotAvailable",
            location=asked["location"],
            asked={**asked, "filename": name} if name else asked,
        ),
    )


def _learn_log(asked: Payload, answered: Payload, _now: datetime) -> tuple[JobAsked, ...]:
    name = answered.get("filename")
    return (
        JobAsked(
            kind=JobKind.LOG,
            status=answered["status"],
            request_id=asked["requestId"],
            location=asked["log"]["remoteLocation"],
            asked={**asked, "filename": name} if name else asked,
            replaces=answered["status"] == "AcceptedCanceled",
        ),
    )


RECEIVES: ReceivesTable = {
    "DiagnosticsStatusNotification": Receives(_diagnostics, empty),
    "LogStatusNotification": Receives(_uploading, empty),
}
SENDS: SendsTable = {
    GetDiagnostics: Sends("GetDiagnostics", _get_diagnostics, outcome_of),
    GetSecurityLog: Sends("GetLog", _get_log, outcome_of),
}
LEARNS: LearnsTable = {"GetDiagnostics": _learn_diagnostics, "GetLog": _learn_log}

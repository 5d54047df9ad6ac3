"""Diagnostics of 2.x: logs and how far their upload is (N01)."""

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
from app.ingress.v2.firmware import retries
from app.ingress.wire import wire_time


def _log(command: GetDiagnostics | GetSecurityLog) -> Payload:
    log: Payload = {"remoteLocation": command.location}
    if command.since is not None:
        log["oldestTimestamp"] = wire_time(command.since)
    if command.until is not None:
        log["latestTimestamp"] = wire_time(command.until)
    kind = "DiagnosticsLog" if isinstance(command, GetDiagnostics) else "SecurityLog"
    return {
        "log": log,
        "logType": kind,
        "requestId": command.request_id,
        **retries(command),
    }


def _uploading(payload: Any, _at: datetime) -> tuple[JobProgressed, ...]:
    return (JobProgressed(kind=JobKind.LOG, status=payload.status, request_id=payload.requestId),)


def learn_log(asked: Payload, answered: Payload, _now: datetime) -> tuple[JobAsked, ...]:
    """A log that was asked for: a job, whatever the answer; the file's name is kept beside the request."""
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


RECEIVES: ReceivesTable = {"LogStatusNotification": Receives(_uploading, empty)}
SENDS: SendsTable = {
    GetDiagnostics: Sends("GetLog", _log, outcome_of),
    GetSecurityLog: Sends("GetLog", _log, outcome_of),
}
LEARNS: LearnsTable = {"GetLog": learn_log}

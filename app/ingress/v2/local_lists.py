"""Local lists and the cache of 2.x: SendLocalList, GetLocalListVersion, ClearCache (D01, D02, C11)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.authorization import TokenStatus
from app.domain.commands import Outcome, OutcomeStatus
from app.domain.local_lists import (
    ClearCache,
    GetLocalListVersion,
    ListEntry,
    LocalListSeen,
    LocalListTaken,
    SendLocalList,
)
from app.domain.reports import Report
from app.ingress.block import LearnsTable, Payload, Sends, SendsTable, outcome_of
from app.ingress.wire import instant_of, wire_time

DEFAULT_TYPE = "ISO14443"
"""What a token is on a list when nobody said: a card."""


def _send(command: SendLocalList) -> Payload:
    payload: Payload = {}
    if command.entries:
        payload["localAuthorizationList"] = [_entry(entry) for entry in command.entries]
    payload["versionNumber"] = command.version
    payload["updateType"] = "Full" if command.full else "Differential"
    return payload


def _entry(entry: ListEntry) -> Payload:
    """AuthorizationData; without idTokenInfo the token leaves the list (D01.FR.16)."""
    data: Payload = {"idToken": {"idToken": entry.token, "type": entry.type or DEFAULT_TYPE}}
    if entry.status is not None:
        info: Payload = {"status": entry.status.value}
        if entry.expires_at is not None:
            info["cacheExpiryDateTime"] = wire_time(entry.expires_at)
        if entry.group is not None:
            info["groupIdToken"] = {"idToken": entry.group, "type": "Central"}
        data["idTokenInfo"] = info
    return data


def nothing(_command: object) -> Payload:
    """A call without content."""
    return {}


def version_of(payload: Payload, _command: object) -> Outcome:
    """Any version is a good answer."""
    detail = f"version {payload['versionNumber']}"
    return Outcome(status=OutcomeStatus.ACCEPTED, detail=detail, payload=payload)


def _taken(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    if answered.get("status") != "Accepted":
        return ()
    return (
        LocalListTaken(
            version=asked["versionNumber"],
            full=asked["updateType"] == "Full",
            entries=tuple(map(_read, asked.get("localAuthorizationList") or ())),
        ),
    )


def _read(data: dict[str, Any]) -> ListEntry:
    token, info = data["idToken"], data.get("idTokenInfo")
    if info is None:
        return ListEntry(token=token["idToken"], type=token["type"], status=None)
    group, expiry = info.get("groupIdToken"), info.get("cacheExpiryDateTime")
    return ListEntry(
        token=token["idToken"],
        type=token["type"],
        status=TokenStatus(info["status"]),
        group=group["idToken"] if group else None,
        expires_at=instant_of(expiry) if expiry else None,
    )


def _seen(_asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    return (LocalListSeen(version=answered["versionNumber"]),)


SENDS: SendsTable = {
    SendLocalList: Sends("SendLocalList", _send, outcome_of),
    GetLocalListVersion: Sends("GetLocalListVersion", nothing, version_of),
    ClearCache: Sends("ClearCache", nothing, outcome_of),
}
LEARNS: LearnsTable = {"SendLocalList": _taken, "GetLocalListVersion": _seen}

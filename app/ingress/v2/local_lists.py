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
from app.ingress.v2.tokens import LONGEST, group_token, id_token
from app.ingress.wire import instant_of, wire_time

DEFAULT_TYPE = "ISO14443"
"""What a token is on a list when nobody said: a card."""


def _send(command: SendLocalList) -> Payload:
    """A token that is too long for 2.0.1 is left out: no card of it can be shown to a station."""
    payload: Payload = {}
    entries = [_entry(entry) for entry in command.entries if len(entry.token) <= LONGEST]
    if entries:
        payload["localAuthorizationList"] = entries
    payload["versionNumber"] = command.version
    payload["updateType"] = "Full" if command.full else "Differential"
    return payload


def _entry(entry: ListEntry) -> Payload:
    """AuthorizationData; without idTokenInfo the token leaves the list (D01)."""
    data: Payload = {"idToken": id_token(entry.token, entry.type, DEFAULT_TYPE)}
    if entry.status is not None:
        info: Payload = {"status": entry.status.value}
        if entry.expires_at is not None:
            info["cacheExpiryDateTime"] = wire_time(entry.expires_at)
        if entry.group is not None:
            info["groupIdToken"] = group_token(entry.group)
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

"""Local lists and the cache of 1.6: SendLocalList (5.15), GetLocalListVersion (5.10), ClearCache (5.4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.authorization import TokenInfo, TokenStatus
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
from app.ingress.v16.tokens import LONGEST, id_tag_info
from app.ingress.wire import instant_of


def _send(command: SendLocalList) -> Payload:
    """A token that is too long for 1.6 is left out: no card of it can be shown to a station."""
    payload: Payload = {"listVersion": command.version}
    entries = [_entry(entry) for entry in command.entries if len(entry.token) <= LONGEST]
    if entries:
        payload["localAuthorizationList"] = entries
    payload["updateType"] = "Full" if command.full else "Differential"
    return payload


def _entry(entry: ListEntry) -> Payload:
    """AuthorizationData; without idTagInfo the tag leaves the list."""
    data: Payload = {"idTag": entry.token}
    if entry.status is not None:
        info = TokenInfo(status=entry.status, group=entry.group, expires_at=entry.expires_at)
        data["idTagInfo"] = id_tag_info(info)
    return data


def _nothing(_command: object) -> Payload:
    return {}


def _version(payload: Payload, _command: object) -> Outcome:
    version = payload["listVersion"]
    if version < 0:
        return Outcome(
            status=OutcomeStatus.NOT_SUPPORTED,
            description="The station has no local lists.",
            detail=f"version {version}",
            payload=payload,
        )
    return Outcome(status=OutcomeStatus.ACCEPTED, detail=f"version {version}", payload=payload)


def _taken(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    if answered.get("status") != "Accepted":
        return ()
    return (
        LocalListTaken(
            version=asked["listVersion"],
            full=asked["updateType"] == "Full",
            entries=tuple(map(_read, asked.get("localAuthorizationList") or ())),
        ),
    )


def _read(data: dict[str, Any]) -> ListEntry:
    info = data.get("idTagInfo")
    if info is None:
        return ListEntry(token=data["idTag"], status=None)
    expiry = info.get("expiryDate")
    return ListEntry(
        token=data["idTag"],
        status=TokenStatus(info["status"]),
        group=info.get("parentIdTag"),
        expires_at=instant_of(expiry) if expiry else None,
    )


def _seen(_asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    return (LocalListSeen(version=answered["listVersion"]),)


SENDS: SendsTable = {
    SendLocalList: Sends("SendLocalList", _send, outcome_of),
    GetLocalListVersion: Sends("GetLocalListVersion", _nothing, _version),
    ClearCache: Sends("ClearCache", _nothing, outcome_of),
}
LEARNS: LearnsTable = {"SendLocalList": _taken, "GetLocalListVersion": _seen}

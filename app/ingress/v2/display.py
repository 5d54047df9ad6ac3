"""Display messages of 2.x: set, asked for, told, cleared (block O)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from app.domain.display import (
    ClearDisplayMessage,
    GetDisplayMessages,
    MessageCriteria,
    MessageFormat,
    MessagePriority,
    MessagesAsked,
    MessagesCleared,
    MessageSet,
    MessagesReported,
    MessageState,
    ScreenMessage,
    SetDisplayMessage,
)
from app.domain.reports import Report
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
from app.ingress.wire import utc, wire_time


def _message(said: Payload) -> ScreenMessage:
    """MessageInfoType."""
    display = said.get("display") or {}
    content = said["message"]
    return ScreenMessage(
        id=said["id"],
        priority=MessagePriority(said["priority"]),
        state=MessageState(said["state"]) if said.get("state") else None,
        start_at=_moment(said.get("startDateTime")),
        end_at=_moment(said.get("endDateTime")),
        transaction=said.get("transactionId"),
        format=MessageFormat(content["format"]),
        language=content.get("language"),
        content=content["content"],
        display=display.get("name"),
        display_evse=(display.get("evse") or {}).get("id"),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else utc(datetime.fromisoformat(text))


def _set(command: SetDisplayMessage) -> Payload:
    said = command.message
    payload: Payload = {}
    if said.display is not None:
        payload["display"] = {"name": said.display}
        if said.display_evse is not None:
            payload["display"]["evse"] = {"id": said.display_evse}
    payload |= {"id": said.id, "priority": said.priority.value}
    if said.state is not None:
        payload["state"] = said.state.value
    if said.start_at is not None:
        payload["startDateTime"] = wire_time(said.start_at)
    if said.end_at is not None:
        payload["endDateTime"] = wire_time(said.end_at)
    if said.transaction is not None:
        payload["transactionId"] = said.transaction
    content: Payload = {"format": said.format.value}
    if said.language is not None:
        content["language"] = said.language
    content["content"] = said.content
    return {"message": {**payload, "message": content}}


def _get(command: GetDisplayMessages) -> Payload:
    of = command.criteria
    payload: Payload = {"id": list(of.ids)} if of.ids else {}
    payload["requestId"] = command.request_id
    if of.priority is not None:
        payload["priority"] = of.priority.value
    if of.state is not None:
        payload["state"] = of.state.value
    return payload


def _clear(command: ClearDisplayMessage) -> Payload:
    return {"id": command.message_id}


def _reported(payload: Any, _at: datetime) -> tuple[Report, ...]:
    said = msgspec.to_builtins(payload.messageInfo or [])
    return (
        MessagesReported(
            request_id=payload.requestId,
            messages=tuple(_message(one) for one in said),
            more_follows=payload.tbc is True,
        ),
    )


def _was_set(asked: Payload, answered: Payload, at: datetime) -> tuple[Report, ...]:
    if answered["status"] != "Accepted":
        return ()
    return (MessageSet(message=_message(asked["message"]), at=at),)


def _was_cleared(asked: Payload, answered: Payload, _at: datetime) -> tuple[Report, ...]:
    """Unknown teaches the same as Accepted: there is none (any more)."""
    if answered["status"] not in ("Accepted", "Unknown"):
        return ()
    return (MessagesCleared(criteria=MessageCriteria(ids=(asked["id"],))),)


def _was_asked(asked: Payload, answered: Payload, at: datetime) -> tuple[Report, ...]:
    criteria = MessageCriteria(
        ids=tuple(asked.get("id", ())),
        priority=MessagePriority(asked["priority"]) if asked.get("priority") else None,
        state=MessageState(asked["state"]) if asked.get("state") else None,
    )
    if answered["status"] != "Accepted":
        return (MessagesCleared(criteria=criteria),)
    return (MessagesAsked(request_id=asked["requestId"], criteria=criteria, at=at),)


RECEIVES: ReceivesTable = {"NotifyDisplayMessages": Receives(_reported, empty)}
SENDS: SendsTable = {
    SetDisplayMessage: Sends("SetDisplayMessage", _set, outcome_of),
    GetDisplayMessages: Sends("GetDisplayMessages", _get, outcome_of),
    ClearDisplayMessage: Sends("ClearDisplayMessage", _clear, outcome_of),
}
LEARNS: LearnsTable = {
    "SetDisplayMessage": _was_set,
    "ClearDisplayMessage": _was_cleared,
    "GetDisplayMessages": _was_asked,
}

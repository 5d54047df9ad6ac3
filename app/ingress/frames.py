"""The envelope of OCPP-J: `[type, id, ...]`. Reading one that is right is one call; the rest is for what is not."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from app.ingress.errors import LONGEST_DESCRIPTION, Refusal

UNREADABLE_ID = "-1"
"""The message id of an answer to a frame whose own id could not be read (2.0.1 part 4, 4.2.3)."""

LONGEST_ID = 255
"""OCPP says 36. Stations exist that wrap a GUID in braces, so more is borne; this much is nonsense."""


class Call(msgspec.Struct, array_like=True, tag=2, forbid_unknown_fields=True, gc=False):
    """A request of the station."""

    id: str
    action: str
    payload: msgspec.Raw


class Result(msgspec.Struct, array_like=True, tag=3, forbid_unknown_fields=True, gc=False):
    """The station's answer to a request of ours."""

    id: str
    payload: msgspec.Raw


class Failure(msgspec.Struct, array_like=True, tag=4, gc=False):
    """The station could not answer. It comes with 2, 4 or 5 elements, and settles the call in each case."""

    id: str
    code: str = "GenericError"
    description: str = ""
    details: Any = None


class Unreadable(msgspec.Struct):
    """A frame that is none of the three. `message_type` None: not even that could be read."""

    id: str
    message_type: int | None
    refusal: Refusal


Frame = Call | Result | Failure | Unreadable

_DECODER = msgspec.json.Decoder(Call | Result | Failure)
_ENCODER = msgspec.json.Encoder()
_ESCAPED_NUL = b"\\u0000"
_ANSWER_ID = re.compile(rb'\s*\[\s*([34])\s*,\s*"([ !#-\[\]-~]{1,255})"')
_CALL_ID = re.compile(rb'\s*\[\s*2\s*,\s*"([ !#-\[\]-~]{1,255})"')


def read_frame(frame: bytes) -> Frame:
    """What kind of frame this is. Never raises, whatever the bytes are."""
    try:
        if _ESCAPED_NUL in frame:
            frame = _without_nul(frame)
        message: Call | Result | Failure = _DECODER.decode(frame)
        if len(message.id) <= LONGEST_ID:
            return message
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    return _diagnose(frame)


def result_frame(message_id: str, payload: object) -> bytes:
    """`[3,"id",{...}]`, compact: some stations find members by position or by text."""
    return _ENCODER.encode((3, message_id, payload))


def call_frame(message_id: str, action: str, payload: object) -> bytes:
    """`[2,"id","Action",{...}]`."""
    return _ENCODER.encode((2, message_id, action, payload))


def error_frame(message_id: str, code: str, description: str) -> bytes:
    """`[4,"id","Code","description",{}]`, always five elements."""
    return _ENCODER.encode((4, message_id, code, description[:LONGEST_DESCRIPTION], {}))


def _without_nul(frame: bytes) -> bytes:
    """A frame whose texts carry no NUL character: no database stores one, no station means one."""
    return msgspec.json.encode(_stripped(msgspec.json.decode(frame)))


def _stripped(value: Any) -> Any:
    match value:
        case str():
            return value.replace("\0", "")
        case list():
            return [_stripped(item) for item in value]
        case dict():
            return {_stripped(name): _stripped(item) for name, item in value.items()}
    return value


def _diagnose(frame: bytes) -> Frame:
    try:
        content = msgspec.json.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        answer = _ANSWER_ID.match(frame)
        if answer is not None:  # settles its call, and is never answered itself
            message_id = answer[2].decode()
            if answer[1] == b"3":
                return Result(message_id, msgspec.Raw(b"null"))
            return Failure(message_id)
        found = _CALL_ID.match(frame)
        why = "nested too deeply" if isinstance(error, RecursionError) else "not valid JSON"
        return Unreadable(
            found[1].decode() if found else UNREADABLE_ID,
            2 if found else None,
            Refusal("FormatViolation" if found else "RpcFrameworkError", f"The frame is {why}"),
        )
    if not isinstance(content, list) or not content or type(content[0]) is not int:
        return _unreadable(None, "The frame is not an array that starts with a message type")
    kind, *rest = content
    if not rest or not isinstance(rest[0], str) or len(rest[0]) > LONGEST_ID:
        return _unreadable(kind, "The message id is not a string of at most 36 characters")
    message_id = rest[0]
    if kind == 3:
        return Result(message_id, msgspec.Raw(b"null"))
    if kind == 4:
        words = [str(word) for word in rest[1:3]]
        return Failure(message_id, *words)
    if kind != 2:
        refusal = Refusal("MessageTypeNotSupported", f"Message type {kind} is not supported")
        return Unreadable(message_id, kind, refusal)
    return _unreadable(kind, "A CALL has four elements: 2, id, action, payload", message_id)


def _unreadable(kind: int | None, why: str, message_id: str = UNREADABLE_ID) -> Unreadable:
    return Unreadable(message_id, kind, Refusal("RpcFrameworkError", why))

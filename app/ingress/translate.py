"""From the text of a frame to what it means, and from an answer to the text that says it. Pure: no socket, no clock.

`understand` is the hot path of every session; `translate` is the same for a person who has a frame in a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from app.domain.conformance import PLAIN, Habits
from app.domain.errors import Invalid
from app.domain.reports import Answer, Report
from app.ingress import mending
from app.ingress.block import Receives
from app.ingress.dialects import DIALECTS, Dialect
from app.ingress.errors import Refusal, explain
from app.ingress.frames import (
    Call,
    Failure,
    Result,
    Unreadable,
    error_frame,
    read_frame,
    result_frame,
)
from app.ingress.quirks import Patch
from app.ingress.schemas import decoder_for

LONGEST_STRICT_ID = 36
"""What OCPP-J allows; stations that nobody is strict with may wrap a GUID in braces."""


@dataclass(slots=True)
class Understood:
    """What a call of the station means. `findings`: its deviations, put right: sentence -> quirk."""

    receives: Receives
    reports: tuple[Report, ...]
    findings: dict[str, str] | None = None


def understand(
    dialect: Dialect, call: Call, at: datetime, habits: Habits = PLAIN
) -> Understood | Refusal:
    """The reports of `call`, received at `at`; or why it cannot be answered with a result.

    `habits`: what a person said of the station; a strict one has nothing mended.
    """
    receives = dialect.receives.get(call.action)
    if receives is None:
        return _no_handler(dialect, call.action)
    if habits.strict and len(call.id) > LONGEST_STRICT_ID:
        return Refusal("RpcFrameworkError", "The message id is longer than 36 characters")
    try:
        content = decoder_for(dialect.version, call.action).decode(call.payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if habits.strict:
            return explain(dialect.version, call.action, bytes(call.payload), error)
        return _repaired(dialect, receives, call, at, error, habits.quirks)
    if habits.quirks and not habits.strict:
        return _repaired(dialect, receives, call, at, None, habits.quirks)
    reports = receives.reports(content, at)
    doubt = None if receives.doubts is None else receives.doubts(reports)
    if doubt is None:
        return Understood(receives, reports)
    if habits.strict:
        return Refusal("TypeConstraintViolation", doubt)
    return _repaired(dialect, receives, call, at, None, habits.quirks)


def _no_handler(dialect: Dialect, action: str) -> Refusal:
    return Refusal("NotImplemented", f"{action[:50]} is not handled in {dialect.subprotocol}")


def _repaired(
    dialect: Dialect,
    receives: Receives,
    call: Call,
    at: datetime,
    error: Exception | None,
    quirks: frozenset[str],
) -> Understood | Refusal:
    """The slow path: known deviations are put right, the rest is refused with the right code.

    `error`: why the payload is not valid; None if it is, and only looked at for `quirks` that no schema sees.
    """
    version, action, payload = dialect.version, call.action, bytes(call.payload)
    repaired = mending.repair(version, action, dialect.repairs, payload, at, quirks)
    if repaired is None and error is not None:
        return explain(version, action, payload, error)
    payload, patch = repaired or (payload, Patch(at))
    try:
        content = decoder_for(version, action).decode(payload)
    except msgspec.DecodeError as still:
        return explain(version, action, payload, still)
    reports = mending.amended(receives.reports(content, at), patch)
    return Understood(receives, reports, patch.findings or None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """One frame, understood or not. `answer`: the frame that goes back, if the living room says `given`."""

    action: str | None
    reports: tuple[Report, ...] = ()
    findings: tuple[str, ...] = ()
    answer: str | None = None


def translate(
    subprotocol: str, frame: str | bytes, at: datetime, given: Answer | None = None
) -> Translation:
    """What `frame`, sent by a station that speaks `subprotocol`, means. Raises Invalid for an unknown subprotocol.

    With `given`, the answer frame is the one that would carry it; a frame that is refused has its CALLERROR there.
    """
    dialect = DIALECTS.get(subprotocol)
    if dialect is None:
        raise Invalid(f"{subprotocol!r} is none of {', '.join(DIALECTS)}.")
    message = read_frame(frame.encode() if isinstance(frame, str) else frame)
    match message:
        case Result() | Failure():
            return Translation(action=None)
        case Unreadable(id=message_id, message_type=kind, refusal=refusal):
            code = dialect.spell(refusal.code)
            if kind in dialect.silent_types or code is None:
                return Translation(action=None)
            answer = error_frame(message_id, code, refusal.description).decode()
            return Translation(action=None, answer=answer)
    understood = understand(dialect, message, at)
    if isinstance(understood, Refusal):
        code = dialect.spell(understood.code) or "InternalError"
        return Translation(
            action=message.action,
            answer=error_frame(message.id, code, understood.description).decode(),
        )
    result = None
    if given is not None:
        result = result_frame(message.id, understood.receives.answer(given)).decode()
    return Translation(
        action=message.action,
        reports=understood.reports,
        findings=tuple(understood.findings or ()),
        answer=result,
    )

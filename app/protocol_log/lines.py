"""One frame as lines of the protocol log: 17 tags in three loggers, in the order of the originals.

Sent: what it is, its content, the frame. Received: the frame, as it came, what it is, its content. Content is JSON
with two spaces and every letter as it is; everything else is kept on one line, so that no station can forge another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

__all__ = ["LOGGERS", "TAGS", "Frame", "Line", "lines_of"]

Side = Literal["CHARGER", "SERVER"]
Way = Literal["SEND", "RECV"]

MESSAGES = "ocpp_messages"
SIDES: dict[str, str] = {"CHARGER": "charger_simulator", "SERVER": "ocpp_server"}
LOGGERS = (MESSAGES, *SIDES.values())

TAGS = frozenset(
    f"OCPP-{word}-{way}"
    for word in ("CALL", "PAYLOAD", "CALLRESULT", "RESPONSE", "CALLERROR", "ERROR")
    for way in ("SEND", "RECV")
) | {"OCPP-RAW-RECV", "CHARGER-SEND", "CHARGER-RECV", "SERVER-SEND", "SERVER-RECV"}
"""All there are."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that passed: when (seconds since 1970), on whose side, which way, with which station."""

    at: float
    side: Side
    way: Way
    station_id: str
    text: str | bytes


class Line(NamedTuple):
    """A line and the logger that says it."""

    logger: str
    text: str


def lines_of(frame: Frame, hide: Callable[[str], str]) -> Iterator[Line]:
    """The lines of a frame; `hide` takes the secrets out of its text first."""
    text = frame.text
    raw = _one_line(hide(text if isinstance(text, str) else text.decode("utf-8", "replace")))
    whole = Line(
        SIDES[frame.side], f"[{frame.side}-{frame.way}] {_one_line(frame.station_id)}: {raw}"
    )
    if frame.way == "SEND":
        yield from _content(raw, "SEND")
        yield whole
    else:
        yield whole
        yield Line(MESSAGES, f"[OCPP-RAW-RECV] {raw}")
        yield from _content(raw, "RECV")


def _content(raw: str, way: Way) -> Iterator[Line]:
    """What kind of message it is and what it says; nothing for a text that is no OCPP message."""
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError):
        return
    match message:
        case [2, name, action, payload, *_]:
            yield _line("CALL", way, f"Action: {_one_line(str(action))}, ID: {_named(name)}")
            yield _line("PAYLOAD", way, _pretty(payload))
        case [3, name, payload, *_]:
            yield _line("CALLRESULT", way, f"ID: {_named(name)}")
            yield _line("RESPONSE", way, _pretty(payload))
        case [4, name, code, description, *_]:
            yield _line("CALLERROR", way, f"ID: {_named(name)}")
            yield _line("ERROR", way, f"Code: {_named(code)}, Message: {_named(description)}")


def _line(word: str, way: Way, text: str) -> Line:
    return Line(MESSAGES, f"[OCPP-{word}-{way}] {text}")


def _pretty(payload: object) -> str:
    try:
        return json.dumps(payload, indent=2, ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply)"


def _named(value: object) -> str:
    return _one_line(str(value))


def _one_line(text: str) -> str:
    """Outside of its strings a line break means nothing to JSON, and inside it is not allowed."""
    return _CONTROLS.sub(" ", text)

"""What a block file holds: small tables of what comes in, what goes out, and what an answer to us teaches.

`RECEIVES` maps an action to the pure functions that make reports of its payload and a payload of the answer;
`SENDS` maps a command to the call that carries it; `LEARNS` maps an action of ours to a pure function that makes
reports of what was asked and what the station answered ("it has this profile now"), so that a command and a raw call
leave the same trace. Everything else about a message is its schema's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.commands import Command, Outcome, OutcomeStatus
from app.domain.reports import Answer, Report

Payload = dict[str, Any]
"""A JSON object as it goes out, or as it came in when its type does not matter."""


@dataclass(frozen=True, slots=True)
class Receives:
    """`reports`: typed payload and moment of receipt -> what it means, in order.

    `answer`: what the living room answered to the last of these reports -> the CALLRESULT's payload.
    `doubts`: what of these reports is odd, though its schema lets it pass, as a sentence; None: nothing.
    """

    reports: Callable[[Any, datetime], tuple[Report, ...]]
    answer: Callable[[Answer], Payload]
    doubts: Callable[[tuple[Report, ...]], str | None] | None = None


@dataclass(frozen=True, slots=True)
class Sends:
    """`build`: command -> payload; raises Invalid or NotSupported for what this version cannot say.

    `read`: the answer's payload (valid by its schema) and the command -> outcome, in 2.0.1's words.
    """

    action: str
    build: Callable[[Any], Payload]
    read: Callable[[Payload, Any], Outcome]


ReceivesTable = Mapping[str, Receives]
SendsTable = Mapping[type[Command], Sends]

Learns = Callable[[Payload, Payload, datetime], tuple[Report, ...]]
"""The request's payload, the answer's payload (both valid by their schemas), the moment -> what is known now."""

LearnsTable = Mapping[str, Learns]

ChecksTable = Mapping[str, Callable[[Payload], None]]
"""What no schema says of an action of ours; raises Invalid. Holds for commands and raw calls."""


def empty(_answer: Answer) -> Payload:
    """Stored; the protocol has nothing to say about it."""
    return {}


_MEANING = {
    "Accepted": OutcomeStatus.ACCEPTED,
    "AcceptedCanceled": OutcomeStatus.ACCEPTED,
    "Scheduled": OutcomeStatus.ACCEPTED,
    "RebootRequired": OutcomeStatus.ACCEPTED,
    "Unlocked": OutcomeStatus.ACCEPTED,
    "NotSupported": OutcomeStatus.NOT_SUPPORTED,
    "NotImplemented": OutcomeStatus.NOT_SUPPORTED,
}


def outcome_of(payload: Payload, _command: Command | None = None) -> Outcome:
    """The usual way to read an answer: by its `status`; a word that is not here means no."""
    return worded(payload.get("status"), payload)


def worded(word: str | None, payload: Payload) -> Outcome:
    """An outcome by the station's own word for it; no word at all is a plain yes."""
    info = payload.get("statusInfo") or {}
    said = ": ".join(str(info[k]) for k in ("reasonCode", "additionalInfo") if info.get(k))
    status = OutcomeStatus.ACCEPTED if word is None else _MEANING.get(word, OutcomeStatus.REJECTED)
    return Outcome(status=status, detail=word, description=said or None, payload=payload)

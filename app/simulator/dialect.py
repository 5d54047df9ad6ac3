"""What a version of OCPP must be able to say for a station.

`v16` and `v2` each fill this form with plain functions. The station speaks in the words of 2.0.1
(triggers, stop reasons, charging states); a dialect that lacks a word finds its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .equipment import Evse, Sample, Token, Transaction
from .link import Reply
from .outbox import Outgoing
from .plan import Payload, Version

if TYPE_CHECKING:
    from .station import VirtualStation

__all__ = ["Dialect", "stamp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One version of OCPP as a station speaks it.

    `boot(station, reason)` and `authorize(station, token)` give (action, payload);
    `accepted(answer)` reads an Authorize answer. `status_word(evse)` is what a connector shows,
    `status(station, evse, connector, word)` reports it, `station_status` the station as a whole
    where the version knows that. `started`, `updated`, `ended` tell of a transaction: trigger,
    then the meter sample if there is one, then the reason. `meter` is a reading outside
    of those messages. `reservation_over(id, why)` tells that one expired or was removed, where
    the version can. `answer(station, action, payload)` replies to a call of the CSMS or raises
    CallFault.
    """

    version: Version
    subprotocol: str
    boot: Callable[[VirtualStation, str], tuple[str, Payload]]
    authorize: Callable[[VirtualStation, Token], tuple[str, Payload]]
    accepted: Callable[[Payload], bool]
    status_word: Callable[[Evse], str]
    status: Callable[[VirtualStation, Evse, int, str], Outgoing]
    station_status: Callable[[VirtualStation], list[Outgoing]]
    started: Callable[[VirtualStation, Evse, Transaction, str, Sample], list[Outgoing]]
    updated: Callable[[VirtualStation, Evse, Transaction, str, Sample | None], list[Outgoing]]
    ended: Callable[[VirtualStation, Evse, Transaction, str, Sample, str], list[Outgoing]]
    meter: Callable[[VirtualStation, Evse, Sample], list[Outgoing]]
    reservation_over: Callable[[int, str], list[Outgoing]]
    answer: Callable[[VirtualStation, str, Payload], Reply]


def stamp(at: datetime) -> str:
    """A moment as OCPP writes it: UTC, milliseconds, Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

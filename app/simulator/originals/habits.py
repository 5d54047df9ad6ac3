"""The form that each of the original simulators fills: how it connects, what it writes, how it counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ..plan import Payload

__all__ = ["Habits", "Reading", "Wish"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What it would tell of itself now. `state` is one of the nine words of 1.6."""

    transaction_id: str
    state: str
    energy_kwh: float
    power_kw: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the CSMS gets from it besides an answer."""

    start: bool = False
    stop: bool = False
    limit_kw: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """One program.

    `in_path`: its identity is in the address. `settles_s`: seconds before and after its BootNotification.
    `tick_share`: how much of five seconds' energy it adds every five seconds; `adds_first`: before it waits, not
    after. `tapers`: beyond 20 kWh it gives seven tenths of its power.
    """

    name: str
    in_path: bool
    subprotocol: str | None
    settles_s: tuple[float, float]
    message_id: Callable[[], str]
    boot: Callable[[str], Payload]
    heartbeat: Callable[[datetime], Payload]
    status: Callable[[datetime, str], Payload]
    event: Callable[[str, datetime, Reading], Payload]
    cost: Callable[[float], float]
    answer: Callable[[str, Payload, Reading], tuple[Payload, Wish]]
    tick_share: float
    adds_first: bool
    tapers: bool

"""Who plays: what a scenario can ask of a charger, what can be seen of it, and what it has told its CSMS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from .clock import Line

__all__ = ["PRICE", "TICK_S", "Charger", "Look", "Part", "Sent", "Tell", "ticks_in"]

TICK_S = 5.0
"""Between two samples."""

STARTS_S, STOPS_S = 2.0, 1.0
"""From Started until it charges; from its last sample until Ended."""

PRICE = 150
"""Won for a kWh, in all simulators of the originals."""

Tell = Callable[[str, str], None]
"""(station id, what happened) for whoever watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A transaction as the CSMS was told of it. `cost`: what the station claimed; None: nothing."""

    station_id: str
    transaction_id: str
    started_at: datetime
    energy_wh: float
    cost: float | None


@dataclass(slots=True, kw_only=True)
class Look:
    """What can be seen of a charger."""

    state: str = "Offline"
    power_kw: float = 0.0
    energy_kwh: float = 0.0
    transaction_id: str | None = None

    @property
    def cost(self) -> float:
        """In won."""
        return self.energy_kwh * PRICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A charger's place in a scenario."""

    station_id: str
    max_kw: float = 100.0
    url: str | None = None


@dataclass(slots=True, kw_only=True)
class Answers:
    """How the CSMS answered: `errors` are its sentences."""

    calls: int = 0
    answered: int = 0
    errors: list[str] = field(default_factory=list)


class Charger(Protocol):
    """One that plays. `line` is its time; waiting is the scenario's, but for what is written here."""

    part: Part
    line: Line
    look: Look
    sent: list[Sent]
    answers: Answers

    async def connect(self) -> None:
        """Connect and boot. Raises ConnectionError with a sentence."""

    async def start(self, token: str) -> None:
        """A transaction begins; two seconds later it charges."""

    async def charge(self, seconds: float) -> None:
        """Let it charge, with a sample every five seconds. Ends early when the CSMS stops it."""

    async def stop(self) -> None:
        """It ends, one second later."""

    async def recite(self, transaction_id: str, kwh: Sequence[float], token: str) -> None:
        """A transaction with given energies, one second apart, whatever physics says."""

    async def disconnect(self) -> None:
        """Go. What was sent has been answered then, or is given up."""


def ticks_in(seconds: float, *, lose_last: bool) -> int:
    """How many samples fall into a charge. The last one is due when it ends: the originals mostly lose it."""
    whole = int(seconds // TICK_S)
    return whole - 1 if lose_last and whole * TICK_S == seconds else whole

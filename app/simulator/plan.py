"""What a run is made of and what it leaves behind: plans in, events and a summary out.

Nothing here acts; `fleet` runs a plan and `station` is one of its stations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

__all__ = [
    "DEFAULT_TOKENS",
    "EventListener",
    "FleetPlan",
    "FleetSummary",
    "FrameLog",
    "Payload",
    "StationEvent",
    "StationPlan",
    "Tally",
    "Version",
    "Violation",
]

Version = Literal["1.6", "2.0.1", "2.1"]
Payload = dict[str, Any]

DEFAULT_TOKENS = ("CARD-0001", "CARD-0002", "CARD-0003")
MAX_KEPT_VIOLATIONS = 500
MAX_KEPT_DELAYS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StationPlan:
    """One virtual station. In OCPP 1.6 every connector is an EVSE of its own.

    `lacks`: actions that its firmware does not know.
    """

    station_id: str
    version: Version = "2.0.1"
    max_power_w: float = 100_000.0
    evses: int = 1
    connectors: int = 1
    vendor: str = "Halla"
    model: str = "Virtual DC 100"
    serial_number: str = ""
    password: str | None = None
    id_tokens: tuple[str, ...] = DEFAULT_TOKENS
    lacks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """Stations, where they connect and what they do.

    `url` is the base address (`ws://host:port`, a path is kept); the station id is appended.
    `speed` makes charging and waiting faster, timestamps stay true wall-clock time.
    `energy_wh` is what one session takes in the `session` scenario. `connects_per_s` staggers
    the first connections. `strict` checks every message against the OCPP schemas.
    """

    url: str
    stations: tuple[StationPlan, ...]
    scenario: str = "demo"
    seed: int = 1
    speed: float = 1.0
    sample_interval_s: float = 10.0
    strict: bool = True
    energy_wh: float = 1_000.0
    connects_per_s: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StationEvent:
    """Something a person watching would want to read.

    Kinds: connected, refused, disconnected, booted, status, started, sample, ended, denied,
    violation, error.
    """

    station_id: str
    at: datetime
    kind: str
    text: str
    evse: int = 0


EventListener = Callable[[StationEvent], None]


class FrameLog(Protocol):
    """Whoever is told of every frame; never waits."""

    def sent(self, side: Literal["CHARGER"], station_id: str, frame: str) -> None:
        """About to be sent."""

    def received(self, side: Literal["CHARGER"], station_id: str, frame: str | bytes) -> None:
        """As it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A message of the other side that breaks its schema, or the shape of a frame."""

    station_id: str
    action: str
    kind: Literal["call", "result", "frame"]
    text: str


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counters of a run, written by the stations as they go."""

    connections: int = 0
    refused_connections: int = 0
    booted: set[str] = field(default_factory=set)
    sent: int = 0
    answered: int = 0
    errors: int = 0
    unanswered: int = 0
    lost: int = 0
    undelivered: int = 0
    calls_received: int = 0
    calls_not_implemented: int = 0
    transactions_started: int = 0
    transactions_ended: int = 0
    energy_wh: float = 0.0
    violations: list[Violation] = field(default_factory=list)
    violation_count: int = 0
    delays_s: list[float] = field(default_factory=list)
    error_texts: dict[str, int] = field(default_factory=dict)

    def note_violation(self, violation: Violation) -> None:
        """Count it; keep the first few hundred word by word."""
        self.violation_count += 1
        if len(self.violations) < MAX_KEPT_VIOLATIONS:
            self.violations.append(violation)

    def note_answer(self, delay_s: float) -> None:
        """A CALLRESULT came back `delay_s` seconds after its CALL."""
        self.answered += 1
        if len(self.delays_s) < MAX_KEPT_DELAYS:
            self.delays_s.append(delay_s)
        else:
            self.delays_s[self.answered % MAX_KEPT_DELAYS] = delay_s

    def note_error(self, text: str) -> None:
        """A CALLERROR came back; texts are kept with their count (bounded)."""
        self.errors += 1
        if text in self.error_texts or len(self.error_texts) < 100:
            self.error_texts[text] = self.error_texts.get(text, 0) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetSummary:
    """What a run did. `lost` calls were in flight when a connection ended; transaction
    messages among them were sent again, `undelivered` ones still waited at the end."""

    stations: int
    booted: int
    connections: int
    refused_connections: int
    sent: int
    answered: int
    errors: int
    unanswered: int
    lost: int
    undelivered: int
    calls_received: int
    calls_not_implemented: int
    transactions_started: int
    transactions_ended: int
    energy_wh: float
    violation_count: int
    violations: tuple[Violation, ...]
    error_texts: tuple[tuple[str, int], ...]
    delay_p50_s: float
    delay_p99_s: float
    delay_max_s: float

    @property
    def clean(self) -> bool:
        """Every station booted, every message was answered well, and nothing broke a schema."""
        return self.booted == self.stations and not (
            self.errors or self.unanswered or self.undelivered or self.violation_count
        )

    @classmethod
    def of(cls, stations: int, tally: Tally) -> FleetSummary:
        """Freeze the counters of a finished run."""
        delays = sorted(tally.delays_s)
        return cls(
            stations=stations,
            booted=len(tally.booted),
            connections=tally.connections,
            refused_connections=tally.refused_connections,
            sent=tally.sent,
            answered=tally.answered,
            errors=tally.errors,
            unanswered=tally.unanswered,
            lost=tally.lost,
            undelivered=tally.undelivered,
            calls_received=tally.calls_received,
            calls_not_implemented=tally.calls_not_implemented,
            transactions_started=tally.transactions_started,
            transactions_ended=tally.transactions_ended,
            energy_wh=tally.energy_wh,
            violation_count=tally.violation_count,
            violations=tuple(tally.violations),
            error_texts=tuple(sorted(tally.error_texts.items(), key=lambda item: -item[1])),
            delay_p50_s=_quantile(delays, 0.50),
            delay_p99_s=_quantile(delays, 0.99),
            delay_max_s=delays[-1] if delays else 0.0,
        )


def _quantile(ordered: list[float], share: float) -> float:
    """The value below which `share` of the ordered numbers lie; 0 for none."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0

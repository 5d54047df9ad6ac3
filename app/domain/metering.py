"""Meter readings: one reading is everything that one EVSE measured at one instant, in base units."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any, NamedTuple


class ReadingContext(StrEnum):
    """Why a reading was taken (2.0.1 ReadingContextEnumType)."""

    INTERRUPTION_BEGIN = "Interruption.Begin"
    INTERRUPTION_END = "Interruption.End"
    OTHER = "Other"
    SAMPLE_CLOCK = "Sample.Clock"
    SAMPLE_PERIODIC = "Sample.Periodic"
    TRANSACTION_BEGIN = "Transaction.Begin"
    TRANSACTION_END = "Transaction.End"
    TRIGGER = "Trigger"


class Suspect(StrEnum):
    """Why a register reading is kept, but not believed: nothing is billed on it."""

    DECREASING = "decreasing"
    JUMPING = "jumping"
    LATE = "late"
    DOUBLED = "doubled"


JUMP_WH = 40_000
"""No step up to here is a jump, however short its time: stations round, count late, and have wrong clocks."""

JUMP_MARGIN = 1.5
"""Beyond that: so many times what the station can give in the time since the last good reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedValue:
    """A signed value as the station gave it; `data` is never touched (OCMF, EDL, ...)."""

    data: str
    measurand: str | None = None
    phase: str | None = None
    location: str | None = None
    method: str | None = None
    encoding: str | None = None
    public_key: str | None = None


class MeterReading(NamedTuple):
    """One wide row. None: not measured. A tuple, because one is made for every message.

    `energy_wh` is the import register as the station counts it (lifetime, or from 0 at each transaction);
    `power_w` import is positive. `suspect`: why `energy_wh` is not believed.
    `other`: (measurand, phase, location, unit, value) of what has no column.
    """

    measured_at: datetime
    context: str = ReadingContext.SAMPLE_PERIODIC
    energy_wh: Decimal | None = None
    power_w: float | None = None
    current_a: float | None = None
    voltage_v: float | None = None
    soc_percent: float | None = None
    temperature_c: float | None = None
    offered_w: float | None = None
    other: tuple[tuple[str, str | None, str | None, str | None, float | str], ...] = ()
    signed: tuple[SignedValue, ...] = ()
    suspect: Suspect | None = None


def latest(readings: tuple[MeterReading, ...]) -> MeterReading | None:
    """The newest of some readings."""
    return max(readings, key=lambda reading: reading.measured_at, default=None)


SHORTEST_STEP = timedelta(seconds=1)
LONGEST_STEP = timedelta(minutes=20)
"""What was taken on average over more than that is no power of now."""


def power_between(
    before_wh: Decimal | None, before_at: datetime | None, reading: MeterReading
) -> float | None:
    """The average power in W since the register stood at `before_wh`, for a station that does not send it.

    None where no power follows: the register went back, is not believed, or the step is too short or too long.
    """
    if before_wh is None or before_at is None or reading.energy_wh is None or reading.suspect:
        return None
    passed, step_wh = reading.measured_at - before_at, reading.energy_wh - before_wh
    if not SHORTEST_STEP <= passed <= LONGEST_STEP or step_wh < 0:
        return None
    return round(float(step_wh) * 3600 / passed.total_seconds(), 1)


def implausible(
    energy_wh: Decimal,
    at: datetime,
    *,
    last_wh: Decimal | None,
    last_at: datetime | None,
    most_w: float,
) -> Suspect | None:
    """Whether a register cannot stand at `energy_wh` after a good reading of `last_wh` at `last_at`.

    `most_w`: what the station can give. What is billed can so never be more than that, but for one JUMP_WH.
    """
    if energy_wh < 0:
        return Suspect.DECREASING
    if last_wh is None:
        return None
    step_wh = energy_wh - last_wh
    if step_wh < 0:
        return Suspect.DECREASING
    if step_wh <= JUMP_WH:
        return None
    passed_s = max((at - last_at).total_seconds(), 0.0) if last_at is not None else 0.0
    return Suspect.JUMPING if step_wh > JUMP_WH + JUMP_MARGIN * most_w * passed_s / 3600 else None


def judged(
    readings: tuple[MeterReading, ...],
    *,
    last_wh: Decimal | None,
    last_at: datetime | None,
    most_w: float,
    in_order: bool,
) -> tuple[MeterReading, ...]:
    """The readings, those that are suspect marked as such; the same tuple if none is.

    `last_wh`, `last_at`: the newest good reading before. `in_order`: they were told as they were measured, so an
    older one, or another one of the same moment, is suspect; not so what a station kept back (offline, at the end).
    """
    if len(readings) > 1:
        readings = merged(readings)
    found: list[MeterReading] = []
    believed = True
    for reading in readings:
        energy_wh, at = reading.energy_wh, reading.measured_at
        suspect = reading.suspect
        if energy_wh is not None and suspect is None:
            if last_at is None or at > last_at:
                suspect = implausible(
                    energy_wh, at, last_wh=last_wh, last_at=last_at, most_w=most_w
                )
            elif at < last_at:
                ahead = last_wh is not None and energy_wh > last_wh
                suspect = Suspect.LATE if in_order else Suspect.DECREASING if ahead else None
            elif in_order and energy_wh != last_wh and reading.context in _PERIODIC:
                suspect = Suspect.DOUBLED if last_wh is not None else None
            else:
                suspect = implausible(
                    energy_wh, at, last_wh=last_wh, last_at=last_at, most_w=most_w
                )
            if suspect is None and (last_at is None or at >= last_at):
                last_wh, last_at = energy_wh, at
        if suspect is not reading.suspect:
            believed = False
            if suspect is Suspect.DOUBLED:  # a microsecond later, so that both are kept
                at += timedelta(microseconds=1)
            reading = reading._replace(suspect=suspect, measured_at=at)
        found.append(reading)
    return readings if believed else tuple(found)


_PERIODIC = (ReadingContext.SAMPLE_PERIODIC, ReadingContext.SAMPLE_CLOCK)


def merged(readings: tuple[MeterReading, ...]) -> tuple[MeterReading, ...]:
    """By time; what some stations tell of one instant in several pieces, as one reading."""
    rows: dict[tuple[object, ...], MeterReading] = {}
    for reading in readings:
        key: tuple[object, ...] = (reading.measured_at, reading.context)
        first = rows.get(key)
        if first is None:
            rows[key] = reading
        elif first.energy_wh is None or reading.energy_wh in (None, first.energy_wh):
            rows[key] = _together(first, reading)
        else:
            rows[(*key, len(rows))] = reading
    if len(rows) == len(readings):
        return readings if _sorted(readings) else tuple(sorted(readings, key=_measured_at))
    return tuple(sorted(rows.values(), key=_measured_at))


def _sorted(readings: tuple[MeterReading, ...]) -> bool:
    return all(a.measured_at <= b.measured_at for a, b in pairwise(readings))


def _measured_at(reading: MeterReading) -> datetime:
    return reading.measured_at


def _together(first: MeterReading, second: MeterReading) -> MeterReading:
    """Both; the first speaks first."""
    told: dict[str, Any] = {
        name: getattr(second, name)
        for name in _MEASURED
        if getattr(first, name) is None and getattr(second, name) is not None
    }
    return first._replace(
        other=first.other + second.other, signed=first.signed + second.signed, **told
    )


_MEASURED = (
    *("energy_wh", "power_w", "current_a", "voltage_v"),
    *("soc_percent", "temperature_c", "offered_w"),
)

"""Meter readings: one reading is everything that one EVSE measured at one instant, in base units."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


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


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterReading:
    """One wide row. None: not measured.

    `energy_wh` is the import register as the station counts it (lifetime, or from 0 at each transaction);
    `power_w` import is positive. `other`: (measurand, phase, location, unit, value) of what has no column.
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


def latest(readings: tuple[MeterReading, ...]) -> MeterReading | None:
    """The newest of some readings."""
    return max(readings, key=lambda reading: reading.measured_at, default=None)

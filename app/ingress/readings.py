"""From sampled values to one wide row per instant: the part that the versions share.

Choices, all about values that a station sends per phase or more than once:
a value without a phase is the total and wins; without one, energies and powers of the phases are added, of currents
the highest phase counts (a sum of currents means nothing), of voltages the mean of the phases to neutral. A value
measured elsewhere than at the outlet (inlet, cable, body) does not displace the outlet's. What has no column, or a
unit that is none of its quantity, is kept as it is in `other`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.domain.metering import MeterReading, ReadingContext
from app.domain.units import energy_wh, power_w, scaled

ENERGY = "Energy.Active.Import.Register"
"""The measurand of a sampled value that names none."""

Other = tuple[str, str | None, str | None, str | None, float | str]

_LARGEST = 10**15
_LARGEST_MULTIPLIER = 12
_COLUMNS = {
    ENERGY: "energy_wh",
    "Power.Active.Import": "power_w",
    "Power.Offered": "offered_w",
    "Current.Import": "current_a",
    "Voltage": "voltage_v",
    "SoC": "soc_percent",
    "Temperature": "temperature_c",
}
_PLAIN_UNITS = {
    "current_a": frozenset({None, "A"}),
    "voltage_v": frozenset({None, "V"}),
    "soc_percent": frozenset({None, "Percent", "%"}),
}


@dataclass(slots=True)
class Sample:
    """One sampled value of either version. `value` is a Decimal for energies, a float otherwise."""

    measurand: str
    value: Decimal | float
    unit: str | None = None
    multiplier: int = 0
    phase: str | None = None
    location: str | None = None


def reading(
    at: datetime, context: str | None, samples: Iterable[Sample], other: list[Other] | None = None
) -> MeterReading:
    """One row of what was measured at `at`. `other`: what the caller could not make a sample of."""
    row: dict[str, Decimal | float] = {}
    aside: list[tuple[str, Sample, Decimal | float]] = []
    rest: list[Other] = other if other is not None else []
    for sample in samples:
        column = _COLUMNS.get(sample.measurand)
        value = _in_base_unit(column, sample) if column is not None else None
        if column is None or value is None:
            rest.append(_as_other(sample))
        elif sample.phase is None and sample.location in (None, "Outlet") and column not in row:
            row[column] = value
        else:
            aside.append((column, sample, value))
    if aside:
        _settle(row, aside, rest)
    return MeterReading(
        measured_at=at,
        context=context or ReadingContext.SAMPLE_PERIODIC,
        other=tuple(rest),
        **row,  # type: ignore[arg-type]  # the column names are the fields'
    )


def has_column(measurand: str | None) -> bool:
    """Whether a reading has a field of its own for this measurand (none named: the energy register)."""
    return measurand is None or measurand in _COLUMNS


def _in_base_unit(column: str, sample: Sample) -> Decimal | float | None:
    """The value in Wh, W, A, V, %, degrees Celsius; None if its unit is none of these or it is out of all bounds."""
    value, unit, multiplier = sample.value, sample.unit, sample.multiplier
    if abs(multiplier) > _LARGEST_MULTIPLIER or not -_LARGEST < value < _LARGEST:
        return None
    try:
        if column == "energy_wh":
            plain = not multiplier and (unit is None or unit == "Wh")
            return value if plain else energy_wh(Decimal(value), unit, multiplier)
        if column in ("power_w", "offered_w"):
            plain = not multiplier and (unit is None or unit == "W")
            return value if plain else power_w(float(value), unit, multiplier)
    except ValueError:
        return None
    if column == "temperature_c":
        return _celsius(scaled(float(value), multiplier), unit)
    return scaled(float(value), multiplier) if unit in _PLAIN_UNITS[column] else None


def _celsius(value: float, unit: str | None) -> float | None:
    if unit in (None, "Celsius", "Celcius", "C"):
        return value
    if unit == "K":
        return value - 273.15
    return (value - 32) / 1.8 if unit == "Fahrenheit" else None


def _settle(
    row: dict[str, Decimal | float],
    aside: list[tuple[str, Sample, Decimal | float]],
    rest: list[Other],
) -> None:
    """Fill columns that no plain total filled: from the outlet's phases, else from the first place that measured."""
    for column in dict.fromkeys(column for column, _, _ in aside):
        group = [(sample, value) for name, sample, value in aside if name == column]
        outlet = [pair for pair in group if pair[0].location in (None, "Outlet")]
        chosen: list[tuple[Sample, Decimal | float]] = []
        if column not in row:
            place = (outlet or group)[0][0].location
            chosen = [p for p in group if (p[0].location or "Outlet") == (place or "Outlet")]
            value = _of_phases(column, {sample.phase: value for sample, value in chosen})
            if value is not None:
                row[column] = value
        rest.extend(_as_other(s) for s, _ in group if s.phase or all(s is not c for c, _ in chosen))


def _of_phases(column: str, values: dict[str | None, Decimal | float]) -> Decimal | float | None:
    """One value of one per phase (L1, L1-N, ...); a value without a phase is the answer itself."""
    if None in values:
        return values[None]
    lines = [values[p] for p in values if p in ("L1", "L2", "L3")] or [
        values[p] for p in values if p in ("L1-N", "L2-N", "L3-N")
    ]
    if column == "voltage_v":
        lines = lines or list(values.values())
        return float(sum(lines)) / len(lines)
    if not lines:
        return None
    return max(lines) if column == "current_a" else sum(lines[1:], start=lines[0])


def _as_other(sample: Sample) -> Other:
    unit = sample.unit
    if sample.multiplier:
        unit = f"{unit or ''}e{sample.multiplier}"
    return sample.measurand, sample.phase, sample.location, unit, float(sample.value)

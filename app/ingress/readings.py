"""From sampled values to one wide row per instant: the part that the versions share.

Choices, all about values that a station sends per phase or more than once:
a value without a phase is the total and wins; without one, energies and powers of the phases are added, of currents
the highest phase counts (a sum of currents means nothing), of voltages the mean of the phases to neutral. A value
measured elsewhere than at the outlet (inlet, cable, body) does not displace the outlet's; a battery is in the car.
What has no column, or a unit that is none of its quantity, is kept as it is in `other`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from math import isfinite

from app.domain.metering import MeterReading, ReadingContext, SignedValue
from app.domain.units import energy_wh, power_w, scaled

ENERGY = "Energy.Active.Import.Register"
"""The measurand of a sampled value that names none."""

Number = Decimal | float
Kind = tuple[str, str | None, int, str | None, str | None]
"""measurand, unit, power-of-ten multiplier, phase, location."""

Sample = tuple[Kind, Number]
"""What was measured, and its value: a Decimal for ENERGY, a float otherwise.

A plain tuple: one is made for every number that every station measures.
"""

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
_UNITS: dict[str, dict[str | None, int | None]] = {
    ENERGY: {None: None, "Wh": None, "kWh": 1000},
    "Power.Active.Import": {None: None, "W": None, "kW": 1000},
    "Power.Offered": {None: None, "W": None, "kW": 1000},
    "Current.Import": {None: None, "A": None},
    "Voltage": {None: None, "V": None},
    "SoC": {None: None, "Percent": None, "%": None},
    "Temperature": {None: None, "Celsius": None, "Celcius": None, "C": None},
}
_IN_THE_CAR = ("soc_percent", "EV")

_PLAIN: dict[Kind, tuple[str, int | None]] = {
    (measurand, unit, 0, None, location): (_COLUMNS[measurand], factor)
    for measurand, units in _UNITS.items()
    for unit, factor in units.items()
    for location in (None, "Outlet", "EV")
    if location != "EV" or (_COLUMNS[measurand], location) == _IN_THE_CAR
}
"""What nearly every sample is: its column, and the factor to the base unit."""

_LINES = (("L1", "L2", "L3"), ("L1-N", "L2-N", "L3-N"))


def reading(
    at: datetime,
    context: str | None,
    samples: Iterable[Sample],
    other: Iterable[Other] = (),
    signed: tuple[SignedValue, ...] = (),
) -> MeterReading:
    """One row of what was measured at `at`. `other`: what the caller could not make a sample of."""
    row: dict[str, Number] = {}
    phases: dict[str, dict[str, Number]] = {}
    elsewhere: list[tuple[str, Sample, Number]] = []
    rest: list[Other] = list(other)
    for sample in samples:
        kind, value = sample
        plain = _PLAIN.get(kind)
        if plain is not None and plain[0] not in row and -_LARGEST < value < _LARGEST:
            column, factor = plain
            row[column] = value if factor is None else value * factor
            continue
        measurand, _, _, phase, location = kind
        found = _COLUMNS.get(measurand)
        converted = None if found is None else _in_base_unit(found, sample)
        if found is None or converted is None:
            rest.append(_as_other(sample))
            continue
        column, value = found, converted
        if location is not None and location != "Outlet" and (column, location) != _IN_THE_CAR:
            elsewhere.append((column, sample, value))
        elif phase is not None:
            phases.setdefault(column, {})[phase] = value
            rest.append(_as_other(sample))
        elif column not in row:
            row[column] = value
        else:
            rest.append(_as_other(sample))
    if phases:
        _add_phases(row, phases)
    if elsewhere:
        _add_elsewhere(row, elsewhere, rest)
    return MeterReading(
        measured_at=at,
        context=context or ReadingContext.SAMPLE_PERIODIC,
        other=tuple(rest),
        signed=signed,
        **row,  # type: ignore[arg-type]  # the column names are the fields'
    )


def has_column(measurand: str | None) -> bool:
    """Whether a reading has a field of its own for this measurand (none named: the energy register)."""
    return measurand is None or measurand in _COLUMNS


def _in_base_unit(column: str, sample: Sample) -> Number | None:
    """The value in Wh, W, A, V, %, degrees Celsius; None if its unit is none of these or it is out of all bounds."""
    (measurand, unit, multiplier, _, _), value = sample
    if abs(multiplier) > _LARGEST_MULTIPLIER or not -_LARGEST < value < _LARGEST:
        return None
    try:
        if column == "energy_wh":
            return energy_wh(Decimal(value), unit, multiplier)
        if column in ("power_w", "offered_w"):
            return power_w(float(value), unit, multiplier)
    except ValueError:
        return None
    number = scaled(float(value), multiplier)
    if column == "temperature_c" and unit == "K":
        return number - 273.15
    if column == "temperature_c" and unit == "Fahrenheit":
        return (number - 32) / 1.8
    return number if unit in _UNITS[measurand] else None


def _add_phases(row: dict[str, Number], phases: dict[str, dict[str, Number]]) -> None:
    """Fill columns that no total filled."""
    for column, values in phases.items():
        if column not in row:
            found = _of_phases(column, values)
            if found is not None:
                row[column] = found


def _add_elsewhere(
    row: dict[str, Number], samples: list[tuple[str, Sample, Number]], rest: list[Other]
) -> None:
    """Fill columns that the outlet did not fill from the first other place that measured them.

    What was measured per phase, or was not chosen, stays in `rest`, as it came.
    """
    places: dict[str, str | None] = {}
    phases: dict[str, dict[str, Number]] = {}
    for column, sample, value in samples:
        _, _, _, phase, location = sample[0]
        if column not in row and column not in places:
            places[column] = location
        chosen = column in places and places[column] == location
        if chosen and phase is None and column not in row:
            row[column] = value
            continue
        if chosen and phase is not None:
            phases.setdefault(column, {})[phase] = value
        rest.append(_as_other(sample))
    _add_phases(row, phases)


def _of_phases(column: str, values: dict[str, Number]) -> Number | None:
    """One value of one per phase (L1, L1-N, ...); None if there is no way to say it in one."""
    for names in _LINES:
        lines = [values[name] for name in names if name in values]
        if lines:
            break
    else:
        lines = list(values.values()) if column == "voltage_v" else []
    if not lines:
        return None
    if column == "voltage_v":
        return float(sum(lines)) / len(lines)
    return max(lines) if column == "current_a" else sum(lines[1:], start=lines[0])


def _as_other(sample: Sample) -> Other:
    (measurand, unit, multiplier, phase, location), value = sample
    if multiplier:
        unit = f"{unit or ''}e{multiplier}"
    number = float(value)
    # JSON has no number for what is endless, not even in a database
    return measurand, phase, location, unit, number if isfinite(number) else str(value)

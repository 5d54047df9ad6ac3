"""Sampled values of any shape become one wide row, in base units."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.metering import MeterReading
from app.ingress.readings import ENERGY, Sample, reading
from app.ingress.wire import FIRST, LAST, utc

AT = datetime(2026, 1, 21, 10, 30, tzinfo=UTC)
POWER, CURRENT, VOLTS = "Power.Active.Import", "Current.Import", "Voltage"


def row(*samples: Sample) -> MeterReading:
    return reading(AT, None, samples)


def one(
    measurand: str,
    value: Decimal | float,
    unit: str | None = None,
    multiplier: int = 0,
    phase: str | None = None,
    location: str | None = None,
) -> Sample:
    return (measurand, unit, multiplier, phase, location), value


def test_units_and_powers_of_ten() -> None:
    assert row(one(ENERGY, Decimal("0.41667"), "kWh")).energy_wh == Decimal("416.67")
    assert row(one(ENERGY, Decimal("1.5"), "kWh", 3)).energy_wh == Decimal(1_500_000)
    assert row(one(ENERGY, Decimal(5), "Wh", -1)).energy_wh == Decimal("0.5")
    assert row(one(POWER, 7.2, "kW")).power_w == 7200
    assert row(one("Power.Offered", 11, "kW")).offered_w == 11_000
    assert row(one(CURRENT, 160, "A", -1)).current_a == 16
    assert row(one("Temperature", 300, "K")).temperature_c == pytest.approx(26.85)
    assert row(one("Temperature", 212, "Fahrenheit")).temperature_c == pytest.approx(100)


def test_a_total_wins_over_its_phases() -> None:
    found = row(
        one(POWER, 1000.0, "W", phase="L1"),
        one(POWER, 3000.0, "W"),
        one(POWER, 1000.0, "W", phase="L2"),
    )
    assert found.power_w == 3000
    assert [entry[1] for entry in found.other] == ["L1", "L2"]


def test_phases_without_a_total() -> None:
    lines = ("L1", "L2", "L3")
    assert row(*(one(POWER, 1000.0, phase=p) for p in lines)).power_w == 3000
    assert row(*(one(ENERGY, Decimal(5), phase=p) for p in lines)).energy_wh == 15
    assert row(one(CURRENT, 6.0, phase="L1"), one(CURRENT, 16.0, phase="L2")).current_a == 16
    assert row(one(CURRENT, 6.0, phase="L1"), one(CURRENT, 99.0, phase="N")).current_a == 6
    assert row(one(VOLTS, 230.0, phase="L1-N"), one(VOLTS, 232.0, phase="L2-N")).voltage_v == 231
    assert row(one(VOLTS, 400.0, phase="L1-L2")).voltage_v == 400


def test_the_outlet_speaks_first() -> None:
    found = row(one(POWER, 50.0, location="Inlet"), one(POWER, 40.0, location="Outlet"))
    assert found.power_w == 40
    assert [entry[2] for entry in found.other] == ["Inlet"]
    assert row(one("SoC", 80.0, "Percent", location="EV")).soc_percent == 80


@pytest.mark.parametrize(
    "sample",
    [
        one(ENERGY, Decimal(5), "Ws"),
        one(POWER, 5.0, "A"),
        one(POWER, 5.0, "W", 300),
        one(ENERGY, Decimal("1e30")),
        one(VOLTS, float("inf"), "V"),
        one(POWER, float("nan"), "W"),
        one(ENERGY, Decimal("1e400")),
        one("Frequency", 50.0, "Hertz"),
    ],
)
def test_what_makes_no_sense_is_kept_aside(sample: Sample) -> None:
    found = row(sample)
    columns = (found.energy_wh, found.power_w, found.voltage_v, found.current_a)
    assert columns == (None, None, None, None)
    assert len(found.other) == 1
    assert found.other[0][0] == sample[0][0]
    json.dumps(found.other, allow_nan=False)  # as the database wants it


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("0001-01-01T00:00:00+14:00", FIRST),
        ("0001-01-01T00:00:00Z", FIRST),  # a clock that was never set
        ("1969-12-31T23:59:59-05:00", FIRST),
        ("1970-01-01T00:00:00+09:00", FIRST),
        ("1970-01-01T00:00:07Z", FIRST + timedelta(seconds=7)),
        ("9998-12-30T23:00:00Z", LAST - timedelta(hours=1)),
        ("9999-12-31T23:59:59-12:00", LAST),
    ],
)
def test_a_moment_beyond_every_clock_stands_at_the_end(text: str, moment: datetime) -> None:
    assert utc(datetime.fromisoformat(text)) == moment

"""Curves and hours: gaps stay gaps."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.queries.metering import hourly_energy, samples, session_curve
from app.store.database import Database
from tests.queries.planting import NOW, Garden

CURRENT_HOUR = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


async def test_an_hour_without_readings_is_a_gap_not_a_zero(
    database: Database, garden: Garden
) -> None:
    await garden.station("A")
    for back, energy_wh in ((0, 500), (1, 0), (3, 1500)):
        await garden.put(
            "energy_hour",
            station_id="A",
            hour=CURRENT_HOUR - timedelta(hours=back),
            energy_wh=Decimal(energy_wh),
            samples=3,
        )
    hours = await hourly_energy(database, NOW, hours=5)
    assert [hour.energy_wh for hour in hours] == [None, 1500, None, 0, 500]
    assert [hour.partial for hour in hours] == [False, False, False, False, True]
    assert hours[-1].hour == CURRENT_HOUR


async def test_an_empty_database_has_24_gaps(database: Database) -> None:
    hours = await hourly_energy(database, NOW)
    assert len(hours) == 24
    assert all(hour.energy_wh is None for hour in hours)
    assert all(b.hour - a.hour == timedelta(hours=1) for a, b in itertools.pairwise(hours))


async def test_stations_add_up_and_sites_are_apart(database: Database, garden: Garden) -> None:
    await garden.location("one")
    await garden.location("two")
    for name, site in (("A", "one"), ("B", "one"), ("C", "two")):
        await garden.station(name, location_id=site)
        await garden.put(
            "energy_hour", station_id=name, hour=CURRENT_HOUR, energy_wh=Decimal(100), samples=1
        )
    assert (await hourly_energy(database, NOW, hours=1))[0].energy_wh == 300
    assert (await hourly_energy(database, NOW, hours=1, location_id="one"))[0].energy_wh == 200


async def test_a_site_with_a_half_hour_clock_has_its_own_hours(
    database: Database, garden: Garden
) -> None:
    await garden.location("delhi", time_zone="Asia/Kolkata")
    await garden.station("A", location_id="delhi")
    hour = datetime(2026, 11, 20, 5, 30, tzinfo=UTC)  # 11:00 there; NOW is 12:00
    await garden.put("energy_hour", station_id="A", hour=hour, energy_wh=Decimal(7), samples=1)
    hours = await hourly_energy(database, NOW, hours=2, location_id="delhi")
    assert [(hour.hour, hour.energy_wh) for hour in hours] == [
        (hour, 7.0),
        (datetime(2026, 11, 20, 6, 30, tzinfo=UTC), None),
    ]


async def plant_session(garden: Garden, count: int) -> int:
    await garden.station("A")
    number = await garden.transaction("A", meter_start_wh=Decimal(1000))
    for place in range(count):
        await garden.sample(
            "A",
            NOW + timedelta(seconds=5 * place),
            transaction_id=number,
            power_w=1000.0 * place,
            energy_wh=Decimal(1000 + 10 * place),
            soc_percent=50.0 if place == 0 else None,
        )
    return number


async def test_a_short_curve_is_every_reading_since_the_start(
    database: Database, garden: Garden
) -> None:
    number = await plant_session(garden, 3)
    curve = await session_curve(database, number)
    assert [point.energy_wh for point in curve] == [0, 10, 20]
    assert [point.power_w for point in curve] == [0, 1000, 2000]
    assert [point.soc_percent for point in curve] == [50, None, None]
    assert curve[0].at == NOW


async def test_a_long_curve_is_thinned_but_keeps_its_end(
    database: Database, garden: Garden
) -> None:
    number = await plant_session(garden, 50)
    curve = await session_curve(database, number, points=10)
    assert len(curve) == 10
    assert curve[-1].at == NOW + timedelta(seconds=245)
    assert curve[-1].energy_wh == 490
    assert curve[0].power_w == 2000.0  # the mean of 0 to 4 kW


async def test_samples_come_by_page(database: Database, garden: Garden) -> None:
    number = await plant_session(garden, 5)
    first = await samples(database, number, 3)
    rest = await samples(database, number, 3, after=first[-1].measured_at)
    assert [row.energy_wh for row in [*first, *rest]] == [1000, 1010, 1020, 1030, 1040]
    assert await samples(database, 999) == []

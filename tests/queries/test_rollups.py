"""Hourly sums: the same whatever the order in which samples come, and however often they are looked at."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.store.database import Database
from app.store.rollups import roll_up, roll_up_since
from tests.queries.planting import Garden

HOUR = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def hours_of(database: Database) -> list[tuple[object, ...]]:
    async with database.read() as connection:
        rows = await connection.execute(
            "SELECT hour, energy_wh, max_power_w, average_power_w, samples FROM energy_hour ORDER BY hour, station_id"
        )
        return list(await rows.fetchall())


async def sample(garden: Garden, number: int, minute: float, wh: int, **more: object) -> None:
    columns = {"recorded_at": HOUR + minute * MINUTE, "power_w": 60_000.0} | more
    at = HOUR + minute * MINUTE
    await garden.sample("A", at, transaction_id=number, energy_wh=Decimal(wh), **columns)


async def test_new_samples_are_added_and_nothing_is_counted_twice(
    database: Database, garden: Garden
) -> None:
    await garden.station("A")
    number = await garden.transaction("A", started_at=HOUR, meter_start_wh=Decimal(1000))
    async with database.read() as connection:
        await sample(garden, number, 10, 3000)
        await roll_up(connection, HOUR + 10.1 * MINUTE)
        await sample(garden, number, 11, 5000, power_w=120_000.0)
        await sample(garden, number, 11.5, 900, suspect="decreasing")
        for _ in range(3):
            await roll_up(connection, HOUR + 12 * MINUTE)
    assert await hours_of(database) == [(HOUR, 4000, 120_000.0, 90_000.0, 2)]


async def test_a_late_sample_moves_energy_between_hours(database: Database, garden: Garden) -> None:
    await garden.station("A")
    number = await garden.transaction("A", started_at=HOUR, meter_start_wh=Decimal(0))
    async with database.read() as connection:
        await sample(garden, number, 30, 1000)
        await sample(garden, number, 90, 5000)
        await roll_up(connection, HOUR + 91 * MINUTE)
        assert [row[1] for row in await hours_of(database)] == [1000, 4000]
        await sample(garden, number, 59, 3000, recorded_at=HOUR + 100 * MINUTE)
        assert await roll_up(connection, HOUR + 101 * MINUTE) == 2
    assert [row[1] for row in await hours_of(database)] == [3000, 2000]


async def test_a_sample_on_the_stroke_ends_its_hour_if_it_is_aligned_to_the_clock(
    database: Database, garden: Garden
) -> None:
    """Every quarter of an hour: what is told at six flowed before six."""
    await garden.station("A")
    number = await garden.transaction("A", started_at=HOUR, meter_start_wh=Decimal(0))
    async with database.read() as connection:
        for quarter in range(1, 7):
            await sample(garden, number, quarter * 15, quarter * 1000, context="Sample.Clock")
        await roll_up(connection, HOUR + 91 * MINUTE)
    found = [(row[0], row[1], row[4]) for row in await hours_of(database)]
    assert found == [(HOUR, 4000, 4), (HOUR + 60 * MINUTE, 2000, 2)]


async def test_any_order_gives_the_sums_of_all_at_once(database: Database, garden: Garden) -> None:
    """Three sessions of two stations' EVSEs over four hours, told in three different orders."""
    chance = random.Random(4)
    told: list[tuple[str, int, float, int]] = []
    for name in ("A", "B"):
        await garden.station(name)
    for name, evse, begin, start in (("A", 1, 5, 100), ("A", 2, 40, 7), ("B", 1, 70, 0)):
        number = await garden.transaction(
            name,
            transaction_id=f"{name}{evse}",
            evse_id=evse,
            started_at=HOUR + begin * MINUTE,
            meter_start_wh=Decimal(start),
        )
        wh = start
        for minute in range(begin, begin + 150, 3):
            told.append((name, number, minute, wh))
            wh += chance.randrange(0, 2000)
    results = []
    async with database.read() as connection:
        for shuffle in (False, True, True):
            for table in ("meter_sample", "session_hour", "energy_hour", "watermark"):
                await connection.execute(f"DELETE FROM {table}")
            if shuffle:
                chance.shuffle(told)
            for place, (name, number, minute, wh) in enumerate(told):
                at = HOUR + minute * MINUTE
                await garden.sample(
                    name,
                    at,
                    evse_id=number,
                    transaction_id=number,
                    energy_wh=Decimal(wh),
                    power_w=float(wh),
                    recorded_at=HOUR + place * MINUTE,
                )
                if place % 17 == 0:
                    await roll_up(connection, HOUR + place * MINUTE)
            await roll_up(connection, HOUR + 1000 * MINUTE)
            assert await roll_up_since(connection, datetime(2000, 1, 1, tzinfo=UTC)) == 0
            results.append(await hours_of(database))
    assert results[0] == results[1] == results[2]
    last = {number: max(wh for _, n, _, wh in told if n == number) for _, number, _, _ in told}
    assert sum(row[1] for row in results[0]) == sum(last.values()) - 107  # type: ignore[misc]

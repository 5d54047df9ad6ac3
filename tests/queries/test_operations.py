"""The control room's numbers, from planted rows."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.queries import operations, response_times
from app.store.database import Database
from tests.queries.planting import KST_MIDNIGHT, NOW, Garden

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def garden(database: Database) -> Garden:
    """Two chargers at a site whose grid gives less than both, one that stands alone, one nobody let in."""
    garden = Garden(database)
    await garden.location(grid_limit_w=150_000.0)
    for name in ("A", "B"):
        await garden.station(name, location_id="emart_jeju", online=True)
    await garden.station("C", online=True, max_power_w=22_000.0)
    await garden.station("NEW", online=True, registration="pending")
    return garden


async def test_a_site_can_draw_no_more_than_its_grid_gives(
    garden: Garden, database: Database
) -> None:
    assert await operations.capacity_w(database) == 172_000
    assert await operations.capacity_w(database, ["A"]) == 100_000
    assert await operations.capacity_w(database, ["NEW"]) is None


async def test_top_chargers_since_a_moment(garden: Garden, database: Database) -> None:
    for station, hour, wh in (
        ("A", KST_MIDNIGHT - timedelta(hours=1), 90_000),
        ("A", KST_MIDNIGHT, 1_000),
        ("B", KST_MIDNIGHT, 3_000),
        ("B", KST_MIDNIGHT + timedelta(hours=2), 1_000),
        ("C", KST_MIDNIGHT, 0),
    ):
        await garden.put("energy_hour", station_id=station, hour=hour, energy_wh=wh, samples=1)
    top = await operations.top_chargers(database, KST_MIDNIGHT)
    assert [(row.station_id, row.energy_wh, row.share) for row in top] == [
        ("B", Decimal(4_000), 100),
        ("A", Decimal(1_000), 25),
    ]
    of_yesterday = await operations.top_chargers(database, KST_MIDNIGHT - timedelta(hours=3))
    assert [row.station_id for row in of_yesterday] == ["A", "B"]
    alone = await operations.top_chargers(database, KST_MIDNIGHT, ["A"])
    assert [(row.station_id, row.share) for row in alone] == [("A", 100)]
    assert len(await operations.top_chargers(database, KST_MIDNIGHT, limit=1)) == 1


async def test_what_runs_comes_by_its_last_word_and_what_ended_by_its_end(
    garden: Garden, database: Database
) -> None:
    await garden.charging("A", transaction_id="early", last_event_at=NOW - 3 * MINUTE)
    await garden.charging("C", transaction_id="late", last_event_at=NOW + MINUTE)
    for name, minutes in (("old", 9), ("new", 2)):
        await garden.transaction("B", transaction_id=name, ended_at=NOW - minutes * MINUTE)
    running = await operations.running(database)
    assert [row.station_id for row in running] == ["C", "A"]
    assert running[0].power_w == 95_000
    assert [row.station_id for row in await operations.running(database, ["A"])] == ["A"]
    ended = await operations.ended(database)
    assert [row.ended_at for row in ended] == [NOW - 2 * MINUTE, NOW - 9 * MINUTE]
    assert await operations.ended(database, ["A"]) == []


async def test_a_temperature_is_shown_only_if_one_was_told(
    garden: Garden, database: Database
) -> None:
    assert await operations.hottest(database, NOW) is None
    for name, celsius in (("A", 41.5), ("C", 38.0)):
        number = await garden.charging(name)
        for minutes, told in ((20, 80.0), (2, celsius), (1, None)):
            await garden.sample(
                name, NOW - minutes * MINUTE, transaction_id=number, temperature_c=told
            )
    found = await operations.hottest(database, NOW)
    assert found is not None
    assert (found.station_id, found.celsius, found.stations) == ("A", 41.5, 2)


async def test_response_times_of_some_stations(garden: Garden, database: Database) -> None:
    for station, latency_ms in (("A", 100.0), ("A", 300.0), ("C", 2_000.0)):
        await garden.put(
            "station_command",
            station_id=station,
            action="Reset",
            requested_by="kim",
            requested_at=NOW - MINUTE,
            sent_at=NOW - MINUTE,
            status="accepted",
            latency_ms=latency_ms,
        )
    since = NOW - timedelta(hours=1)
    some = await response_times.of_stations(database, since, NOW, station_ids=["A", "B"])
    assert (some.answered, some.average_ms) == (2, 200)
    assert (await response_times.of_stations(database, since, NOW)).answered == 3
    assert (await response_times.of_stations(database, since, NOW, station_ids=[])).asked == 0

"""Places: the six words, combined filters, heat by four weights, metres along the ground."""

from datetime import date, timedelta

import pytest

from app.domain.stations import StationCategory
from app.queries import heatmap
from app.queries.dashboard_day import dashboard_day
from app.queries.geo import ChargerStatus, chargers, nearest
from app.queries.heatmap import Weight
from app.store.database import Database
from tests.queries.planting import KST_MIDNIGHT, NOW, Garden

TODAY = date(2026, 11, 20)
HOUR = timedelta(hours=1)


@pytest.fixture
def garden(database: Database) -> Garden:
    return Garden(database)


async def test_six_words_for_a_chargers_state(database: Database, garden: Garden) -> None:
    for id, connector in {
        "A": "Available",
        "B": "Occupied",
        "C": "Faulted",
        "D": "Reserved",
        "E": "Unavailable",
    }.items():
        await garden.station(id, online=True)
        await garden.connector(id, connector)
    await garden.station("F", online=False)
    await garden.connector("F", "Available")
    await garden.station("G", online=True)
    await garden.charging("G")
    found = {place.station_id: place.status for place in await chargers(database)}
    assert found == {
        "A": "available",
        "B": "in_use",
        "C": "fault",
        "D": "reserved",
        "E": "maintenance",
        "F": "offline",
        "G": "in_use",
    }


async def test_filters_combine(database: Database, garden: Garden) -> None:
    here, there = await garden.location(), await garden.location("there", name="딴 곳")
    await garden.station("A", location_id=here, online=True, category="fast")
    await garden.station("B", location_id=here, online=True, category="slow")
    await garden.station("C", location_id=there, online=True, category="fast")
    await garden.station("D", location_id=here, online=False, category="fast")
    for id in "ABC":
        await garden.connector(id, "Available")

    async def ids(**conditions: object) -> list[str]:
        return [each.station_id for each in await chargers(database, **conditions)]  # type: ignore[arg-type]

    assert await ids(location_id=here) == ["A", "B", "D"]
    assert await ids(location_id=here, category=StationCategory.FAST) == ["A", "D"]
    fast_and_free = {"category": StationCategory.FAST, "status": ChargerStatus.AVAILABLE}
    assert await ids(location_id=here, **fast_and_free) == ["A"]
    assert await ids(status=[ChargerStatus.OFFLINE, ChargerStatus.AVAILABLE], q="딴") == ["C"]


async def test_a_place_says_what_it_costs_and_where_it_is(
    database: Database, garden: Garden
) -> None:
    await garden.put("tariff", id="t", name="t", currency="KRW", price_per_kwh=150, session_fee=100)
    here = await garden.location(tariff_id="t")
    await garden.station("A", location_id=here, position=(33.512, 126.5246))
    await garden.station("B", location_id=here)
    first, second = await chargers(database)
    assert (first.lat, first.lon, first.price_per_kwh, first.session_fee) == (
        33.512,
        126.5246,
        150,
        100,
    )
    assert (second.lat, second.lon) == (33.5171, 126.5223), (
        "a station without a place is at its site"
    )
    assert [first.number, second.number] == [1, 2]


async def test_heat_by_each_weight(database: Database, garden: Garden) -> None:
    here = await garden.location()
    for id in "ABCD":
        await garden.station(id, location_id=here)
    await garden.transaction(  # one long, dear session
        "A", energy_wh=10_000, cost=6_000, started_at=NOW - 3 * HOUR, ended_at=NOW - HOUR
    )
    for at in (NOW - 5 * HOUR, NOW - 4 * HOUR):  # two short ones with more energy
        await garden.transaction(
            "B", energy_wh=8_000, cost=1_200, started_at=at, ended_at=at + HOUR / 2
        )
    await garden.transaction(  # yesterday's, but for its last hour
        "C",
        energy_wh=99_000,
        cost=99_000,
        started_at=KST_MIDNIGHT - HOUR,
        ended_at=KST_MIDNIGHT + HOUR,
    )

    async def heat(weight: Weight, day: date = TODAY) -> dict[str, tuple[float, float]]:
        found = await heatmap.read(database, day, day, weight, now=NOW)
        return {each.station_id: (each.value, round(each.intensity, 3)) for each in found}

    assert await heat(Weight.ENERGY) == {"B": (16_000, 1.0), "A": (10_000, 0.625)}
    assert await heat(Weight.REVENUE) == {"A": (6_000, 1.0), "B": (2_400, 0.4)}
    assert await heat(Weight.SESSIONS) == {"B": (2, 1.0), "A": (1, 0.5)}
    elapsed = (NOW - KST_MIDNIGHT) / HOUR
    busy = await heat(Weight.UTILISATION)
    assert {id: round(value * elapsed, 6) for id, (value, _) in busy.items()} == {
        "A": 2,
        "B": 1,
        "C": 1,
    }
    assert list(await heat(Weight.ENERGY, TODAY - timedelta(days=1))) == ["C"]
    assert await heat(Weight.ENERGY, TODAY + timedelta(days=1)) == {}
    both = await heatmap.read(database, TODAY - timedelta(days=1), TODAY, now=NOW)
    assert [each.station_id for each in both] == ["C", "B", "A"]


async def test_two_outlets_are_used_twice_as_long_at_most(
    database: Database, garden: Garden
) -> None:
    await garden.station("TWO", location_id=await garden.location())
    for evse in (1, 2):
        await garden.put("connector", station_id="TWO", evse_id=evse, connector_id=1)
        await garden.transaction(
            "TWO", transaction_id=f"t{evse}", evse_id=evse, started_at=KST_MIDNIGHT
        )
    await garden.put(
        "connector", station_id="TWO", evse_id=2, connector_id=2
    )  # one EVSE, two plugs
    [heat] = await heatmap.read(database, TODAY, TODAY, Weight.UTILISATION, now=NOW)
    assert heat.busy_s == 2 * (NOW - KST_MIDNIGHT).total_seconds()
    assert heat.utilisation == 1
    day = await dashboard_day(database, now=NOW)
    assert day.time_utilisation_percent == 100


async def test_heat_is_filtered(database: Database, garden: Garden) -> None:
    here, there = await garden.location(), await garden.location("there")
    await garden.station("A", location_id=here, category="fast")
    await garden.station("B", location_id=there, category="fast")
    await garden.station("C", location_id=here, category="slow")
    await garden.station("placeless")
    for id in ("A", "B", "C", "placeless"):
        await garden.transaction(id)
    found = await heatmap.read(database, TODAY, TODAY, now=NOW, location_id=here)
    assert {each.station_id for each in found} == {"A", "C"}
    slow = StationCategory.SLOW
    found = await heatmap.read(database, TODAY, TODAY, now=NOW, location_id=here, category=slow)
    assert [each.station_id for each in found] == ["C"]
    assert len(await heatmap.read(database, TODAY, TODAY, now=NOW)) == 3


async def test_nearest_in_metres(database: Database, garden: Garden) -> None:
    for id, lat, status in (
        ("A", 33.50, "Occupied"),
        ("B", 33.51, "Available"),
        ("C", 33.60, "Available"),
    ):
        await garden.station(id, online=True, position=(lat, 126.5))
        await garden.connector(id, status)
    found = await nearest(database, 33.5, 126.5)
    assert [each.station_id for each in found] == ["A", "B", "C"]
    assert found[0].distance_m == 0
    assert found[1].distance_m == pytest.approx(1109, abs=2), "a hundredth of a degree of latitude"
    free = await nearest(database, 33.5, 126.5, available=True)
    assert [each.station_id for each in free] == ["B", "C"]
    assert len(await nearest(database, 33.5, 126.5, limit=1)) == 1
    close = await nearest(database, 33.5, 126.5, available=True, max_distance_m=2_000)
    assert [each.station_id for each in close] == ["B"]
    # a degree of longitude is shorter than one of latitude: geometry alone would be wrong
    await garden.station("E", position=(33.5, 126.5115))
    assert [each.station_id for each in await nearest(database, 33.5, 126.5)] == [
        "A",
        "E",
        "B",
        "C",
    ]

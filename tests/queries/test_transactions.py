"""Transactions by page, with exact and billed cost."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.errors import TransactionNotFound
from app.queries.transactions import one, recent
from app.store.database import Database
from tests.queries.planting import NOW, Garden


async def test_there_is_nothing_in_an_empty_database(database: Database) -> None:
    assert await recent(database) == []
    with pytest.raises(TransactionNotFound):
        await one(database, 1)


async def test_the_billed_cost_is_rounded_and_the_exact_one_is_not(
    database: Database, garden: Garden
) -> None:
    await garden.station("A", location_id=await garden.location())
    number = await garden.transaction(
        "A",
        started_at=NOW - timedelta(seconds=22),
        ended_at=NOW,
        energy_wh=Decimal("416.67"),
        cost=Decimal(63),
        station_cost=Decimal("62.5"),
    )
    row = await one(database, number)
    assert row.cost == 63
    assert row.cost_exact == Decimal("62.5005")
    assert row.station_cost == Decimal("62.5")
    assert row.duration_s == 22
    assert row.location_name == "이마트 제주점"


async def test_without_a_tariff_there_is_no_cost(database: Database, garden: Garden) -> None:
    await garden.station("A")
    number = await garden.transaction("A", currency=None, price_per_kwh=None, cost=None)
    row = await one(database, number)
    assert (row.cost, row.cost_exact, row.location_name) == (None, None, None)


async def test_a_running_session_lasts_until_now(database: Database, garden: Garden) -> None:
    await garden.station("A")
    number = await garden.transaction("A", started_at=NOW - timedelta(minutes=5))
    assert (await one(database, number, now=NOW)).duration_s == 300


async def test_what_is_yet_to_begin_by_its_stations_clock_has_not_lasted(
    database: Database, garden: Garden
) -> None:
    """Some tell their own zone's time as UTC."""
    await garden.station("A")
    number = await garden.transaction("A", started_at=NOW + timedelta(hours=9))
    assert (await one(database, number, now=NOW)).duration_s == 0


async def test_pages_follow_each_other_without_gap_or_repeat(
    database: Database, garden: Garden
) -> None:
    await garden.station("A")
    numbers = [await garden.transaction("A") for _ in range(5)]
    first = await recent(database, "A", limit=2)
    second = await recent(database, "A", limit=2, before=first[-1].id)
    third = await recent(database, "A", limit=2, before=second[-1].id)
    assert [row.id for row in [*first, *second, *third]] == numbers[::-1]


async def test_filters_narrow(database: Database, garden: Garden) -> None:
    await garden.station("A")
    await garden.station("B")
    old = await garden.transaction(
        "A", started_at=NOW - timedelta(days=2), ended_at=NOW - timedelta(days=1)
    )
    running = await garden.transaction("A")
    other = await garden.transaction("B")

    async def numbers(**filters: object) -> list[int]:
        return [row.id for row in await recent(database, **filters)]  # type: ignore[arg-type]

    assert await numbers() == [other, running, old]
    assert await numbers(station_id="A") == [running, old]
    assert await numbers(active=True) == [other, running]
    assert await numbers(active=False) == [old]
    assert await numbers(since=NOW - timedelta(days=1)) == [other, running]
    assert await numbers(until=NOW - timedelta(days=1)) == [old]
    assert await numbers(station_id="nobody") == []

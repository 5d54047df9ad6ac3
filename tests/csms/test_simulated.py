"""The simulated past: marked, plausible, the same again from one seed, gone without a trace, never beside the real."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.csms.audit import HALLA
from app.csms.context import Context
from app.csms.simulated import remove_history, simulate_history
from app.domain.errors import Conflict, StationNotFound
from app.queries import uptime
from app.queries.transactions import recent
from tests.conftest import Clock
from tests.factories import make_station
from tests.queries.planting import Garden

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
TABLES = ("transaction", "meter_sample", "session_hour", "energy_hour", "status_history")


async def ask(context: Context, statement: str) -> list[tuple[Any, ...]]:
    async with context.database.read() as connection:
        return list(await (await connection.execute(statement.encode())).fetchall())


async def count(context: Context) -> dict[str, int]:
    tables = (*TABLES, "connection_history")
    return {t: (await ask(context, f'SELECT count(*) FROM "{t}"'))[0][0] for t in tables}


async def test_a_simulated_past_is_whole_and_goes_without_a_trace(
    context: Context, clock: Clock
) -> None:
    clock.now = NOW
    garden = Garden(context.database)
    await make_station(context, "A")
    await make_station(context, "B", category="slow", max_power_w=7_000.0)
    real_begin = NOW - timedelta(days=2)
    real = await garden.transaction(
        "A", started_at=real_begin, ended_at=real_begin + timedelta(hours=8), cost=Decimal(1275)
    )
    await garden.sample(
        "A", real_begin + timedelta(minutes=5), transaction_id=real, energy_wh=Decimal(500)
    )
    before = await count(context)
    told: list[str] = []
    made = await simulate_history(
        context,
        HALLA,
        days=8,
        seed=7,
        progress=lambda done, of, station: told.append(f"{done}/{of}"),
    )
    assert told == ["0/2", "1/2", "2/2"]
    assert made.stations == 2
    assert made.since == datetime(2026, 11, 11, 15, tzinfo=UTC)  # midnight in Korea
    assert made.until == datetime(2026, 11, 19, 15, tzinfo=UTC)
    sums = await ask(
        context,
        """SELECT count(*), sum(energy_wh), bool_and(transaction_id LIKE 'SIM-%'), bool_and(id < 0),
                  bool_and(ended_at > started_at), sum(cost - round(energy_wh * 0.15))
           FROM transaction WHERE simulated""",
    )
    assert sums == [(made.sessions, made.energy_wh, True, True, True, 0)]
    assert made.sessions > 20
    rolled = await ask(context, "SELECT sum(energy_wh) FROM energy_hour")
    assert rolled == [(made.energy_wh,)]
    beside = await ask(
        context,
        f"""SELECT count(*) FROM transaction WHERE simulated AND station_id = 'A'
            AND (started_at, ended_at) OVERLAPS (timestamptz '{real_begin}', interval '8 hours')""",
    )
    assert beside == [(0,)]
    known = await uptime.by_station(context.database, made.since, made.until)
    assert [row.station_id for row in known] == ["A", "B"]
    assert all(80 < (row.percent or 0) <= 100 for row in known)
    # what follows it is not measured, so nobody was down
    assert await uptime.by_station(context.database, made.until, NOW) == []
    newest = await recent(context.database, limit=3)
    assert newest[0].id == real  # the past stands before what is real
    shown = await ask(
        context, "SELECT bool_or(simulated), bool_and(simulated) FROM charger_usage_log"
    )
    assert shown == [(True, False)]

    with pytest.raises(Conflict, match="--remove"):
        await simulate_history(context, HALLA, days=1)
    removed = await remove_history(context, HALLA)
    assert (removed.stations, removed.sessions) == (2, made.sessions)
    after = await count(context)
    assert {**after, "session_hour": 0, "energy_hour": 0} == before
    await simulate_history(context, HALLA, days=8, seed=7)
    again = await ask(
        context, "SELECT sum(energy_wh), min(id), max(ended_at) FROM transaction WHERE simulated"
    )
    await remove_history(context, HALLA)
    await simulate_history(context, HALLA, days=8, seed=8)
    other = await ask(
        context, "SELECT sum(energy_wh), min(id), max(ended_at) FROM transaction WHERE simulated"
    )
    assert again[0][0] == made.energy_wh
    assert other != again


async def test_it_ends_where_the_real_past_begins(context: Context, clock: Clock) -> None:
    clock.now = NOW
    garden = Garden(context.database)
    await make_station(context, "A")
    await make_station(context, "B")
    await garden.put("station_alias", alias="also_A", station_id="A")
    begin = NOW - timedelta(days=3)
    await garden.put("connection_history", station_id="A", at=begin, online=True)
    made = await simulate_history(context, HALLA, days=5, stations=["also_A"])
    assert (made.stations, made.until) == (1, begin)
    last = await ask(context, "SELECT max(ended_at) < max(now()), max(ended_at) FROM transaction")
    assert last[0][1] < begin
    with pytest.raises(StationNotFound, match="found: A"):
        await simulate_history(context, HALLA, stations=["A", "C"])
    with pytest.raises(StationNotFound, match="halla seed"):
        await simulate_history(context, HALLA, stations=["C"])

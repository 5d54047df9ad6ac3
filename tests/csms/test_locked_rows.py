"""What somebody holds open (psql, a job) makes others wait for a moment only; long work is not cut off."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy import text

from app.csms import alerts
from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.watchdog import prepare_months
from app.csms.work import batch_work, lane_work, work
from app.domain.errors import Conflict, Locked, Unavailable
from app.domain.roles import Role
from app.store import database as store
from app.store.database import open_database
from app.store.tables.alerts import AlertAcknowledgement
from tests.factories import make_station, make_token

CHANGE = "UPDATE id_token SET name = 'x'"


@pytest.fixture
async def hurried(
    context: Context, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Context]:
    """As the program, only that nobody waits for more than a second."""
    monkeypatch.setattr(store, "LOCK_S", 1)
    monkeypatch.setattr(store, "WAIT_S", 0.5)
    async with open_database(database_url) as database:
        yield replace(context, database=database)


@pytest.fixture
async def held(context: Context, database_url: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """Somebody has changed a charge tag and thinks about it."""
    await make_token(context, "CARD")
    async with await psycopg.AsyncConnection.connect(database_url) as other:
        await other.execute(CHANGE)
        yield other
        await other.rollback()


async def _change(context: Context) -> None:
    async with work(context) as unit:
        await (await unit.session.connection()).execute(text(CHANGE))


async def test_a_row_that_somebody_holds_is_given_up_soon(
    hurried: Context, held: psycopg.AsyncConnection
) -> None:
    began = time.monotonic()
    async with asyncio.timeout(20):
        with pytest.raises(Locked):
            await _change(hurried)
        with pytest.raises(Locked):
            async with batch_work(hurried) as unit:
                await unit.connection.execute(CHANGE)
    assert time.monotonic() - began >= 2
    await held.rollback()
    await _change(hurried)


async def test_a_table_that_somebody_holds_is_given_up_soon(
    hurried: Context, held: psycopg.AsyncConnection
) -> None:
    await held.execute("LOCK TABLE id_token")
    async with asyncio.timeout(20):
        with pytest.raises(Locked):
            async with hurried.database.read() as connection:
                await connection.execute("SELECT * FROM id_token")


async def test_many_that_wait_for_one_row_are_all_told_so(
    hurried: Context, held: psycopg.AsyncConnection
) -> None:
    """Ten hold all connections; who finds none left is told so, too, and then there are some again."""
    async with asyncio.timeout(30):
        told = await asyncio.gather(*(_change(hurried) for _ in range(14)), return_exceptions=True)
    kinds = [type(error) for error in told]
    assert set(kinds) == {Locked, Unavailable}
    assert kinds.count(Locked) >= 10
    await held.rollback()
    await _change(hurried)


async def test_nobody_sits_before_a_job_so_it_waits(
    hurried: Context, held: psycopg.AsyncConnection
) -> None:
    async def job() -> None:
        async with batch_work(hurried, patient=True) as unit:
            await unit.connection.execute(CHANGE)

    waiting = asyncio.create_task(job())
    await asyncio.sleep(2)
    assert not waiting.done()
    await held.rollback()
    await asyncio.wait_for(waiting, 10)


async def test_what_takes_long_by_itself_is_not_cut_off(hurried: Context) -> None:
    async with work(hurried) as unit:
        await (await unit.session.connection()).execute(text("SELECT pg_sleep(2.5)"))
    async with batch_work(hurried) as batch:
        await batch.connection.execute("SELECT pg_sleep(2.5)")
    async with hurried.database.read() as connection:
        await connection.execute("SELECT pg_sleep(2.5)")


async def test_who_makes_what_somebody_else_has_just_made_is_told_so(context: Context) -> None:
    """Nobody can look first: both find nothing. A button that is pressed twice is enough."""
    actor = Actor("mina", Role.OPERATOR)
    async with work(context) as first:
        first.session.add(AlertAcknowledgement(key="k", at=context.clock(), actor="joon"))
        await first.session.flush()
        second = asyncio.create_task(alerts.acknowledge(context, actor, ["k"]))
        await asyncio.sleep(0.3)
        assert not second.done()
    with pytest.raises(Conflict, match="has just written the same"):
        await second


async def test_a_database_that_may_only_be_read_is_away_to_whoever_changes_something(
    context: Context,
) -> None:
    """So a standby after a fail-over: reports wait and are not called bad, and no frame is taken for a broken one."""

    async def ordinary() -> None:
        async with work(context) as unit:
            connection = await unit.session.connection()
            await connection.execute(text("SET TRANSACTION READ ONLY"))
            await connection.execute(text(CHANGE))

    async def set_based() -> None:
        async with batch_work(context) as unit:
            await unit.connection.execute("SET TRANSACTION READ ONLY")
            await unit.connection.execute(CHANGE)

    async def of_a_lane() -> None:
        async with lane_work(context) as unit:
            await unit.connection.execute("BEGIN READ ONLY")
            await unit.connection.execute(CHANGE)

    for change in (ordinary, set_based, of_a_lane):
        with pytest.raises(Unavailable):
            await change()


async def test_of_two_that_wait_for_each_other_one_is_told_that_somebody_holds_it(
    context: Context, held: psycopg.AsyncConnection
) -> None:
    """Only a lane's work says that the database is away: then the lane tries all of the batch again."""
    await make_station(context)
    station = "UPDATE station SET name = 'x'"

    async def ordinary() -> None:
        async with work(context) as unit:
            connection = await unit.session.connection()
            await connection.execute(text(station))
            await wait_for_each_other()
            await connection.execute(text(CHANGE))

    async def set_based() -> None:
        async with batch_work(context) as unit:
            await unit.connection.execute(station)
            await wait_for_each_other()
            await unit.connection.execute(CHANGE)

    async def by_itself() -> None:
        async with context.database.read() as connection, connection.transaction():
            await connection.execute(station)
            await wait_for_each_other()
            await connection.execute(CHANGE)

    async def of_a_lane() -> None:
        async with lane_work(context) as unit, unit.connection.transaction():
            await unit.connection.execute(station)
            await wait_for_each_other()
            await unit.connection.execute(CHANGE)

    waiting: list[asyncio.Task[object]] = []

    async def wait_for_each_other() -> None:
        waiting.append(asyncio.create_task(held.execute(station)))
        await asyncio.sleep(0.3)

    kinds = (ordinary, Locked), (set_based, Locked), (by_itself, Locked), (of_a_lane, Unavailable)
    async with asyncio.timeout(30):
        for change, told in kinds:
            await held.rollback()
            await held.execute("SET LOCAL deadlock_timeout = '10min'")  # the other one is given up
            await held.execute(CHANGE)
            with pytest.raises(told):
                await change()
            await waiting.pop()


async def test_a_day_that_cannot_be_prepared_now_keeps_no_process_from_starting(
    hurried: Context, database_url: str
) -> None:
    await make_station(hurried)
    async with await psycopg.AsyncConnection.connect(database_url) as other:
        today = f"{hurried.clock():y%Ym%md%d}"
        await other.execute(f"DROP TABLE journal_{today}".encode())
        await other.commit()
        await other.execute("LOCK TABLE journal IN SHARE MODE")
        async with asyncio.timeout(30):
            await prepare_months(hurried)
        await other.rollback()
    await prepare_months(hurried)
    async with hurried.database.read() as connection:
        cursor = await connection.execute("SELECT to_regclass(%s)", (f"journal_{today}",))
        assert await cursor.fetchone() != (None,)

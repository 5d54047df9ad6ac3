"""Many messages on one connection, and many stations at once: nothing is lost, nothing slows down."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from app.csms.context import Context
from app.csms.journal import Journal
from app.csms.lanes import Lanes
from app.ingress.server import Server, serve
from tests.bench import messages
from tests.bench.stations import Station
from tests.bench.storm import P99_S, missing, storm
from tests.factories import make_station

MESSAGES = 10_000
STATIONS = 150
AHEAD = 16
"""Calls that the soaking station sends before it reads their answers: as far ahead as the server reads."""


@asynccontextmanager
async def everything(context: Context) -> AsyncIterator[Server]:
    """Door, lanes and journal, as in the program."""
    journal = Journal(context)
    writing = asyncio.create_task(journal.run())
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, journal, host="127.0.0.1", port=0) as server,
    ):
        yield server
    writing.cancel()
    await asyncio.wait({writing})
    assert journal.dropped == 0


async def test_ten_thousand_messages_on_one_connection(context: Context) -> None:
    """Every one is answered, in order, and the last ones as fast as the first ones."""
    await make_station(context, "SOAK")
    async with everything(context) as server:
        loop = asyncio.get_running_loop()
        _, station = await loop.create_connection(
            lambda: Station("SOAK", server.port), "127.0.0.1", server.port
        )
        await asyncio.wait_for(station.opened, 30)
        await station.call(messages.booted())
        await station.call(messages.started("soak", messages.moment()))
        pace = await asyncio.wait_for(_soak(station), 300)
        assert server.online == ("SOAK",)
        station.close()
    quarter = len(pace) // 4
    # The tenth part that was fastest: what others take of the machine meanwhile is not seen there.
    first, last = (statistics.quantiles(one, n=10)[0] for one in (pace[:quarter], pace[-quarter:]))
    assert last < 4 * first
    async with context.database.read() as connection:
        cursor = await connection.execute("SELECT count(*) FROM meter_sample")
        assert await cursor.fetchone() == (MESSAGES,)
        cursor = await connection.execute(
            "SELECT count(*), count(exchange) FROM journal_frame WHERE action = 'TransactionEvent'"
        )
        assert await cursor.fetchone() == (2 * MESSAGES + 2, 2 * MESSAGES + 2)


async def _soak(station: Station) -> list[float]:
    """How long each message waited, in s."""
    room = asyncio.Semaphore(AHEAD)
    waits: list[float] = []
    sent: dict[str, float] = {}
    order: list[str] = []

    def hear(frame: bytes) -> None:
        kind, message_id, *_ = json.loads(frame)
        assert kind == 3, frame
        assert message_id == order[len(waits)]
        waits.append(time.perf_counter() - sent.pop(message_id))
        room.release()

    station.heard = hear
    for number in range(MESSAGES):
        await room.acquire()
        frame = messages.updated("soak", number, messages.moment())
        message_id = json.loads(frame)[1]
        order.append(message_id)
        sent[message_id] = time.perf_counter()
        station.send(frame)
    await _until(lambda: len(waits) == MESSAGES)
    return waits


async def _until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not done():
            await asyncio.sleep(0.01)


async def test_a_fleet_that_comes_back_at_once_is_absorbed(
    context: Context, database_url: str
) -> None:
    """A small one; `python -m tests.bench.storm` is the whole of it."""
    ids = [f"STORM{number}" for number in range(STATIONS)]
    for each in ids:
        await make_station(context, each)
    async with everything(context) as server:
        result = await storm(server.port, ids)
        assert result.refused == []
        assert result.unanswered == []
        assert await missing(database_url, STATIONS) == []
        result.hang_up()
    assert result.p99_s < P99_S

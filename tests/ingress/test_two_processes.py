"""Two ingress processes, NATS between them: a station that comes in at the other one is served there alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from app.bus import nats
from app.csms.context import Context
from app.csms.lanes import Lanes
from app.domain.commands import OutcomeStatus, Reset
from app.ingress.server import Server, serve
from app.store.database import open_database
from tests.charger import Charger, charger
from tests.factories import make_station

STATION = "emart_jeju_main_01"
BOOT = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}


@asynccontextmanager
async def process(context: Context, nats_url: str) -> AsyncIterator[Server]:
    """All that an ingress process has of its own: a bus, connections to the database, lanes, sockets."""
    bus = await nats.connect(nats_url)
    async with open_database(context.database.url) as database:
        own = replace(context, bus=bus, database=database)
        async with (
            Lanes(own).run() as lanes,
            serve(own, lanes, None, host="127.0.0.1", port=0) as server,
        ):
            yield server
        await bus.close()


@asynccontextmanager
async def moving(context: Context, nats_url: str) -> AsyncIterator[tuple[Server, Server, Charger]]:
    """A station whose socket is at the first of two processes, and who is about to come in at the second."""
    await make_station(context)
    async with (
        process(context, nats_url) as first,
        process(context, nats_url) as second,
        charger(first.port) as old,
    ):
        await old.call("BootNotification", BOOT)
        yield first, second, old


def event(kind: str, number: int) -> dict[str, Any]:
    """A TransactionEvent of one and the same transaction."""
    return {
        "eventType": kind,
        "timestamp": f"2026-11-20T03:0{number}:00Z",
        "triggerReason": "Trigger",
        "seqNo": number,
        "transactionInfo": {"transactionId": "T1"},
        "evse": {"id": 1, "connectorId": 1},
    }


async def test_the_older_socket_is_closed_at_once(context: Context, nats_url: str) -> None:
    async with moving(context, nats_url) as (first, second, old), charger(second.port) as new:
        await new.call("BootNotification", BOOT)
        with pytest.raises(ConnectionClosed) as closed:
            await old.hear()
        assert closed.value.rcvd is not None
        assert "newer connection" in closed.value.rcvd.reason
        await _until(lambda: not first.online)
        assert second.online == (STATION,)
        asker = await nats.connect(nats_url)
        outcome = asyncio.create_task(asker.ask(STATION, Reset(), 5))
        _, message_id, *_ = await new.hear()
        await new.send([3, message_id, {"status": "Accepted"}])
        assert (await outcome).status is OutcomeStatus.ACCEPTED
        await asker.close()
        await new.call("Heartbeat", {})
        assert await _one(context, "SELECT online FROM station_state") is True


async def test_what_still_comes_on_the_older_socket_is_not_heard(
    context: Context, nats_url: str
) -> None:
    """The older one does not see the close, and says that the newer one's transaction has ended."""
    async with moving(context, nats_url) as (first, second, old):
        old.connection.transport.pause_reading()
        async with charger(second.port) as new:
            await new.call("TransactionEvent", event("Started", 0))
            await _until(lambda: not first.online)
            await old.send([2, "late", "TransactionEvent", event("Ended", 1)])
            await _until(lambda: not first.board.closing)
            await new.call("TransactionEvent", event("Updated", 2))
            assert await _one(context, "SELECT ended_at FROM transaction") is None
            assert await _one(context, "SELECT online FROM station_state") is True


async def test_one_that_comes_late_is_closed_too(context: Context, nats_url: str) -> None:
    """Its row was locked while it came in; meanwhile the station had a newer connection at the other process."""
    await make_station(context)
    async with process(context, nats_url) as first, process(context, nats_url) as second:
        second.board.last_epoch = time.time_ns() + 60 * 10**9
        async with charger(second.port) as new:
            await new.call("BootNotification", BOOT)
            async with charger(first.port) as late:
                with pytest.raises(ConnectionClosed):
                    await late.hear()
            await new.call("Heartbeat", {})
            assert second.online == (STATION,)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.02)


async def _one(context: Context, query: str) -> Any:
    async with context.database.read() as connection:
        row = await (await connection.execute(query)).fetchone()
    assert row is not None
    return row[0]

"""The real door, real lanes and a real database with the chargers that the originals name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from psycopg.rows import dict_row

from app.csms.context import Context
from app.csms.journal import Journal
from app.csms.lanes import Lanes
from app.csms.work import work
from app.ingress.server import Server, serve
from app.queries import conformance
from app.store.tables.stations import StationAlias
from tests.factories import make_station, make_token

STATIONS = {
    "emart_jeju_main_01": ("emart_jeju_01", 100_000.0),
    "emart_jeju_main_02": ("emart_jeju_02", 100_000.0),
    "emart_shinjeju_main_01": ("emart_shinjeju_01", 100_000.0),
}
"""Their ids, the names under which the simulators come, their power."""

Rows = Callable[[str], Awaitable[list[dict[str, Any]]]]


@pytest.fixture
async def door(context: Context) -> AsyncIterator[Server]:
    """The server that the simulators connect to; all findings are stored when it has gone."""
    for station_id, (alias, power_w) in STATIONS.items():
        await make_station(context, station_id, price="150", max_power_w=power_w)
        async with work(context) as unit:
            unit.session.add(StationAlias(alias=alias, station_id=station_id))
    for token in ("token_user_001", "CARD-ABC123"):
        await make_token(context, token)
    journal = Journal(context)
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, journal, host="127.0.0.1", port=0) as server,
    ):
        yield server
    await journal.write()


async def findings(context: Context, station_id: str) -> set[tuple[str, str]]:
    """(action, quirk) of all that a station was found to do, which is stored when it has gone."""
    query = "SELECT FROM station_state WHERE station_id = %s AND NOT online"
    async with asyncio.timeout(20):
        while True:
            async with context.database.read() as connection:
                cursor = await connection.execute(query, (station_id,))
                if await cursor.fetchone() is not None:
                    break
            await asyncio.sleep(0.01)
    found = await conformance.findings(context.database, station_id)
    return {(row.action, row.quirk) for row in found}


@pytest.fixture
def rows(context: Context) -> Rows:
    """What a query finds."""

    async def ask(query: str) -> list[dict[str, Any]]:
        async with context.database.read() as connection:
            cursor = await connection.cursor(row_factory=dict_row).execute(query)
            return await cursor.fetchall()

    return ask

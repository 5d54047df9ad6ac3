"""A database that is there and says nothing (a stopped machine, a cut network): nobody waits for it for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from app.csms.context import Context
from app.csms.work import batch_work, work
from app.domain.errors import Unavailable
from app.store import database as store
from app.store.database import open_database


@asynccontextmanager
async def between(url: str, flow: asyncio.Event) -> AsyncIterator[str]:
    """The database at `url` by another address, where nothing passes while `flow` is clear."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    tasks = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await flow.wait()
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if "host" in query:
            path = f"{query['host'][0]}/.s.PGSQL.{query.get('port', ['5432'])[0]}"
            there, back = await asyncio.open_unix_connection(path)
        else:
            there, back = await asyncio.open_connection(parts.hostname, parts.port or 5432)
        tasks.add(asyncio.create_task(carry(reader, back)))
        tasks.add(asyncio.create_task(carry(there, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    who = parts.netloc.rpartition("@")[0]
    try:
        yield f"postgresql://{who}@127.0.0.1:{port}{parts.path}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.1)  # the sockets end


async def test_everybody_is_told_that_it_is_away(
    context: Context, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "CHECK_S", 0.5)
    monkeypatch.setattr(store, "WAIT_S", 2.0)
    flow = asyncio.Event()
    flow.set()
    async with between(database_url, flow) as url, open_database(url) as database:
        there = replace(context, database=database)

        async def read() -> None:
            async with database.read() as connection:
                await connection.execute("SELECT 1")

        async def change() -> None:
            async with work(there):
                pass

        async def change_many() -> None:
            async with batch_work(there) as unit:
                await unit.connection.execute("SELECT 1")

        doings = (read, change, change_many)
        await asyncio.gather(*(do() for do in doings))
        flow.clear()
        async with asyncio.timeout(40):
            told = await asyncio.gather(*(do() for do in doings), return_exceptions=True)
        assert [type(error) for error in told] == [Unavailable] * 3
        flow.set()
        await asyncio.gather(*(do() for do in doings))

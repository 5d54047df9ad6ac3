"""One server under measurement, in a process of its own; it ends when its standard input does.

    python -m tests.bench.server ingress|whole|obvious DATABASE_URL

`ingress`: the stations' door with its lanes and its journal. `whole`: the program as `halla serve` runs it.
When it listens it says so with one line of JSON.
"""

import asyncio
import json
import logging
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace

import uvloop

from app.bus.memory import MemoryBus
from app.config import Settings, read_settings
from app.csms.accounts import create_account, sign_in
from app.csms.audit import HALLA
from app.csms.context import Context
from app.csms.journal import Journal
from app.csms.lanes import Lanes
from app.domain.roles import Role as Rank
from app.ingress.server import serve
from app.main import Role, open_context, run_roles, settle_memory
from app.store.database import open_database
from app.web.auth import SESSION_COOKIE
from tests.bench.baseline import serve_obviously

PASSWORD = "bench-only-password"


@asynccontextmanager
async def ingress(settings: Settings) -> AsyncIterator[dict[str, object]]:
    """Only what stands between a station and its durable message."""
    assert settings.database_url is not None
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings.database_url))
        context = Context(database=database, bus=MemoryBus(), settings=settings)
        journal = Journal(context)
        writing = asyncio.create_task(journal.run())
        stack.push_async_callback(_end, writing)
        lanes = await stack.enter_async_context(Lanes(context).run())
        server = await stack.enter_async_context(
            serve(context, lanes, journal, host="127.0.0.1", port=0)
        )
        settle_memory()
        yield {"port": server.port}


@asynccontextmanager
async def whole(settings: Settings) -> AsyncIterator[dict[str, object]]:
    """All roles in one process, and somebody who is signed in."""
    settings = replace(settings, ocpp_port=_free_port(), http_port=_free_port())
    async with AsyncExitStack() as stack:
        context = await stack.enter_async_context(open_context(settings))
        stop, ready = asyncio.Event(), asyncio.Event()
        running = asyncio.create_task(run_roles(context, frozenset(Role), stop, ready.set))
        opening = asyncio.create_task(ready.wait())
        await asyncio.wait({running, opening}, timeout=30, return_when=asyncio.FIRST_COMPLETED)
        if not ready.is_set():
            running.result()
        yield {
            "port": settings.ocpp_port,
            "http_port": settings.http_port,
            "cookie": await _sign_in(context),
        }
        stop.set()
        await asyncio.wait({running}, timeout=30)


@asynccontextmanager
async def obvious(settings: Settings) -> AsyncIterator[dict[str, object]]:
    """See `tests.bench.baseline`."""
    assert settings.database_url is not None
    async with serve_obviously(settings.database_url) as port:
        yield {"port": port}


async def _sign_in(context: Context) -> str:
    await create_account(context, HALLA, "bench", PASSWORD, Rank.VIEWER)
    return f"{SESSION_COOKIE}={(await sign_in(context, 'bench', PASSWORD)).token}"


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


async def main(kind: str, url: str) -> None:
    settings = read_settings({"HALLA_DATABASE_URL": url, "HALLA_MAP_TILES": "none"})
    async with {"ingress": ingress, "whole": whole, "obvious": obvious}[kind](settings) as about:
        print(json.dumps(about), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("ocpp").setLevel(logging.ERROR)
    uvloop.run(main(*sys.argv[1:]))

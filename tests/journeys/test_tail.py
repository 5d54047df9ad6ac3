"""`halla station tail` shows what passes while it passes; without a journal nothing is kept."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.config import ROOT
from app.csms.context import Context
from app.queries import journal
from tests.charger import charger
from tests.factories import make_station
from tests.ingress.conftest import ask, station
from tests.ingress.test_endurance import everything
from tests.journeys.program import program


@asynccontextmanager
async def tailing(database_url: str, *arguments: str) -> AsyncIterator[asyncio.StreamReader]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("HALLA_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "app", "station", "tail", *arguments),
        cwd=ROOT,
        env={**inherited, "HALLA_DATABASE_URL": database_url, "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def line(stream: asyncio.StreamReader) -> str:
    async with asyncio.timeout(60):
        return (await stream.readline()).decode()


async def test_frames_are_followed_live(context: Context, database_url: str) -> None:
    await make_station(context, "CP1")
    async with everything(context) as server, station(server, "CP1") as socket:
        await ask(socket, "Authorize", {"idTag": "HUSH"})
        async with tailing(database_url, "CP1") as stream:
            first = await line(stream)
            assert "-> CALL   Authorize" in first
            assert '{"idTag": "***"}' in first
            assert "<- RESULT Authorize Invalid" in await line(stream)
            await ask(socket, "Heartbeat", {})
            assert "-> CALL   Heartbeat" in await line(stream)
            assert "<- RESULT Heartbeat Answered" in await line(stream)


async def test_past_frames_as_json(context: Context, database_url: str) -> None:
    await make_station(context, "CP1")
    async with everything(context) as server, station(server, "CP1") as socket:
        await ask(socket, "Heartbeat", {})
        await ask(socket, "Dance", {})
    async with tailing(database_url, "CP1", "--no-follow", "--json", "-n", "2") as stream:
        shown = [json.loads(await line(stream)) for _ in range(2)]
        assert await line(stream) == ""
    assert [(one["action"], one["outcome"]) for one in shown] == [
        ("Dance", None),
        ("Dance", "NotImplemented"),
    ]


async def test_without_a_journal_nothing_is_kept(context: Context, database_url: str) -> None:
    await make_station(context, "CP1")
    environment = {
        "HALLA_DATABASE_URL": database_url,
        "HALLA_ADMIN_PASSWORD": "long enough to pass",
        "HALLA_JOURNAL": "off",
    }
    async with (
        program("serve", environment=environment) as running,
        charger(running.ocpp_port, "CP1") as station,
    ):
        assert "currentTime" in await station.call("Heartbeat", {})
        assert (await station.call("Dance", {}))[2] == "NotImplemented"
    assert await journal.frames(context.database) == []

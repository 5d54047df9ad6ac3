"""The bench on which the certification cases are played: a whole ingress over a database of its own.

A case's test is marked `@pytest.mark.oca("TC_B_01")` (several ids if one test shows several) and named after it. What
cannot be shown stands in `cannot_show.csv` with its reason. `make conformance` writes docs/conformance.md.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.journal import Journal
from app.csms.lanes import Lanes
from app.domain.roles import Role
from app.ingress.server import serve
from app.ingress.tls import settings_context
from tests.factories import make_station, make_token
from tests.ingress.oca.station import Station, connected
from tests.pki import Pki, make_pki

ADMIN = Actor(name="oca", role=Role.ADMIN)
ID = "CS001"


@dataclass
class Bench:
    """What a case needs: the living room, the door's port, and short ways to both."""

    context: Context
    port: int
    tls_port: int | None = None
    actor: Actor = ADMIN
    running: list[asyncio.Task[Any]] = field(default_factory=list)

    @asynccontextmanager
    async def connect(
        self, station_id: str = ID, subprotocol: str = "ocpp2.0.1", **more: Any
    ) -> AsyncIterator[Station]:
        """Connect a station; it has to exist unless the settings let strangers in (they do here).

        It can be asked for something from the first line on: commands reach it once it is known to be here.
        """
        port = self.tls_port if more.get("tls") else self.port
        assert port is not None
        async with connected(port, station_id, subprotocol, **more) as station:
            await self._settled(station_id)
            yield station

    async def _settled(self, station_id: str) -> None:
        for _ in range(1000):
            if station_id in self.context.bus._owners:  # type: ignore[attr-defined]
                return
            await asyncio.sleep(0.01)

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Have the CSMS do something while the station plays its side; await the task for what came of it."""
        task = asyncio.create_task(work)
        self.running.append(task)
        return task

    async def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What is stored."""
        async with self.context.database.read() as connection:
            return await (await connection.execute(query, values or None)).fetchall()

    async def until(self, query: str, *values: Any, within_s: float = 30) -> tuple[Any, ...]:
        """The first row, as soon as there is one."""
        async with asyncio.timeout(within_s):
            while not (found := await self.rows(query, *values)):
                await asyncio.sleep(0.05)
        return found[0]


@pytest.fixture
async def bench(context: Context) -> AsyncIterator[Bench]:
    """A CSMS with one accepted station, CS001, and the token `VALID` (and `BLOCKED`, of the same group)."""
    await make_station(context, ID)
    await make_token(context, "VALID", group_id="GROUP")
    await make_token(context, "BLOCKED", blocked=True, group_id="GROUP")
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, Journal(context), host="127.0.0.1", port=0) as server,
    ):
        made = Bench(context, server.port, server.tls_port)
        yield made
        for task in made.running:
            task.cancel()


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """What `halla tls init` makes."""
    return make_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
async def secured(context: Context, pki: Pki) -> AsyncIterator[Bench]:
    """A CSMS with a port for TLS and an authority of its own, and the station CS001."""
    context = replace(context, settings=replace(context.settings, data_dir=pki.data_dir))
    await make_station(context, ID)
    async with (
        Lanes(context).run() as lanes,
        serve(
            context,
            lanes,
            Journal(context),
            host="127.0.0.1",
            port=0,
            tls=settings_context(context.settings),
            tls_port=0,
        ) as server,
    ):
        made = Bench(context, server.port, server.tls_port)
        yield made
        for task in made.running:
            task.cancel()

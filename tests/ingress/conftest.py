"""A real OCPP server over a real socket and a real database; only the lanes are a notebook that answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from app.csms.context import Context
from app.csms.journal import JournalEntry
from app.domain.authorization import TokenInfo, TokenStatus
from app.domain.reports import (
    Answer,
    AuthorizationAnswer,
    AuthorizationAsked,
    BootAnswer,
    Received,
    Report,
    SeenAnswer,
    StationBooted,
    StationSeen,
    TransactionAnswer,
    TransactionReport,
    VendorDataAnswer,
    VendorDataSent,
)
from app.domain.stations import Registration
from app.ingress.server import Server, serve

PATIENCE_S = 20.0


class Notebook:
    """Lanes and journal of a test: `reports` came in, `entries` passed; `refuse` makes the next answers errors."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.entries: list[JournalEntry] = []
        self.refuse: Callable[[Report], Exception | None] = lambda _report: None
        self.gate = asyncio.Event()
        self.gate.set()

    def submit(self, received: Received) -> asyncio.Future[Answer]:
        self.received.append(received)
        return asyncio.ensure_future(self._answer(received))

    def record(self, entry: JournalEntry) -> None:
        self.entries.append(entry)

    async def _answer(self, received: Received) -> Answer:
        await self.gate.wait()
        error = self.refuse(received.report)
        if error is not None:
            raise error
        return answer_to(received)

    def reports(self, station_id: str | None = None) -> list[Report]:
        return [r.report for r in self.received if station_id in (None, r.station_id)]

    async def wait_for(self, kind: type[Report], count: int = 1) -> list[Report]:
        """The first `count` reports of a kind, waiting for them."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                found = [report for report in self.reports() if isinstance(report, kind)]
                if len(found) >= count:
                    return found
                await asyncio.sleep(0.01)


def answer_to(received: Received) -> Answer:
    match received.report:
        case StationBooted():
            return BootAnswer(registration=Registration.ACCEPTED, interval_s=300, now=received.at)
        case StationSeen():
            return SeenAnswer(now=received.at)
        case AuthorizationAsked():
            return AuthorizationAnswer(token=TokenInfo(status=TokenStatus.ACCEPTED))
        case TransactionReport(transaction=transaction):
            return TransactionAnswer(transaction=transaction or "1")
        case VendorDataSent():
            return VendorDataAnswer()
    return Answer()


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
async def server(context: Context, notebook: Notebook) -> AsyncIterator[Server]:
    async with serve(context, notebook, notebook, host="127.0.0.1", port=0) as running:  # type: ignore[arg-type]
        yield running


@asynccontextmanager
async def station(
    server: Server,
    path: str = "CP1",
    *subprotocols: str,
    user: tuple[str, str] | None = None,
) -> AsyncIterator[ClientConnection]:
    """A plain WebSocket client; 1.6 if nothing else is said."""
    credentials = f"{user[0]}:{user[1]}@" if user else ""
    offered: Any = list(subprotocols or ("ocpp1.6",))
    async with connect(
        f"ws://{credentials}127.0.0.1:{server.port}/{path}",
        subprotocols=None if offered == ["-"] else offered,
        compression=None,
        proxy=None,
    ) as socket:
        yield socket


async def ask(socket: ClientConnection, action: str, payload: Any, message_id: str = "m") -> Any:
    """Send a call and return the answer frame."""
    await socket.send(json.dumps([2, message_id, action, payload]))
    return await hear(socket)


async def hear(socket: ClientConnection) -> Any:
    """The next frame, read."""
    async with asyncio.timeout(PATIENCE_S):
        return json.loads(await socket.recv())

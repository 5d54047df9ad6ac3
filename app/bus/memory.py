"""The bus of a single process: queues and a dictionary."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

from app.bus.port import CommandHandler, nobody_minds
from app.domain.changes import Change
from app.domain.commands import Command, Outcome, OutcomeStatus


class _Owner(NamedTuple):
    handler: CommandHandler
    since: int
    taken: Callable[[], None]


class MemoryBus:
    """See `app.bus.port.Bus`."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Change | None]] = set()
        self._owners: dict[str, _Owner] = {}
        self._closed = asyncio.Event()

    async def publish(self, change: Change) -> None:
        for queue in self._queues:
            offer(queue, change)

    @asynccontextmanager
    async def listen(self, queue_size: int = 10_000) -> AsyncIterator[AsyncIterator[Change | None]]:
        queue: asyncio.Queue[Change | None] = asyncio.Queue(queue_size)
        self._queues.add(queue)
        try:
            yield drain(queue, self._closed)
        finally:
            self._queues.discard(queue)

    async def ask(self, station_id: str, command: Command, timeout_s: float) -> Outcome:
        owner = self._owners.get(station_id)
        if owner is None:
            return Outcome(status=OutcomeStatus.OFFLINE)
        try:
            async with asyncio.timeout(timeout_s):
                return await owner.handler(command)
        except TimeoutError:
            return Outcome(status=OutcomeStatus.TIMED_OUT)

    async def held(self, station_id: str, timeout_s: float) -> bool | None:
        return station_id in self._owners

    async def serve(
        self,
        station_id: str,
        handler: CommandHandler,
        since: int = 0,
        taken: Callable[[], None] = nobody_minds,
    ) -> Callable[[], Awaitable[None]]:
        owner = _Owner(handler, since, taken)
        before = self._owners.get(station_id)
        if before is not None and before.since > since:
            taken()
        else:
            self._owners[station_id] = owner
            if before is not None:
                before.taken()

        async def let_go() -> None:
            if self._owners.get(station_id) is owner:
                del self._owners[station_id]

        return let_go

    async def close(self) -> None:
        self._closed.set()


def offer(queue: asyncio.Queue[Change | None], change: Change | None) -> None:
    """Put `change` in (None: news were lost); a full queue is emptied and says instead that news were lost."""
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(None)
        return
    queue.put_nowait(change)


async def drain(
    queue: asyncio.Queue[Change | None], closed: asyncio.Event
) -> AsyncIterator[Change | None]:
    """What comes through `queue`; when the bus is closed, what is left, then the end."""
    closing = asyncio.create_task(closed.wait())
    try:
        while not (closed.is_set() and queue.empty()):
            if not queue.empty():
                yield queue.get_nowait()
                continue
            getting = asyncio.create_task(queue.get())
            done, _ = await asyncio.wait({getting, closing}, return_when=asyncio.FIRST_COMPLETED)
            if getting in done:
                yield getting.result()
            else:
                getting.cancel()
    finally:
        closing.cancel()

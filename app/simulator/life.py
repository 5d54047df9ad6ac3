"""The life of a virtual station, whatever it is made of: a connection, what waits to be sent, what runs beside.

What it does is `station`'s business; how a connection is kept is `connection`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from random import Random
from typing import Any, Self

from .connection import Connection, Wiring
from .outbox import Outbox, Outgoing
from .plan import EventListener, StationEvent, Tally

__all__ = ["Life"]


def _wall_clock() -> datetime:
    return datetime.now(UTC)


class Life:
    """Begins with `live` (or `connect`), ends with `close`. `clock` is the station's own; without one it is right."""

    def __init__(
        self,
        wiring: Wiring,
        *,
        password: str | None,
        rng: Random,
        tally: Tally,
        on_event: EventListener | None,
        clock: Callable[[], datetime] | None,
    ) -> None:
        self.rng = rng
        self.tally = tally
        self.outbox = Outbox()
        self.connection = Connection(wiring, self.outbox, tally, rng)
        self.connection.password = password
        self._station_id = wiring.station_id
        self._on_event = on_event
        self._clock = clock or _wall_clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None

    async def connect(self, timeout_s: float = 30.0) -> None:
        """Start living; returns once the CSMS has accepted the station. TimeoutError if not."""
        self.live()
        await asyncio.wait_for(self.connection.registered.wait(), timeout_s)

    def live(self) -> None:
        """Start connecting in the background."""
        self.spawn(self.connection.run())

    async def close(self, flush_s: float = 5.0) -> None:
        """Send what waits for up to `flush_s` seconds, then go. Raises what broke the station."""
        if self.online:
            await self.flush(flush_s)
        self.tally.undelivered += sum(1 for one in self.outbox.waiting if one.keep)
        await self.connection.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._failure is not None:
            raise self._failure

    async def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until everything queued so far was answered; False after `timeout_s`."""
        try:
            await asyncio.wait_for(self.outbox.emptied.wait(), timeout_s)
        except TimeoutError:
            return False
        return True

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def online(self) -> bool:
        """Connected and accepted."""
        return self.connection.online

    @property
    def now(self) -> datetime:
        """The station's clock."""
        return self._clock()

    def send(self, messages: list[Outgoing]) -> None:
        """Queue messages in order."""
        for outgoing in messages:
            self.outbox.put(outgoing)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something beside; it is held, and its failure is raised by `close`."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._settled)
        return task

    def tell(self, kind: str, text: str, evse: int = 0) -> None:
        """Let whoever watches know."""
        if self._on_event is not None:
            self._on_event(
                StationEvent(
                    station_id=self._station_id, at=self.now, kind=kind, text=text, evse=evse
                )
            )

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure = self._failure or error
            self.tell("error", f"the station broke: {error}")

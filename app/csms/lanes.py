"""Lanes: how reports become durable, fast (house.md, section 5).

A station always uses the same lane, so its order is kept. A lane takes all that waits, makes it durable in one work,
then resolves the answers; while one commit is in flight the next batch gathers, so no timer is needed.
"""

import asyncio
import logging
import zlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from app.csms.context import Context
from app.csms.memory import Memory
from app.csms.receive import ASKED
from app.csms.receive import receive as receive_with
from app.domain.errors import CsmsError, Locked, Unavailable
from app.domain.reports import URGENT, Answer, Received

logger = logging.getLogger(__name__)

LANES = 1
"""While one batch is being stored, Python reads the next: it needs longer for it than PostgreSQL, so a second lane
brings nothing but batches half as large, which are dearer per report."""
MOST_WAITING = 10_000
"""Reports that may wait in one lane; the next one is refused, and the station sends it again."""
MOST_AT_ONCE = 500
DEADLINE_S = 14.0
"""How long a report is tried again while the database is away. Stations wait 30 s or more for an answer."""
ATTEMPT_S = 5.0
"""How long one try to store a batch may take: a database that says nothing is away too. To give it up takes the driver
up to 10 s more, so that a report's last try has ended before its station gives up."""
ASKED_S = 25.0
"""How long a question beside the lanes may take, other servers' answers included: its station waits for 30 s, and hears
nothing else of us before this one is answered."""
RETRY_S = 0.25
MOST_TURNS = 32
"""Turns of the event loop that a batch waits, while each brings more, for what has already arrived at other sockets.
Alone, that is two turns of nothing; under load it is work that is due anyway, and batches are twice as large, which
are cheaper per report."""

Receive = Callable[[Context, Sequence[Received]], Awaitable[list[Answer | CsmsError]]]
Waiting = tuple[Received, "asyncio.Future[Answer]", float]


class Lanes:
    """`submit` a report, await its answer; `run` while stations are served."""

    def __init__(
        self, context: Context, receive: Receive | None = None, lanes: int = LANES
    ) -> None:
        self._context = context
        self._asking: set[asyncio.Task[Answer]] = set()
        self._lanes = [
            Lane(context, receive or partial(receive_with, memory=Memory())) for _ in range(lanes)
        ]

    def submit(self, received: Received) -> "asyncio.Future[Answer]":
        """The answer, once `received` is durable; or the CsmsError that it met. Nothing is stored in that case."""
        asked = ASKED.get(type(received.report))
        if asked is not None:
            return asyncio.ensure_future(self._ask(received, asked(self._context, received)))
        return self._lane_of(received.station_id).submit(received)

    async def _ask(self, received: Received, asked: Coroutine[Any, Any, Answer]) -> Answer:
        """The answer, in time or not at all: to be given up may take as long again where the database says nothing."""
        task = asyncio.create_task(asked)
        self._asking.add(task)
        task.add_done_callback(self._forget)
        try:
            done, _ = await asyncio.wait({task}, timeout=ASKED_S)
        finally:
            task.cancel()
        if not done:
            kind = type(received.report).__name__
            logger.error("%s: %s has no answer after %g s", received.station_id, kind, ASKED_S)
            raise Unavailable("This takes too long at the moment; send it again shortly.")
        return task.result()

    def _forget(self, task: "asyncio.Task[Answer]") -> None:
        self._asking.discard(task)
        if not task.cancelled():
            task.exception()  # heard already, or of no interest any more

    def _lane_of(self, station_id: str) -> "Lane":
        lanes = self._lanes
        return lanes[zlib.crc32(station_id.encode()) % len(lanes)] if len(lanes) > 1 else lanes[0]

    @asynccontextmanager
    async def run(self) -> AsyncIterator["Lanes"]:
        """Work; at the end finish what waits, within the deadline."""
        tasks = [asyncio.create_task(lane.run()) for lane in self._lanes]
        try:
            yield self
        finally:
            for lane in self._lanes:
                lane.close()
            await asyncio.wait(tasks, timeout=DEADLINE_S)
            for task in (*tasks, *self._asking):
                task.cancel()


class Lane:
    """One queue in two parts (urgent reports go ahead) and one task."""

    def __init__(self, context: Context, receive: Receive) -> None:
        self._context = context
        self._receive = receive
        self._urgent: deque[Waiting] = deque()
        self._others: deque[Waiting] = deque()
        self._wake = asyncio.Event()
        self._closed = False
        self._loop = asyncio.get_running_loop()  # asking again costs a system call per report

    def submit(self, received: Received) -> "asyncio.Future[Answer]":
        """See `Lanes.submit`."""
        loop, future = self._loop, self._loop.create_future()
        if self._closed or len(self) >= MOST_WAITING:
            future.set_exception(Unavailable("The system is busy; send this again shortly."))
            return future
        queue = self._urgent if type(received.report) in URGENT else self._others
        queue.append((received, future, loop.time()))
        self._wake.set()
        return future

    def close(self) -> None:
        """Take nothing more; end when nothing waits."""
        self._closed = True
        self._wake.set()

    async def run(self) -> None:
        """Batch after batch."""
        while True:
            if not len(self):
                if self._closed:
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            await self._gather()
            await self._settle(self._take())

    async def _gather(self) -> None:
        """Let what has arrived be read, until two turns in a row bring nothing new."""
        idle = 0
        for _ in range(MOST_TURNS):
            before = len(self)
            await asyncio.sleep(0)
            idle = 0 if len(self) > before else idle + 1
            if idle == 2 or before >= MOST_AT_ONCE:
                return

    def __len__(self) -> int:
        return len(self._urgent) + len(self._others)

    def _take(self) -> list[Waiting]:
        batch: list[Waiting] = []
        for queue in (self._urgent, self._others):
            while queue and len(batch) < MOST_AT_ONCE:
                batch.append(queue.popleft())
        return batch

    async def _settle(self, batch: list[Waiting]) -> None:
        """Make `batch` durable. What cannot be stored together is stored one by one, so that one bad report harms
        itself only; while the database is away, all is tried again until the reports' deadline."""
        while batch := _not_too_old(batch):
            try:
                async with asyncio.timeout(ATTEMPT_S):
                    reports = [received for received, _, _ in batch]
                    answers = await self._receive(self._context, reports)
            except (Unavailable, TimeoutError):
                await asyncio.sleep(RETRY_S)
            except Exception as error:
                received, future, _ = batch[0]
                if len(batch) == 1 and isinstance(error, Locked):
                    logger.error("%s: not stored, its rows are locked", received.station_id)
                    _fail(future, error)
                elif len(batch) == 1:
                    logger.exception("%s: %r was not stored", received.station_id, received.report)
                    _fail(future, CsmsError(f"{type(error).__name__}: the report was not stored."))
                else:
                    logger.warning("a batch of %d failed (%s): one by one", len(batch), error)
                    for waiting in batch:
                        await self._settle([waiting])
                return
            else:
                for (_, future, _), answer in zip(batch, answers, strict=True):
                    if isinstance(answer, CsmsError):
                        _fail(future, answer)
                    elif not future.done():
                        future.set_result(answer)
                return


def _not_too_old(batch: list[Waiting]) -> list[Waiting]:
    """Those that have not waited too long; the others are failed."""
    oldest = asyncio.get_running_loop().time() - DEADLINE_S
    if all(since > oldest for _, _, since in batch):
        return batch
    for received, future, since in batch:
        if since <= oldest:
            logger.error("%s: not stored, the database is away or too slow", received.station_id)
            _fail(future, Unavailable())
    return [waiting for waiting in batch if waiting[2] > oldest]


def _fail(future: "asyncio.Future[Answer]", error: CsmsError) -> None:
    if not future.done():
        future.set_exception(error)

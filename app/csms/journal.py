"""The journal's writer: takes frames without ever holding up a session, writes them many at a time in the background.

Pairing calls with answers and hiding secrets (`app.csms.exchanges`) happen there too, off the stations' path.
The journal is for people; it may lose its newest second in a crash, and under pressure it drops and counts.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from struct import error as StructError  # noqa: N812

from psycopg import Error

from app.csms.context import Context
from app.csms.exchanges import Exchanges, JournalEntry, JournalRow
from app.csms.work import lane_work
from app.domain.errors import Locked, Unavailable
from app.store.journal import append

__all__ = ["Journal", "JournalEntry"]

logger = logging.getLogger(__name__)

MOST_WAITING = 50_000
MOST_AT_ONCE = 2_000
PAUSE_S = 0.25
WRITE_S = 15.0
"""How long the database may take for them; one that says nothing is away."""
STRETCH = 100
"""Frames that are prepared before others have their turn."""


class Journal:
    """`record` never waits; `run` writes until it is cancelled, then once more."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._waiting: deque[JournalEntry] = deque()
        self._unwritten: list[JournalRow] = []
        self._exchanges = Exchanges()
        self.dropped = 0

    def record(self, entry: JournalEntry) -> None:
        """Keep `entry`; dropped (and counted) when too many wait."""
        if len(self._waiting) >= MOST_WAITING:
            self.dropped += 1
            return
        self._waiting.append(entry)

    async def run(self) -> None:
        """Write what waits, again and again."""
        try:
            while True:
                await asyncio.sleep(PAUSE_S)
                await self.write()
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(3):
                    await self.write()

    async def write(self) -> None:
        """Write all that waits now; while the database is away it goes on waiting."""
        while self._waiting or self._unwritten:
            if not self._unwritten:
                count = min(len(self._waiting), MOST_AT_ONCE)
                await self._prepare([self._waiting.popleft() for _ in range(count)])
            try:
                async with asyncio.timeout(WRITE_S):
                    await self._store(list(self._unwritten))
            except (Unavailable, Locked, TimeoutError) as error:
                logger.warning("journal: %d frames wait: %s", len(self), error or "no answer")
                return
            self._exchanges.written()

    async def _store(self, rows: Sequence[JournalRow]) -> None:
        """Store `rows`, the first that are unwritten; what cannot be stored is sought by halves and dropped alone.

        Raises Unavailable, Locked; what is stored by then is not unwritten any more.
        """
        try:
            async with lane_work(self._context) as unit:
                await append(unit.connection, rows)
        except (Error, ValueError, StructError) as error:  # no reason is known; nothing stops us
            if len(rows) > 1:
                half = len(rows) // 2
                await self._store(rows[:half])
                await self._store(rows[half:])
                return
            self.dropped += 1
            logger.error("journal: a frame of %s is lost: %s", rows[0].station_id, error)
        del self._unwritten[: len(rows)]

    async def _prepare(self, entries: list[JournalEntry]) -> None:
        """Paired and masked, a few at a time: stations wait for the same processor."""
        for number, entry in enumerate(entries, start=1):
            self._unwritten.append(self._exchanges.paired(entry))
            if not number % STRETCH:
                await asyncio.sleep(0)

    def __len__(self) -> int:
        return len(self._waiting) + len(self._unwritten)

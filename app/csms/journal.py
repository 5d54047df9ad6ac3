"""The journal's writer: takes frames without ever holding up a session, writes them many at a time in the background.

Hiding secrets (`app.csms.journal_entries`) happens there too, off the stations' path. A call waits a moment for its
answer, so that both are one row. The journal is for people; it may lose its newest second in a crash, and under
pressure it drops and counts.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from app.csms.context import Context
from app.csms.journal_entries import JournalEntry
from app.csms.work import lane_work
from app.domain.errors import Locked, Unavailable
from app.store.journal import append

__all__ = ["Journal", "JournalEntry"]

logger = logging.getLogger(__name__)

MOST_WAITING = 50_000
MOST_AT_ONCE = 2_000
PAUSE_S = 0.25
HOLD = timedelta(seconds=1)
"""How long a call waits for its answer; then it is written without it."""
WRITE_S = 15.0
"""How long the database may take for them; one that says nothing is away."""
STRETCH = 100
"""Frames that are prepared before others have their turn."""


class Journal:
    """`record` never waits; `run` writes until it is cancelled, then once more."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._waiting: deque[JournalEntry] = deque()
        self._unwritten: list[JournalEntry] = []
        self._last = 0
        self.dropped = 0

    def record(self, entry: JournalEntry) -> None:
        """Keep `entry`; dropped (and counted) when too many wait."""
        if len(self._waiting) >= MOST_WAITING:
            self.dropped += 1
            entry.sealed, entry.frame = True, ""
            return
        self._waiting.append(entry)

    async def run(self) -> None:
        """Write what waits, again and again."""
        try:
            while True:
                await asyncio.sleep(PAUSE_S)
                await self.write(self._context.clock() - HOLD)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(3):
                    await self.write()

    async def write(self, since: datetime | None = None) -> None:
        """Write all that waits now, but not calls `since` a moment that wait for their answers.

        While the database is away it goes on waiting.
        """
        while self._unwritten or await self._prepare(since):
            try:
                async with asyncio.timeout(WRITE_S):
                    await self._store(list(self._unwritten))
            except (Unavailable, Locked, TimeoutError) as error:
                logger.warning("journal: %d frames wait: %s", len(self), error or "no answer")
                return

    async def _store(self, rows: Sequence[JournalEntry]) -> None:
        """Store `rows`, the first that are unwritten; what cannot be stored is sought by halves and dropped alone.

        Raises Unavailable, Locked; what is stored by then is not unwritten any more.
        """
        try:
            async with lane_work(self._context) as unit:
                await append(unit.connection, rows)
        except (Unavailable, Locked, TimeoutError):
            raise
        except Exception as error:  # no reason is known; nothing stops us
            if len(rows) > 1:
                half = len(rows) // 2
                await self._store(rows[:half])
                await self._store(rows[half:])
                return
            self.dropped += 1
            logger.error("journal: a frame of %s is lost: %s", rows[0].station_id, error)
        for row in rows:
            row.frame = ""  # a session may hold a call for long, and needs its text no more
        del self._unwritten[: len(rows)]

    async def _prepare(self, since: datetime | None) -> bool:
        """Seal the next that are to be written, a few at a time: stations wait for the same processor.

        Whether there are any.
        """
        ready, number = self._ready(since), 0
        try:
            for number, entry in enumerate(ready, start=1):
                self._last = max(self._last + 1, int(entry.at.timestamp() * 1_000_000))
                try:
                    entry.seal(self._last)
                except Exception:  # no reason is known either
                    self.dropped += 1
                    logger.exception("journal: a frame of %s is lost", entry.station_id)
                else:
                    self._unwritten.append(entry)
                if not number % STRETCH:
                    await asyncio.sleep(0)
        finally:  # cancelled on the way: the others are for the last time of writing
            self._waiting.extendleft(reversed(ready[number:]))
        return bool(self._unwritten)

    def _ready(self, since: datetime | None) -> list[JournalEntry]:
        """What is written next. A station's frames wait behind its call that waits, for they are followed by number."""
        ready: list[JournalEntry] = []
        held: list[JournalEntry] = []
        stations: set[str] = set()
        while self._waiting and len(ready) < MOST_AT_ONCE:
            entry = self._waiting.popleft()
            young = since is not None and entry.at > since
            if young and (entry.waits or entry.station_id in stations):
                held.append(entry)
                stations.add(entry.station_id)
            else:
                ready.append(entry)
        self._waiting.extendleft(reversed(held))
        return ready

    def __len__(self) -> int:
        return len(self._waiting) + len(self._unwritten)

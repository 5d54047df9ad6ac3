"""The journal's writer: takes frames without ever holding up a session, writes them by COPY in the background.

The journal is for people; it may lose its newest second in a crash, and under pressure it drops and counts.
"""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from app.csms.context import Context
from app.csms.work import batch_work
from app.domain.errors import Unavailable
from app.store.journal import append

logger = logging.getLogger(__name__)

MOST_WAITING = 50_000
MOST_AT_ONCE = 2_000
PAUSE_S = 0.25


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One frame. `direction`: in (from the station) or out."""

    at: datetime
    station_id: str
    direction: str
    message_type: int
    message_id: str | None
    action: str | None
    frame: str
    latency_ms: float | None = None
    outcome: str | None = None


class Journal:
    """`record` never waits; `run` writes until it is cancelled, then once more."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._waiting: deque[JournalEntry] = deque()
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
        """Write all that waits now."""
        while self._waiting:
            entries = [
                self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))
            ]
            try:
                async with batch_work(self._context, pipelined=False) as unit:
                    await append(unit.connection, [_row(entry) for entry in entries])
            except Unavailable:
                self.dropped += len(entries)
                logger.warning("journal: %d frames lost, the database is away", len(entries))
                return


def _row(entry: JournalEntry) -> tuple[object, ...]:
    # PostgreSQL's text knows no NUL; a frame that carries one is kept with it made visible.
    return (
        entry.at,
        entry.station_id,
        entry.direction,
        entry.message_type,
        _clean(entry.message_id),
        _clean(entry.action),
        _clean(entry.frame),
        entry.latency_ms,
        entry.outcome,
    )


def _clean(text: str | None) -> str | None:
    return text.replace("\0", "␀") if text and "\0" in text else text

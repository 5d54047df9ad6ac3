"""Every frame, both ways, on its way to the journal; without one (HALLA_JOURNAL=off) nothing is kept.

Storing is `app.csms.journal`'s, and so is hiding what is secret: this only names what passed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from app.csms.exchanges import JournalEntry

LONGEST = 64 * 1024
"""Bytes of a frame that are kept; the rest of a longer one is cut off."""


class Recorder(Protocol):
    """Whoever keeps entries; never waits."""

    def record(self, entry: JournalEntry) -> None:
        """Keep `entry`."""


def record(
    journal: Recorder | None,
    at: datetime,
    station_id: str,
    direction: str,
    kind: int,
    message_id: str | None,
    action: str | None,
    frame: bytes,
) -> JournalEntry | None:
    """A frame that answers nothing, in (from the station) or out; its answer is told to `record_answer`."""
    if journal is None:
        return None
    entry = JournalEntry(at, station_id, direction, kind, message_id, action, frame[:LONGEST])
    journal.record(entry)
    return entry


def record_answer(
    journal: Recorder | None,
    call: JournalEntry | None,
    kind: int,
    frame: bytes,
    latency_ms: float,
    outcome: str | None = None,
) -> None:
    """The answer to `call`. `latency_ms`: how long it took; `outcome`: an error code, if it is one."""
    if journal is not None and call is not None:
        apart = call.answered(kind, frame[:LONGEST], latency_ms, outcome)
        if apart is not None:
            journal.record(apart)

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


def record_in(
    journal: Recorder | None,
    at: datetime,
    station_id: str,
    kind: int,
    message_id: str | None,
    action: str | None,
    frame: bytes,
) -> None:
    """A frame of the station."""
    if journal is not None:
        text = frame[:LONGEST]
        journal.record(JournalEntry(at, station_id, "in", kind, message_id, action, text))


def record_out(
    journal: Recorder | None,
    at: datetime,
    station_id: str,
    kind: int,
    message_id: str,
    action: str | None,
    frame: bytes,
    latency_ms: float | None = None,
    outcome: str | None = None,
) -> None:
    """A frame of ours. `latency_ms`: how long the station waited for it; `outcome`: an error code, if it is one."""
    if journal is not None:
        text = frame[:LONGEST]
        journal.record(
            JournalEntry(at, station_id, "out", kind, message_id, action, text, latency_ms, outcome)
        )

"""Every frame, both ways, on its way to the journal; without one (HALLA_JOURNAL=off) nothing is kept.

Storing is `app.csms.journal`'s, and so is hiding what is secret: this only names what passed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from app.csms.journal_entries import JournalEntry

LONGEST = 64 * 1024
"""Bytes of a frame that are kept; the rest of a longer one is cut off."""

MOST_ASKED = 16
"""Calls of ours whose answers are still expected: they may come late, or never."""


class Recorder(Protocol):
    """Whoever keeps entries; never waits."""

    def record(self, entry: JournalEntry) -> None:
        """Keep `entry`."""


class Recording:
    """What passes in one session, on its way to the journal. `station_id`: empty until the station has said it."""

    __slots__ = ("_asked", "_journal", "station_id")

    def __init__(self, journal: Recorder | None) -> None:
        self.station_id = ""
        self._journal = journal
        self._asked: dict[str, JournalEntry] = {}

    def heard(
        self, at: datetime, kind: int, message_id: str, action: str | None, frame: bytes
    ) -> JournalEntry | None:
        """A frame of the station that answers nothing; `answered` is told what it is given here."""
        return self._record(at, "in", kind, message_id, action, frame)

    def answered(
        self,
        call: JournalEntry | None,
        kind: int,
        frame: bytes,
        latency_ms: float,
        outcome: str | None = None,
    ) -> None:
        """Our answer to what was heard. `latency_ms`: how long it took; `outcome`: an error code, if it is one."""
        if call is not None and self._journal is not None:
            apart = call.answered(kind, frame[:LONGEST], latency_ms, outcome)
            if apart is not None:
                self._journal.record(apart)

    def asked(self, at: datetime, message_id: str, action: str, frame: bytes) -> None:
        """A call of ours."""
        entry = self._record(at, "out", 2, message_id, action, frame)
        if entry is not None:
            if len(self._asked) >= MOST_ASKED:
                del self._asked[next(iter(self._asked))]
            self._asked[message_id] = entry

    def told(self, at: datetime, kind: int, message_id: str, frame: bytes) -> None:
        """The station's answer to a call of ours, or to nothing."""
        call = self._asked.pop(message_id, None)
        if call is None:
            self.heard(at, kind, message_id, None, frame)
        else:
            self.answered(call, kind, frame, (at - call.at).total_seconds() * 1000)

    def named(self, call: JournalEntry | None) -> None:
        """The call by which the station said who it is is its own."""
        if call is not None:
            call.station_id = self.station_id

    def _record(
        self,
        at: datetime,
        direction: str,
        kind: int,
        message_id: str,
        action: str | None,
        frame: bytes,
    ) -> JournalEntry | None:
        if self._journal is None:
            return None
        text = frame[:LONGEST]
        entry = JournalEntry(at, self.station_id, direction, kind, message_id, action, text)
        self._journal.record(entry)
        return entry

"""Every frame, both ways, on its way to the journal. Storing is `app.csms.journal`'s; this only names what passed."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Protocol

from app.csms.journal import JournalEntry

LONGEST = 64 * 1024
"""Bytes of a frame that are kept; the rest of a longer one is cut off."""

_VALUE = re.compile(r'("(?:attributeValue|value)"\s*:\s*)"(?:[^"\\]|\\.)*"')


class Recorder(Protocol):
    """Whoever keeps entries; never waits."""

    def record(self, entry: JournalEntry) -> None:
        """Keep `entry`."""


def record_in(
    journal: Recorder,
    at: datetime,
    station_id: str,
    kind: int,
    message_id: str | None,
    action: str | None,
    frame: bytes,
) -> None:
    """A frame of the station."""
    text = without_secrets(frame[:LONGEST].decode("utf-8", "replace"))
    journal.record(JournalEntry(at, station_id, "in", kind, message_id, action, text))


def record_out(
    journal: Recorder,
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
    text = without_secrets(frame[:LONGEST].decode("utf-8", "replace"))
    journal.record(
        JournalEntry(at, station_id, "out", kind, message_id, action, text, latency_ms, outcome)
    )


def without_secrets(text: str) -> str:
    """`text` with the values of a frame that carries a station's password hidden."""
    if "BasicAuthPassword" not in text and "AuthorizationKey" not in text:
        return text
    return _VALUE.sub(r'\1"***"', text)

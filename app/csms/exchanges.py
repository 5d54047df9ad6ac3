"""Which answer belongs to which call: the journal's frames, paired as they pass in the order of time.

Message ids are the sender's and may repeat, so a pair is a number of our own. Memory is bounded: a call that nobody
answers is forgotten.
"""

import re
from datetime import datetime
from typing import NamedTuple

from app.domain.masks import without_secrets

MOST_OPEN = 50_000
"""Calls that wait for an answer, over all stations; the oldest is forgotten first."""
MOST_ALIKE = 64
"""Those of a station with the same message id."""

ANSWERED = "Answered"
"""The outcome of a CALLRESULT that has no status of its own."""

_CALL, _RESULT, _ERROR = 2, 3, 4
_OTHER = {"in": "out", "out": "in"}
_TRANSACTION = re.compile(
    r'"transactionId"\s*:\s*(?:"(?:([^"\\]{1,255})|((?:[^"\\]|\\.){1,255}))"|(-?\d{1,18}))'
)
"""A plain id, one with escapes, or a number: the first is what nearly all are, and fast."""
_STATUS = re.compile(r'"status"\s*:\s*"(\w{1,50})"')
_CODE = re.compile(r'\s*\[\s*4\s*,\s*"[^"]*"\s*,\s*"([^"\\]{0,50})"')


class JournalEntry(NamedTuple):
    """One frame as it passed, with its secrets. `direction`: in (from the station) or out.

    A tuple, because two are made for every message.
    """

    at: datetime
    station_id: str
    direction: str
    message_type: int
    message_id: str | None
    action: str | None
    frame: bytes | str
    latency_ms: float | None = None
    outcome: str | None = None


class JournalRow:
    """One frame as it is stored, its secrets hidden."""

    __slots__ = (
        "action",
        "at",
        "direction",
        "exchange",
        "frame",
        "latency_ms",
        "message_id",
        "message_type",
        "outcome",
        "station_id",
        "transaction",
    )

    def __init__(self, entry: JournalEntry) -> None:
        at, station_id, direction, message_type, message_id, action, raw, latency_ms, outcome = (
            entry
        )
        self.at, self.station_id, self.direction = at, station_id, direction
        self.message_type = message_type
        self.message_id, self.action = _clean(message_id), _clean(action)
        text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
        # PostgreSQL's text knows no NUL; a frame that carries one is kept with it made visible.
        text = text.replace("\0", "␀") if "\0" in text else text
        self.latency_ms, self.outcome = latency_ms, outcome
        self.exchange: int | None = None
        self.transaction = _transaction(text)
        self.frame = without_secrets(text, action)


class Exchanges:
    """What is open between calls and answers."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str, str | None], list[JournalRow]] = {}
        self._unwritten: list[JournalRow] = []
        self._last = 0

    def __len__(self) -> int:
        return len(self._open)

    def paired(self, entry: JournalEntry) -> JournalRow:
        """The row of `entry`. An answer knows its call's action and transaction; its call, still unwritten, its own."""
        row = JournalRow(entry)
        key = (entry.station_id, entry.direction, entry.message_id)
        if entry.message_type == _CALL:
            self._last = max(self._last + 1, int(entry.at.timestamp() * 1_000_000))
            row.exchange = self._last
            if key not in self._open and len(self._open) >= MOST_OPEN:
                del self._open[next(iter(self._open))]
            waiting = self._open.setdefault(key, [])
            waiting.append(row)
            if len(waiting) > MOST_ALIKE:
                del waiting[0]
            self._unwritten.append(row)
        elif entry.message_type in (_RESULT, _ERROR):
            self._close((key[0], _OTHER.get(key[1], ""), key[2]), row)
        return row

    def written(self) -> None:
        """All rows so far are stored: what is still open needs its text no more."""
        for row in self._unwritten:
            row.frame = ""
        self._unwritten.clear()

    def _close(self, key: tuple[str, str, str | None], row: JournalRow) -> None:
        if row.outcome is None:
            row.outcome = _outcome(row)
        waiting = self._open.get(key)
        if waiting is None:
            return
        call = waiting.pop(0)
        if not waiting:
            del self._open[key]
        row.exchange = call.exchange
        row.action = row.action or call.action
        row.transaction = call.transaction = row.transaction or call.transaction
        if row.latency_ms is None:
            row.latency_ms = (row.at - call.at).total_seconds() * 1000


def _outcome(row: JournalRow) -> str:
    if row.message_type == _ERROR:
        code = _CODE.match(row.frame)
        return code[1] if code and code[1] else "GenericError"
    status = _STATUS.search(row.frame)
    return status[1] if status else ANSWERED


def _transaction(text: str) -> str | None:
    at = text.find('"transactionId"')
    if at < 0:
        return None
    found = _TRANSACTION.match(text, at)
    return None if found is None else found[found.lastindex or 0]


def _clean(text: str | None) -> str | None:
    return text.replace("\0", "␀") if text and "\0" in text else text

"""A call and its answer as the journal keeps them, and how a frame becomes what may be written down.

Who records a call holds it until its answer has passed; so they need no pairing, and are nearly always one row.
"""

import re
from datetime import datetime, timedelta

from app.domain.masks import without_secrets

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


class JournalEntry:
    """A frame as it passed and, if it is a call, the answer to it. `direction` of the frame: in (from the station) or
    out.

    `seal` makes it what is stored: from then on no answer finds room in it, nor does a second one. `exchange` is the
    number that a call and an answer have in common which are stored apart; `transaction`: the station's id of what they
    are about.
    """

    __slots__ = (
        "action",
        "answer",
        "answer_type",
        "at",
        "direction",
        "exchange",
        "frame",
        "latency_ms",
        "message_id",
        "message_type",
        "outcome",
        "sealed",
        "station_id",
        "transaction",
    )

    def __init__(
        self,
        at: datetime,
        station_id: str,
        direction: str,
        message_type: int,
        message_id: str | None,
        action: str | None,
        frame: bytes | str,
    ) -> None:
        self.at = at
        self.station_id = station_id
        self.direction = direction
        self.message_type = message_type
        self.message_id = message_id
        self.action = action
        self.frame = frame
        self.answer_type: int | None = None
        self.answer: bytes | str | None = None
        self.latency_ms: float | None = None
        self.outcome: str | None = None
        self.exchange: int | None = None
        self.transaction: str | None = None
        self.sealed = False

    @property
    def waits(self) -> bool:
        """Whether it is a call whose answer has not passed."""
        return self.answer_type is None and self.message_type == _CALL

    def answered(
        self,
        message_type: int,
        frame: bytes,
        latency_ms: float,
        outcome: str | None = None,
    ) -> "JournalEntry | None":
        """Take the answer to this call, so long after it; if it was stored or answered, the entry that it is by itself.

        `outcome`: an error code, if it is one.
        """
        if not self.sealed and self.answer_type is None:
            self.answer_type, self.answer = message_type, frame
            self.latency_ms, self.outcome = latency_ms, outcome
            return None
        at, direction = self.at + timedelta(milliseconds=latency_ms), _OTHER[self.direction]
        late = JournalEntry(
            at, self.station_id, direction, message_type, self.message_id, self.action, frame
        )
        late.latency_ms, late.outcome = latency_ms, outcome
        late.exchange, late.transaction = self.exchange, self.transaction
        return late

    def seal(self, exchange: int) -> None:
        """Become what is stored: text, without secrets. `exchange`: its number, if it has none."""
        self.sealed = True
        self.message_id, self.action = _clean(self.message_id), _clean(self.action)
        text = _text(self.frame)
        transaction = self.transaction or _transaction(text)
        self.frame = without_secrets(text, self.action)
        kind = self.message_type
        if self.answer is not None:
            kind, text = self.answer_type or 0, _text(self.answer)
            transaction = transaction or _transaction(text)
            self.answer = without_secrets(text, self.action)
        self.transaction = transaction
        if self.exchange is None and self.message_type == _CALL:
            self.exchange = exchange
        if self.outcome is None and kind in (_RESULT, _ERROR):
            self.outcome = _outcome(kind, text)


def _outcome(kind: int, text: str) -> str:
    if kind == _ERROR:
        code = _CODE.match(text)
        return code[1] if code and code[1] else "GenericError"
    status = _STATUS.search(text)
    return status[1] if status else ANSWERED


def _text(frame: bytes | str) -> str:
    text = frame.decode("utf-8", "replace") if isinstance(frame, bytes) else frame
    # PostgreSQL's text knows no NUL; a frame that carries one is kept with it made visible.
    return text.replace("\0", "␀") if "\0" in text else text


def _transaction(text: str) -> str | None:
    at = text.find('"transactionId"')
    if at < 0:
        return None
    found = _TRANSACTION.match(text, at)
    return None if found is None else found[found.lastindex or 0]


def _clean(text: str | None) -> str | None:
    return text.replace("\0", "␀") if text and "\0" in text else text

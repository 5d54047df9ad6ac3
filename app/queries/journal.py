"""The journal: frames as they passed, calls with their answers, and how long answers take. Secrets are hidden in it."""

import math
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.domain.errors import Invalid, TransactionNotFound
from app.queries.rows import fetch, fetch_dicts, pattern_of
from app.store.database import Database

PAGE = 1000
"""Rows that an export asks for at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which frames. `direction`: in (from the station) or out. `transaction_id`: the station's id of it.

    `outcome`: how the exchange ended: a status word, `Answered`, or an error code. `failed`: only those that ended with
    an error. `text`: part of the frame. `slower_than_ms`: answers that took longer.
    """

    station_id: str | None = None
    direction: str | None = None
    action: str | None = None
    message_id: str | None = None
    exchange: int | None = None
    transaction_id: str | None = None
    outcome: str | None = None
    failed: bool = False
    slower_than_ms: float | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None


ALL = Wanted()


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRow:
    """One frame. `message_type` 2 is a call, 3 its result, 4 its error; 0 what could not be read.

    `exchange` is the same on a call and its answer; `latency_ms` and `outcome` stand on answers. `call_at`: when its
    call passed, if both were written together, by which frames are ordered; else its own moment.
    """

    id: int
    at: datetime
    station_id: str
    direction: str
    message_type: int
    message_id: str | None
    action: str | None
    frame: str
    latency_ms: float | None
    outcome: str | None
    exchange: int | None
    transaction_id: str | None
    call_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRow:
    """A call and its answer (None: there was none). `direction`: who called, in is the station."""

    id: int
    at: datetime
    station_id: str
    direction: str
    message_id: str | None
    action: str | None
    exchange: int | None
    transaction_id: str | None
    call: str
    answer: str | None
    answered_at: datetime | None
    latency_ms: float | None
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingRow:
    """How long answers to one action took. `answered_by`: csms, or the station."""

    action: str
    answered_by: str
    count: int
    errors: int
    mean_ms: float
    p50_ms: float
    p99_ms: float
    max_ms: float


async def frames(
    database: Database, wanted: Wanted = ALL, *, limit: int = 100, before: str | None = None
) -> list[FrameRow]:
    """Frames, newest first, an answer right before its call; the next page is `before` the `cursor_of` the last row."""
    values = _values(wanted, limit, before)
    where = _where(values, _OF_BOTH, _OF_FRAMES)
    return await fetch(database, FrameRow, _FRAMES.format(where=where), values)


async def exchanges(
    database: Database, wanted: Wanted = ALL, *, limit: int = 100, before: str | None = None
) -> list[ExchangeRow]:
    """Calls with their answers, newest call first. `direction` of `wanted` is the call's."""
    values = _values(wanted, limit, before)
    where = _where(values, _OF_BOTH, _OF_EXCHANGES)
    return await fetch(database, ExchangeRow, _EXCHANGES.format(where=where), values)


async def newer(
    database: Database, station_id: str, after: int, since: datetime, limit: int = 500
) -> list[FrameRow]:
    """What was written since the frame with the number `after`, oldest first: for following live."""
    values = {"station_id": station_id, "after": after, "since": since, "limit": limit}
    return await fetch(database, FrameRow, _NEWER, values)


async def export(
    database: Database, wanted: Wanted = ALL, *, limit: int | None = None
) -> AsyncIterator[list[FrameRow]]:
    """Frames in pages, newest first, until `limit` or the end."""
    before: str | None = None
    left = math.inf if limit is None else limit
    while left > 0:
        rows = await frames(database, wanted, limit=int(min(PAGE, left)), before=before)
        if not rows:
            return
        yield rows
        left -= len(rows)
        before = cursor_of(rows[-1])


async def timings(
    database: Database, since: datetime, station_id: str | None = None
) -> list[TimingRow]:
    """Mean, median and p99 of each action's handling time, ours and the stations', slowest first."""
    values = {"since": since, "station_id": station_id}
    return await fetch(database, TimingRow, _TIMINGS, values)


async def of_transaction(database: Database, number: int, wanted: Wanted = ALL) -> Wanted:
    """`wanted`, narrowed to the frames about the transaction with our number. Raises TransactionNotFound."""
    found = await fetch_dicts(database, _TRANSACTION, {"id": number})
    if not found:
        raise TransactionNotFound(f"There is no transaction {number}.", id=number)
    return replace(
        wanted, station_id=found[0]["station_id"], transaction_id=found[0]["transaction_id"]
    )


def cursor_of(row: FrameRow | ExchangeRow) -> str:
    """Where a page ended: the moment in microseconds and the frame's number."""
    at = row.call_at if isinstance(row, FrameRow) else row.at
    micros = (at - _EPOCH) // timedelta(microseconds=1)
    return f"{micros}-{row.id}"


def _values(wanted: Wanted, limit: int, before: str | None) -> dict[str, Any]:
    values = asdict(wanted)
    values["text"] = pattern_of(wanted.text) if wanted.text else None
    values["limit"] = limit
    values["before_at"], values["before_id"] = _place(before)
    return values


def _place(before: str | None) -> tuple[datetime | None, int | None]:
    if before is None:
        return None, None
    micros, _, number = before.partition("-")
    if not (micros.isascii() and micros.isdigit() and number.isascii() and number.isdigit()):
        raise Invalid("`before` is not the `next` of a page.")
    if len(micros) > 17 or len(number) > 18:
        raise Invalid("`before` is not the `next` of a page.")
    return _EPOCH + timedelta(microseconds=int(micros)), int(number)


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")

_OF_BOTH = {
    "station_id": "j.station_id = %(station_id)s",
    "direction": "j.direction = %(direction)s",
    "action": "j.action = %(action)s",
    "message_id": "j.message_id = %(message_id)s",
    "exchange": "j.exchange = %(exchange)s",
}
_OF_FRAMES = {
    "since": "j.at >= %(since)s AND j.call_at >= %(since)s - interval '1 minute'",
    "until": "j.at < %(until)s AND j.call_at < %(until)s",
    "before_at": "j.call_at <= %(before_at)s AND (j.call_at, j.id) < (%(before_at)s, %(before_id)s)",
    "outcome": "j.outcome = %(outcome)s",
    "failed": "j.message_type = 4",
    "slower_than_ms": "j.latency_ms > %(slower_than_ms)s",
    "text": "j.frame ILIKE %(text)s",
}
"""Of `journal_frame`. An answer that is written with its call passed at most half a minute after it, but for one that
took long while the database was away."""
_OF_EXCHANGES = {
    "since": "j.at >= %(since)s",
    "until": "j.at < %(until)s",
    "before_at": "(j.at, j.id) < (%(before_at)s, %(before_id)s)",
    "outcome": "coalesce(j.outcome, a.outcome) = %(outcome)s",
    "failed": "coalesce(j.answer_type, a.message_type) = 4",
    "slower_than_ms": "coalesce(j.latency_ms, a.latency_ms) > %(slower_than_ms)s",
    "text": "(j.frame ILIKE %(text)s OR coalesce(j.answer, a.frame) ILIKE %(text)s)",
}
_OF_TRANSACTION = """(j.transaction_id = %(transaction_id)s OR (j.station_id, j.exchange) IN (
    SELECT t.station_id, t.exchange FROM journal t WHERE t.transaction_id = %(transaction_id)s {station}))"""


def _where(values: Mapping[str, Any], *tables: Mapping[str, str]) -> str:
    """Only what is asked for, so that an index can serve it."""
    unasked = (None, False)
    said = [
        text
        for table in tables
        for name, text in table.items()
        if not any(values[name] is nothing for nothing in unasked)
    ]
    if values["transaction_id"]:
        station = "AND t.station_id = %(station_id)s" if values["station_id"] else ""
        said.append(_OF_TRANSACTION.format(station=station))
    return " AND ".join(said) or "true"


_COLUMNS = ", ".join(FrameRow.__dataclass_fields__)

_FRAMES = f"""
SELECT {_COLUMNS}
FROM journal_frame j
WHERE {{where}}
ORDER BY call_at DESC, id DESC LIMIT %(limit)s
"""

_EXCHANGES = """
SELECT j.id, j.at, j.station_id, j.direction, j.message_id, j.action, j.exchange,
       coalesce(j.transaction_id, a.transaction_id) AS transaction_id, j.frame AS call,
       coalesce(j.answer, a.frame) AS answer, coalesce(j.at + j.latency_ms * interval '1 ms', a.at) AS answered_at,
       coalesce(j.latency_ms, a.latency_ms) AS latency_ms, coalesce(j.outcome, a.outcome) AS outcome
FROM journal j
LEFT JOIN LATERAL (
    SELECT * FROM journal r
    WHERE j.answer_type IS NULL AND r.station_id = j.station_id AND r.exchange = j.exchange
        AND r.message_type IN (3, 4) AND r.direction <> j.direction
        AND r.at >= j.at - interval '1 second' AND r.at < j.at + interval '10 minutes'
    LIMIT 1
) a ON true
WHERE j.message_type = 2 AND {where}
ORDER BY j.at DESC, j.id DESC LIMIT %(limit)s
"""

_NEWER = f"""
SELECT {_COLUMNS}
FROM journal_frame WHERE station_id = %(station_id)s AND id > %(after)s AND call_at >= %(since)s
ORDER BY id LIMIT %(limit)s
"""

_TIMINGS = """
SELECT action, CASE direction WHEN 'out' THEN 'csms' ELSE 'station' END AS answered_by, count(*) AS count,
       count(*) FILTER (WHERE message_type = 4) AS errors, avg(latency_ms) AS mean_ms,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms) AS p50_ms,
       percentile_cont(0.99) WITHIN GROUP (ORDER BY latency_ms) AS p99_ms, max(latency_ms) AS max_ms
FROM journal_frame
WHERE message_type IN (3, 4) AND latency_ms IS NOT NULL AND action IS NOT NULL AND call_at >= %(since)s
    AND (%(station_id)s::text IS NULL OR station_id = %(station_id)s)
GROUP BY action, direction ORDER BY p99_ms DESC, action
"""

_TRANSACTION = "SELECT station_id, transaction_id FROM transaction WHERE id = %(id)s"

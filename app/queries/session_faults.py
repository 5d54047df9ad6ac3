"""What is doubtful about a station's transactions: events that never came, readings that are not billed."""

from dataclasses import dataclass
from datetime import datetime

from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtRow:
    """One transaction about which something is doubtful. `id` is ours, `transaction_id` the station's."""

    id: int
    transaction_id: str
    started_at: datetime
    missing: int
    missing_numbers: list[int]
    suspect: int
    reasons: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtCount:
    """Over all transactions of a station: numbers of events and of readings."""

    transactions: int
    missing: int
    suspect: int


FEW = 12
"""Sequence numbers that are named; the rest is counted."""


async def doubts(database: Database, station_id: str, limit: int = 20) -> list[DoubtRow]:
    """Newest first."""
    values = {"id": station_id, "limit": limit, "few": FEW}
    return await fetch(database, DoubtRow, _DOUBTS, values)


async def counts(database: Database, station_id: str) -> DoubtCount:
    """How much is doubtful in all."""
    [found] = await fetch(database, DoubtCount, _COUNTS, {"id": station_id})
    return found


_FOUND = """
FROM transaction t
LEFT JOIN LATERAL (
    SELECT count(*) AS missing, array_agg(seq_no ORDER BY seq_no) AS numbers
    FROM missing_event WHERE transaction_id = t.id
) m ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS suspect, array_agg(DISTINCT suspect) AS reasons
    FROM meter_sample WHERE transaction_id = t.id AND suspect IS NOT NULL
) s ON true
WHERE t.station_id = %(id)s AND (m.missing > 0 OR s.suspect > 0)
"""

_DOUBTS = f"""
SELECT t.id, t.transaction_id, t.started_at, m.missing, coalesce(m.numbers[1:%(few)s], '{{}}') AS missing_numbers,
       s.suspect, coalesce(s.reasons, '{{}}') AS reasons
{_FOUND} ORDER BY t.id DESC LIMIT %(limit)s
"""

_COUNTS = f"""
SELECT count(*) AS transactions, coalesce(sum(m.missing), 0)::bigint AS missing,
       coalesce(sum(s.suspect), 0)::bigint AS suspect
{_FOUND}
"""

"""Details of transactions that are rare enough to have statements of their own, saved for a whole batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from app.store.arrays import bigints, booleans, instants, texts

_GAPS = """
WITH found AS (
    DELETE FROM missing_event m USING unnest(%s::bigint[], %s::bigint[]) AS f(transaction_id, seq_no)
    WHERE m.transaction_id = f.transaction_id AND m.seq_no = f.seq_no
)
INSERT INTO missing_event (transaction_id, seq_no, missed_at)
SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) ON CONFLICT DO NOTHING
"""

_FACTS = """
UPDATE transaction t SET stop_id_token = coalesce(n.stop_id_token, t.stop_id_token),
    reservation_id = coalesce(n.reservation_id, t.reservation_id)
FROM (SELECT id, max(stop_id_token) AS stop_id_token, max(reservation_id) AS reservation_id
      FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS u(id, stop_id_token, reservation_id) GROUP BY id) n
WHERE t.id = n.id
"""

_CHECKS = """
INSERT INTO transaction_check (station_id, transaction_id, ongoing, messages_in_queue, checked_at)
SELECT DISTINCT ON (1, 2) * FROM unnest(%s::text[], %s::text[], %s::boolean[], %s::boolean[], %s::timestamptz[])
    AS n(station_id, transaction_id, ongoing, messages_in_queue, checked_at)
ORDER BY 1, 2, checked_at DESC
ON CONFLICT (station_id, transaction_id) DO UPDATE SET ongoing = excluded.ongoing,
    messages_in_queue = excluded.messages_in_queue, checked_at = excluded.checked_at
"""


@dataclass(slots=True)
class SeqRow:
    """Sequence numbers of a transaction: `first` to `last` were passed over, or (`found`) have come after all."""

    transaction_id: int
    first: int
    last: int
    found: bool
    at: datetime


@dataclass(slots=True)
class FactRow:
    """Whose token ended a transaction, and the reservation that it used."""

    transaction_id: int
    stop_id_token: str | None = None
    reservation_id: int | None = None


@dataclass(slots=True)
class CheckRow:
    """A station's answer about a transaction ("": about all)."""

    station_id: str
    transaction_id: str
    ongoing: bool | None
    messages_in_queue: bool
    at: datetime


async def save_gaps(connection: AsyncConnection[Any], rows: Sequence[SeqRow]) -> None:
    """Note what is missing, forget what has come."""
    missing: dict[tuple[int, int], datetime] = {}
    found: set[tuple[int, int]] = set()
    for row in rows:
        for number in range(row.first, row.last + 1):
            key = (row.transaction_id, number)
            if not row.found:
                missing[key] = row.at
            elif missing.pop(key, None) is None:
                found.add(key)
    await connection.execute(
        _GAPS,
        [
            bigints([key[0] for key in found]),
            bigints([key[1] for key in found]),
            bigints([key[0] for key in missing]),
            bigints([key[1] for key in missing]),
            instants(list(missing.values())),
        ],
    )


async def save_facts(connection: AsyncConnection[Any], rows: Sequence[FactRow]) -> None:
    """Store what is told."""
    await connection.execute(
        _FACTS,
        [
            bigints([row.transaction_id for row in rows]),
            texts([row.stop_id_token for row in rows]),
            bigints([row.reservation_id for row in rows]),
        ],
    )


async def save_checks(connection: AsyncConnection[Any], rows: Sequence[CheckRow]) -> None:
    """Store the newest answer of each."""
    await connection.execute(
        _CHECKS,
        [
            texts([row.station_id for row in rows]),
            texts([row.transaction_id for row in rows]),
            booleans([row.ongoing for row in rows]),
            booleans([row.messages_in_queue for row in rows]),
            instants([row.at for row in rows]),
        ],
    )

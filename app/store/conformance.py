"""Findings of a batch, added to what is stored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from app.domain.conformance import Deviation

_SAVE = """
INSERT INTO conformance_finding AS f (station_id, action, quirk, outcome, example, count, first_seen_at, last_seen_at)
SELECT station_id, action, quirk, outcome, max(example), sum(count), min(at), max(at)
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[])
    AS said(station_id, action, quirk, outcome, example, count, at)
GROUP BY station_id, action, quirk, outcome
ON CONFLICT (station_id, action, quirk, outcome) DO UPDATE
SET count = f.count + excluded.count, example = excluded.example,
    last_seen_at = greatest(f.last_seen_at, excluded.last_seen_at)
"""


async def save_deviations(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, Deviation, datetime]]
) -> None:
    """Count (station, deviation, when seen)."""
    values = (
        (station_id, d.action, d.quirk, d.outcome, d.example, d.count, at)
        for station_id, d, at in rows
    )
    await connection.execute(_SAVE, [list(column) for column in zip(*values, strict=True)])


_SAVE_TRAITS = """
UPDATE station s SET traits = string_to_array(n.traits, ' ')
FROM (SELECT DISTINCT ON (id) id, traits FROM unnest(%s::text[], %s::text[])
      WITH ORDINALITY AS said(id, traits, place) ORDER BY id, place DESC) n
WHERE s.id = n.id
"""


async def save_traits(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, tuple[str, ...]]]
) -> None:
    """Remember (station, traits) instead of what was remembered."""
    ids, traits = zip(*rows, strict=True)
    await connection.execute(_SAVE_TRAITS, (list(ids), [" ".join(each) for each in traits]))

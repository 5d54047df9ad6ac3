"""Local lists as stations accepted them, saved for a whole batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from app.domain.local_lists import ListEntry
from app.store.arrays import booleans, instants, integers, texts


@dataclass(slots=True)
class ListRow:
    """What became known of a station's list; `number`: its version; `full` None: only that."""

    station_id: str
    number: int
    seen_at: datetime
    full: bool | None = None
    entries: tuple[ListEntry, ...] = ()


_SAVE = """
WITH said AS (
    SELECT * FROM unnest(%s::text[], %s::int[], %s::timestamptz[], %s::boolean[])
        AS s(station_id, version, seen_at, cleared)
), entry AS (
    SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
        AS e(station_id, token, type, status, group_id, expires_at)
), gone AS (
    DELETE FROM local_list_entry old
    WHERE EXISTS (SELECT FROM entry WHERE entry.station_id = old.station_id AND entry.token = old.token
                  AND entry.status IS NULL)
       OR EXISTS (SELECT FROM said WHERE said.station_id = old.station_id AND said.cleared)
          AND NOT EXISTS (SELECT FROM entry WHERE entry.station_id = old.station_id AND entry.token = old.token)
), kept AS (
    INSERT INTO local_list_entry (station_id, token, type, status, group_id, expires_at)
    SELECT * FROM entry WHERE status IS NOT NULL
    ON CONFLICT (station_id, token) DO UPDATE SET type = excluded.type, status = excluded.status,
        group_id = excluded.group_id, expires_at = excluded.expires_at
)
INSERT INTO local_list (station_id, version, seen_at) SELECT station_id, version, seen_at FROM said
ON CONFLICT (station_id) DO UPDATE SET version = excluded.version, seen_at = excluded.seen_at
"""


async def save_lists(connection: AsyncConnection[Any], rows: Sequence[ListRow]) -> None:
    """Store what the rows say, one after the other; a list that is not there any more (version 0, -1) is emptied."""
    said: dict[str, tuple[int, datetime, bool]] = {}
    entries: dict[str, dict[str, ListEntry]] = {}
    for row in rows:
        cleared = row.full is True or (row.full is None and row.number <= 0)
        if cleared:
            entries[row.station_id] = {}
        of = entries.setdefault(row.station_id, {})
        of.update((entry.token.lower(), entry) for entry in row.entries)
        before = said.get(row.station_id)
        cleared = cleared or (before is not None and before[2])
        said[row.station_id] = (row.number, row.seen_at, cleared)
    listed = [
        (station_id, token, e.type, e.status and e.status.value, e.group, e.expires_at)
        for station_id, of in entries.items()
        for token, e in of.items()
    ]
    columns = list(zip(*listed, strict=True)) or [()] * 6
    versions, moments, cleared_ones = zip(*said.values(), strict=True)
    await connection.execute(
        _SAVE,
        [
            texts(list(said)),
            integers(versions),
            instants(moments),
            booleans(cleared_ones),
            *(texts(column) for column in columns[:5]),
            instants(columns[5]),
        ],
    )

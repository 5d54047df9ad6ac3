"""The local list of a station, token by token. Its version is in `app.queries.station_lists`."""

from dataclasses import dataclass
from datetime import datetime

from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One token of the list, in lower case, and what the station decides about it by itself."""

    token: str
    type: str | None
    status: str
    group_id: str | None
    expires_at: datetime | None


async def entries(
    database: Database, station_id: str, *, limit: int = 1000, after: str | None = None
) -> list[EntryRow]:
    """By the token's text; the next page is `after` the last one."""
    values = {"id": station_id, "limit": limit, "after": after}
    return await fetch(database, EntryRow, _ENTRIES, values)


_ENTRIES = """
SELECT token, type, status, group_id, expires_at FROM local_list_entry
WHERE station_id = %(id)s AND (%(after)s::text IS NULL OR token > %(after)s)
ORDER BY token LIMIT %(limit)s
"""

"""What stations answered when they were asked about their transactions."""

from dataclasses import dataclass
from datetime import datetime

from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """The newest answer; `transaction_id` (the station's own name) "": about all of its messages."""

    station_id: str
    transaction_id: str
    ongoing: bool | None
    messages_in_queue: bool
    checked_at: datetime


async def recent(database: Database, station_id: str, limit: int = 20) -> list[CheckRow]:
    """Newest first."""
    return await fetch(database, CheckRow, _RECENT, {"id": station_id, "limit": limit})


_RECENT = """
SELECT station_id, transaction_id, ongoing, messages_in_queue, checked_at FROM transaction_check
WHERE station_id = %(id)s ORDER BY checked_at DESC LIMIT %(limit)s
"""

"""Messages on stations' displays, as they are known."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayMessageRow:
    """One message. `transaction_id`: the wire's, if it is for one."""

    station_id: str
    message_id: int
    priority: str
    state: str | None
    start_at: datetime | None
    end_at: datetime | None
    transaction_id: str | None
    format: str
    language: str | None
    content: str
    display: Any
    origin: str
    set_at: datetime | None
    reported_at: datetime | None


async def messages(database: Database, station_id: str) -> list[DisplayMessageRow]:
    """By their ids. One of a transaction that has ended is gone with it."""
    return await fetch(database, DisplayMessageRow, _SELECT, {"station_id": station_id})


_SELECT = """
SELECT station_id, message_id, priority, state, start_at, end_at, transaction_id, format, language, content, display,
       origin, set_at, reported_at
FROM display_message m
WHERE station_id = %(station_id)s AND NOT EXISTS (
    SELECT FROM transaction t
    WHERE t.station_id = m.station_id AND t.transaction_id = m.transaction_id AND t.ended_at IS NOT NULL)
ORDER BY message_id
"""

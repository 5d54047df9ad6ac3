"""What a station decides by itself: its local list of tokens, and the reservations that it keeps."""

from dataclasses import dataclass
from datetime import datetime

from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalListState:
    """The list as it was last known. `version` 0: it has none; -1: it cannot have one (1.6)."""

    version: int
    entries: int
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationRow:
    """One reservation. `evse_id` None: any. `transaction_id`: our number of the one that used it."""

    reservation_id: int
    evse_id: int | None
    connector_type: str | None
    id_token: str
    status: str
    reserved_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    transaction_id: int | None


async def local_list(database: Database, station_id: str) -> LocalListState | None:
    """None: nobody has asked yet."""
    found = await fetch(database, LocalListState, _LIST, {"id": station_id})
    return found[0] if found else None


async def reservations(
    database: Database, station_id: str, limit: int = 20
) -> list[ReservationRow]:
    """Active ones first, then the newest."""
    return await fetch(database, ReservationRow, _RESERVATIONS, {"id": station_id, "limit": limit})


_LIST = """
SELECT version, seen_at,
       (SELECT count(*) FROM local_list_entry e WHERE e.station_id = l.station_id) AS entries
FROM local_list l WHERE station_id = %(id)s
"""

_RESERVATIONS = """
SELECT reservation_id, evse_id, connector_type, id_token, status, reserved_at, expires_at, ended_at, transaction_id
FROM reservation WHERE station_id = %(id)s
ORDER BY status = 'active' DESC, reserved_at DESC LIMIT %(limit)s
"""

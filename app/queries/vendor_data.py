"""DataTransfer, both ways, and the vendors whose data is taken."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorMessageRow:
    """One DataTransfer; `direction` received or sent, as seen from here; `status` how it was answered."""

    id: int
    station_id: str
    direction: str
    vendor: str
    message: str | None
    data: Any
    status: str
    answer: Any
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DataVendorRow:
    """A vendor whose data is taken; `messages` null: whatever its id."""

    vendor: str
    messages: list[str] | None


async def messages(
    database: Database, station_id: str, limit: int = 100, before: int | None = None
) -> list[VendorMessageRow]:
    """Newest first; the next page is `before` the last number of this one."""
    values = {"station_id": station_id, "limit": limit, "before": before}
    return await fetch(database, VendorMessageRow, _MESSAGES, values)


async def vendors(database: Database) -> list[DataVendorRow]:
    """By name."""
    return await fetch(database, DataVendorRow, _VENDORS, {})


_MESSAGES = """
SELECT id, station_id, direction, vendor, message, data, status, answer, at FROM vendor_message
WHERE station_id = %(station_id)s AND (%(before)s::bigint IS NULL OR id < %(before)s::bigint)
ORDER BY id DESC LIMIT %(limit)s
"""
_VENDORS = "SELECT vendor, messages FROM data_vendor ORDER BY vendor"

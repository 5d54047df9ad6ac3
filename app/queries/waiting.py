"""Stations that nobody has let in: what they said of themselves, and what a person may choose for them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """One station. `variables`: how many of its settings it has told; `connectors`: how many it has named."""

    station_id: str
    registration: str
    name: str | None
    location_id: str | None
    tariff_id: str | None
    vendor: str | None
    model: str | None
    serial_number: str | None
    firmware_version: str | None
    online: bool
    protocol: str | None
    remote_address: str | None
    booted_at: datetime | None
    last_seen_at: datetime | None
    variables: int
    connectors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffChoice:
    """A price that may be chosen."""

    id: str
    name: str
    currency: str
    price_per_kwh: Decimal


async def stations(database: Database, registration: str, limit: int = 100) -> list[WaitingRow]:
    """Pending or rejected ones: connected ones first, then by when they were heard."""
    values = {"registration": registration, "limit": limit}
    return await fetch(database, WaitingRow, _STATIONS, values)


async def tariffs(database: Database) -> list[TariffChoice]:
    """By name."""
    return await fetch(database, TariffChoice, _TARIFFS, {})


_STATIONS = """
SELECT s.id AS station_id, s.registration, s.name, s.location_id, s.tariff_id, s.vendor, s.model, s.serial_number,
       s.firmware_version, coalesce(ss.online, false) AS online, ss.protocol, ss.remote_address, ss.booted_at,
       ss.last_seen_at,
       (SELECT count(*) FROM station_variable v WHERE v.station_id = s.id) AS variables,
       (SELECT count(*) FROM connector_state c WHERE c.station_id = s.id AND c.evse_id > 0) AS connectors
FROM station s LEFT JOIN station_state ss ON ss.station_id = s.id
WHERE s.registration = %(registration)s AND s.retired_at IS NULL
ORDER BY online DESC, ss.last_seen_at DESC NULLS LAST, s.id LIMIT %(limit)s
"""

_TARIFFS = "SELECT id, name, currency, price_per_kwh FROM tariff ORDER BY name, id"

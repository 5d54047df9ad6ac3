"""Charge points as they are managed: what is written down of each, and how far a new one has come."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.domain.errors import NotFound, StationNotFound
from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePointNotes:
    """What a list adds to a station's marker."""

    station_id: str
    comment: str | None
    has_password: bool
    minimum_profile: int
    pinned: bool
    evses: int
    tariff_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePointRecord:
    """Everything that a form writes. `lat`, `lon`: of its own; `site_lat`, `site_lon`: where it stands without.

    `sessions` and `commands`: how many there are of it; `running`: how many of the sessions run.
    """

    station_id: str
    name: str | None
    comment: str | None
    location_id: str | None
    tariff_id: str | None
    lat: float | None
    lon: float | None
    site_lat: float | None
    site_lon: float | None
    location_detail: str | None
    category: str
    max_power_w: float
    min_power_w: float
    connector_type: str | None
    serial_number: str | None
    registration: str
    has_password: bool
    minimum_profile: int
    pinned_certificate: str | None
    evses: int
    online: bool
    connected_at: datetime | None
    booted_at: datetime | None
    protocol: str | None
    remote_address: str | None
    vendor: str | None
    model: str | None
    created_at: datetime
    updated_at: datetime
    sessions: int
    running: int
    commands: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRecord:
    """Everything that a site's form writes, and what hangs on it."""

    location_id: str
    name: str
    name_en: str | None
    address: str | None
    lat: float
    lon: float
    time_zone: str
    tariff_id: str | None
    grid_limit_w: float | None
    operator_name: str | None
    operator_phone: str | None
    operator_email: str | None
    stations: tuple[str, ...]
    sessions: int
    running: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffRow:
    """A price, and where it counts."""

    id: str
    name: str
    currency: str
    price_per_kwh: Decimal
    session_fee: Decimal
    sites: int
    stations: int


async def notes(database: Database) -> dict[str, ChargePointNotes]:
    """Of all stations, by id."""
    return {row.station_id: row for row in await fetch(database, ChargePointNotes, _NOTES, {})}


async def record(database: Database, station_id: str) -> ChargePointRecord:
    """One station by its id. Raises StationNotFound."""
    rows = await fetch(database, ChargePointRecord, _RECORD, {"id": station_id})
    if not rows:
        raise StationNotFound(f"There is no charging station {station_id}.", station_id=station_id)
    return rows[0]


async def site(database: Database, location_id: str) -> SiteRecord:
    """One site. Raises NotFound."""
    rows = await fetch(database, SiteRecord, _SITE, {"id": location_id})
    if not rows:
        raise NotFound(f"There is no site {location_id}.", location_id=location_id)
    return rows[0]


async def tariffs(database: Database) -> list[TariffRow]:
    """Prices, by name."""
    return await fetch(database, TariffRow, _TARIFFS, {})


_NOTES = """
SELECT s.id AS station_id, s.comment, s.password_hash IS NOT NULL OR x.next_password_hash IS NOT NULL AS has_password,
       coalesce(x.minimum_profile, 0) AS minimum_profile, x.pinned_certificate IS NOT NULL AS pinned,
       coalesce(c.evses, 0) AS evses, t.name AS tariff_name
FROM station s
LEFT JOIN location l ON l.id = s.location_id
LEFT JOIN tariff t ON t.id = coalesce(s.tariff_id, l.tariff_id)
LEFT JOIN station_security x ON x.station_id = s.id
LEFT JOIN (SELECT station_id, count(DISTINCT evse_id) AS evses FROM connector GROUP BY 1) c ON c.station_id = s.id
WHERE s.retired_at IS NULL
"""

_RECORD = """
SELECT s.id AS station_id, s.name, s.comment, s.location_id, s.tariff_id, ST_Y(s.position) AS lat,
       ST_X(s.position) AS lon, ST_Y(l.position) AS site_lat, ST_X(l.position) AS site_lon, s.location_detail,
       s.category, s.max_power_w, s.min_power_w, s.connector_type, s.serial_number, s.registration,
       s.password_hash IS NOT NULL OR x.next_password_hash IS NOT NULL AS has_password,
       coalesce(x.minimum_profile, 0) AS minimum_profile, x.pinned_certificate,
       (SELECT count(DISTINCT evse_id) FROM connector c WHERE c.station_id = s.id) AS evses,
       coalesce(h.online, false) AS online, h.connected_at, h.booted_at, h.protocol, h.remote_address,
       s.vendor, s.model,
       s.created_at, s.updated_at,
       (SELECT count(*) FROM "transaction" t WHERE t.station_id = s.id) AS sessions,
       (SELECT count(*) FROM "transaction" t WHERE t.station_id = s.id AND t.ended_at IS NULL) AS running,
       (SELECT count(*) FROM station_command t WHERE t.station_id = s.id) AS commands
FROM station s
LEFT JOIN location l ON l.id = s.location_id
LEFT JOIN station_security x ON x.station_id = s.id
LEFT JOIN station_state h ON h.station_id = s.id
WHERE s.id = %(id)s AND s.retired_at IS NULL
"""

_SITE = """
SELECT l.id AS location_id, l.name, l.name_en, l.address, ST_Y(l.position) AS lat, ST_X(l.position) AS lon, l.time_zone,
       l.tariff_id, l.grid_limit_w, l.operator_name, l.operator_phone, l.operator_email,
       ARRAY(SELECT s.id FROM station s WHERE s.location_id = l.id AND s.retired_at IS NULL ORDER BY 1) AS stations,
       (SELECT count(*) FROM "transaction" t JOIN station s ON s.id = t.station_id
        WHERE s.location_id = l.id) AS sessions,
       (SELECT count(*) FROM "transaction" t JOIN station s ON s.id = t.station_id
        WHERE s.location_id = l.id AND t.ended_at IS NULL) AS running
FROM location l WHERE l.id = %(id)s AND l.retired_at IS NULL
"""

_TARIFFS = """
SELECT t.id, t.name, t.currency, t.price_per_kwh, t.session_fee,
       (SELECT count(*) FROM location l WHERE l.tariff_id = t.id AND l.retired_at IS NULL) AS sites,
       (SELECT count(*) FROM station s WHERE s.tariff_id = t.id AND s.retired_at IS NULL) AS stations
FROM tariff t ORDER BY t.name, t.id
"""

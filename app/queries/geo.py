"""Chargers as places: filtered for a map or a GIS, sought by distance; and sites.

All of it is computed in PostGIS. What a charger's status is called here are the six words of the original project's
API and tables (available, in_use, maintenance, fault, offline, reserved).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from app.domain.stations import StationCategory
from app.queries.rows import fetch, pattern_of
from app.queries.status import display_status_sql
from app.store.database import Database


class ChargerStatus(StrEnum):
    """A charger's state in the original's words."""

    AVAILABLE = "available"
    IN_USE = "in_use"
    MAINTENANCE = "maintenance"
    FAULT = "fault"
    OFFLINE = "offline"
    RESERVED = "reserved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerPlace:
    """A charger with what is installed, what it costs, how it is and where it stands.

    `number` stays the same as long as the database: it counts stations as they were made known. Powers in W, prices
    in major units of `currency`. `limit_w` is the lowest accepted limit in force. `distance_m` only where asked.
    """

    number: int
    station_id: str
    name: str
    location_id: str | None
    location_name: str | None
    address: str | None
    lat: float | None
    lon: float | None
    location_detail: str | None
    category: StationCategory
    status: ChargerStatus
    online: bool
    max_power_w: float
    min_power_w: float
    limit_w: float | None
    connector_type: str | None
    serial_number: str | None
    vendor: str | None
    model: str | None
    currency: str | None
    price_per_kwh: Decimal | None
    session_fee: Decimal | None
    created_at: datetime
    updated_at: datetime
    distance_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePlace:
    """A site as it is written down. `number` as of a ChargerPlace; `chargers` stand there now."""

    number: int
    location_id: str
    name: str
    address: str | None
    lat: float
    lon: float
    operator_name: str | None
    operator_phone: str | None
    operator_email: str | None
    chargers: int
    created_at: datetime
    updated_at: datetime


async def sites(database: Database, location_id: str | None = None) -> list[SitePlace]:
    """All sites by id, or the one that is named, if it is there."""
    return await fetch(database, SitePlace, _SITES, {"id": location_id})


async def chargers(
    database: Database,
    *,
    location_id: str | None = None,
    status: ChargerStatus | Sequence[ChargerStatus] | None = None,
    category: StationCategory | None = None,
    q: str | None = None,
    station_id: str | None = None,
) -> list[ChargerPlace]:
    """The chargers that match every condition that is given, by id; one without a place has no `lat` and `lon`."""
    conditions, values = conditions_of(location_id, category)
    if status:
        conditions.append("p.status = ANY(%(status)s)")
        values["status"] = [status] if isinstance(status, ChargerStatus) else list(status)
    if q and q.strip():
        conditions.append(
            "(p.station_id ILIKE %(q)s OR p.name ILIKE %(q)s OR p.location_name ILIKE %(q)s)"
        )
        values["q"] = pattern_of(q)
    if station_id is not None:
        conditions.append("p.station_id = %(station_id)s")
        values["station_id"] = station_id
    sql = _PLACES + _SELECT.format(distance="NULL::float8", where=" AND ".join(conditions))
    return await fetch(database, ChargerPlace, sql + "ORDER BY p.station_id", values)


async def nearest(
    database: Database,
    lat: float,
    lon: float,
    *,
    available: bool = False,
    category: StationCategory | None = None,
    limit: int = 5,
    max_distance_m: float | None = None,
) -> list[ChargerPlace]:
    """The chargers nearest to a point of WGS 84, nearest first, with metres along the ground.

    `available`: only those at which one may begin now.
    """
    conditions, values = conditions_of(None, category)
    values |= {"lat": lat, "lon": lon, "limit": limit, "reach": max_distance_m}
    conditions.append("p.position IS NOT NULL")
    if available:
        conditions.append("p.status = 'available'")
    if max_distance_m is not None:
        conditions.append(f"ST_DWithin(p.position::geography, {_POINT}, %(reach)s::float8)")
    sql = _PLACES + _SELECT.format(
        distance=f"ST_Distance(p.position::geography, {_POINT})", where=" AND ".join(conditions)
    )
    order = f"ORDER BY p.position::geography <-> {_POINT}, p.station_id LIMIT %(limit)s::int"
    return await fetch(database, ChargerPlace, sql + order, values)


def conditions_of(
    location_id: str | None, category: StationCategory | None, table: str = "p"
) -> tuple[list[str], dict[str, Any]]:
    """What narrows stations, of which rows are called `table`, to a site and a kind; and the values that it names."""
    conditions, values = ["true"], dict[str, Any]()
    if location_id:
        conditions.append(f"{table}.location_id = %(location_id)s")
        values["location_id"] = location_id
    if category:
        conditions.append(f"{table}.category = %(category)s")
        values["category"] = category
    return conditions, values


_POINT = "ST_SetSRID(ST_MakePoint(%(lon)s::float8, %(lat)s::float8), 4326)::geography"

_STATUS = display_status_sql("coalesce(ss.online, false) AS online, c.reserved")

_PLACES = f"""
WITH now_status AS ({_STATUS}),
numbered AS (SELECT id, row_number() OVER (ORDER BY created_at, id) AS number FROM station),
p AS (
    SELECT n.number, s.id AS station_id, coalesce(s.name, s.id) AS name,
           l.id AS location_id, l.name AS location_name, l.address,
           coalesce(s.position, l.position) AS position,
           s.location_detail, s.category, v.online, s.max_power_w, s.min_power_w,
           s.connector_type, s.serial_number, s.vendor, s.model,
           coalesce(s.tariff_id, l.tariff_id) AS tariff_id, s.created_at, s.updated_at,
           CASE v.status
               WHEN 'charging' THEN 'in_use'
               WHEN 'occupied' THEN 'in_use'
               WHEN 'faulted' THEN 'fault'
               WHEN 'unavailable' THEN CASE WHEN v.reserved THEN 'reserved' ELSE 'maintenance' END
               ELSE v.status END AS status
    FROM station s
    JOIN now_status v USING (id)
    JOIN numbered n USING (id)
    LEFT JOIN location l ON l.id = s.location_id
)
"""

_SELECT = """
SELECT p.number, p.station_id, p.name, p.location_id, p.location_name, p.address,
       ST_Y(p.position) AS lat, ST_X(p.position) AS lon, p.location_detail, p.category, p.status,
       p.online, p.max_power_w, p.min_power_w,
       (SELECT min(accepted_w) FROM power_limit w
        LEFT JOIN evse_state e ON e.station_id = w.station_id AND e.evse_id = w.evse_id
        WHERE w.station_id = p.station_id
          AND (w.scope = 'station' OR w.transaction_id = e.transaction_id)) AS limit_w,
       p.connector_type, p.serial_number, p.vendor, p.model,
       t.currency, t.price_per_kwh, t.session_fee, p.created_at, p.updated_at,
       {distance} AS distance_m
FROM p LEFT JOIN tariff t ON t.id = p.tariff_id
WHERE {where}
"""

_SITES = """
WITH numbered AS (SELECT id, row_number() OVER (ORDER BY created_at, id) AS number FROM location)
SELECT n.number, l.id AS location_id, l.name, l.address, ST_Y(l.position) AS lat,
       ST_X(l.position) AS lon, l.operator_name, l.operator_phone, l.operator_email,
       count(s.id) AS chargers, l.created_at, l.updated_at
FROM location l
JOIN numbered n USING (id)
LEFT JOIN station s ON s.location_id = l.id AND s.retired_at IS NULL
WHERE l.retired_at IS NULL AND (%(id)s::text IS NULL OR l.id = %(id)s)
GROUP BY l.id, n.number ORDER BY l.id
"""

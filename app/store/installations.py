"""Stations as they are installed, their connectors and aliases: one statement per table.

NULL in a new row means "not said" and keeps the old value. What changes by the minute is not here.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.locations import LocationRecord, StationRecord
from app.domain.stations import Registration, category_of
from app.store.upserts import Upserted, column, upsert

DEFAULT_MAX_POWER_W = 50_000.0

_STATIONS = """
WITH said AS (
    SELECT * FROM unnest(
        CAST(:id AS text[]), CAST(:location_id AS text[]), CAST(:tariff_id AS text[]),
        CAST(:name AS text[]), CAST(:lat AS float8[]), CAST(:lon AS float8[]),
        CAST(:location_detail AS text[]), CAST(:category AS text[]),
        CAST(:likely_category AS text[]), CAST(:max_power_w AS float8[]),
        CAST(:min_power_w AS float8[]), CAST(:connector_type AS text[]),
        CAST(:serial_number AS text[]), CAST(:vendor AS text[]), CAST(:model AS text[]),
        CAST(:installed_on AS date[]))
    AS s (id, location_id, tariff_id, name, lat, lon, location_detail, category, likely_category,
          max_power_w, min_power_w, connector_type, serial_number, vendor, model, installed_on)
), whole AS (
    SELECT s.id, s.location_id,
        COALESCE(s.tariff_id, old.tariff_id) AS tariff_id,
        COALESCE(s.name, old.name) AS name,
        COALESCE(ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4326), old.position) AS position,
        COALESCE(s.location_detail, old.location_detail) AS location_detail,
        CASE WHEN old.id IS NULL OR s.max_power_w <> old.max_power_w
             THEN COALESCE(s.category, s.likely_category)
             ELSE COALESCE(s.category, old.category) END AS category,
        COALESCE(s.max_power_w, old.max_power_w, :default_max_power_w) AS max_power_w,
        COALESCE(s.min_power_w, old.min_power_w, 0) AS min_power_w,
        COALESCE(s.connector_type, old.connector_type) AS connector_type,
        COALESCE(s.serial_number, old.serial_number) AS serial_number,
        COALESCE(s.vendor, old.vendor) AS vendor,
        COALESCE(s.model, old.model) AS model,
        COALESCE(s.installed_on, old.installed_on) AS installed_on,
        CASE WHEN old.registration = 'rejected' THEN 'rejected' ELSE 'accepted' END AS registration
    FROM said s LEFT JOIN station old ON old.id = s.id
)
INSERT INTO station AS old (id, location_id, tariff_id, name, position, location_detail, category,
    max_power_w, min_power_w, connector_type, serial_number, vendor, model, installed_on,
    registration)
SELECT id, location_id, tariff_id, name, position, location_detail, category,
    max_power_w, min_power_w, connector_type, serial_number, vendor, model, installed_on,
    registration
FROM whole ORDER BY id
ON CONFLICT (id) DO UPDATE SET
    location_id = excluded.location_id, tariff_id = excluded.tariff_id, name = excluded.name,
    position = excluded.position, location_detail = excluded.location_detail,
    category = excluded.category, max_power_w = excluded.max_power_w,
    min_power_w = excluded.min_power_w, connector_type = excluded.connector_type,
    serial_number = excluded.serial_number, vendor = excluded.vendor, model = excluded.model,
    installed_on = excluded.installed_on, registration = excluded.registration,
    updated_at = now(), retired_at = NULL
WHERE old.retired_at IS NOT NULL
   OR (old.location_id, old.tariff_id, old.name, old.position, old.location_detail, old.category,
       old.max_power_w, old.min_power_w, old.connector_type, old.serial_number, old.vendor,
       old.model, old.installed_on, old.registration)
    IS DISTINCT FROM
      (excluded.location_id, excluded.tariff_id, excluded.name, excluded.position,
       excluded.location_detail, excluded.category, excluded.max_power_w, excluded.min_power_w,
       excluded.connector_type, excluded.serial_number, excluded.vendor, excluded.model,
       excluded.installed_on, excluded.registration)
RETURNING old.id, old.xmax = 0
"""

_CONNECTORS = """
INSERT INTO connector AS old (station_id, evse_id, connector_id, type)
SELECT * FROM unnest(
    CAST(:station_id AS text[]), CAST(:evse_id AS int[]), CAST(:connector_id AS int[]),
    CAST(:type AS text[]))
ON CONFLICT (station_id, evse_id, connector_id) DO UPDATE SET type = excluded.type
WHERE excluded.type IS NOT NULL AND old.type IS DISTINCT FROM excluded.type
RETURNING old.station_id, old.xmax = 0
"""

_MORE_EVSES = """
INSERT INTO connector (station_id, evse_id, connector_id)
SELECT CAST(:id AS text), number, 1 FROM generate_series(1, CAST(:count AS int)) AS number
WHERE NOT EXISTS (SELECT FROM connector WHERE station_id = :id AND evse_id = number)
ON CONFLICT DO NOTHING
"""

_LESS_EVSES = """
DELETE FROM connector c WHERE c.station_id = :id AND c.evse_id > :count
  AND NOT EXISTS (SELECT FROM connector_state s WHERE s.station_id = c.station_id AND s.evse_id = c.evse_id)
  AND NOT EXISTS (SELECT FROM "transaction" t WHERE t.station_id = c.station_id AND t.evse_id = c.evse_id)
"""

_ALIASES = """
INSERT INTO station_alias AS old (alias, station_id)
SELECT * FROM unnest(CAST(:alias AS text[]), CAST(:station_id AS text[]))
ON CONFLICT (alias) DO UPDATE SET station_id = excluded.station_id
WHERE old.station_id IS DISTINCT FROM excluded.station_id
RETURNING old.station_id, old.xmax = 0
"""

_REVISE = """
INSERT INTO station_state AS old (station_id, revision)
SELECT id, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM station
WHERE id = ANY(CAST(:stations AS text[])) OR location_id = ANY(CAST(:locations AS text[]))
ORDER BY id
ON CONFLICT (station_id) DO UPDATE SET
    revision = greatest(old.revision + 1, excluded.revision)
"""

_STRANGER = """
INSERT INTO station (id, registration, max_power_w, min_power_w)
SELECT CAST(:id AS text), CAST(:registration AS text), :max_power_w, 0
WHERE :registration <> 'pending'
   OR (SELECT count(*) FROM station WHERE registration = 'pending' AND retired_at IS NULL) < :most
ON CONFLICT (id) DO NOTHING
"""

_FORGET = """
DELETE FROM station s
WHERE s.id = ANY(CAST(:aliases AS text[])) AND s.registration = 'pending'
  AND NOT EXISTS (SELECT FROM station_state st WHERE st.station_id = s.id AND st.online)
"""


async def upsert_stations(
    connection: AsyncConnection, records: Sequence[LocationRecord]
) -> Upserted:
    """The stations of these sites. Being written down accepts a station that was waiting."""
    stations = [station for record in records for station in record.stations]
    positions = [station.position for station in stations]
    return await upsert(
        connection,
        "station",
        _STATIONS,
        more={"default_max_power_w": DEFAULT_MAX_POWER_W},
        id=[station.id for station in stations],
        location_id=[record.id for record in records for _ in record.stations],
        tariff_id=[station.tariff_id for station in stations],
        name=[station.name for station in stations],
        lat=[position.lat if position else None for position in positions],
        lon=[position.lon if position else None for position in positions],
        location_detail=[station.location_detail for station in stations],
        category=[station.category for station in stations],
        likely_category=[
            category_of(station.max_power_w or DEFAULT_MAX_POWER_W).value for station in stations
        ],
        max_power_w=[station.max_power_w for station in stations],
        min_power_w=[station.min_power_w for station in stations],
        connector_type=[station.connector_type for station in stations],
        serial_number=[station.serial_number for station in stations],
        vendor=[station.vendor for station in stations],
        model=[station.model for station in stations],
        installed_on=[station.installed_on for station in stations],
    )


async def upsert_connectors(
    connection: AsyncConnection, stations: Sequence[StationRecord]
) -> Upserted:
    """Connectors; one without a type of its own has its station's."""
    listed = [(station, each) for station in stations for each in station.connectors]
    return await upsert(
        connection,
        "connector",
        _CONNECTORS,
        station_id=[station.id for station, _ in listed],
        evse_id=[each.evse_id for _, each in listed],
        connector_id=[each.connector_id for _, each in listed],
        type=[each.type or station.connector_type for station, each in listed],
    )


async def upsert_aliases(
    connection: AsyncConnection, aliases: Sequence[tuple[str, str]]
) -> Upserted:
    """Other identities of stations, as (alias, station id)."""
    return await upsert(
        connection,
        "alias",
        _ALIASES,
        alias=[alias for alias, _ in aliases],
        station_id=[station_id for _, station_id in aliases],
    )


async def install_evses(connection: AsyncConnection, station_id: str, count: int) -> None:
    """Have a station exactly `count` EVSEs, as far as that goes: what it has told of itself or charged at stays."""
    values = {"id": station_id, "count": count}
    await connection.execute(text(_MORE_EVSES), values)
    await connection.execute(text(_LESS_EVSES), values)


async def revise_stations(
    connection: AsyncConnection, stations: Collection[str], locations: Collection[str] = ()
) -> None:
    """Count up the revision of these stations and of those at these sites: their markers changed."""
    await connection.execute(
        text(_REVISE), {"stations": list(stations), "locations": list(locations)}
    )


async def remember_stranger(
    connection: AsyncConnection, station_id: str, registration: Registration, most: int
) -> bool:
    """Make a row for a station that nobody registered, unless `most` wait already; whether it did."""
    made = await connection.execute(
        text(_STRANGER),
        {
            "id": station_id,
            "registration": registration.value,
            "max_power_w": DEFAULT_MAX_POWER_W,
            "most": most,
        },
    )
    return bool(made.rowcount)


async def forget_strangers(connection: AsyncConnection, aliases: Collection[str]) -> None:
    """Remove stations that once knocked under what is an alias now, never were let in, and left."""
    await connection.execute(text(_FORGET), {"aliases": list(aliases)})


async def stations_named(connection: AsyncConnection, names: Collection[str]) -> list[str]:
    """Which of these names are ids of stations that were let in or turned away."""
    return await column(
        connection,
        "SELECT id FROM station WHERE id = ANY(CAST(:names AS text[]))"
        " AND registration <> 'pending' AND retired_at IS NULL ORDER BY id",
        names,
    )


async def aliases_named(connection: AsyncConnection, names: Collection[str]) -> list[str]:
    """Which of these names are aliases."""
    return await column(
        connection,
        "SELECT alias FROM station_alias WHERE alias = ANY(CAST(:names AS text[])) ORDER BY alias",
        names,
    )

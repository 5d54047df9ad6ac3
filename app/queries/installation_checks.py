"""How far stations and sites stand from where they should, measured in PostGIS: for `halla verify emart`."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.geo import Position
from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """`metres` from where it should stand, along the ground; None: it is not there, or has no place."""

    id: str
    metres: float | None


async def stations_off(
    database: Database, expected: Sequence[tuple[str, Position]]
) -> dict[str, float | None]:
    """Of each station, by its id."""
    return await _off(database, "station", expected)


async def sites_off(
    database: Database, expected: Sequence[tuple[str, Position]]
) -> dict[str, float | None]:
    """Of each site, by its id."""
    return await _off(database, "location", expected)


async def aliases(database: Database) -> dict[str, str]:
    """All aliases, with the station that each stands for."""
    async with database.read() as connection:
        cursor = await connection.execute("SELECT alias, station_id FROM station_alias")
        return {row[0]: row[1] for row in await cursor.fetchall()}


async def _off(
    database: Database, table: str, expected: Sequence[tuple[str, Position]]
) -> dict[str, float | None]:
    values = {
        "ids": [name for name, _ in expected],
        "lats": [place.lat for _, place in expected],
        "lons": [place.lon for _, place in expected],
    }
    rows = await fetch(database, Placed, _OFF.format(table=table), values)
    return {row.id: row.metres for row in rows}


_OFF = """
SELECT wanted.id, ST_Distance(
    there.position::geography, ST_SetSRID(ST_MakePoint(wanted.lon, wanted.lat), 4326)::geography) AS metres
FROM unnest(%(ids)s::text[], %(lats)s::float8[], %(lons)s::float8[]) AS wanted (id, lat, lon)
LEFT JOIN {table} there ON there.id = wanted.id AND there.retired_at IS NULL
"""

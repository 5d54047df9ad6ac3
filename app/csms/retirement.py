"""Taking stations and sites away for good: off the map and all lists, and no more let in.

Nothing that happened is lost: sessions, readings, commands and frames stay and are found by the station's id. Who
registers the id again (a form, the API, `halla seed`) has the station back, without its password and its aliases.
The door closes the socket of a station that was taken away (`ingress.farewell`).
"""

from collections.abc import Collection, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.csms import audit
from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.work import Work, work
from app.domain.changes import LocationsChanged, StationsRetired
from app.domain.errors import Conflict, NotFound, StationNotFound

_LOCK = """
SELECT id FROM station WHERE id = ANY(CAST(:ids AS text[])) AND retired_at IS NULL ORDER BY id FOR UPDATE
"""

_RUNNING = """
SELECT DISTINCT station_id FROM transaction
WHERE station_id = ANY(CAST(:ids AS text[])) AND ended_at IS NULL ORDER BY 1
"""

_RETIRE = (
    "UPDATE station SET retired_at = now(), updated_at = now(), password_hash = NULL"
    " WHERE id = ANY(CAST(:ids AS text[]))",
    "DELETE FROM station_alias WHERE station_id = ANY(CAST(:ids AS text[]))",
    "DELETE FROM station_security WHERE station_id = ANY(CAST(:ids AS text[]))",
    "DELETE FROM power_limit WHERE station_id = ANY(CAST(:ids AS text[]))",
)
"""What a later station of the same id must not inherit goes; what happened stays."""

_AT = "SELECT id FROM station WHERE location_id = :id AND retired_at IS NULL ORDER BY id"


async def retire_station(context: Context, actor: Actor, station_id: str) -> None:
    """Take a station away. Raises StationNotFound, and Conflict while a session runs there."""
    async with work(context) as w:
        await _retire(w, actor, [station_id])


async def retire_location(
    context: Context, actor: Actor, location_id: str, *, cascade: bool = False
) -> tuple[str, ...]:
    """Take a site away, with `cascade` all of its stations too; which those were.

    Raises NotFound, Conflict while stations stand there (without `cascade`) or a session runs there.
    """
    async with work(context) as w:
        connection = await w.session.connection()
        found = await connection.execute(
            text("SELECT id FROM location WHERE id = :id AND retired_at IS NULL FOR UPDATE"),
            {"id": location_id},
        )
        if found.first() is None:
            raise NotFound(f"There is no site {location_id}.", location_id=location_id)
        stations = list((await connection.execute(text(_AT), {"id": location_id})).scalars())
        if stations and not cascade:
            raise Conflict(
                f"{len(stations)} chargers stand at {location_id}; move them or remove them first,"
                " or remove them with the site.",
                location_id=location_id,
                stations=stations,
            )
        if stations:
            await _retire(w, actor, stations)
        await connection.execute(
            text("UPDATE location SET retired_at = now(), updated_at = now() WHERE id = :id"),
            {"id": location_id},
        )
        audit.note(w, actor, "site.remove", f"site:{location_id}", stations=stations)
        w.announce(LocationsChanged())
    return tuple(stations)


async def retired_among(context: Context, station_ids: Collection[str]) -> set[str]:
    """Which of these stations were taken away."""
    async with context.database.read() as connection:
        cursor = await connection.execute(
            "SELECT id FROM station WHERE id = ANY(%s) AND retired_at IS NOT NULL",
            (list(station_ids),),
        )
        return {row[0] for row in await cursor.fetchall()}


async def _retire(w: Work, actor: Actor, station_ids: Sequence[str]) -> None:
    connection = await w.session.connection()
    values = {"ids": list(station_ids)}
    there = set((await connection.execute(text(_LOCK), values)).scalars())
    for station_id in station_ids:
        if station_id not in there:
            raise StationNotFound(
                f"There is no charging station {station_id!r}.", station_id=station_id
            )
    await _expect_idle(connection, values)
    for statement in _RETIRE:
        await connection.execute(text(statement), values)
    for station_id in station_ids:
        audit.note(w, actor, "station.remove", f"station:{station_id}")
    w.announce(LocationsChanged())
    w.announce(StationsRetired(stations=tuple(station_ids)))


async def _expect_idle(connection: AsyncConnection, values: dict[str, list[str]]) -> None:
    running = list((await connection.execute(text(_RUNNING), values)).scalars())
    if running:
        raise Conflict(f"A session runs at {', '.join(running)}; stop it first.", stations=running)

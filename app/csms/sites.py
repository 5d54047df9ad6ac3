"""Sites as an admin writes them, one at a time. Whole files of them are `provisioning`'s business."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.csms.actors import Actor
from app.csms.audit import note
from app.csms.context import Context
from app.csms.slugs import free_id
from app.csms.work import Work, work
from app.domain.changes import LocationsChanged
from app.domain.errors import Invalid, NotFound
from app.store import installations
from app.store.tables.locations import Location, Tariff

PLAIN = (
    *("name", "name_en", "address", "time_zone", "grid_limit_w", "tariff_id"),
    *("operator_name", "operator_phone", "operator_email"),
)
"""Fields that are written as they are given."""


async def write_site(
    context: Context, actor: Actor, location_id: str, facts: Mapping[str, Any]
) -> None:
    """Write what `facts` names of a site (PLAIN's names, `position`), and leave the rest. Raises NotFound, Invalid."""
    async with work(context) as w:
        site = await w.session.get(Location, location_id, with_for_update=True)
        if site is None or site.retired_at is not None:
            raise NotFound(f"There is no site {location_id!r}.", location_id=location_id)
        await _check(w, facts)
        _fill(site, facts)
        site.updated_at = datetime.now(UTC)
        await w.session.flush()
        connection = await w.session.connection()
        await installations.revise_stations(connection, (), (location_id,))
        note(w, actor, "site.write", f"site:{location_id}", **facts)
        w.announce(LocationsChanged())


async def create_site(context: Context, actor: Actor, facts: Mapping[str, Any]) -> str:
    """Make a site; its new id. `facts`: `name` and `position` at least. Raises Invalid."""
    async with work(context) as w:
        return await create_site_in(w, actor, facts)


async def create_site_in(w: Work, actor: Actor, facts: Mapping[str, Any]) -> str:
    """`create_site` as a part of a work that does more."""
    if facts.get("position") is None:
        raise Invalid("A site needs a place on the map.", field="position")
    await _check(w, {"name": None, **facts})
    location_id = await free_id(w, Location, facts.get("name_en") or facts["name"], "site")
    site = Location(id=location_id, name=facts["name"], position=None)
    _fill(site, facts)
    w.session.add(site)
    await w.session.flush()
    note(w, actor, "site.create", f"site:{location_id}", **facts)
    w.announce(LocationsChanged())
    return location_id


def _fill(site: Location, facts: Mapping[str, Any]) -> None:
    for name in PLAIN:
        if name in facts:
            setattr(site, name, facts[name])
    position = facts.get("position")
    if position is not None:
        site.position = f"SRID=4326;POINT({position.lon} {position.lat})"


async def _check(w: Work, facts: Mapping[str, Any]) -> None:
    if "name" in facts and not facts["name"]:
        raise Invalid("A site needs a name.", field="name")
    zone = facts.get("time_zone")
    if zone is not None and not _is_zone(zone):
        raise Invalid(f"{zone!r} is no time zone; write one like Asia/Seoul.", field="time_zone")
    tariff_id = facts.get("tariff_id")
    if tariff_id is not None and await w.session.get(Tariff, tariff_id) is None:
        raise Invalid(f"There is no tariff {tariff_id!r}; name one that exists.", field="tariff_id")
    limit = facts.get("grid_limit_w")
    if limit is not None and not 0 < limit < 1e9:
        raise Invalid("A grid limit is more than 0 kW.", field="grid_limit_w")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True

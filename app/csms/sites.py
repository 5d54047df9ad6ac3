"""Sites and prices as an admin writes them, one at a time. Whole files of them are `provisioning`'s business."""

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import text

from app.csms.actors import Actor
from app.csms.audit import note
from app.csms.context import Context
from app.csms.work import Work, work
from app.domain.changes import LocationsChanged
from app.domain.errors import Invalid, NotFound
from app.domain.locations import TariffRecord
from app.store import installations
from app.store.tables.locations import Location, Tariff

PLAIN = (
    *("name", "name_en", "address", "time_zone", "grid_limit_w", "tariff_id"),
    *("operator_name", "operator_phone", "operator_email"),
)
"""Fields that are written as they are given."""

_CURRENCY = re.compile(r"[A-Z]{3}")
_SLUG = re.compile(r"[^a-z0-9]+")
MAX_ID = 40
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('halla.sites'))"
"""Two who describe sites of one name at the same moment must not take the same id."""


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
    location_id = await _free_id(w, Location, facts.get("name_en") or facts["name"], "site")
    site = Location(id=location_id, name=facts["name"], position=None)
    _fill(site, facts)
    w.session.add(site)
    await w.session.flush()
    note(w, actor, "site.create", f"site:{location_id}", **facts)
    w.announce(LocationsChanged())
    return location_id


async def write_tariff(context: Context, actor: Actor, tariff: TariffRecord) -> None:
    """Change a price. Sessions that run keep the one that they began with. Raises NotFound, Invalid."""
    _check_tariff(tariff)
    async with work(context) as w:
        row = await w.session.get(Tariff, tariff.id, with_for_update=True)
        if row is None:
            raise NotFound(f"There is no tariff {tariff.id!r}.", tariff_id=tariff.id)
        row.name, row.currency = tariff.name, tariff.currency
        row.price_per_kwh, row.session_fee = tariff.price_per_kwh, tariff.session_fee
        _note_tariff(w, actor, "tariff.write", tariff)


async def create_tariff(context: Context, actor: Actor, tariff: TariffRecord) -> str:
    """Make a price; its new id. Raises Invalid."""
    async with work(context) as w:
        return await create_tariff_in(w, actor, tariff)


async def create_tariff_in(w: Work, actor: Actor, tariff: TariffRecord) -> str:
    """Make a price as a part of a work; its id is made of its name. Raises Invalid."""
    _check_tariff(tariff)
    tariff_id = await _free_id(w, Tariff, tariff.name, "tariff")
    w.session.add(
        Tariff(
            id=tariff_id,
            name=tariff.name,
            currency=tariff.currency,
            price_per_kwh=tariff.price_per_kwh,
            session_fee=tariff.session_fee,
        )
    )
    await w.session.flush()
    _note_tariff(w, actor, "tariff.create", tariff, tariff_id)
    return tariff_id


def _note_tariff(
    w: Work, actor: Actor, action: str, tariff: TariffRecord, tariff_id: str = ""
) -> None:
    price, fee = str(tariff.price_per_kwh), str(tariff.session_fee)
    subject = f"tariff:{tariff_id or tariff.id}"
    note(
        w, actor, action, subject, name=tariff.name, currency=tariff.currency, price=price, fee=fee
    )


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


def _check_tariff(tariff: TariffRecord) -> None:
    if not tariff.name:
        raise Invalid("A tariff needs a name.", field="tariff_name")
    if not _CURRENCY.fullmatch(tariff.currency):
        raise Invalid("A currency has three letters, like KRW or EUR.", field="currency")
    if tariff.price_per_kwh < 0 or tariff.session_fee < 0:
        raise Invalid("A price is not less than nothing.", field="price_per_kwh")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


async def _free_id(w: Work, table: type[Location] | type[Tariff], name: str, noun: str) -> str:
    """An id made of `name` that nobody has; of `noun` where nothing of the name can be written in ASCII."""
    await (await w.session.connection()).execute(text(_ONE_AT_A_TIME))
    wanted = _SLUG.sub("_", name.lower()).strip("_")[:MAX_ID] or noun
    tried, number = wanted, 1
    while await w.session.get(table, tried) is not None:
        number += 1
        tried = f"{wanted}_{number}"
    return tried

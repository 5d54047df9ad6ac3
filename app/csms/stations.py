"""One station's record as an admin writes it: name, place, price, credentials, and whether it is let in.

Whole sites and files of them are `provisioning`'s business.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from app.csms import passwords, provisioning
from app.csms.actors import Actor
from app.csms.audit import note
from app.csms.commands import carry_out, resolve
from app.csms.context import Context
from app.csms.work import Work, work
from app.domain.changes import LocationsChanged, StationsChanged
from app.domain.commands import TriggerMessage
from app.domain.errors import Invalid, StationNotFound
from app.domain.geo import Position
from app.domain.identifiers import is_station_id
from app.domain.stations import Registration
from app.store import installations
from app.store.tables.locations import Location, Tariff
from app.store.tables.stations import Station, StationState

PLAIN = (
    "name",
    "location_detail",
    "category",
    "max_power_w",
    "min_power_w",
    "connector_type",
    "serial_number",
)
"""Fields that are written as they are given."""

_SET_PROFILE = """
INSERT INTO station_security (station_id, minimum_profile) VALUES (:id, :profile)
ON CONFLICT (station_id) DO UPDATE SET minimum_profile = excluded.minimum_profile
"""
_FORGET_PASSWORD = "UPDATE station_security SET next_password_hash = NULL WHERE station_id = :id"


async def write_station(
    context: Context,
    actor: Actor,
    station_id: str,
    facts: Mapping[str, Any],
    *,
    create: bool = False,
) -> bool:
    """Write what `facts` names of a station, and leave the rest; whether it was made (`create`).

    `facts`: PLAIN's names, `location_id`, `tariff_id`, `position` (Position), `registration` (Registration),
    `security_profile` (the least that its connection must have), `password` (None: none is asked).
    Raises StationNotFound; Invalid for what cannot be, and then nothing is written.
    """
    if not is_station_id(station_id):
        raise Invalid(
            f"{station_id[:60]!r} cannot be a station's id (1 to 48 letters, digits or *-_=:+|@.)."
        )
    values = {name: facts[name] for name in PLAIN if name in facts}
    if "password" in facts:
        values["password_hash"] = await _hashed(facts["password"])
    async with work(context) as unit:
        station = await unit.session.get(Station, station_id, with_for_update=True)
        made = station is None
        if station is None:
            if not create:
                raise StationNotFound(f"There is no charging station {station_id!r}.")
            station = Station(id=station_id, registration=Registration.ACCEPTED.value)
            unit.session.add(station)
        before = Registration(station.registration)
        await _check_references(unit, facts)
        for name in ("location_id", "tariff_id"):
            if name in facts:
                values[name] = facts[name]
        if "position" in facts:
            values["position"] = _point(facts["position"])
        after = facts.get("registration") or before
        values["registration"] = after.value
        for name, value in values.items():
            setattr(station, name, value)
        await unit.session.flush()
        await _secure(unit, station_id, facts)
        await installations.revise_stations(await unit.session.connection(), (station_id,))
        action = "station.create" if made else "station.write"
        note(unit, actor, action, f"station:{station_id}", **_noted(facts))
        unit.announce(StationsChanged(stations=(station_id,), status=(station_id,)))
        unit.announce(LocationsChanged())
    if after is not before and not made:
        await tell_registration(context, actor, station_id)
    return made


async def set_registration(
    context: Context, actor: Actor, station_id: str, registration: Registration
) -> None:
    """Let a station in, or keep it out, at any time; one that is connected is asked to boot, and so hears of it."""
    station = await resolve(context, station_id)
    await provisioning.set_registration(context, actor, station.id, registration)
    if registration.value != station.registration:
        await tell_registration(context, actor, station.id)


async def tell_registration(context: Context, actor: Actor, station_id: str) -> None:
    """B02.FR.07: have a connected station send a BootNotification; its answer tells the rest."""
    async with work(context) as unit:
        state = await unit.session.get(StationState, station_id)
    if state is not None and state.online:
        await carry_out(context, actor, station_id, TriggerMessage(message="BootNotification"))


async def _check_references(unit: Work, facts: Mapping[str, Any]) -> None:
    for name, table in (("location_id", Location), ("tariff_id", Tariff)):
        wanted = facts.get(name)
        if wanted is not None and await unit.session.get(table, wanted) is None:
            noun = name.removesuffix("_id")
            raise Invalid(f"There is no {noun} {wanted!r}; name one that exists.", field=name)


async def _secure(unit: Work, station_id: str, facts: Mapping[str, Any]) -> None:
    connection = await unit.session.connection()
    profile = facts.get("security_profile")
    if profile is not None:
        await connection.execute(text(_SET_PROFILE), {"id": station_id, "profile": profile})
    if "password" in facts:
        await connection.execute(text(_FORGET_PASSWORD), {"id": station_id})


def _noted(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit log keeps of `facts`: of a password, only whether there is one."""
    shown = {key: value for key, value in facts.items() if key != "password"}
    if "password" in facts:
        shown["credentials"] = "set" if facts["password"] is not None else "removed"
    return shown


async def _hashed(password: str | None) -> str | None:
    if password is None:
        return None
    if not provisioning.MIN_STATION_PASSWORD <= len(password) <= 64:
        raise Invalid("A station's password has 16 to 64 characters.", field="password")
    return await passwords.hash_password(password, passwords.STATIONS)


def _point(position: Position | None) -> str | None:
    return None if position is None else f"SRID=4326;POINT({position.lon} {position.lat})"

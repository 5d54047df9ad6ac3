"""One station's record as an admin writes it: name, place, price, credentials, and whether it is let in.

Whole sites and files of them are `provisioning`'s business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from app.csms import entrance, passwords
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
    "comment",
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
_PIN = """
INSERT INTO station_security (station_id, pinned_certificate) VALUES (:id, :pinned)
ON CONFLICT (station_id) DO UPDATE SET pinned_certificate = excluded.pinned_certificate
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
    `security_profile` (the least that its connection must have), `password` (None: none is asked),
    `pinned_certificate` (SHA-256 of the one that it may show, None: any good one), `evses` (how many it has).
    A station that was taken away is made anew by `create`. Raises StationNotFound; Invalid for what cannot be, and
    then nothing is written.
    """
    password_hash = await hash_of(facts)
    async with work(context) as unit:
        written = await write_station_in(
            unit, actor, station_id, facts, password_hash=password_hash, create=create
        )
    if written.turned:
        await tell_registration(context, actor, station_id)
    return written.made


@dataclass(frozen=True, slots=True)
class Written:
    """`made`: there was none; `turned`: it was there, and its registration is another one now."""

    made: bool
    turned: bool


async def write_station_in(
    unit: Work,
    actor: Actor,
    station_id: str,
    facts: Mapping[str, Any],
    *,
    password_hash: str | None,
    create: bool = False,
) -> Written:
    """`write_station` as a part of a work that does more. `password_hash`: what `hash_of(facts)` made before it."""
    if not is_station_id(station_id):
        raise Invalid(
            f"{station_id[:60]!r} cannot be a station's id (1 to 48 letters, digits or *-_=:+|@.).",
            field="station_id",
        )
    station = await unit.session.get(Station, station_id, with_for_update=True)
    made = station is None or station.retired_at is not None
    if made and not create:
        raise StationNotFound(f"There is no charging station {station_id!r}.")
    if station is None:
        station = Station(id=station_id)
        unit.session.add(station)
    if made:
        station.retired_at, station.registration = None, Registration.ACCEPTED.value
    before = Registration(station.registration)
    await _check_references(unit, facts)
    values = {name: facts[name] for name in (*PLAIN, "location_id", "tariff_id") if name in facts}
    if "password" in facts:
        values["password_hash"] = password_hash
    if "position" in facts:
        values["position"] = _point(facts["position"])
    after = facts.get("registration") or before
    values["registration"] = after.value
    for name, value in values.items():
        setattr(station, name, value)
    station.updated_at = datetime.now(UTC)
    await unit.session.flush()
    await _secure(unit, station_id, facts)
    connection = await unit.session.connection()
    if facts.get("evses") is not None:
        await installations.install_evses(connection, station_id, facts["evses"])
    await installations.revise_stations(connection, (station_id,))
    action = "station.create" if made else "station.write"
    note(unit, actor, action, f"station:{station_id}", **_noted(facts))
    unit.announce(StationsChanged(stations=(station_id,), status=(station_id,)))
    unit.announce(LocationsChanged())
    return Written(made=made, turned=after is not before and not made)


async def hash_of(facts: Mapping[str, Any]) -> str | None:
    """The hash of the password that `facts` names; None if it names none, or takes it away. Raises Invalid."""
    return await _hashed(facts.get("password"))


async def set_registration(
    context: Context, actor: Actor, station_id: str, registration: Registration
) -> None:
    """Let a station in, or keep it out, at any time; one that is connected is asked to boot, and so hears of it."""
    station = await resolve(context, station_id)
    await entrance.set_registration(context, actor, station.id, registration)
    if registration.value != station.registration:
        await tell_registration(context, actor, station.id)


async def tell_registration(context: Context, actor: Actor, station_id: str) -> None:
    """B02.FR.07: have a connected station send a BootNotification; its answer tells the rest."""
    async with work(context) as unit:
        state = await unit.session.get(StationState, station_id)
    if state is not None and state.online:
        await carry_out(context, actor, station_id, TriggerMessage(message="BootNotification"))


async def _check_references(unit: Work, facts: Mapping[str, Any]) -> None:
    site, tariff = facts.get("location_id"), facts.get("tariff_id")
    if site is not None and await _is_gone(unit, Location, site):
        raise Invalid(f"There is no site {site!r}; name one that exists.", field="location_id")
    if tariff is not None and await _is_gone(unit, Tariff, tariff):
        raise Invalid(f"There is no tariff {tariff!r}; name one that exists.", field="tariff_id")


async def _is_gone(unit: Work, table: type[Location] | type[Tariff], key: str) -> bool:
    found = await unit.session.get(table, key)
    return found is None or getattr(found, "retired_at", None) is not None


async def _secure(unit: Work, station_id: str, facts: Mapping[str, Any]) -> None:
    connection = await unit.session.connection()
    profile = facts.get("security_profile")
    if profile is not None:
        await connection.execute(text(_SET_PROFILE), {"id": station_id, "profile": profile})
    if "pinned_certificate" in facts:
        values = {"id": station_id, "pinned": facts["pinned_certificate"]}
        await connection.execute(text(_PIN), values)
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
    if not entrance.MIN_STATION_PASSWORD <= len(password) <= 64:
        raise Invalid("A station's password has 16 to 64 characters.", field="password")
    return await passwords.hash_password(password, passwords.STATIONS)


def _point(position: Position | None) -> str | None:
    return None if position is None else f"SRID=4326;POINT({position.lon} {position.lat})"

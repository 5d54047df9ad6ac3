"""Whether one station is let in, and with which password. Deciding about one that knocks is `provisioning.admit`'s."""

from sqlalchemy import text

from app.csms import passwords
from app.csms.actors import Actor
from app.csms.audit import note
from app.csms.context import Context
from app.csms.work import work
from app.domain.changes import StationsChanged
from app.domain.errors import Invalid, StationNotFound
from app.domain.stations import Registration
from app.store import installations

MIN_STATION_PASSWORD = 16
"""2.0.1 part 2, A00.FR.205: a station's password has at least 16 characters."""


async def set_registration(
    context: Context, actor: Actor, station_id: str, registration: Registration
) -> None:
    """Let a station in, or keep it out; it hears of it at its next BootNotification."""
    await _change(
        context,
        actor,
        station_id,
        "UPDATE station SET registration = :registration, updated_at = now() WHERE id = :id",
        {"registration": registration.value},
        ("station.registration", {"registration": registration}),
    )


async def set_station_password(
    context: Context, actor: Actor, station_id: str, password: str | None
) -> None:
    """The password of HTTP Basic authentication (security profiles 1 and 2); None: none is asked.

    It counts at once, and a password that the station was given but has not used is forgotten; to change what the
    station itself sends, see `csms.security.rotate_password`.
    """
    if password is not None and not MIN_STATION_PASSWORD <= len(password) <= 64:
        raise Invalid("A station's password has 16 to 64 characters.")
    hashed = None
    if password is not None:
        hashed = await passwords.hash_password(password, passwords.STATIONS)
    await _change(
        context,
        actor,
        station_id,
        "WITH forgotten AS (UPDATE station_security SET next_password_hash = NULL WHERE station_id = :id)"
        " UPDATE station SET password_hash = :hash, updated_at = now() WHERE id = :id",
        {"hash": hashed},
        ("station.credentials", {"set": hashed is not None}),
    )


async def _change(
    context: Context,
    actor: Actor,
    station_id: str,
    statement: str,
    values: dict[str, object],
    noted: tuple[str, dict[str, object]],
) -> None:
    async with work(context) as w:
        connection = await w.session.connection()
        found = await connection.execute(text(statement), {"id": station_id, **values})
        if not found.rowcount:
            raise StationNotFound(f"There is no charging station {station_id!r}.")
        await installations.revise_stations(connection, (station_id,))
        note(w, actor, noted[0], f"station:{station_id}", **noted[1])
        w.announce(StationsChanged(stations=(station_id,), status=(station_id,)))

"""Which stations and sites exist, and which stations are let in.

Reading files is `app.seed`'s business, checking a station's password the ingress'; statements for
thousands of rows are in `app.store.locations` and
`app.store.installations`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import tuple_row
from sqlalchemy.ext.asyncio import AsyncConnection

from app.csms import registrations
from app.csms.actors import Actor
from app.csms.audit import note
from app.csms.context import Context
from app.csms.work import Work, work
from app.domain.changes import LocationsChanged, StationsChanged
from app.domain.errors import Conflict, Invalid, NotRegistered
from app.domain.identifiers import is_station_id
from app.domain.locations import LocationRecord, TariffRecord, centre
from app.domain.stations import Registration
from app.store import installations, locations
from app.store.upserts import Upserted

MAX_NOTED = 50
"""Ids that the audit log names of one registration."""
MAX_PENDING = 1000
"""Stations that nobody registered are remembered up to this number, then turned away."""

_KNOWN = """
SELECT id, password_hash, registration, x.next_password_hash, coalesce(x.minimum_profile, 0),
       retired_at IS NOT NULL, x.pinned_certificate
FROM station LEFT JOIN station_security x ON x.station_id = id
WHERE id = COALESCE((SELECT station_id FROM station_alias WHERE alias = %s), %s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A station that may connect. `password_hash` None: it has no password of its own.

    `next_password_hash`: of one that it was given and has not used yet; `minimum_profile`: the security profile that
    its connection has to have at least; `pinned_certificate`: SHA-256 of the only one that it may show.
    """

    station_id: str
    password_hash: str | None
    registration: Registration
    next_password_hash: str | None = None
    minimum_profile: int = 0
    pinned_certificate: str | None = None
    retired: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """How many sites, stations and connectors were named, and how many rows that made or changed."""

    locations: int
    stations: int
    connectors: int
    created: int
    updated: int
    parts: tuple[Upserted, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What exists already and may be referred to."""

    locations: frozenset[str] = frozenset()
    tariffs: frozenset[str] = frozenset()


async def admit(context: Context, identity: str) -> Admission:
    """Who is at the door: `identity` as the station says it, an alias or an id.

    A station that nobody registered is treated as HALLA_UNKNOWN_STATIONS says. Raises NotRegistered
    with a sentence for the log when it may not come in.
    """
    admission = await _find(context, identity)
    if admission is None:
        admission = await _meet(context, identity)
    if admission.retired:
        raise NotRegistered(
            f"{admission.station_id} was removed; register it again if it may connect after all."
        )
    if admission.registration is Registration.REJECTED:
        raise NotRegistered(
            f"{admission.station_id} was rejected by an admin; set its registration to accepted"
            " if it may connect after all."
        )
    return admission


async def _find(context: Context, identity: str) -> Admission | None:
    if "\x00" in identity:
        return None
    async with context.database.read() as connection:
        cursor = await connection.cursor(row_factory=tuple_row).execute(
            _KNOWN, (identity, identity)
        )
        row = await cursor.fetchone()
    if row is None:
        return None
    return Admission(
        station_id=row[0],
        password_hash=row[1],
        registration=Registration(row[2]),
        next_password_hash=row[3],
        minimum_profile=row[4],
        retired=row[5],
        pinned_certificate=row[6],
    )


async def _meet(context: Context, identity: str) -> Admission:
    if not is_station_id(identity):
        raise NotRegistered(
            f"{identity[:60]!r} cannot be a station's id (1 to 48 letters, digits or *-_=:+|@.)."
        )
    policy = context.settings.unknown_stations
    if policy == "reject":
        raise NotRegistered(
            f"{identity} is not registered; add it with `halla seed`, or set"
            " HALLA_UNKNOWN_STATIONS=pending to let it wait for a person's yes."
        )
    registration = Registration.ACCEPTED if policy == "accept" else Registration.PENDING
    async with work(context) as w:
        connection = await w.session.connection()
        if await installations.remember_stranger(connection, identity, registration, MAX_PENDING):
            w.announce(StationsChanged(stations=(identity,), status=(identity,)))
    admission = await _find(context, identity)
    if admission is None:
        raise NotRegistered(
            f"{identity} is not registered, and {MAX_PENDING} others wait already;"
            " accept or reject some of them first."
        )
    return admission


async def known(context: Context) -> Known:
    """The ids that a seed file may refer to without describing them."""
    async with context.database.read() as connection:
        cursor = connection.cursor(row_factory=tuple_row)
        sites = await (
            await cursor.execute("SELECT id FROM location WHERE retired_at IS NULL")
        ).fetchall()
        tariffs = await (await cursor.execute("SELECT id FROM tariff")).fetchall()
    return Known(
        locations=frozenset(row[0] for row in sites),
        tariffs=frozenset(row[0] for row in tariffs),
    )


async def register_locations(
    context: Context,
    actor: Actor,
    records: Sequence[LocationRecord],
    tariffs: Sequence[TariffRecord] = (),
) -> Registered:
    """Make these sites, stations, connectors and prices known; all or nothing, any number of times.

    Ids are the natural keys. None in a record leaves what is known as it is. A station that was
    waiting is accepted by being registered; a rejected one stays rejected. Raises Invalid for ids
    that cannot be and for references to nothing, Conflict for an alias that is another station's id.
    """
    async with work(context) as w:
        return await register_in(w, actor, records, tariffs)


async def register_in(
    w: Work,
    actor: Actor,
    records: Sequence[LocationRecord],
    tariffs: Sequence[TariffRecord] = (),
) -> Registered:
    """`register_locations` as a part of a work that does more."""
    connection = await w.session.connection()
    await _check(connection, records, tariffs)
    stations = [station for record in records for station in record.stations]
    aliases = [(alias, station.id) for station in stations for alias in station.aliases]
    await installations.forget_strangers(connection, [alias for alias, _ in aliases])
    parts = (
        await locations.upsert_tariffs(connection, tariffs),
        await locations.upsert_locations(connection, records),
        await installations.upsert_stations(connection, records),
        await installations.upsert_connectors(connection, stations),
        await installations.upsert_aliases(connection, aliases),
    )
    changed = sum(part.created + part.updated for part in parts)
    if changed:
        await installations.revise_stations(connection, parts[2].changed, parts[1].changed)
        await registrations.mark(connection)
        note(
            w,
            actor,
            "register",
            "sites",
            **{
                part.table: {
                    "created": part.created,
                    "updated": part.updated,
                    "ids": [str(id) for id in part.changed[:MAX_NOTED]],
                }
                for part in parts
                if part.changed
            },
        )
        w.announce(LocationsChanged())
    return Registered(
        locations=len(records),
        stations=len(stations),
        connectors=sum(len(station.connectors) for station in stations),
        created=sum(part.created for part in parts),
        updated=sum(part.updated for part in parts),
        parts=parts,
    )


async def _check(
    connection: AsyncConnection, records: Sequence[LocationRecord], tariffs: Sequence[TariffRecord]
) -> None:
    stations = [station for record in records for station in record.stations]
    aliases = [alias for station in stations for alias in station.aliases]
    for station_id in [station.id for station in stations] + aliases:
        if not is_station_id(station_id):
            raise Invalid(
                f"{station_id!r} cannot be a station's id (1 to 48 letters, digits or *-_=:+|@.)."
            )
    twice = [
        name for name, times in Counter([s.id for s in stations] + aliases).items() if times > 1
    ]
    if twice:
        raise Invalid(f"{twice[0]} is named more than once among the stations and their aliases.")
    priced = [record.tariff_id for record in records] + [station.tariff_id for station in stations]
    described = {tariff.id for tariff in tariffs}
    missing = await locations.missing_tariffs(
        connection, {name for name in priced if name and name not in described}
    )
    if missing:
        raise Invalid(f"There is no tariff {missing[0]!r}; describe it, or name another one.")
    lost = await locations.missing_locations(
        connection,
        [record.id for record in records if centre(record) is None],
        even_retired=True,
    )
    if lost:
        raise Invalid(f"The new location {lost[0]!r} has no position and no station that has one.")
    if taken := await installations.stations_named(connection, aliases):
        raise Conflict(
            f"{taken[0]} cannot be an alias: it is the id of a station; remove that station first."
        )
    if taken := await installations.aliases_named(connection, [station.id for station in stations]):
        raise Conflict(f"{taken[0]} cannot be a station's id: it is an alias of another station.")

"""A simulated past: thirty days of sessions for stations that have none yet, marked as such, removable again.

What such a past looks like is `app.domain.simulated`'s. Real sessions are never touched: a station's simulated past
ends where its real one begins, and no session is made beside one that really was.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.csms import audit
from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.work import batch_work, work
from app.domain.changes import StationsChanged
from app.domain.errors import Conflict, Invalid, StationNotFound
from app.domain.simulated import Past, Place, Session, imagine
from app.domain.stations import StationCategory
from app.domain.tariffs import tariff_of
from app.store import simulated
from app.store.partitions import make_months
from app.store.rollups import roll_up_station, sum_stations

MOST_DAYS = 366
SPARE_TOKENS = tuple(f"simulated_{number:02}" for number in range(1, 21))
"""Who charges where nobody has a token."""

Progress = Callable[[int, int, str], None]
"""How many stations are done, of how many, and which is next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was made: how much of what, from `since` to `until`."""

    stations: int
    sessions: int
    samples: int
    energy_wh: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was removed."""

    stations: int
    sessions: int


async def simulate_history(
    context: Context,
    actor: Actor,
    *,
    days: int = 30,
    seed: int = 1,
    stations: Sequence[str] | None = None,
    progress: Progress = lambda done, of, station: None,
) -> Made:
    """Make a past of the `days` days before today for the accepted stations, or for those of `stations`.

    Raises Conflict where a simulated past exists already, StationNotFound for a name that nobody bears, Invalid for
    a number of days that makes no sense.
    """
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"From 1 to {MOST_DAYS} days of history can be made, not {days}.")
    now = context.clock()
    ground = await _ground(context, now, days, stations)
    pasts = [_imagined(ground, row, now, days, seed) for row in ground.stations]
    numbers = _numbers(pasts, ground.lowest_number)
    async with work(context) as w:
        ids = [place.station_id for place, _ in pasts]
        audit.note(w, actor, "history.simulate", "sessions", days=days, seed=seed, stations=ids)
    for done, (place, past) in enumerate(pasts):
        progress(done, len(pasts), place.station_id)
        await _store(context, place, past, numbers)
    progress(len(pasts), len(pasts), "")
    return _made([past for _, past in pasts], now)


async def remove_history(
    context: Context, actor: Actor, progress: Progress = lambda done, of, station: None
) -> Removed:
    """Remove every simulated past; what really was stays, and its hourly sums are made again."""
    async with context.database.read() as connection:
        ids = await simulated.simulated_stations(connection)
    async with work(context) as w:
        audit.note(w, actor, "history.remove", "sessions", stations=ids)
    sessions = 0
    for done, station_id in enumerate(ids):
        progress(done, len(ids), station_id)
        async with batch_work(context, pipelined=False, patient=True) as unit:
            count, again = await simulated.remove(unit.connection, station_id)
            await sum_stations(unit.connection, again)
            sessions += count
            unit.announce(StationsChanged(stations=(station_id,), status=()))
    progress(len(ids), len(ids), "")
    return Removed(stations=len(ids), sessions=sessions)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What is there already: the stations, who charges, real sessions (station, EVSE, begin, end), taken numbers."""

    stations: Sequence[dict[str, Any]]
    tokens: Sequence[str]
    real: Sequence[tuple[str, int, datetime, datetime]]
    lowest_number: int


async def _ground(
    context: Context, now: datetime, days: int, stations: Sequence[str] | None
) -> _Ground:
    async with context.database.read() as connection:
        found = await simulated.places(connection, stations)
        if not found:
            raise StationNotFound(
                "There is no accepted station to make a history for; register some with `halla seed`."
            )
        if stations is not None and len(found) < len(set(stations)):
            known = {row["id"] for row in found}
            raise StationNotFound(
                "Not every name is an accepted charging station's; found: "
                + ", ".join(sorted(known))
            )
        since = now - timedelta(days=days + 2)
        ids = [row["id"] for row in found]
        span = await simulated.simulated_span(connection, since, ids)
        if span is not None:
            raise Conflict(
                f"There is a simulated history up to {span[1]:%Y-%m-%d %H:%M} UTC already;"
                " remove it first: halla simulate history --remove"
            )
        ground = _Ground(
            stations=found,
            tokens=await simulated.tokens(connection) or SPARE_TOKENS,
            real=await simulated.real_sessions(connection, since, ids),
            lowest_number=await simulated.lowest_number(connection),
        )
        await make_months(connection, since, now)
    return ground


def _imagined(
    ground: _Ground, row: dict[str, Any], now: datetime, days: int, seed: int
) -> tuple[Place, Past]:
    """A station's past up to today, or up to where its real one begins."""
    place = _place(row)
    today = now.astimezone(place.zone).date()
    calendar = [today - timedelta(days=back) for back in range(days, 0, -1)]
    midnight = datetime(today.year, today.month, today.day, tzinfo=place.zone)
    until = min(midnight, row["real_since"] or midnight)
    taken = [
        (evse, begin, end)
        for station_id, evse, begin, end in ground.real
        if station_id == place.station_id
    ]
    return place, imagine(place, calendar, until, seed, ground.tokens, taken)


def _made(pasts: Sequence[Past], now: datetime) -> Made:
    sessions = [session for past in pasts for session in past.sessions]
    ends = [(past.connections[0][0], past.connections[-1][0]) for past in pasts if past.connections]
    return Made(
        stations=len(ends),
        sessions=len(sessions),
        samples=sum(len(session.readings) for session in sessions),
        energy_wh=sum(session.energy_wh for session in sessions),
        since=min((begin for begin, _ in ends), default=now),
        until=max((end for _, end in ends), default=now),
    )


async def _store(context: Context, place: Place, past: Past, numbers: dict[str, int]) -> None:
    station_id = place.station_id
    async with batch_work(context, pipelined=False, patient=True) as unit:
        add = simulated.copy_rows
        connection = unit.connection
        now = (await (await connection.execute("SELECT now()")).fetchone() or (context.clock(),))[0]
        await add(
            connection,
            "transaction",
            simulated.TRANSACTION,
            (_transaction(place, session, numbers[session.name]) for session in past.sessions),
        )
        await add(connection, "meter_sample", simulated.SAMPLE, _samples(place, past, numbers))
        await add(
            connection,
            "status_history",
            simulated.STATUS,
            (
                (station_id, s.evse_id, 1, s.at, s.status.value, s.error_code, True)
                for s in past.statuses
            ),
        )
        await add(
            connection,
            "connection_history",
            simulated.CONNECTION,
            ((station_id, at, online, True) for at, online in past.connections),
        )
        await roll_up_station(connection, now, station_id)
        unit.announce(StationsChanged(stations=(station_id,), status=()))


def _place(row: dict[str, Any]) -> Place:
    return Place(
        station_id=row["id"],
        zone=ZoneInfo(row["time_zone"]),
        category=StationCategory(row["category"]),
        max_power_w=row["max_power_w"],
        evses=tuple(row["evses"]),
        tariff=tariff_of(row["currency"], row["price_per_kwh"], row["session_fee"]),
    )


def _numbers(pasts: Sequence[tuple[Place, Past]], lowest: int) -> dict[str, int]:
    """A number below zero for each session, growing with time, below all that are taken."""
    names = sorted(
        (
            (session.started_at.astimezone(UTC), session.name)
            for _, past in pasts
            for session in past.sessions
        ),
    )
    first = lowest - len(names)
    return {name: first + place for place, (_, name) in enumerate(names)}


def _transaction(place: Place, session: Session, number: int) -> tuple[Any, ...]:
    first, last = session.readings[0], session.readings[-1]
    tariff = place.tariff
    price = (tariff.currency, tariff.price_per_kwh, tariff.session_fee) if tariff else (None,) * 3
    return (
        *(number, place.station_id, session.name, session.evse_id, 1, session.token),
        *(session.started_at, session.ended_at, session.stop_reason, session.meter_start_wh),
        *(last.register_wh, last.at, session.energy_wh, first.soc_percent, last.soc_percent),
        *(session.ended_at, *price, session.cost, session.ended_at, True),
    )


def _samples(place: Place, past: Past, numbers: dict[str, int]) -> Iterator[tuple[Any, ...]]:
    slow = place.category is StationCategory.SLOW
    for session in past.sessions:
        number = numbers[session.name]
        for reading in session.readings:
            volts = 220.0 if slow else round(330 + 0.9 * reading.soc_percent, 1)
            yield (
                *(place.station_id, session.evse_id, reading.at, reading.context, number),
                *(reading.register_wh, reading.power_w, round(reading.power_w / volts, 2), volts),
                reading.soc_percent,
            )

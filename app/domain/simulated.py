"""A past that could have been: sessions, readings, faults and lost connections of one station, from a seed.

Pure and deterministic: the same station, days and seed give the same past. Nothing here pretends to be measured;
whoever stores it marks it as simulated.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.domain.stations import ConnectorStatus, StationCategory
from app.domain.tariffs import Tariff, cost_of

SAMPLE_EVERY = timedelta(minutes=1)
MINUTE = timedelta(minutes=1)

BUSY_HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 10, 9, 9, 10, 11, 10, 9, 9, 10, 12, 12, 9, 7, 5, 3, 2)
"""How likely a vehicle comes in each hour of the day, against each other."""
SESSIONS_A_DAY = {
    StationCategory.SLOW: 2.0,
    StationCategory.FAST: 5.0,
    StationCategory.ULTRA_FAST: 7.0,
}
"""Of one EVSE."""
BATTERIES_KWH = (38.0, 58.0, 64.0, 77.4, 84.0)
VEHICLES_KW = (50.0, 77.0, 100.0, 180.0, 235.0)
AC_VEHICLES_KW = (3.6, 7.2, 11.0)
TAPER_FROM_SOC = 62.0
LOST_A_DAY = 0.12
FAULTS_A_DAY = 0.04
FAULTS = (
    "GroundFailure",
    "OverVoltage",
    "HighTemperature",
    "ConnectorLockFailure",
    "ReaderFailure",
)
STOPS = ("EVDisconnected", "EVDisconnected", "Local", "Local", "Remote")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The station that a past is made for."""

    station_id: str
    zone: ZoneInfo
    category: StationCategory
    max_power_w: float
    evses: tuple[int, ...]
    tariff: Tariff | None


class Reading(NamedTuple):
    """One sample; the register counts from the session's start register on."""

    at: datetime
    context: str
    register_wh: int
    power_w: float
    soc_percent: float


class Session(NamedTuple):
    """One charging session that ended."""

    evse_id: int
    name: str
    token: str
    started_at: datetime
    ended_at: datetime
    stop_reason: str
    meter_start_wh: int
    cost: Decimal | None
    readings: tuple[Reading, ...]

    @property
    def energy_wh(self) -> int:
        return self.readings[-1].register_wh - self.meter_start_wh


class Status(NamedTuple):
    """From `at` on a connector had this status."""

    evse_id: int
    at: datetime
    status: ConnectorStatus
    error_code: str | None = None


class Past(NamedTuple):
    """Everything of one station. `connections`: since when it was connected, or was not."""

    sessions: list[Session]
    statuses: list[Status]
    connections: list[tuple[datetime, bool]]


Stretch = tuple[datetime, datetime]


def imagine(
    place: Place,
    days: Sequence[date],
    until: datetime,
    seed: int,
    tokens: Sequence[str],
    taken: Sequence[tuple[int, datetime, datetime]] = (),
) -> Past:
    """The past of `place` on `days` (of its own calendar), cut off at `until`.

    `taken`: (evse, begin, end) of sessions that really were; none is made beside them.
    """
    sessions: list[Session] = []
    statuses: list[Status] = []
    begin = datetime(days[0].year, days[0].month, days[0].day, tzinfo=place.zone)
    if until <= begin:
        return Past([], [], [])
    for evse_id in place.evses:
        chance = Random(f"{seed}/{place.station_id}/{evse_id}/{days[0]}")
        faults = list(_stretches(chance, days, place.zone, until, FAULTS_A_DAY, (20, 300)))
        busy = sorted([*faults, *((a, b) for number, a, b in taken if number == evse_id)])
        made = list(_sessions(chance, place, evse_id, days, until, busy, tokens))
        sessions += made
        statuses += _statuses(chance, evse_id, begin, made, faults)
    chance = Random(f"{seed}/{place.station_id}/{days[0]}")
    lost = _stretches(chance, days, place.zone, until, LOST_A_DAY, (1, 45))
    connections = [(begin, True)]
    for away, back in lost:
        connections += [(away, False), (back, True)]
    connections.append((until, False))  # what follows is not simulated any more
    statuses.sort(key=lambda status: status.at)
    return Past(sessions, statuses, connections)


def _stretches(
    chance: Random,
    days: Sequence[date],
    zone: ZoneInfo,
    until: datetime,
    a_day: float,
    minutes: tuple[int, int],
) -> Iterator[Stretch]:
    """Times that do not touch each other, by time."""
    last = datetime.min.replace(tzinfo=zone)
    for day in days:
        if chance.random() >= a_day:
            continue
        begin = datetime(day.year, day.month, day.day, tzinfo=zone)
        begin += timedelta(seconds=chance.randrange(86_400))
        end = begin + timedelta(seconds=chance.randrange(60 * minutes[0], 60 * minutes[1]))
        if begin > last and end < until:
            last = end
            yield begin, end


def _sessions(
    chance: Random,
    place: Place,
    evse_id: int,
    days: Sequence[date],
    until: datetime,
    busy: Sequence[Stretch],
    tokens: Sequence[str],
) -> Iterator[Session]:
    register_wh = chance.randrange(100_000, 5_000_000)
    free_from = datetime.min.replace(tzinfo=place.zone)
    ends = [end for _, end in busy]
    for day in days:
        number = 0
        for begin in _arrivals(chance, day, place):
            name = f"SIM-{place.station_id}-{evse_id}-{day:%Y%m%d}-{number + 1:02}"
            session = _charge(chance, place, evse_id, name, begin, register_wh, tokens)
            nearest = bisect(ends, begin)
            blocked = nearest < len(busy) and busy[nearest][0] < session.ended_at + 6 * MINUTE
            if begin < free_from or blocked or session.ended_at + 6 * MINUTE >= until:
                continue
            number += 1
            register_wh = session.readings[-1].register_wh
            free_from = session.ended_at + 8 * MINUTE
            yield session


def _arrivals(chance: Random, day: date, place: Place) -> list[datetime]:
    """When vehicles come on a day: a few more or less than usual, at the hours at which people charge."""
    usual = SESSIONS_A_DAY[place.category] * (1.2 if day.weekday() >= 5 else 1.0)
    count = max(0, round(chance.gauss(usual, usual / 3)))
    midnight = datetime(day.year, day.month, day.day, tzinfo=place.zone)
    hours = chance.choices(range(24), BUSY_HOURS, k=count)
    return sorted(
        midnight + timedelta(hours=hour, seconds=chance.randrange(3_600)) for hour in hours
    )


def _charge(
    chance: Random,
    place: Place,
    evse_id: int,
    name: str,
    begin: datetime,
    start_wh: int,
    tokens: Sequence[str],
) -> Session:
    """One session minute by minute: full power, then less and less as the battery fills."""
    battery_wh = chance.choice(BATTERIES_KWH) * 1000
    slow = place.category is StationCategory.SLOW
    most_w = min(place.max_power_w, chance.choice(AC_VEHICLES_KW if slow else VEHICLES_KW) * 1000)
    soc = chance.uniform(8, 55)
    wanted = min(chance.uniform(soc + 12, soc + 60), 96.0)
    readings = [Reading(begin, "Transaction.Begin", start_wh, 0.0, round(soc, 1))]
    delivered, at = 0.0, begin
    while soc < wanted and at - begin < timedelta(hours=9):
        full = 1.0 if soc <= TAPER_FROM_SOC else max(0.18, 1 - (soc - TAPER_FROM_SOC) / 45)
        power = most_w * full * chance.uniform(0.96, 0.99)
        delivered += power / 60
        soc = min(100.0, soc + power / 60 / battery_wh * 100)
        at += SAMPLE_EVERY
        register = start_wh + round(delivered)
        readings.append(Reading(at, "Sample.Periodic", register, round(power, 1), round(soc, 1)))
    end = at + timedelta(seconds=chance.randrange(5, 50))
    readings.append(readings[-1]._replace(at=end, context="Transaction.End", power_w=0.0))
    cost = None
    if place.tariff is not None:
        cost = cost_of(Decimal(readings[-1].register_wh - start_wh), place.tariff).amount
    return Session(
        evse_id,
        name,
        chance.choice(tokens),
        begin,
        end,
        chance.choice(STOPS),
        start_wh,
        cost,
        tuple(readings),
    )


def _statuses(
    chance: Random,
    evse_id: int,
    begin: datetime,
    sessions: Sequence[Session],
    faults: Sequence[Stretch],
) -> Iterator[Status]:
    yield Status(evse_id, begin, ConnectorStatus.AVAILABLE)
    for session in sessions:
        plugged = session.started_at - timedelta(seconds=chance.randrange(5, 60))
        left = session.ended_at + timedelta(seconds=chance.randrange(20, 300))
        yield Status(evse_id, max(begin, plugged), ConnectorStatus.OCCUPIED)
        yield Status(evse_id, left, ConnectorStatus.AVAILABLE)
    for fault, repaired in faults:
        yield Status(evse_id, fault, ConnectorStatus.FAULTED, chance.choice(FAULTS))
        yield Status(evse_id, repaired, ConnectorStatus.AVAILABLE)

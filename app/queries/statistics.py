"""Sessions, energy and money by day: of one charger, of one site, of all.

Days are those of each site's own time zone. A session belongs, with all its energy and money, to the day on which it
began; a running one counts with what it has so far. Energy by the hour comes from the hourly sums of the samples.
Money is that of the charger's own currency, of all chargers that of the KPIs' main one; what there is in others stands
beside it (`other_revenue`), for currencies are never added to each other.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.errors import NotFound
from app.queries import kpis
from app.queries.geo import ChargerStatus, chargers
from app.queries.money import OTHER_MONEY, Money, added, money_of
from app.queries.rows import T, fetch_dicts
from app.queries.stations import resolve
from app.queries.status import EVSES
from app.store.database import Database

DEFAULT_ZONE = "Asia/Seoul"


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySum:
    """What one day brought. `busy_s`: how long sessions that began on it have run."""

    day: date
    sessions: int
    energy_wh: Decimal
    revenue: Decimal
    other_revenue: Money
    busy_s: float

    @property
    def average_revenue(self) -> Decimal:
        """Per session; 0 without one."""
        return self.revenue / self.sessions if self.sessions else Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerPeriod:
    """A charger's days from `start` to `end`, both included; `days` has every one of them."""

    station_id: str
    start: date
    end: date
    currency: str
    days: tuple[DaySum, ...]

    @property
    def sessions(self) -> int:
        return sum(day.sessions for day in self.days)

    @property
    def energy_wh(self) -> Decimal:
        return sum((day.energy_wh for day in self.days), Decimal(0))

    @property
    def revenue(self) -> Decimal:
        return sum((day.revenue for day in self.days), Decimal(0))

    @property
    def other_revenue(self) -> Money:
        return added(each for day in self.days for each in day.other_revenue)


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePeriod:
    """A site's sums from `start` to `end`, both included, over the chargers that stand there now."""

    location_id: str
    start: date
    end: date
    chargers: int
    sessions: int
    energy_wh: Decimal
    revenue: Decimal
    other_revenue: Money
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """One hour of the day (0 to 23). `energy_wh` None: no readings; `sessions` those that began in it."""

    hour: int
    energy_wh: Decimal | None
    sessions: int
    revenue: Decimal
    other_revenue: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardDay:
    """All chargers on one day.

    `statuses` is how they are now, whatever the day. `energy_today_wh` is what was delivered within the day (a session
    over midnight counts on both), `revenue_today` the money of the sessions that ended in it or run; both are the
    dashboard's own KPIs if the day is today. `utilisation_percent`: chargers in use of all accepted, now;
    `time_utilisation_percent`: charging time of all possible time of the day so far, by EVSE. Money is in `currency`.
    """

    day: date
    sites: int
    chargers: int
    statuses: dict[ChargerStatus, int]
    sum: DaySum
    energy_today_wh: Decimal
    currency: str
    revenue_today: Decimal
    other_revenue_today: Money
    utilisation_percent: float
    time_utilisation_percent: float
    hours: tuple[Hour, ...]


async def charger_day(
    database: Database, station_id: str, day: date | None, *, now: datetime
) -> tuple[str, DaySum]:
    """A charger's own id and its day (None: today, at its site). Aliases resolve. Raises StationNotFound."""
    place = await _charger(database, station_id)
    wanted = day or _today(now, place["zone"])
    days = await _days(database, place["id"], wanted, wanted, now)
    return place["id"], days[0]


async def charger_period(
    database: Database, station_id: str, start: date, end: date, *, now: datetime
) -> ChargerPeriod:
    """A charger's days. Aliases resolve. Raises StationNotFound."""
    place = await _charger(database, station_id)
    return ChargerPeriod(
        station_id=place["id"],
        start=start,
        end=end,
        currency=place["currency"],
        days=tuple(await _days(database, place["id"], start, end, now)),
    )


async def site_period(
    database: Database, location_id: str, start: date, end: date, *, now: datetime
) -> SitePeriod:
    """A site's sums. Raises NotFound."""
    values = {"id": location_id, "start": start, "end": end, "now": now}
    rows = await _with_money(database, SitePeriod, _SITE, values)
    if not rows:
        raise NotFound(f"There is no site {location_id}.", station_id=location_id)
    return rows[0]


async def dashboard_day(
    database: Database, day: date | None = None, *, now: datetime
) -> DashboardDay:
    """All chargers on `day` (None: today in Korea)."""
    today = _today(now, DEFAULT_ZONE)
    day = day or today
    places = await chargers(database)
    numbers = await kpis.numbers(database, now)
    main = numbers.currency
    sums = (await fetch_dicts(database, _ALL, {"day": day, "now": now, "currency": main}))[0]
    energy, revenue = sums["delivered_wh"], sums["billed"]
    other_revenue = money_of(sums["billed_otherwise"])
    if day == today:
        energy = Decimal(numbers.values["energy_today_wh"] or 0)
        revenue = Decimal(numbers.values["revenue_today"] or 0)
        other_revenue = numbers.other_revenue
    return DashboardDay(
        day=day,
        sites=sums["sites"],
        chargers=len(places),
        statuses={word: sum(place.status == word for place in places) for word in ChargerStatus},
        sum=DaySum(
            day=day,
            sessions=sums["sessions"],
            energy_wh=sums["energy_wh"],
            revenue=sums["revenue"],
            other_revenue=money_of(sums["other_revenue"]),
            busy_s=sums["busy_s"],
        ),
        energy_today_wh=energy,
        currency=main,
        revenue_today=revenue,
        other_revenue_today=other_revenue,
        utilisation_percent=float(numbers.values["utilisation_percent"] or 0),
        time_utilisation_percent=sums["time_utilisation_percent"],
        hours=tuple(await _with_money(database, Hour, _HOURS, {"day": day, "currency": main})),
    )


async def time_utilisation_today(database: Database, now: datetime) -> float:
    """Charging time of all possible time of today so far, of all chargers, in percent: `DashboardDay`'s own number."""
    values = {"day": _today(now, DEFAULT_ZONE), "now": now}
    share: float = (await fetch_dicts(database, _TIME_SHARE, values))[0]["time_utilisation_percent"]
    return share


async def zone_of_site(database: Database, location_id: str | None) -> str:
    """The time zone of a site; Korea's if none is named or known."""
    rows = await fetch_dicts(
        database, "SELECT time_zone FROM location WHERE id = %(id)s", {"id": location_id}
    )
    return rows[0]["time_zone"] if rows else DEFAULT_ZONE


def _today(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


async def _charger(database: Database, station_id: str) -> dict[str, Any]:
    real_id = await resolve(database, station_id, even_retired=True)
    return (await fetch_dicts(database, _CHARGER, {"id": real_id}))[0]


async def _days(
    database: Database, station_id: str, start: date, end: date, now: datetime
) -> list[DaySum]:
    values = {"id": station_id, "start": start, "end": end, "now": now}
    return await _with_money(database, DaySum, _DAYS, values)


async def _with_money(
    database: Database, shape: type[T], sql: str, values: dict[str, Any]
) -> list[T]:
    rows = await fetch_dicts(database, sql, values)
    return [shape(**{**row, "other_revenue": money_of(row["other_revenue"])}) for row in rows]


_CHARGER = """
SELECT s.id, coalesce(l.time_zone, 'Asia/Seoul') AS zone, coalesce(t.currency, 'KRW') AS currency
FROM station s
LEFT JOIN location l ON l.id = s.location_id
LEFT JOIN tariff t ON t.id = coalesce(s.tariff_id, l.tariff_id)
WHERE s.id = %(id)s
"""

_BUSY = "extract(epoch FROM coalesce(t.ended_at, greatest(%(now)s::timestamptz, t.started_at)) - t.started_at)"

_DAYS = f"""
WITH place AS ({_CHARGER}),
calendar AS (
    SELECT day::date, day AT TIME ZONE zone AS begins,
           (day + interval '1 day') AT TIME ZONE zone AS ends, place.*
    FROM place, generate_series(%(start)s::date::timestamp, %(end)s::date, interval '1 day') AS day
)
SELECT day, count(t.id) AS sessions, coalesce(sum(t.energy_wh), 0) AS energy_wh,
       coalesce(sum(t.cost) FILTER (WHERE t.currency = c.currency), 0) AS revenue,
       {OTHER_MONEY.format(row="t", main="c.currency")} AS other_revenue,
       coalesce(sum({_BUSY}), 0)::float8 AS busy_s
FROM calendar c
LEFT JOIN "transaction" t ON t.station_id = c.id AND t.started_at >= c.begins
    AND t.started_at < c.ends
GROUP BY day ORDER BY day
"""

_SITE = f"""
WITH place AS (
    SELECT l.id, coalesce(f.currency, 'KRW') AS currency,
           %(start)s::date::timestamp AT TIME ZONE l.time_zone AS begins,
           (%(end)s::date + 1)::timestamp AT TIME ZONE l.time_zone AS ends
    FROM location l LEFT JOIN tariff f ON f.id = l.tariff_id
    WHERE l.id = %(id)s AND l.retired_at IS NULL
)
SELECT p.id AS location_id, %(start)s::date AS start, %(end)s::date AS "end",
       (SELECT count(*) FROM station s WHERE s.location_id = p.id AND s.retired_at IS NULL) AS chargers,
       count(t.id) AS sessions, coalesce(sum(t.energy_wh), 0) AS energy_wh,
       coalesce(sum(t.cost) FILTER (WHERE t.currency = p.currency), 0) AS revenue,
       {OTHER_MONEY.format(row="t", main="p.currency")} AS other_revenue, p.currency
FROM place p
LEFT JOIN station s ON s.location_id = p.id
LEFT JOIN "transaction" t ON t.station_id = s.id AND t.started_at >= p.begins
    AND t.started_at < p.ends
GROUP BY p.id, p.currency
"""

_ZONED = """
day AS (
    SELECT s.id, s.registration, s.retired_at, %(day)s::date::timestamp AT TIME ZONE zone AS begins,
           (%(day)s::date + 1)::timestamp AT TIME ZONE zone AS ends, zone
    FROM station s LEFT JOIN location l ON l.id = s.location_id
    CROSS JOIN LATERAL (SELECT coalesce(l.time_zone, 'Asia/Seoul') AS zone) z
)
"""

_MAIN = "%(currency)s::text"
_OTHERS = OTHER_MONEY.format(row="t", main=_MAIN)

_USE = f"""
used AS (
    SELECT sum(greatest(0, extract(epoch FROM
               least(coalesce(t.ended_at, %(now)s::timestamptz), d.ends)
               - greatest(t.started_at, d.begins)))) AS used_s
    FROM day d JOIN "transaction" t ON t.station_id = d.id AND t.started_at < d.ends
        AND (t.ended_at IS NULL OR t.ended_at > d.begins)
    WHERE d.registration = 'accepted' AND d.retired_at IS NULL
),
possible AS (
    SELECT sum(greatest(0, extract(epoch FROM
               least(s.ends, %(now)s::timestamptz) - s.begins)) * {EVSES}) AS possible_s
    FROM day s WHERE registration = 'accepted' AND retired_at IS NULL
)
"""
_SHARE = "coalesce(100 * used_s / nullif(possible_s, 0), 0)::float8 AS time_utilisation_percent"
"""Charging time of all accepted chargers' EVSEs, of all of it that is possible in the day so far."""

_TIME_SHARE = f"WITH {_ZONED}, {_USE} SELECT {_SHARE} FROM used, possible"

_ALL = f"""
WITH {_ZONED},
begun AS (
    SELECT count(t.id) AS sessions, coalesce(sum(t.energy_wh), 0) AS energy_wh,
           coalesce(sum(t.cost) FILTER (WHERE t.currency = {_MAIN}), 0) AS revenue,
           {_OTHERS} AS other_revenue,
           coalesce(sum({_BUSY}), 0)::float8 AS busy_s
    FROM day d JOIN "transaction" t ON t.station_id = d.id AND t.started_at >= d.begins
        AND t.started_at < d.ends
),
billed AS (
    SELECT coalesce(sum(t.cost) FILTER (WHERE t.currency = {_MAIN}), 0) AS billed,
           {_OTHERS} AS billed_otherwise
    FROM day d JOIN "transaction" t ON t.station_id = d.id AND t.ended_at >= d.begins
        AND t.ended_at < d.ends
    WHERE t.ended_at >= (SELECT min(begins) FROM day)
),
delivered AS (
    SELECT coalesce(sum(h.energy_wh), 0) AS delivered_wh
    FROM day d JOIN energy_hour h ON h.station_id = d.id AND h.hour >= d.begins AND h.hour < d.ends
),
{_USE}
SELECT begun.*, billed.*, delivered.delivered_wh,
       {_SHARE},
       (SELECT count(*) FROM location WHERE retired_at IS NULL) AS sites
FROM begun, billed, delivered, used, possible
"""

_HOURS = f"""
WITH {_ZONED},
energy AS (
    SELECT extract(hour FROM h.hour AT TIME ZONE d.zone)::int AS hour, sum(h.energy_wh) AS energy_wh
    FROM day d JOIN energy_hour h ON h.station_id = d.id AND h.hour >= d.begins AND h.hour < d.ends
    GROUP BY 1
),
begun AS (
    SELECT extract(hour FROM t.started_at AT TIME ZONE d.zone)::int AS hour, count(*) AS sessions,
           coalesce(sum(t.cost) FILTER (WHERE t.currency = {_MAIN}), 0) AS revenue,
           {_OTHERS} AS other_revenue
    FROM day d JOIN "transaction" t ON t.station_id = d.id AND t.started_at >= d.begins
        AND t.started_at < d.ends
    GROUP BY 1
)
SELECT hour, energy_wh, coalesce(sessions, 0) AS sessions, coalesce(revenue, 0) AS revenue,
       other_revenue
FROM generate_series(0, 23) AS hour
LEFT JOIN energy USING (hour) LEFT JOIN begun USING (hour)
ORDER BY hour
"""

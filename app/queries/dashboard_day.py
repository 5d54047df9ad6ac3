"""All chargers on one day, and how much of the time that they could have charged they did.

Days, sessions and money are those of `app.queries.statistics`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.queries import kpis
from app.queries.geo import ChargerStatus, chargers
from app.queries.money import OTHER_MONEY, Money, money_of
from app.queries.rows import fetch_dicts
from app.queries.statistics import BUSY, DEFAULT_ZONE, DaySum, today_in, with_money
from app.queries.status import EVSES
from app.store.database import Database


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


async def dashboard_day(
    database: Database, day: date | None = None, *, now: datetime
) -> DashboardDay:
    """All chargers on `day` (None: today in Korea)."""
    today = today_in(now, DEFAULT_ZONE)
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
        hours=tuple(await with_money(database, Hour, _HOURS, {"day": day, "currency": main})),
    )


async def time_utilisation_today(database: Database, now: datetime) -> float:
    """Charging time of all possible time of today so far, of all chargers, in percent: `DashboardDay`'s own number."""
    values = {"day": today_in(now, DEFAULT_ZONE), "now": now}
    share: float = (await fetch_dicts(database, _TIME_SHARE, values))[0]["time_utilisation_percent"]
    return share


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
           coalesce(sum({BUSY}), 0)::float8 AS busy_s
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

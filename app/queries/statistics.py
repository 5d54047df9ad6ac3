"""Sessions, energy and money by day: of one charger, of one site. Of all together: `app.queries.dashboard_day`.

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
from app.queries.money import OTHER_MONEY, Money, added, money_of
from app.queries.rows import T, fetch_dicts
from app.queries.stations import resolve
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


async def charger_day(
    database: Database, station_id: str, day: date | None, *, now: datetime
) -> tuple[str, DaySum]:
    """A charger's own id and its day (None: today, at its site). Aliases resolve. Raises StationNotFound."""
    place = await _charger(database, station_id)
    wanted = day or today_in(now, place["zone"])
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
    rows = await with_money(database, SitePeriod, _SITE, values)
    if not rows:
        raise NotFound(f"There is no site {location_id}.", station_id=location_id)
    return rows[0]


async def zone_of_site(database: Database, location_id: str | None) -> str:
    """The time zone of a site; Korea's if none is named or known."""
    rows = await fetch_dicts(
        database, "SELECT time_zone FROM location WHERE id = %(id)s", {"id": location_id}
    )
    return rows[0]["time_zone"] if rows else DEFAULT_ZONE


def today_in(now: datetime, zone: str) -> date:
    """The day that it is in a time zone."""
    return now.astimezone(ZoneInfo(zone)).date()


async def _charger(database: Database, station_id: str) -> dict[str, Any]:
    real_id = await resolve(database, station_id, even_retired=True)
    return (await fetch_dicts(database, _CHARGER, {"id": real_id}))[0]


async def _days(
    database: Database, station_id: str, start: date, end: date, now: datetime
) -> list[DaySum]:
    values = {"id": station_id, "start": start, "end": end, "now": now}
    return await with_money(database, DaySum, _DAYS, values)


async def with_money(
    database: Database, shape: type[T], sql: str, values: dict[str, Any]
) -> list[T]:
    """Rows of `shape`, which has `other_revenue` as money."""
    rows = await fetch_dicts(database, sql, values)
    return [shape(**{**row, "other_revenue": money_of(row["other_revenue"])}) for row in rows]


_CHARGER = """
SELECT s.id, coalesce(l.time_zone, 'Asia/Seoul') AS zone, coalesce(t.currency, 'KRW') AS currency
FROM station s
LEFT JOIN location l ON l.id = s.location_id
LEFT JOIN tariff t ON t.id = coalesce(s.tariff_id, l.tariff_id)
WHERE s.id = %(id)s
"""

BUSY = "extract(epoch FROM coalesce(t.ended_at, greatest(%(now)s::timestamptz, t.started_at)) - t.started_at)"
"""How long a session (`t`) has run, in s."""

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
       coalesce(sum({BUSY}), 0)::float8 AS busy_s
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

"""Where most happens: energy, money, sessions or use by charger in some days of its site, for a heatmap.

All of it is computed in PostGIS.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.stations import StationCategory
from app.queries.geo import conditions_of
from app.queries.rows import fetch
from app.queries.status import EVSES
from app.store.database import Database


class Weight(StrEnum):
    """What makes a place hot."""

    ENERGY = "energy"
    REVENUE = "revenue"
    SESSIONS = "sessions"
    UTILISATION = "utilisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """How much happened at one charger in a period of days of its site.

    Energy, revenue (in `currency`) and sessions are those of the sessions that began in the period, `busy_s` is the
    time within it in which sessions ran, `utilisation` that time's share of the period so far of all its EVSEs (0 to
    1). `value` is the one of them that was asked for, `intensity` its share of the greatest `value` (0 to 1).
    """

    station_id: str
    name: str
    location_id: str | None
    location_name: str | None
    lat: float
    lon: float
    energy_wh: Decimal
    revenue: Decimal
    currency: str
    sessions: int
    busy_s: float
    utilisation: float
    value: float
    intensity: float


async def read(
    database: Database,
    start: date,
    end: date,
    weight: Weight = Weight.ENERGY,
    *,
    now: datetime,
    location_id: str | None = None,
    category: StationCategory | None = None,
) -> list[Heat]:
    """What happened from the day `start` to the day `end`, both included, hottest first.

    Chargers without a place, or at which `weight` is nothing, are left out.
    """
    conditions, values = conditions_of(location_id, category, "s")
    values |= {"start": start, "end": end, "weight": weight.value, "now": now}
    return await fetch(
        database, Heat, _HEAT.format(where=" AND ".join(conditions), evses=EVSES), values
    )


_HEAT = """
WITH place AS (
    SELECT s.id AS station_id, coalesce(s.name, s.id) AS name, s.location_id,
           l.name AS location_name, coalesce(s.position, l.position) AS position,
           coalesce(f.currency, 'KRW') AS currency, {evses} AS evses,
           %(start)s::date::timestamp AT TIME ZONE coalesce(l.time_zone, 'Asia/Seoul') AS begins,
           (%(end)s::date + 1)::timestamp AT TIME ZONE coalesce(l.time_zone, 'Asia/Seoul') AS ends
    FROM station s
    LEFT JOIN location l ON l.id = s.location_id
    LEFT JOIN tariff f ON f.id = coalesce(s.tariff_id, l.tariff_id)
    WHERE coalesce(s.position, l.position) IS NOT NULL AND {where}
),
period AS MATERIALIZED (
    SELECT *, extract(epoch FROM greatest(least(ends, %(now)s::timestamptz) - begins, '0'))::float8
        AS length_s
    FROM place
),
sums AS (
    SELECT p.*, t.*
    FROM period p CROSS JOIN LATERAL (
        SELECT coalesce(sum(energy_wh) FILTER (WHERE started_at >= begins), 0) AS energy_wh,
               coalesce(sum(cost) FILTER (
                   WHERE started_at >= begins AND currency = p.currency), 0) AS revenue,
               count(*) FILTER (WHERE started_at >= begins) AS sessions,
               coalesce(sum(greatest(0, extract(epoch FROM
                   least(coalesce(ended_at, %(now)s::timestamptz), ends)
                   - greatest(started_at, begins)))), 0)::float8 AS busy_s
        FROM "transaction"
        WHERE station_id = p.station_id AND started_at < p.ends
          AND (ended_at IS NULL OR ended_at > p.begins OR started_at >= p.begins)
    ) t
),
weighed AS (
    SELECT *, coalesce(busy_s / nullif(length_s * evses, 0), 0) AS utilisation FROM sums
),
valued AS (
    SELECT *, (CASE %(weight)s::text
        WHEN 'energy' THEN energy_wh
        WHEN 'revenue' THEN revenue
        WHEN 'sessions' THEN sessions
        ELSE utilisation END)::float8 AS value
    FROM weighed
)
SELECT station_id, name, location_id, location_name, ST_Y(position) AS lat, ST_X(position) AS lon,
       energy_wh, revenue, currency, sessions, busy_s, utilisation, value,
       value / max(value) OVER () AS intensity
FROM valued WHERE value > 0
ORDER BY value DESC, station_id
"""

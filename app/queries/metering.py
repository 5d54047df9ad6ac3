"""Meter readings as curves, and energy by the hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.queries.rows import fetch, fetch_dicts
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """A session at one moment. `energy_wh` since its start; `offered_w` what the station was allowed to give."""

    at: datetime
    power_w: float | None
    energy_wh: float | None
    soc_percent: float | None
    offered_w: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """One reading as it was reported, in base units. `energy_wh` is the register.

    `suspect`: why it is not billed (decreasing, jumping, late, doubled). `signed`: signed values, untouched.
    """

    measured_at: datetime
    context: str
    evse_id: int
    energy_wh: Decimal | None
    power_w: float | None
    current_a: float | None
    voltage_v: float | None
    soc_percent: float | None
    temperature_c: float | None
    offered_w: float | None
    other: Any
    suspect: str | None
    signed: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class HourEnergy:
    """Energy of one hour. None: no readings, which is not the same as no energy. `partial`: it is not over."""

    hour: datetime
    energy_wh: float | None
    partial: bool


async def session_curve(
    database: Database, transaction_id: int, points: int = 240
) -> list[CurvePoint]:
    """At most `points` points of a session, by time: each the mean power and the last register of its stretch."""
    return await fetch(database, CurvePoint, _CURVE, {"id": transaction_id, "points": points})


async def samples(
    database: Database, transaction_id: int, limit: int = 1000, after: datetime | None = None
) -> list[SampleRow]:
    """The readings of a transaction, oldest first; the next page is `after` the last moment of this one.

    All readings of the last moment are there, so they may be a few more than `limit`.
    """
    values = {"id": transaction_id, "limit": limit, "after": after}
    return await fetch(database, SampleRow, _SAMPLES, values)


async def newest_samples(
    database: Database, transaction_id: int, limit: int
) -> tuple[list[SampleRow], int]:
    """The last readings of a transaction, newest first; and how many it has in all."""
    values = {"id": transaction_id, "limit": limit}
    rows = await fetch(database, SampleRow, _NEWEST, values)
    return rows, (await fetch_dicts(database, _COUNT, values))[0]["samples"]


async def hourly_energy(
    database: Database,
    now: datetime,
    hours: int = 24,
    location_id: str | None = None,
    station_ids: Sequence[str] | None = None,
) -> list[HourEnergy]:
    """The last `hours` hours of the site's clock, the present one last, from the hourly sums.

    Always exactly `hours` entries; those without a reading have None. `station_ids`: only theirs.
    """
    values: dict[str, Any] = {"now": now, "hours": hours, "location_id": location_id}
    narrowed = _AT_LOCATION if location_id else ""
    if station_ids is not None:
        values["ids"] = list(station_ids)
        narrowed += _OF_STATIONS
    return await fetch(database, HourEnergy, _HOURS.format(where=narrowed), values)


# A session's samples are found by the primary key: its station, any of the station's EVSEs (a late Started may have
# moved the session to another one), its time with a margin for clocks that differ.
_OF_SESSION = """
FROM "transaction" t
JOIN meter_sample m ON m.station_id = t.station_id
    AND m.evse_id = ANY(ARRAY(
        SELECT evse_id FROM evse_state WHERE station_id = t.station_id UNION SELECT t.evse_id))
    AND m.measured_at >= t.started_at - interval '1 hour'
    AND m.measured_at <= coalesce(t.ended_at + interval '1 hour', 'infinity')
    AND m.transaction_id = t.id
WHERE t.id = %(id)s
"""

_CURVE = f"""
SELECT max(measured_at) AS at, avg(power_w) AS power_w,
       (max(register_wh) - min(start_wh))::float8 AS energy_wh,
       (array_agg(soc_percent ORDER BY measured_at DESC)
            FILTER (WHERE soc_percent IS NOT NULL))[1] AS soc_percent,
       avg(offered_w) AS offered_w
FROM (
    SELECT m.measured_at, m.power_w, m.soc_percent, m.offered_w, t.meter_start_wh AS start_wh,
           CASE WHEN m.suspect IS NULL THEN m.energy_wh END AS register_wh,
           ntile(%(points)s) OVER (ORDER BY m.measured_at) AS stretch
    {_OF_SESSION}
) sample
GROUP BY stretch ORDER BY 1
"""

_READINGS = f"""
SELECT m.measured_at, m.context, m.evse_id, m.energy_wh, m.power_w, m.current_a, m.voltage_v,
       m.soc_percent, m.temperature_c, m.offered_w, m.other,
       m.suspect, m.signed
{_OF_SESSION}
"""

_NEWEST = f"{_READINGS} ORDER BY m.measured_at DESC, m.context DESC LIMIT %(limit)s"

_COUNT = f"SELECT count(*) AS samples {_OF_SESSION}"

_SAMPLES = f"""
SELECT * FROM ({_READINGS}
  AND (%(after)s::timestamptz IS NULL OR m.measured_at > %(after)s::timestamptz)
ORDER BY m.measured_at FETCH FIRST (%(limit)s) ROWS WITH TIES) page
ORDER BY measured_at, context, evse_id
"""

_AT_LOCATION = "JOIN station s ON s.id = e.station_id AND s.location_id = %(location_id)s"

_OF_STATIONS = " JOIN unnest(%(ids)s::text[]) AS wanted (id) ON wanted.id = e.station_id"

_HOURS = """
WITH place AS (
    SELECT coalesce((SELECT time_zone FROM location WHERE id = %(location_id)s::text), 'Asia/Seoul')
        AS zone
),
clock AS (
    SELECT date_trunc('hour', %(now)s::timestamptz AT TIME ZONE zone) AT TIME ZONE zone AS current
    FROM place
),
hour AS (
    SELECT current - back * interval '1 hour' AS hour, back = 0 AS partial
    FROM clock, generate_series(0, %(hours)s::int - 1) AS back
),
sum AS (
    SELECT date_bin('1 hour', e.hour, current) AS hour, sum(e.energy_wh) AS energy_wh
    FROM clock, energy_hour e {where}
    WHERE e.hour > current - %(hours)s::int * interval '1 hour'
      AND e.hour < current + interval '1 hour'
    GROUP BY 1
)
SELECT hour.hour, sum.energy_wh::float8 AS energy_wh, hour.partial
FROM hour LEFT JOIN sum USING (hour) ORDER BY hour.hour
"""

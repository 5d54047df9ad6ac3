"""Hourly sums of the meter samples, brought up to date by what has come since the last time.

`session_hour` holds what one transaction did in one hour of its site's clock; `energy_hour` is the sum of it per
station. Registers and powers are kept as least and greatest, so looking at a sample again changes nothing; counts and
means count each sample once, by when it was recorded (a station's samples are recorded one after the other). So only
new samples are read, and a late one still corrects its hour and the one after it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection

OVERLAP = timedelta(seconds=30)
"""A sample is dated by the begin of its transaction and seen after its commit: so far back is looked each time."""

FAR_BACK = timedelta(hours=2)
"""And so far now and then, for what was stored while the database hardly moved."""

_JOB = "energy_hour"

_REACHED = "SELECT reached_at FROM watermark WHERE job = %s"

_REACH = """
INSERT INTO watermark (job, reached_at) VALUES (%s, %s)
ON CONFLICT (job) DO UPDATE SET reached_at = excluded.reached_at
"""

_ALONE = f"SELECT pg_advisory_xact_lock(hashtext('{_JOB}'))"
"""Of several processes, and of the two jobs that call this, one at a time: they touch the same rows."""

HOUR_OF_SAMPLE = """date_trunc('hour', m.measured_at - CASE m.context WHEN 'Sample.Clock'
            THEN interval '1 microsecond' ELSE interval '0' END, coalesce(l.time_zone, 'Asia/Seoul'))"""
"""The hour of a sample `m` at a location `l`: one that is aligned to the clock ends its stretch of time, so what it
tells on the stroke of an hour flowed in the hour before."""

_SUM_SESSIONS = """
INSERT INTO session_hour AS h (transaction_id, hour, station_id, first_wh, last_wh, min_power_w, max_power_w,
                               power_sum_w, powers, samples, counted_to)
SELECT transaction_id, hour, min(station_id), min(energy_wh), max(energy_wh), min(power_w), max(power_w),
       coalesce(sum(power_w) FILTER (WHERE uncounted), 0), count(power_w) FILTER (WHERE uncounted),
       count(*) FILTER (WHERE uncounted), max(recorded_at)
FROM (
    SELECT m.transaction_id, z.hour, m.station_id, m.energy_wh, m.power_w, m.recorded_at,
           known.counted_to IS NULL OR m.recorded_at > known.counted_to AS uncounted
    FROM meter_sample m
    JOIN transaction t ON t.id = m.transaction_id
    JOIN station s ON s.id = m.station_id
    LEFT JOIN location l ON l.id = s.location_id
    CROSS JOIN LATERAL (
        SELECT {hour} AS hour) z
    LEFT JOIN session_hour known ON known.transaction_id = m.transaction_id AND known.hour = z.hour
    WHERE m.recorded_at >= %(since)s AND m.suspect IS NULL {and_more}
) fresh
GROUP BY transaction_id, hour
ON CONFLICT (transaction_id, hour) DO UPDATE SET
    first_wh = least(h.first_wh, excluded.first_wh), last_wh = greatest(h.last_wh, excluded.last_wh),
    min_power_w = least(h.min_power_w, excluded.min_power_w),
    max_power_w = greatest(h.max_power_w, excluded.max_power_w),
    power_sum_w = h.power_sum_w + excluded.power_sum_w, powers = h.powers + excluded.powers,
    samples = h.samples + excluded.samples, counted_to = greatest(h.counted_to, excluded.counted_to)
WHERE excluded.samples > 0 OR excluded.last_wh > h.last_wh OR excluded.first_wh < h.first_wh
   OR excluded.max_power_w > h.max_power_w OR excluded.min_power_w < h.min_power_w
RETURNING transaction_id, hour
"""

_SUM_STATIONS = """
WITH changed AS (
    SELECT DISTINCT h.station_id, h.hour
    FROM unnest(%s::bigint[], %s::timestamptz[]) AS c(transaction_id, hour)
    JOIN session_hour h ON h.transaction_id = c.transaction_id AND h.hour >= c.hour
), part AS (
    SELECT h.*, greatest(0, h.last_wh - coalesce(
               (SELECT max(p.last_wh) FROM session_hour p
                WHERE p.transaction_id = h.transaction_id AND p.hour < h.hour),
               t.meter_start_wh, h.first_wh)) AS energy_wh
    FROM changed c
    JOIN session_hour h USING (station_id, hour)
    JOIN transaction t ON t.id = h.transaction_id
)
INSERT INTO energy_hour (station_id, hour, energy_wh, max_power_w, average_power_w, samples)
SELECT station_id, hour, coalesce(sum(energy_wh), 0), max(max_power_w), sum(power_sum_w) / nullif(sum(powers), 0),
       sum(samples)
FROM part GROUP BY station_id, hour
ON CONFLICT (station_id, hour) DO UPDATE SET
    energy_wh = excluded.energy_wh, max_power_w = excluded.max_power_w,
    average_power_w = excluded.average_power_w, samples = excluded.samples
"""


async def roll_up(connection: AsyncConnection[Any], now: datetime) -> int:
    """Bring the hourly sums up to `now`; how many hours of stations were made again. Harmless to repeat."""
    cursor = await connection.execute(_REACHED, (_JOB,))
    row = await cursor.fetchone()
    since = (row[0] if row else datetime.min.replace(year=2000, tzinfo=now.tzinfo)) - OVERLAP
    count = await roll_up_since(connection, since)
    await connection.execute(_REACH, (_JOB, now))
    return count


async def look_again(connection: AsyncConnection[Any], now: datetime) -> int:
    """Sum what was seen too late to be summed; how many hours of stations were made again."""
    return await roll_up_since(connection, now - FAR_BACK)


async def roll_up_since(connection: AsyncConnection[Any], since: datetime) -> int:
    """Sum what was recorded since a moment; how many hours of stations were made again."""
    await connection.execute(_ALONE)
    cursor = await connection.execute(
        _SUM_SESSIONS.format(hour=HOUR_OF_SAMPLE, and_more=""), {"since": since}
    )
    return await sum_stations(connection, await cursor.fetchall())


async def roll_up_station(
    connection: AsyncConnection[Any], since: datetime, station_id: str
) -> int:
    """The same for one station, found by its key."""
    await connection.execute(_ALONE)
    statement = _SUM_SESSIONS.format(hour=HOUR_OF_SAMPLE, and_more="AND m.station_id = %(station)s")
    cursor = await connection.execute(statement, {"since": since, "station": station_id})
    return await sum_stations(connection, await cursor.fetchall())


async def sum_stations(
    connection: AsyncConnection[Any], changed: Sequence[tuple[int, datetime]]
) -> int:
    """Sum up anew the stations' hours from these hours of transactions on; how many were made."""
    if not changed:
        return 0
    made = await connection.execute(_SUM_STATIONS, tuple(map(list, zip(*changed, strict=True))))
    return made.rowcount

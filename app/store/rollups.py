"""Hourly sums of the meter samples, made again for every hour that new samples touched."""

from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection

OVERLAP = timedelta(minutes=2)
"""A sample is dated by the begin of its transaction and seen after its commit: so far back is looked again."""

_JOB = "energy_hour"

_REACHED = "SELECT reached_at FROM watermark WHERE job = %s"

_REACH = """
INSERT INTO watermark (job, reached_at) VALUES (%s, %s)
ON CONFLICT (job) DO UPDATE SET reached_at = excluded.reached_at
"""

_ROLL_UP = """
WITH touched AS (
    SELECT DISTINCT m.station_id, date_trunc('hour', m.measured_at, coalesce(l.time_zone, 'UTC')) AS hour
    FROM meter_sample m
    JOIN station s ON s.id = m.station_id
    LEFT JOIN location l ON l.id = s.location_id
    WHERE m.recorded_at >= %(since)s AND m.transaction_id IS NOT NULL
), steps AS (
    SELECT h.station_id, h.hour, m.power_w,
           greatest(0, m.energy_wh - coalesce(
               lag(m.energy_wh) OVER (PARTITION BY h.station_id, h.hour, m.transaction_id
                                      ORDER BY m.measured_at, m.energy_wh),
               (SELECT p.energy_wh FROM meter_sample p
                WHERE p.station_id = m.station_id AND p.evse_id = m.evse_id AND p.transaction_id = m.transaction_id
                  AND p.measured_at < h.hour AND p.measured_at >= t.started_at AND p.energy_wh IS NOT NULL
                  AND p.suspect IS NULL
                ORDER BY p.measured_at DESC LIMIT 1),
               t.meter_start_wh, m.energy_wh)) AS step_wh
    FROM touched h
    JOIN meter_sample m ON m.station_id = h.station_id
        AND m.measured_at >= h.hour AND m.measured_at < h.hour + interval '1 hour' AND m.suspect IS NULL
    JOIN transaction t ON t.id = m.transaction_id
)
INSERT INTO energy_hour (station_id, hour, energy_wh, max_power_w, average_power_w, samples)
SELECT station_id, hour, coalesce(sum(step_wh), 0), max(power_w), avg(power_w), count(*)
FROM steps GROUP BY station_id, hour
ON CONFLICT (station_id, hour) DO UPDATE SET
    energy_wh = excluded.energy_wh, max_power_w = excluded.max_power_w,
    average_power_w = excluded.average_power_w, samples = excluded.samples
"""


async def roll_up(connection: AsyncConnection[Any], now: datetime) -> int:
    """Bring `energy_hour` up to `now`; how many hours of stations were made again. Harmless to repeat."""
    cursor = await connection.execute(_REACHED, (_JOB,))
    row = await cursor.fetchone()
    since = (row[0] if row else datetime.min.replace(year=2000, tzinfo=now.tzinfo)) - OVERLAP
    made = await connection.execute(_ROLL_UP, {"since": since})
    count = made.rowcount
    await connection.execute(_REACH, (_JOB, now))
    return count

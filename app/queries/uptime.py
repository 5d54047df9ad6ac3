"""How much of the time stations worked, as it was measured: connected, and no connector of theirs faulted.

Made of `connection_history` and `status_history`. What lies before a station's first connection that is known of is
not measured, nor what lies between the end of a simulated past and its first real connection: it counts neither way;
where nothing was measured, the answer is None, never 100.
"""

from dataclasses import dataclass
from datetime import datetime

from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime:
    """A period of a station. `measured_s` of it are known about; `online_s` connected, `faulted_s` faulted,
    `up_s` connected and not faulted. `faults`: how often a connector fell into Faulted."""

    station_id: str
    measured_s: float
    online_s: float
    faulted_s: float
    up_s: float
    faults: int

    @property
    def percent(self) -> float | None:
        """Share of the measured time; None where nothing was measured."""
        return 100 * self.up_s / self.measured_s if self.measured_s > 0 else None


async def by_station(database: Database, since: datetime, until: datetime) -> list[Uptime]:
    """Every station of which anything was measured between `since` and `until` (in the past), by id."""
    return await fetch(database, Uptime, _BY_STATION, {"since": since, "until": until})


def _seconds(ranges: str) -> str:
    return (
        "(SELECT coalesce(sum(extract(epoch FROM upper(r) - lower(r))), 0)::float8"
        f" FROM unnest({ranges}) AS r)"
    )


# The stretches of a period: what changed in it, and how things stood when it began.
_TIMES = """
WITH place AS (
    SELECT id FROM station WHERE retired_at IS NULL
),
connection AS (
    SELECT p.id AS station_id, h.at, h.online, h.simulated
    FROM place p JOIN connection_history h ON h.station_id = p.id
        AND h.at >= %(since)s AND h.at < %(until)s
    UNION ALL
    SELECT p.id, h.at, h.online, h.simulated
    FROM place p CROSS JOIN LATERAL (
        SELECT at, online, simulated FROM connection_history
        WHERE station_id = p.id AND at < %(since)s ORDER BY at DESC, id DESC LIMIT 1) h
),
stretch AS (
    SELECT station_id, online, greatest(at, %(since)s::timestamptz) AS begins,
           lead(at, 1, %(until)s::timestamptz) OVER (PARTITION BY station_id ORDER BY at) AS ends,
           simulated AND NOT online AND NOT EXISTS (
               SELECT FROM connection_history later
               WHERE later.station_id = c.station_id AND later.at > c.at AND later.simulated
           ) AS unknown  -- from the end of a simulated past on
    FROM connection c
),
online AS (
    SELECT station_id, sum(extract(epoch FROM ends - begins))::float8 AS measured_s,
           coalesce(range_agg(tstzrange(begins, ends)) FILTER (WHERE online AND begins < ends), '{}')
               AS times
    FROM stretch WHERE NOT unknown GROUP BY station_id
),
-- Only what says Faulted, and what came next and before on its connector: the many other changes need not be sorted.
said AS (
    SELECT h.id, h.station_id, h.evse_id, h.connector_id, h.at
    FROM place p JOIN status_history h ON h.station_id = p.id
        AND h.at >= %(since)s AND h.at < %(until)s AND h.status = 'Faulted'
    UNION ALL
    SELECT h.id, c.station_id, c.evse_id, c.connector_id, h.at
    FROM place p JOIN connector_state c ON c.station_id = p.id CROSS JOIN LATERAL (
        SELECT id, at, status FROM status_history
        WHERE station_id = c.station_id AND evse_id = c.evse_id
          AND connector_id = c.connector_id AND at < %(since)s
        ORDER BY at DESC, id DESC LIMIT 1) h
    WHERE h.status = 'Faulted'
),
spell AS (
    SELECT s.station_id, s.at, greatest(s.at, %(since)s::timestamptz) AS begins,
           coalesce(after.at, %(until)s::timestamptz) AS ends, earlier.status AS before
    FROM said s
    CROSS JOIN LATERAL (
        SELECT CASE WHEN EXISTS (
            SELECT FROM status_history
            WHERE station_id = s.station_id AND evse_id = s.evse_id
              AND connector_id = s.connector_id AND at = s.at AND id > s.id
        ) THEN s.at ELSE (
            SELECT min(at) FROM status_history
            WHERE station_id = s.station_id AND evse_id = s.evse_id
              AND connector_id = s.connector_id AND at > s.at AND at < %(until)s
        ) END AS at) after
    LEFT JOIN LATERAL (
        SELECT status FROM status_history
        WHERE station_id = s.station_id AND evse_id = s.evse_id AND connector_id = s.connector_id
          AND at <= s.at AND (at, id) < (s.at, s.id)
        ORDER BY at DESC, id DESC LIMIT 1) earlier ON true
),
fault AS (
    SELECT station_id,
           coalesce(range_agg(tstzrange(begins, ends)) FILTER (WHERE begins < ends), '{}') AS times,
           array_agg(at) FILTER (WHERE at >= %(since)s AND before IS DISTINCT FROM 'Faulted')
               AS began
    FROM spell GROUP BY station_id
),
known AS (
    SELECT o.station_id, o.measured_s, o.times AS online, coalesce(f.times, '{}') AS faulted,
           o.times - coalesce(f.times, '{}') AS up, f.began
    FROM online o LEFT JOIN fault f USING (station_id)
)
"""

_BY_STATION = f"""{_TIMES}
SELECT station_id,
       measured_s,
       {_seconds("online")} AS online_s, {_seconds("faulted")} AS faulted_s, {_seconds("up")} AS up_s,
       coalesce(cardinality(began), 0) AS faults
FROM known WHERE measured_s > 0 ORDER BY station_id
"""

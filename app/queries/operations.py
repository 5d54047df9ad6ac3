"""What a control room looks at: what the fleet can draw, who delivers most, what runs now, what has just ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain.stations import DisplayStatus
from app.queries.rows import fetch, fetch_dicts
from app.queries.status import display_status_sql
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class TopCharger:
    """A charger by the energy that it delivered in a period. `share`: of the first one's, 0 to 100."""

    station_id: str
    name: str
    location_name: str | None
    location_name_en: str | None
    status: DisplayStatus
    power_w: float | None
    max_power_w: float
    energy_wh: Decimal
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSession:
    """A session that runs, as it was last heard of at `updated_at`."""

    id: int
    station_id: str
    name: str
    location_name: str | None
    location_name_en: str | None
    time_zone: str
    evse_id: int
    charging_state: str | None
    id_token: str | None
    started_at: datetime
    updated_at: datetime
    online: bool
    power_w: float | None
    max_power_w: float
    energy_wh: Decimal
    cost: Decimal | None
    currency: str | None
    soc_percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedSession:
    """A session that has ended."""

    id: int
    station_id: str
    name: str
    location_name: str | None
    location_name_en: str | None
    time_zone: str
    id_token: str | None
    started_at: datetime
    ended_at: datetime
    duration_s: float
    energy_wh: Decimal
    cost: Decimal | None
    currency: str | None
    stop_reason: str | None
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Temperature:
    """The hottest charger among those that tell their temperature; `stations`: how many do."""

    station_id: str
    name: str
    celsius: float
    measured_at: datetime
    stations: int


async def capacity_w(database: Database, station_ids: Sequence[str] | None = None) -> float | None:
    """What the accepted chargers (or `station_ids` of them) can draw together, in W: of each site the lesser of its
    chargers' power and its grid's limit. None: nothing is installed."""
    rows = await fetch_dicts(database, _CAPACITY, {"ids": _listed(station_ids)})
    watts = rows[0]["limit_w"]
    return float(watts) if watts else None


async def top_chargers(
    database: Database,
    since: datetime,
    station_ids: Sequence[str] | None = None,
    *,
    limit: int = 8,
) -> list[TopCharger]:
    """The chargers that delivered most energy since the beginning of the hour `since`, by the hourly sums."""
    values = {"since": since, "ids": _listed(station_ids), "limit": limit}
    return await fetch(database, TopCharger, _TOP, values)


async def running(
    database: Database, station_ids: Sequence[str] | None = None, *, limit: int = 15
) -> list[RunningSession]:
    """The sessions that run, those heard of last first."""
    return await fetch(
        database, RunningSession, _RUNNING, {"ids": _listed(station_ids), "limit": limit}
    )


async def ended(
    database: Database, station_ids: Sequence[str] | None = None, *, limit: int = 10
) -> list[EndedSession]:
    """The sessions that ended last."""
    return await fetch(
        database, EndedSession, _ENDED, {"ids": _listed(station_ids), "limit": limit}
    )


async def hottest(
    database: Database, now: datetime, station_ids: Sequence[str] | None = None
) -> Temperature | None:
    """The highest temperature that was told in the last 15 minutes of a running session; None: nobody tells one."""
    rows = await fetch(database, Temperature, _HOTTEST, {"now": now, "ids": _listed(station_ids)})
    return rows[0] if rows else None


def _listed(station_ids: Sequence[str] | None) -> Any:
    return None if station_ids is None else list(station_ids)


_WANTED = "s.retired_at IS NULL AND (%(ids)s::text[] IS NULL OR s.id = ANY(%(ids)s::text[]))"

_CAPACITY = f"""
SELECT sum(least(power_w, grid_limit_w)) AS limit_w FROM (
    SELECT sum(s.max_power_w) AS power_w, min(l.grid_limit_w) AS grid_limit_w
    FROM station s LEFT JOIN location l ON l.id = s.location_id
    WHERE s.registration = 'accepted' AND {_WANTED}
    GROUP BY coalesce(s.location_id, s.id), s.location_id IS NULL
) site
"""

_TOP = f"""
WITH delivered AS (
    SELECT h.station_id, sum(h.energy_wh) AS energy_wh
    FROM energy_hour h WHERE h.hour >= %(since)s GROUP BY h.station_id
),
station_now AS ({display_status_sql("e.power_w")})
SELECT s.id AS station_id, coalesce(s.name, s.id) AS name,
       l.name AS location_name, l.name_en AS location_name_en,
       n.status, n.power_w, s.max_power_w, d.energy_wh,
       (100 * d.energy_wh / max(d.energy_wh) OVER ())::float8 AS share
FROM delivered d
JOIN station s ON s.id = d.station_id
JOIN station_now n ON n.id = s.id
LEFT JOIN location l ON l.id = s.location_id
WHERE d.energy_wh > 0 AND {_WANTED}
ORDER BY d.energy_wh DESC, s.id LIMIT %(limit)s
"""

_RUNNING = f"""
SELECT t.id, t.station_id, coalesce(s.name, s.id) AS name,
       l.name AS location_name, l.name_en AS location_name_en,
       coalesce(l.time_zone, 'Asia/Seoul') AS time_zone, t.evse_id, t.charging_state, t.id_token,
       t.started_at, greatest(t.started_at, t.last_event_at, e.measured_at) AS updated_at,
       coalesce(ss.online, false) AS online, e.power_w, s.max_power_w, t.energy_wh, t.cost,
       t.currency, t.soc_percent
FROM "transaction" t
JOIN station s ON s.id = t.station_id
LEFT JOIN station_state ss ON ss.station_id = s.id
LEFT JOIN location l ON l.id = s.location_id
LEFT JOIN evse_state e ON e.station_id = t.station_id AND e.evse_id = t.evse_id
    AND e.transaction_id = t.id
WHERE t.ended_at IS NULL AND {_WANTED}
ORDER BY updated_at DESC, t.id DESC LIMIT %(limit)s
"""

_ENDED = f"""
SELECT t.id, t.station_id, coalesce(s.name, s.id) AS name,
       l.name AS location_name, l.name_en AS location_name_en,
       coalesce(l.time_zone, 'Asia/Seoul') AS time_zone, t.id_token, t.started_at, t.ended_at,
       extract(epoch FROM t.ended_at - t.started_at)::float8 AS duration_s, t.energy_wh, t.cost,
       t.currency, t.stop_reason,
       t.simulated
FROM "transaction" t
JOIN station s ON s.id = t.station_id
LEFT JOIN location l ON l.id = s.location_id
WHERE t.ended_at IS NOT NULL AND {_WANTED}
ORDER BY t.ended_at DESC, t.id DESC LIMIT %(limit)s
"""

_HOTTEST = f"""
WITH told AS (
    SELECT DISTINCT ON (s.id) s.id AS station_id, coalesce(s.name, s.id) AS name,
           m.temperature_c AS celsius, m.measured_at
    FROM "transaction" t
    JOIN station s ON s.id = t.station_id
    JOIN meter_sample m ON m.station_id = t.station_id AND m.evse_id = t.evse_id
        AND m.measured_at > %(now)s::timestamptz - interval '15 minutes'
        AND m.measured_at <= %(now)s::timestamptz + interval '5 minutes'
    WHERE t.ended_at IS NULL AND m.temperature_c IS NOT NULL AND {_WANTED}
    ORDER BY s.id, m.measured_at DESC
)
SELECT station_id, name, celsius, measured_at, count(*) OVER () AS stations
FROM told ORDER BY celsius DESC, station_id LIMIT 1
"""

"""What does not fit together: stations, connectors and sessions whose stored states contradict each other."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from app.queries.rows import fetch, fetch_dicts
from app.store.database import Database


class Anomaly(StrEnum):
    """A contradiction, worst first."""

    OFFLINE_OPEN = "offline_open"
    AVAILABLE_OPEN = "available_open"
    SILENT_OPEN = "silent_open"
    LOOSE_OPEN = "loose_open"
    FAULTED = "faulted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyRow:
    """One of them. `since`: for how long it has been so; `session`: our number of the open one; `heard_at`: of it."""

    kind: Anomaly
    station_id: str
    station_name: str
    time_zone: str
    online: bool
    evse_id: int
    connector_id: int
    since: datetime | None
    session: int | None
    transaction_id: str | None
    heard_at: datetime | None
    energy_wh: Decimal | None
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many stations are registered and accepted, how many of them are online, and how many sessions are open."""

    stations: int
    online: int
    open_sessions: int


async def counts(database: Database) -> Counts:
    """The figures over everything."""
    [found] = await fetch(database, Counts, _COUNTS, {})
    return found


async def anomalies(
    database: Database, now: datetime, silent: timedelta, limit: int = 200
) -> list[AnomalyRow]:
    """At most `limit`, worst kind first, oldest first. `silent`: no word of an open session for so long."""
    values = {"before": now - silent, "limit": limit}
    rows = await fetch_dicts(database, _ANOMALIES, values)
    return [AnomalyRow(**{**row, "kind": Anomaly(row["kind"])}) for row in rows]


async def stored_online(database: Database, limit: int) -> dict[str, bool]:
    """Of at most `limit` stations whether the database has them online."""
    rows = await fetch_dicts(database, _ONLINE, {"limit": limit})
    return {row["id"]: row["online"] for row in rows}


_COUNTS = """
SELECT count(*) AS stations, count(*) FILTER (WHERE ss.online) AS online,
       (SELECT count(*) FROM "transaction" WHERE ended_at IS NULL) AS open_sessions
FROM station s LEFT JOIN station_state ss ON ss.station_id = s.id
WHERE s.registration = 'accepted' AND s.retired_at IS NULL
"""

_ONLINE = """
SELECT s.id, coalesce(ss.online, false) AS online
FROM station s LEFT JOIN station_state ss ON ss.station_id = s.id
WHERE s.retired_at IS NULL ORDER BY ss.last_seen_at DESC NULLS LAST, s.id LIMIT %(limit)s
"""

# An open session stands under the first of its contradictions only: the worst explains the others.
_ANOMALIES = """
WITH place AS (
    SELECT s.id, coalesce(s.name, s.id) AS name, coalesce(l.time_zone, 'Asia/Seoul') AS time_zone,
           coalesce(ss.online, false) AS online, ss.disconnected_at
    FROM station s
    LEFT JOIN station_state ss ON ss.station_id = s.id
    LEFT JOIN location l ON l.id = s.location_id
    WHERE s.retired_at IS NULL
),
open AS (
    SELECT t.*, p.name, p.time_zone, p.online, p.disconnected_at, coalesce(t.last_event_at, t.started_at) AS heard_at,
           c.status AS told, c.status_at, e.transaction_id AS known
    FROM "transaction" t
    JOIN place p ON p.id = t.station_id
    LEFT JOIN connector_state c ON c.station_id = t.station_id AND c.evse_id = t.evse_id
        AND c.connector_id = t.connector_id
    LEFT JOIN evse_state e ON e.station_id = t.station_id AND e.evse_id = t.evse_id
    WHERE t.ended_at IS NULL
),
found AS (
    SELECT CASE WHEN NOT online THEN 'offline_open'
                WHEN told = 'Available' AND status_at > started_at THEN 'available_open'
                WHEN heard_at < %(before)s THEN 'silent_open'
                WHEN known IS DISTINCT FROM id THEN 'loose_open' END AS kind,
           station_id, name AS station_name, time_zone, online, evse_id, connector_id,
           CASE WHEN NOT online THEN coalesce(disconnected_at, heard_at)
                WHEN told = 'Available' AND status_at > started_at THEN status_at ELSE heard_at END AS since,
           id AS session, transaction_id, heard_at, energy_wh, NULL AS detail
    FROM open
    UNION ALL
    SELECT 'faulted', p.id, p.name, p.time_zone, p.online, c.evse_id, c.connector_id, c.status_at,
           NULL, NULL, NULL, NULL, concat_ws(' · ', nullif(c.error_code, 'NoError'), c.vendor_error_code, c.info)
    FROM connector_state c JOIN place p ON p.id = c.station_id WHERE c.status = 'Faulted'
)
SELECT * FROM found WHERE kind IS NOT NULL
ORDER BY array_position(ARRAY['offline_open', 'available_open', 'silent_open', 'loose_open', 'faulted'], kind),
         since, station_id, evse_id
LIMIT %(limit)s
"""

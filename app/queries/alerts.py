"""What needs somebody: derived from how things stand, in one statement; nothing is written when it begins or ends.

An alert lives as long as what it tells of. It counts as acknowledged while somebody's acknowledgement is not older
than its beginning, so what comes again is told again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.queries.alert_sources import ATTACKS, DONE, ROUTINE, SOURCES
from app.queries.rows import fetch
from app.store.database import Database

MOST = 500


class AlertKind(StrEnum):
    """What may be wrong."""

    FAULTED = "faulted"
    OFFLINE_CHARGING = "offline_charging"
    OFFLINE = "offline"
    NO_PROGRESS = "no_progress"
    UNMETERED = "unmetered"
    LIMIT_REFUSED = "limit_refused"
    LIMIT_EXCEEDED = "limit_exceeded"
    OVERLOAD = "overload"
    SECURITY = "security"
    CERTIFICATE = "certificate"
    REFUSED = "refused"
    JOB_FAILED = "job_failed"
    EVENT = "event"
    CLOCK_AHEAD = "clock_ahead"
    WAITING = "waiting"


class Severity(StrEnum):
    """How bad, worst first."""

    CRITICAL = "critical"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing that needs somebody. `key` is the same as long as it lasts; `part` is its end: a connector, a session,
    the type of an event or a job.

    `detail`: the station's own words, or the name of what it is about. `value` and `threshold`: W of limits and loads,
    Wh of sessions (W of those without energy), seconds of a clock, the severity of an event. `until`: when a
    certificate ends. `times`: how often it was told.
    """

    key: str
    part: str
    kind: AlertKind
    severity: Severity
    station_id: str | None
    name: str
    location_id: str | None
    location_name: str | None
    location_name_en: str | None
    time_zone: str
    evse_id: int
    since: datetime
    until: datetime | None
    detail: str | None
    value: float | None
    threshold: float | None
    times: int
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """How many alerts nobody has acknowledged, in all and critical ones."""

    open: int
    critical: int

    @property
    def worst(self) -> str:
        """critical, warning or an empty word."""
        return "critical" if self.critical else "warning" if self.open else ""


async def listing(
    database: Database, now: datetime, *, acknowledged: bool = False, limit: int = MOST
) -> list[Alert]:
    """The alerts that nobody (or somebody) has acknowledged: worst first, then those that began last."""
    values: dict[str, Any] = {"now": now, "limit": limit}
    which = "a.at IS NOT NULL" if acknowledged else "a.at IS NULL"
    return await fetch(database, Alert, _LISTING.format(which=which), _values(values))


async def bell(database: Database, now: datetime) -> Bell:
    """What the bell counts."""
    rows = await fetch(database, Bell, _BELL, _values({"now": now}))
    return rows[0]


async def lasting(database: Database, now: datetime, keys: Sequence[str]) -> list[Alert]:
    """Those of these alerts that are not over, acknowledged or not."""
    values = _values({"now": now, "limit": len(keys), "keys": list(keys)})
    return await fetch(database, Alert, _LISTING.format(which="alert.key = ANY(%(keys)s)"), values)


def _values(values: dict[str, Any]) -> Mapping[str, Any]:
    return values | {"routine": list(ROUTINE), "attacks": list(ATTACKS), "done": list(DONE)}


_ALERTS = f"""
WITH found AS ({" UNION ALL ".join(SOURCES)}),
alert AS (
    SELECT f.kind || ':' || coalesce(f.station_id, f.location_id) || ':' || f.part AS key, f.*,
           coalesce(s.name, s.id, l.name) AS name, l.id AS site_id, l.name AS location_name,
           l.name_en AS location_name_en, coalesce(l.time_zone, 'Asia/Seoul') AS time_zone
    FROM found f
    LEFT JOIN station s ON s.id = f.station_id
    LEFT JOIN location l ON l.id = coalesce(f.location_id, s.location_id)
    WHERE f.station_id IS NULL OR s.retired_at IS NULL
)
"""

_LISTING = (
    _ALERTS
    + """
SELECT alert.key, part, kind, (ARRAY['critical', 'warning', 'notice'])[rank + 1] AS severity, station_id,
       name, site_id AS location_id, location_name, location_name_en, time_zone, evse_id, since,
       until, detail, value, threshold, times,
       a.at AS acknowledged_at, a.actor AS acknowledged_by, a.note
FROM alert LEFT JOIN alert_acknowledgement a ON a.key = alert.key AND a.at >= alert.since
WHERE {which}
ORDER BY rank, since DESC, alert.key LIMIT %(limit)s
"""
)

_BELL = (
    _ALERTS
    + """
SELECT count(*) AS open, count(*) FILTER (WHERE rank = 0) AS critical
FROM alert LEFT JOIN alert_acknowledgement a ON a.key = alert.key AND a.at >= alert.since
WHERE a.at IS NULL
"""
)

"""The monitors of a station, and the events that they and the hardware raised."""

from dataclasses import dataclass
from datetime import datetime

from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorRow:
    """One monitor; `severity` 0 is danger, 9 debug. `kind` None: nobody said who made it."""

    monitor_id: int
    component: str
    component_instance: str
    evse_id: int
    connector_id: int
    variable: str
    variable_instance: str
    type: str
    value: float
    severity: int
    transaction: bool
    kind: str | None
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One event; `event_id` is the station's number, `id` ours."""

    id: int
    station_id: str
    event_id: int
    at: datetime
    received_at: datetime
    trigger: str
    kind: str
    component: str
    component_instance: str
    evse_id: int
    connector_id: int
    variable: str
    variable_instance: str
    actual_value: str
    cause: int | None
    cleared: bool | None
    tech_code: str | None
    tech_info: str | None
    transaction_id: str | None
    monitor_id: int | None
    severity: int | None


async def monitors(database: Database, station_id: str) -> list[MonitorRow]:
    """By number."""
    return await fetch(database, MonitorRow, _MONITORS, {"id": station_id})


async def events(
    database: Database,
    station_id: str | None = None,
    *,
    limit: int = 50,
    before: int | None = None,
) -> list[EventRow]:
    """Events as they came in, newest first; the next page is `before` the last number of this one."""
    values = {"station": station_id, "limit": limit, "before": before}
    return await fetch(database, EventRow, _EVENTS, values)


_MONITORS = """
SELECT monitor_id, component, component_instance, evse_id, connector_id, variable, variable_instance, type, value,
       severity, transaction, kind, seen_at
FROM monitor WHERE station_id = %(id)s ORDER BY monitor_id
"""

_EVENTS = """
SELECT e.id, e.station_id, event_id, at, received_at, trigger, e.kind, e.component, e.component_instance, e.evse_id,
       e.connector_id, e.variable, e.variable_instance, actual_value, cause, cleared, tech_code, tech_info,
       transaction_id, e.monitor_id, m.severity
FROM station_event e
LEFT JOIN monitor m ON m.station_id = e.station_id AND m.monitor_id = e.monitor_id
WHERE (%(station)s::text IS NULL OR e.station_id = %(station)s) AND (%(before)s::bigint IS NULL OR e.id < %(before)s)
ORDER BY e.id DESC LIMIT %(limit)s
"""

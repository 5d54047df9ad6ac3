"""What the map shows: one marker per station, one site per location.

`marker_json` is the one shape of a marker on the wire: the snapshot, the live stream and the API send the same, so
"live equals fresh" holds. The display status is decided by `app.domain.stations.display_status`, nowhere else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from itertools import compress
from typing import Any

from app.domain.stations import (
    ConnectorStatus,
    ConnectorView,
    DisplayStatus,
    Registration,
    StationCategory,
    display_status,
)
from app.queries.rows import fetch, fetch_dicts, utc_text
from app.store.database import Database

NO_ERROR = "NoError"
"""OCPP 1.6's word for a connector without an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A charging station as a map and a list show it.

    Where several EVSEs charge at once, `power_w` is their sum and the session's fields are those of the newest
    transaction. `limit_w` is the lowest accepted limit in force, `requested_limit_w` what was asked for last.
    `since` is when the present status began. None: not known, or nothing charges.
    """

    station_id: str
    name: str
    location_id: str | None
    location_name: str | None
    location_name_en: str | None
    lat: float | None
    lon: float | None
    revision: int
    status: DisplayStatus
    online: bool
    registration: Registration
    category: StationCategory
    max_power_w: float
    connector_type: str | None
    charging_state: str | None
    power_w: float | None
    session_energy_wh: float | None
    soc_percent: float | None
    transaction_id: int | None
    transaction_started_at: datetime | None
    limit_w: float | None
    requested_limit_w: float | None
    error_code: str | None
    since: datetime | None
    last_seen_at: datetime | None
    measured_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A location with how many stations it has and what they could draw together."""

    location_id: str
    name: str
    name_en: str | None
    lat: float
    lon: float
    time_zone: str
    stations: int
    max_power_w: float
    grid_limit_w: float | None


async def markers(database: Database, station_ids: Sequence[str] | None = None) -> list[Marker]:
    """All markers, or those of `station_ids`, by station id. Unknown ids are left out."""
    if station_ids is None:
        return await select_markers(database)
    return await select_markers(
        database,
        parts="WHERE station_id = ANY(%(ids)s::text[])",
        where="WHERE s.id = ANY(%(ids)s::text[])",
        values={"ids": list(station_ids)},
    )


async def select_markers(
    database: Database,
    *,
    parts: str = "WHERE true",
    where: str = "",
    values: Mapping[str, Any] | None = None,
) -> list[Marker]:
    """Markers narrowed by SQL of our own (never of a user): `where` speaks of `s` and `l`.

    `parts` narrows the hot tables by `station_id`, so that few stations do not cost a look at all.
    """
    rows = await fetch_dicts(database, _MARKERS.format(parts=parts, where=where), values or {})
    return [_marker(row) for row in rows]


async def sites(database: Database) -> list[Site]:
    """All locations, by name."""
    return await fetch(database, Site, _SITES, {})


def marker_json(marker: Marker) -> dict[str, Any]:
    """A marker as JSON: the fields' own names, times in UTC."""
    shape = {name: getattr(marker, name) for name in _MARKER_FIELDS}
    for name in _MARKER_TIMES:
        shape[name] = utc_text(shape[name])
    return shape


def _marker(row: dict[str, Any]) -> Marker:
    """Decide what one word the connectors' states make, and put the row in shape."""
    statuses, statuses_at = row.pop("statuses") or (), row.pop("statuses_at") or ()
    error_codes, disconnected_at = row.pop("error_codes") or (), row.pop("disconnected_at")
    running = row["transaction_id"] is not None
    status, speaks = _decide(row["online"], running, tuple(statuses))
    if status is DisplayStatus.OFFLINE:
        since = disconnected_at
    elif status is DisplayStatus.CHARGING and running:
        since = row["transaction_started_at"]
    else:
        since = min(compress(statuses_at, speaks), default=None)
    errors = sorted({code for code in error_codes if code and code != NO_ERROR})
    return Marker(status=status, since=since, error_code=", ".join(errors) or None, **row)


@lru_cache(maxsize=4096)
def _decide(
    online: bool, running: bool, statuses: tuple[str, ...]
) -> tuple[DisplayStatus, tuple[bool, ...]]:
    """The display status, and which of the connectors have it. Fleets have few different answers: kept."""
    views = [ConnectorView(ConnectorStatus(status), False) for status in statuses]
    # A station need not have reported the connector it charges at.
    charging = [ConnectorView(None, True)] if running else []
    status = display_status(online=online, connectors=(*views, *charging))
    speaks = (display_status(online=True, connectors=(view,)) is status for view in views)
    return status, tuple(speaks)


_MARKER_FIELDS = tuple(field.name for field in fields(Marker))
_MARKER_TIMES = ("transaction_started_at", "since", "last_seen_at", "measured_at")

_MARKERS = """
SELECT s.id AS station_id, coalesce(s.name, s.id) AS name,
       l.id AS location_id, l.name AS location_name, l.name_en AS location_name_en,
       ST_Y(coalesce(s.position, l.position)) AS lat,
       ST_X(coalesce(s.position, l.position)) AS lon,
       coalesce(ss.revision, 0) AS revision, coalesce(ss.online, false) AS online,
       ss.disconnected_at, ss.last_seen_at,
       s.registration, s.category, s.max_power_w, s.connector_type,
       c.statuses, c.statuses_at, c.error_codes,
       e.charging_state, e.power_w, e.measured_at, e.transaction_id,
       t.started_at AS transaction_started_at, t.energy_wh::float8 AS session_energy_wh,
       t.soc_percent,
       p.limit_w, p.requested_limit_w
FROM (SELECT * FROM station WHERE retired_at IS NULL) s
LEFT JOIN location l ON l.id = s.location_id
LEFT JOIN station_state ss ON ss.station_id = s.id
LEFT JOIN (
    SELECT station_id, array_agg(status) AS statuses, array_agg(status_at) AS statuses_at,
           array_agg(coalesce(error_code, '')) AS error_codes
    FROM connector_state {parts} GROUP BY station_id
) c ON c.station_id = s.id
LEFT JOIN (
    SELECT station_id, max(transaction_id) AS transaction_id, max(measured_at) AS measured_at,
           sum(power_w) FILTER (WHERE transaction_id IS NOT NULL) AS power_w,
           (array_agg(charging_state ORDER BY transaction_id DESC)
                FILTER (WHERE transaction_id IS NOT NULL))[1] AS charging_state
    FROM evse_state {parts} GROUP BY station_id
) e ON e.station_id = s.id
LEFT JOIN "transaction" t ON t.id = e.transaction_id
LEFT JOIN (
    SELECT station_id, min(accepted_w) AS limit_w,
           (array_agg(requested_w ORDER BY requested_at DESC NULLS LAST))[1] AS requested_limit_w
    FROM power_limit
    LEFT JOIN (
        SELECT station_id, evse_id, transaction_id AS running FROM evse_state {parts}
    ) r USING (station_id, evse_id)
    {parts} AND (scope = 'station' OR transaction_id = running)
    GROUP BY station_id
) p ON p.station_id = s.id
{where}
ORDER BY s.id
"""

_SITES = """
SELECT l.id AS location_id, l.name, l.name_en, ST_Y(l.position) AS lat, ST_X(l.position) AS lon,
       l.time_zone, count(s.id) AS stations,
       coalesce(sum(s.max_power_w), 0) AS max_power_w, l.grid_limit_w
FROM location l LEFT JOIN station s ON s.location_id = l.id AND s.retired_at IS NULL
WHERE l.retired_at IS NULL
GROUP BY l.id ORDER BY l.name, l.id
"""

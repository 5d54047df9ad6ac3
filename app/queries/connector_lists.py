"""Connectors: what they are called, what they last said and measured, what runs at them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain.stations import connector_name
from app.queries.rows import fetch_dicts, pattern_of
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorRow:
    """One connector. `label`: how people call it; `name`: what was written down, if anything.

    `shares_evse`: its EVSE has another one, so that the EVSE's number alone does not say which is meant.

    `register_wh` and `measured_at` are its EVSE's last meter reading; `transaction_id` is the running session's on the
    wire, `transaction_no` ours.
    """

    station_id: str
    station_name: str
    location_id: str | None
    location_name: str | None
    location_name_en: str | None
    time_zone: str
    evse_id: int
    connector_id: int
    shares_evse: bool
    label: str
    name: str | None
    type: str | None
    online: bool
    registration: str
    status: str | None
    status_at: datetime | None
    error_code: str | None
    register_wh: Decimal | None
    measured_at: datetime | None
    power_w: float | None
    transaction_id: str | None
    transaction_no: int | None
    id_token: str | None
    started_at: datetime | None
    energy_wh: Decimal | None
    soc_percent: float | None


async def listing(
    database: Database,
    *,
    q: str | None = None,
    location_id: str | None = None,
    station_id: str | None = None,
    running: bool = False,
    limit: int = 200,
    after: tuple[str, int, int] | None = None,
) -> list[ConnectorRow]:
    """Connectors by station and number; `q` is looked for in the names and ids of station, site and connector.

    The next page is `after` the last one's (station, evse, connector).
    """
    station, evse, connector = after or (None, 0, 0)
    values = {
        "q": pattern_of(q) if q and q.strip() else None,
        "location": location_id,
        "station": station_id,
        "running": running,
        "limit": limit,
        "after": station,
        "after_evse": evse,
        "after_connector": connector,
    }
    return [_row(each) for each in await fetch_dicts(database, _LISTING, values)]


def _row(row: dict[str, Any]) -> ConnectorRow:
    label = connector_name(
        row["name"],
        row["station_name"],
        evse_id=row["evse_id"],
        connector_id=row["connector_id"],
        evses=row.pop("evses"),
        siblings=row.pop("siblings"),
    )
    return ConnectorRow(label=label, **row)


_LISTING = """
SELECT c.station_id, coalesce(s.name, s.id) AS station_name, l.id AS location_id, l.name AS location_name,
       l.name_en AS location_name_en, coalesce(l.time_zone, 'Asia/Seoul') AS time_zone, c.evse_id, c.connector_id,
       c.name, c.type, n.evses, n.siblings, c.shares_evse, coalesce(h.online, false) AS online, s.registration,
       k.status, k.status_at, k.error_code,
       e.register_wh, e.measured_at, CASE WHEN t.id IS NOT NULL THEN e.power_w END AS power_w,
       t.transaction_id, t.id AS transaction_no, t.id_token, t.started_at, t.energy_wh, t.soc_percent
FROM (
    SELECT *, count(*) OVER (PARTITION BY station_id, evse_id) > 1 AS shares_evse FROM connector
) c
JOIN station s ON s.id = c.station_id AND s.retired_at IS NULL
JOIN (
    SELECT station_id, count(DISTINCT evse_id) AS evses, count(*) AS siblings FROM connector GROUP BY 1
) n ON n.station_id = c.station_id
LEFT JOIN location l ON l.id = s.location_id
LEFT JOIN station_state h ON h.station_id = c.station_id
LEFT JOIN connector_state k
    ON k.station_id = c.station_id AND k.evse_id = c.evse_id AND k.connector_id = c.connector_id
LEFT JOIN evse_state e ON e.station_id = c.station_id AND e.evse_id = c.evse_id
LEFT JOIN "transaction" t ON t.id = e.transaction_id
    AND (t.connector_id = c.connector_id OR NOT c.shares_evse)
WHERE (%(q)s::text IS NULL OR s.id ILIKE %(q)s OR s.name ILIKE %(q)s OR c.name ILIKE %(q)s OR l.name ILIKE %(q)s
       OR l.name_en ILIKE %(q)s)
  AND (%(location)s::text IS NULL OR s.location_id = %(location)s)
  AND (%(station)s::text IS NULL OR s.id = %(station)s)
  AND (NOT %(running)s OR t.id IS NOT NULL)
  AND (%(after)s::text IS NULL
       OR (c.station_id, c.evse_id, c.connector_id) > (%(after)s, %(after_evse)s, %(after_connector)s))
ORDER BY c.station_id, c.evse_id, c.connector_id LIMIT %(limit)s
"""

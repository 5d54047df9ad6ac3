"""What stations were asked to tell or to forget about customers, and what they told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRow:
    """One request. `data` None: nothing was told; `complete`: the last part has come."""

    id: int
    station_id: str
    request_id: int
    report: bool
    clear: bool
    id_token: str | None
    customer_identifier: str | None
    certificate: Any
    status: str
    requested_at: datetime
    data: str | None
    complete: bool


async def requests(
    database: Database, station_id: str, *, limit: int = 20, before: int | None = None
) -> list[CustomerRow]:
    """Newest first; the next page is `before` the last number of this one."""
    values = {"id": station_id, "limit": limit, "before": before}
    return await fetch(database, CustomerRow, _REQUESTS, values)


_REQUESTS = """
SELECT r.id, r.station_id, r.request_id, report, clear, id_token, customer_identifier, certificate, status,
       requested_at, p.data, coalesce(p.complete, false) AS complete
FROM customer_request r
LEFT JOIN LATERAL (
    SELECT string_agg(data, '' ORDER BY seq_no) AS data, bool_or(NOT more_follows) AS complete
    FROM customer_part WHERE station_id = r.station_id AND request_id = r.request_id
) p ON true
WHERE r.station_id = %(id)s AND (%(before)s::bigint IS NULL OR r.id < %(before)s)
ORDER BY r.id DESC LIMIT %(limit)s
"""

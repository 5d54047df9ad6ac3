"""The charge report: what every tag of every group charged in a stretch of days."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class TagSum:
    """One tag's sessions in one currency. `tag` "": of sessions without one; `name` of its owner, where known."""

    group: str
    tag: str
    name: str | None
    sessions: int
    energy_wh: Decimal
    cost: Decimal | None
    currency: str | None


async def by_tag(
    database: Database,
    since: date,
    until: date,
    *,
    location_id: str | None = None,
    simulated: bool = True,
) -> list[TagSum]:
    """Sessions that began on the days `since` to `until` of their site's clock (running ones with what they charged
    so far), by group and tag. `simulated` False: without generated history."""
    values = {
        "since": since,
        "until": until,
        "location": location_id,
        "simulated": simulated,
    }
    return await fetch(database, TagSum, _BY_TAG, values)


_BY_TAG = """
SELECT coalesce(i.group_id, '') AS "group", coalesce(max(t.id_token), '') AS tag, i.name,
       count(*) AS sessions, coalesce(sum(t.energy_wh), 0) AS energy_wh, sum(t.cost) AS cost, t.currency
FROM "transaction" t
JOIN station s ON s.id = t.station_id
LEFT JOIN location l ON l.id = s.location_id
LEFT JOIN id_token i ON i.token = lower(t.id_token)
WHERE t.started_at >= %(since)s::date - 2 AND t.started_at < %(until)s::date + 3
  AND (t.started_at AT TIME ZONE coalesce(l.time_zone, 'Asia/Seoul'))::date BETWEEN %(since)s AND %(until)s
  AND (%(location)s::text IS NULL OR s.location_id = %(location)s)
  AND (%(simulated)s OR NOT t.simulated)
GROUP BY i.group_id, lower(t.id_token), i.name, t.currency
ORDER BY i.group_id NULLS LAST, i.name NULLS LAST, lower(t.id_token) NULLS LAST, t.currency
"""

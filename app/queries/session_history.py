"""Charging sessions as a table to look through: narrowed, page by page, summed up, and taken away whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.domain.errors import TransactionNotFound
from app.domain.tariffs import cost_of, tariff_of
from app.queries.rows import fetch_dicts, pattern_of
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which sessions. `since` and `until` are days of their beginning on their site's clock, both included.

    `tag`: a token that started or stopped it, or part of its owner's name. `active` and `simulated` (generated history)
    None: all.
    """

    station_id: str | None = None
    location_id: str | None = None
    evse_id: int | None = None
    connector_id: int | None = None
    tag: str | None = None
    active: bool | None = None
    simulated: bool | None = None
    since: date | None = None
    until: date | None = None


ALL = Wanted()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One session. `id` is ours, `transaction_id` the station's; registers and energy in Wh.

    `connectors`: how many the station has. `start_tag` and `stop_tag` are the names of the tokens' owners, where known,
    `group` that of the starting token. `meter_stop_wh` stays open while it runs. `cost` is what is billed (so far),
    `cost_exact` the same before rounding.
    """

    id: int
    transaction_id: str
    station_id: str
    station_name: str
    location_id: str | None
    location_name: str | None
    location_name_en: str | None
    time_zone: str
    evse_id: int
    connector_id: int
    connector_name: str | None
    connectors: int
    start_tag_id: str | None
    start_tag: str | None
    group: str | None
    stop_tag_id: str | None
    stop_tag: str | None
    started_at: datetime
    ended_at: datetime | None
    duration_s: float
    meter_start_wh: Decimal | None
    meter_stop_wh: Decimal | None
    energy_wh: Decimal
    cost: Decimal | None
    cost_exact: Decimal | None
    currency: str | None
    stop_reason: str | None
    charging_state: str | None
    heard_at: datetime | None
    max_power_w: float
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """All sessions that are wanted, added up; `costs` by currency, as billed."""

    sessions: int
    energy_wh: Decimal
    costs: tuple[tuple[str, Decimal], ...]


async def listing(
    database: Database,
    wanted: Wanted = ALL,
    *,
    limit: int = 50,
    before: int | None = None,
    now: datetime | None = None,
) -> list[HistoryRow]:
    """Sessions by their beginning, newest first; the next page is `before` the last number of this one."""
    conditions = _conditions(wanted)
    if before is not None:
        conditions.append(
            "(t.started_at, t.id) < (SELECT started_at, id FROM transaction WHERE id = %(before)s)"
        )
    sql = _SELECT.format(where=" AND ".join(conditions))
    values = _values(wanted) | {"before": before, "limit": limit, "now": now}
    return [_row(found) for found in await fetch_dicts(database, sql, values)]


async def one(database: Database, number: int, now: datetime | None = None) -> HistoryRow:
    """The session with our number. Raises TransactionNotFound."""
    values = _values(ALL) | {"id": number, "limit": 1, "now": now}
    rows = await fetch_dicts(database, _SELECT.format(where="t.id = %(id)s"), values)
    if not rows:
        raise TransactionNotFound(f"There is no session {number}.", id=number)
    return _row(rows[0])


async def totals(database: Database, wanted: Wanted = ALL) -> Totals:
    """What all of them come to."""
    sql = _TOTALS.format(where=" AND ".join(_conditions(wanted)))
    rows = await fetch_dicts(database, sql, _values(wanted))
    return Totals(
        sessions=sum(row["sessions"] for row in rows),
        energy_wh=sum((row["energy_wh"] for row in rows), Decimal(0)),
        costs=tuple((row["currency"], row["cost"]) for row in rows if row["currency"]),
    )


def _conditions(wanted: Wanted) -> list[str]:
    """The days are compared on the site's clock; the coarse bound beside each lets the index serve."""
    there: Sequence[tuple[object, str]] = (
        (wanted.station_id, "t.station_id = %(station_id)s"),
        (wanted.location_id, "s.location_id = %(location_id)s"),
        (wanted.evse_id, "t.evse_id = %(evse_id)s"),
        (wanted.connector_id, "t.connector_id = %(connector_id)s"),
        (wanted.tag, _OF_TAG),
        (wanted.since, f"{_DAY} >= %(since)s AND t.started_at >= %(since)s::date - 2"),
        (wanted.until, f"{_DAY} <= %(until)s AND t.started_at < %(until)s::date + 3"),
    )
    conditions = ["true"] + [condition for value, condition in there if value is not None]
    if wanted.active is not None:
        conditions.append(f"t.ended_at IS {'NULL' if wanted.active else 'NOT NULL'}")
    if wanted.simulated is not None:
        conditions.append(f"{'' if wanted.simulated else 'NOT '}t.simulated")
    return conditions


def _values(wanted: Wanted) -> dict[str, Any]:
    tag = wanted.tag or ""
    return {
        "station_id": wanted.station_id,
        "location_id": wanted.location_id,
        "evse_id": wanted.evse_id,
        "connector_id": wanted.connector_id,
        "tag": tag.lower(),
        "owner": pattern_of(tag),
        "since": wanted.since,
        "until": wanted.until,
    }


def _row(found: dict[str, Any]) -> HistoryRow:
    tariff = tariff_of(found["currency"], found.pop("price_per_kwh"), found.pop("session_fee"))
    exact = None if tariff is None else cost_of(found["energy_wh"], tariff).exact
    return HistoryRow(cost_exact=exact, **found)


_DAY = "(t.started_at AT TIME ZONE coalesce(l.time_zone, 'Asia/Seoul'))::date"

_OF_TAG = """(lower(t.id_token) = %(tag)s OR lower(t.stop_id_token) = %(tag)s
    OR lower(t.id_token) IN (SELECT token FROM id_token WHERE name ILIKE %(owner)s))"""

_SELECT = """
WITH found AS (
    SELECT t.*, coalesce(s.name, s.id) AS station_name, s.location_id, s.max_power_w,
           l.name AS location_name, l.name_en AS location_name_en,
           coalesce(l.time_zone, 'Asia/Seoul') AS time_zone
    FROM "transaction" t
    JOIN station s ON s.id = t.station_id
    LEFT JOIN location l ON l.id = s.location_id
    WHERE {where}
    ORDER BY t.started_at DESC, t.id DESC LIMIT %(limit)s
)
SELECT f.id, f.transaction_id, f.station_id, f.station_name, f.location_id, f.location_name, f.location_name_en,
       f.time_zone, f.evse_id, f.connector_id, k.name AS connector_name, coalesce(c.connectors, 1) AS connectors,
       f.id_token AS start_tag_id, began.name AS start_tag, began.group_id AS "group",
       f.stop_id_token AS stop_tag_id, stopped.name AS stop_tag,
       f.started_at, f.ended_at,
       greatest(extract(epoch FROM coalesce(f.ended_at, %(now)s::timestamptz, now()) - f.started_at), 0)::float8
           AS duration_s,
       f.meter_start_wh, CASE WHEN f.ended_at IS NOT NULL THEN f.meter_wh END AS meter_stop_wh, f.energy_wh,
       f.cost, f.currency, f.price_per_kwh, f.session_fee, f.stop_reason, f.charging_state, f.last_event_at AS heard_at,
       f.max_power_w,
       f.simulated
FROM found f
LEFT JOIN id_token began ON began.token = lower(f.id_token)
LEFT JOIN id_token stopped ON stopped.token = lower(f.stop_id_token)
LEFT JOIN (SELECT station_id, count(*) AS connectors FROM connector_state GROUP BY 1) c USING (station_id)
LEFT JOIN connector k ON k.station_id = f.station_id AND k.evse_id = f.evse_id AND k.connector_id = f.connector_id
ORDER BY f.started_at DESC, f.id DESC
"""

_TOTALS = """
SELECT t.currency, count(*) AS sessions, coalesce(sum(t.energy_wh), 0) AS energy_wh,
       coalesce(sum(t.cost), 0) AS cost
FROM "transaction" t
JOIN station s ON s.id = t.station_id
LEFT JOIN location l ON l.id = s.location_id
WHERE {where}
GROUP BY t.currency ORDER BY cost DESC
"""

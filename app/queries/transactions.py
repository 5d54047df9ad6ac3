"""Charging transactions, newest first, with what they cost."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain.errors import TransactionNotFound
from app.domain.tariffs import cost_of, differs, tariff_of
from app.queries.rows import fetch_dicts
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionRow:
    """One transaction. `id` is ours, `transaction_id` the station's.

    `cost` is what is billed (rounded to the currency's minor unit; so far, while it runs), `cost_exact` the same
    before rounding, `station_cost` what the station itself claims. `duration_s` of a running one counts until now
    (0, if a clock that is ahead says that it is yet to begin).
    `simulated`: made by `halla simulate history`, with a number below zero; no station told it.
    """

    id: int
    station_id: str
    station_name: str
    transaction_id: str
    location_id: str | None
    location_name: str | None
    location_name_en: str | None
    time_zone: str
    evse_id: int
    connector_id: int
    id_token: str | None
    token_type: str | None
    token_status: str | None
    stop_id_token: str | None
    reservation_id: int | None
    started_at: datetime
    ended_at: datetime | None
    duration_s: float
    energy_wh: Decimal
    cost: Decimal | None
    cost_exact: Decimal | None
    currency: str | None
    price_per_kwh: Decimal | None
    session_fee: Decimal | None
    station_cost: Decimal | None
    stop_reason: str | None
    charging_state: str | None
    soc_percent: float | None
    missing_events: int
    suspect_readings: int
    simulated: bool

    @property
    def cost_differs(self) -> bool:
        """Whether the station claims another cost than what is billed."""
        if None in (self.ended_at, self.cost, self.currency, self.station_cost):
            return False
        assert self.cost is not None
        assert self.station_cost is not None
        return differs(self.station_cost, self.cost, self.currency or "")


async def recent(
    database: Database,
    station_id: str | None = None,
    *,
    limit: int = 20,
    before: int | None = None,
    active: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> list[TransactionRow]:
    """Transactions, newest number first; the next page is `before` the last number of this one.

    `active` True: only running ones, False: only ended ones. `since` and `until` bound the start (until: excluded).
    """
    conditions = ["true"]
    if station_id is not None:
        conditions.append("t.station_id = %(station_id)s")
    if before is not None:
        conditions.append("t.id < %(before)s")
    if active is not None:
        conditions.append(f"t.ended_at IS {'NULL' if active else 'NOT NULL'}")
    if since is not None:
        conditions.append("t.started_at >= %(since)s")
    if until is not None:
        conditions.append("t.started_at < %(until)s")
    values = {
        "station_id": station_id,
        "before": before,
        "since": since,
        "until": until,
        "limit": limit,
        "now": now,
    }
    sql = _SELECT.format(where=" AND ".join(conditions)) + "ORDER BY t.id DESC LIMIT %(limit)s"
    return [_row(found) for found in await fetch_dicts(database, sql, values)]


async def one(
    database: Database, transaction_id: int, now: datetime | None = None
) -> TransactionRow:
    """The transaction with our number `transaction_id`. Raises TransactionNotFound."""
    sql = _SELECT.format(where="t.id = %(id)s")
    rows = await fetch_dicts(database, sql, {"id": transaction_id, "now": now})
    if not rows:
        raise TransactionNotFound(f"There is no transaction {transaction_id}.", id=transaction_id)
    return _row(rows[0])


async def of_station(
    database: Database, station_id: str, transaction_id: str, now: datetime | None = None
) -> TransactionRow:
    """The newest transaction that the station calls `transaction_id`. Raises TransactionNotFound."""
    sql = (
        _SELECT.format(where="t.station_id = %(station)s AND t.transaction_id = %(wire)s")
        + "ORDER BY t.id DESC LIMIT 1"
    )
    values = {"station": station_id, "wire": transaction_id, "now": now}
    rows = await fetch_dicts(database, sql, values)
    if not rows:
        raise TransactionNotFound(
            f"{station_id} has no transaction {transaction_id}.",
            station_id=station_id,
            transaction_id=transaction_id,
        )
    return _row(rows[0])


def _row(found: dict[str, Any]) -> TransactionRow:
    tariff = tariff_of(found["currency"], found["price_per_kwh"], found["session_fee"])
    exact = None if tariff is None else cost_of(found["energy_wh"], tariff).exact
    return TransactionRow(cost_exact=exact, **found)


_SELECT = """
SELECT t.id, t.station_id, coalesce(s.name, s.id) AS station_name, t.transaction_id,
       l.id AS location_id, l.name AS location_name, l.name_en AS location_name_en,
       coalesce(l.time_zone, 'Asia/Seoul') AS time_zone,
       t.evse_id, t.connector_id, t.id_token, t.token_type, t.token_status, t.stop_id_token,
       t.reservation_id, t.started_at, t.ended_at,
       greatest(extract(epoch FROM coalesce(t.ended_at, %(now)s::timestamptz, now()) - t.started_at), 0)::float8
           AS duration_s,
       t.energy_wh, t.cost, t.currency, t.price_per_kwh, t.session_fee, t.station_cost,
       t.stop_reason, t.charging_state, t.soc_percent,
       (SELECT count(*) FROM missing_event e WHERE e.transaction_id = t.id) AS missing_events,
       (SELECT count(*) FROM meter_sample m WHERE m.transaction_id = t.id AND m.suspect IS NOT NULL)
           AS suspect_readings,
       t.simulated
FROM "transaction" t
JOIN station s ON s.id = t.station_id
LEFT JOIN location l ON l.id = s.location_id
WHERE {where}
"""


async def running_names(database: Database) -> dict[int, str]:
    """The stations' own names of all running transactions, by our number."""
    async with database.read() as connection:
        cursor = await connection.execute(
            "SELECT id, transaction_id FROM transaction WHERE ended_at IS NULL"
        )
        return dict(await cursor.fetchall())

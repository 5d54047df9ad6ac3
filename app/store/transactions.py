"""Transactions, loaded and saved for a whole batch."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from app.domain.stations import ChargingState
from app.domain.tariffs import Tariff
from app.domain.transactions import Transaction
from app.store.stations import Cursor

_COLUMNS = """
t.id, t.station_id, t.transaction_id, t.started_at, t.evse_id, t.connector_id, t.id_token, t.token_type,
t.token_status, t.remote_start_id, t.charging_state, t.meter_start_wh, t.meter_wh, t.meter_at, t.energy_wh,
t.soc_start_percent, t.soc_percent, t.ended_at, t.stop_reason, t.last_event_at, t.last_seq_no,
t.currency, t.price_per_kwh, t.session_fee, t.cost, t.station_cost
"""

_LOAD_NAMED = f"""
SELECT {_COLUMNS}
FROM unnest(%b::text[], %b::text[]) AS wanted(station_id, transaction_id)
CROSS JOIN LATERAL (
    SELECT * FROM transaction t
    WHERE t.station_id = wanted.station_id AND t.transaction_id = wanted.transaction_id
    ORDER BY t.id DESC LIMIT 1
) t
"""

_LOAD_STARTED = f"""
SELECT {_COLUMNS}
FROM unnest(%b::text[], %b::timestamptz[]) AS wanted(station_id, started_at)
JOIN transaction t ON t.station_id = wanted.station_id AND t.started_at = wanted.started_at
"""

_LOAD_ACTIVE = f"""
SELECT {_COLUMNS} FROM transaction t WHERE t.station_id = ANY(%b::text[]) AND t.ended_at IS NULL
"""

_TAKE_IDS = "SELECT nextval('transaction_id_seq') FROM generate_series(1, %s)"

_INSERT = """
INSERT INTO transaction (id, station_id, transaction_id, started_at, evse_id, connector_id, id_token, token_type,
    token_status, remote_start_id, charging_state, meter_start_wh, meter_wh, meter_at, energy_wh,
    soc_start_percent, soc_percent, ended_at, stop_reason, last_event_at, last_seq_no,
    currency, price_per_kwh, session_fee, cost, station_cost)
SELECT * FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::timestamptz[], %b::int[], %b::int[], %b::text[],
    %b::text[], %b::text[], %b::bigint[], %b::text[], %b::numeric[], %b::numeric[], %b::timestamptz[], %b::numeric[],
    %b::float8[], %b::float8[], %b::timestamptz[], %b::text[], %b::timestamptz[], %b::bigint[],
    %b::text[], %b::numeric[], %b::numeric[], %b::numeric[], %b::numeric[])
"""

_UPDATE = """
UPDATE transaction t SET started_at = n.started_at, evse_id = n.evse_id, connector_id = n.connector_id,
    id_token = n.id_token, token_type = n.token_type, token_status = n.token_status,
    remote_start_id = n.remote_start_id, charging_state = n.charging_state, meter_start_wh = n.meter_start_wh,
    meter_wh = n.meter_wh, meter_at = n.meter_at, energy_wh = n.energy_wh,
    soc_start_percent = n.soc_start_percent, soc_percent = n.soc_percent, ended_at = n.ended_at,
    stop_reason = n.stop_reason, last_event_at = n.last_event_at, last_seq_no = n.last_seq_no,
    cost = n.cost, station_cost = n.station_cost
FROM unnest(%b::bigint[], %b::timestamptz[], %b::int[], %b::int[], %b::text[],
    %b::text[], %b::text[], %b::bigint[], %b::text[], %b::numeric[], %b::numeric[], %b::timestamptz[], %b::numeric[],
    %b::float8[], %b::float8[], %b::timestamptz[], %b::text[], %b::timestamptz[], %b::bigint[],
    %b::numeric[], %b::numeric[])
  AS n(id, started_at, evse_id, connector_id, id_token, token_type, token_status, remote_start_id, charging_state,
    meter_start_wh, meter_wh, meter_at, energy_wh, soc_start_percent, soc_percent, ended_at, stop_reason,
    last_event_at, last_seq_no, cost, station_cost)
WHERE t.id = n.id
"""

_UPDATE_METER = """
UPDATE transaction t SET charging_state = n.charging_state, meter_wh = n.meter_wh, meter_at = n.meter_at,
    energy_wh = n.energy_wh, soc_percent = n.soc_percent, last_event_at = n.last_event_at,
    last_seq_no = n.last_seq_no, cost = n.cost
FROM unnest(%b::bigint[], %b::text[], %b::numeric[], %b::timestamptz[], %b::numeric[], %b::float8[],
    %b::timestamptz[], %b::bigint[], %b::numeric[])
  AS n(id, charging_state, meter_wh, meter_at, energy_wh, soc_percent, last_event_at, last_seq_no, cost)
WHERE t.id = n.id
"""


async def ask_transactions(
    connection: AsyncConnection[Any],
    *,
    named: Sequence[tuple[str, str]],
    started: Sequence[tuple[str, datetime]],
    active: Sequence[str],
) -> list[Cursor]:
    """Ask for the newest transaction of each (station, wire id), for those that began at (station, moment), and for
    all that run at the stations `active`. What is not asked for costs no statement."""
    cursors = []
    for statement, columns in (
        (_LOAD_NAMED, [list(column) for column in zip(*named, strict=True)]),
        (_LOAD_STARTED, [list(column) for column in zip(*started, strict=True)]),
        (_LOAD_ACTIVE, [list(active)] if active else []),
    ):
        if columns:
            cursor = connection.cursor(binary=True)
            await cursor.execute(statement, columns)
            cursors.append(cursor)
    return cursors


async def read_transactions(cursors: Sequence[Cursor]) -> list[Transaction]:
    """What `ask_transactions` asked for; one may come twice."""
    return [_transaction(row) for cursor in cursors for row in await cursor.fetchall()]


def _transaction(row: Any) -> Transaction:
    currency, price, fee = row[21:24]
    return Transaction(
        id=row[0],
        station_id=row[1],
        transaction_id=row[2],
        started_at=row[3],
        evse_id=row[4],
        connector_id=row[5],
        id_token=row[6],
        token_type=row[7],
        token_status=row[8],
        remote_start_id=row[9],
        charging_state=ChargingState(row[10]) if row[10] is not None else None,
        meter_start_wh=row[11],
        meter_wh=row[12],
        meter_at=row[13],
        energy_wh=row[14],
        soc_start_percent=row[15],
        soc_percent=row[16],
        ended_at=row[17],
        stop_reason=row[18],
        last_event_at=row[19],
        last_seq_no=row[20],
        tariff=Tariff(currency=currency, price_per_kwh=price, session_fee=fee)
        if currency
        else None,
        cost=row[24],
        station_cost=row[25],
    )


async def take_ids(connection: AsyncConnection[Any], count: int) -> list[int]:
    """`count` new transaction numbers."""
    cursor = await connection.execute(_TAKE_IDS, (count,))
    return [row[0] for row in await cursor.fetchall()]


async def insert_transactions(
    connection: AsyncConnection[Any], transactions: Sequence[Transaction]
) -> None:
    """Store new ones."""
    values = (
        (
            t.id,
            t.station_id,
            t.transaction_id,
            *_mutable(t)[:-2],
            t.tariff.currency if t.tariff else None,
            t.tariff.price_per_kwh if t.tariff else None,
            t.tariff.session_fee if t.tariff else None,
            t.cost,
            t.station_cost,
        )
        for t in transactions
    )
    await connection.execute(_INSERT, [list(column) for column in zip(*values, strict=True)])


async def update_transactions(
    connection: AsyncConnection[Any], transactions: Sequence[Transaction]
) -> None:
    """Store all that may have changed of known ones."""
    values = ((t.id, *_mutable(t)) for t in transactions)
    await connection.execute(_UPDATE, [list(column) for column in zip(*values, strict=True)])


async def update_meters(
    connection: AsyncConnection[Any], transactions: Sequence[Transaction]
) -> None:
    """Store what a periodic reading changes: the hot path's own, narrower update."""
    values = (
        (
            t.id,
            t.charging_state,
            t.meter_wh,
            t.meter_at,
            t.energy_wh,
            t.soc_percent,
            t.last_event_at,
            t.last_seq_no,
            t.cost,
        )
        for t in transactions
    )
    await connection.execute(_UPDATE_METER, [list(column) for column in zip(*values, strict=True)])


def _mutable(t: Transaction) -> tuple[object, ...]:
    return (
        t.started_at,
        t.evse_id,
        t.connector_id,
        t.id_token,
        t.token_type,
        t.token_status,
        t.remote_start_id,
        t.charging_state,
        t.meter_start_wh,
        t.meter_wh,
        t.meter_at,
        t.energy_wh,
        t.soc_start_percent,
        t.soc_percent,
        t.ended_at,
        t.stop_reason,
        t.last_event_at,
        t.last_seq_no,
        t.cost,
        t.station_cost,
    )

"""Transactions, loaded and saved for a whole batch."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from psycopg import AsyncConnection

from app.domain.stations import ChargingState
from app.domain.tariffs import Tariff
from app.domain.transactions import Transaction
from app.store.arrays import bigints, floats, instants, integers, numerics, texts, versions, words
from app.store.parts import Part
from app.store.versions import Version

Known = tuple[Transaction, Version]
"""As the database has it, and under which version."""

_STATES = {state.value: state for state in ChargingState}

COLUMNS = """
t.id, t.station_id, t.transaction_id, t.started_at, t.evse_id, t.connector_id, t.id_token, t.token_type,
t.token_status, t.remote_start_id, t.charging_state, t.meter_start_wh, t.meter_wh, t.meter_at, t.energy_wh,
t.soc_start_percent, t.soc_percent, t.ended_at, t.stop_reason, t.last_event_at, t.last_seq_no,
t.currency, t.price_per_kwh, t.session_fee, t.cost, t.station_cost
"""
"""As `read_transaction` wants them."""

_LOAD_STARTED = f"""
SELECT t.xmin, {COLUMNS}
FROM unnest(%s::text[], %s::timestamptz[]) AS wanted(station_id, started_at)
JOIN transaction t ON t.station_id = wanted.station_id AND t.started_at = wanted.started_at
"""

_LOAD_STOPPED = f"""
SELECT t.xmin, {COLUMNS}
FROM unnest(%s::text[], %s::timestamptz[]) AS wanted(station_id, ended_at)
JOIN transaction t ON t.station_id = wanted.station_id AND t.ended_at = wanted.ended_at
"""

_LOAD_ACTIVE = f"""
SELECT t.xmin, {COLUMNS} FROM transaction t WHERE t.station_id = ANY(%s::text[]) AND t.ended_at IS NULL
"""

_LOAD_CHARGING = """
SELECT lower(id_token), station_id, id FROM transaction
WHERE ended_at IS NULL AND lower(id_token) = ANY(%s::text[])
"""

_TAKE_IDS = "SELECT nextval('transaction_id_seq') FROM generate_series(1, %s)"

_INSERT = """
INSERT INTO transaction (id, station_id, transaction_id, started_at, evse_id, connector_id, id_token, token_type,
    token_status, remote_start_id, charging_state, meter_start_wh, meter_wh, meter_at, energy_wh,
    soc_start_percent, soc_percent, ended_at, stop_reason, last_event_at, last_seq_no,
    currency, price_per_kwh, session_fee, cost, station_cost)
SELECT * FROM {rows} AS n
"""

_UPDATE = """
UPDATE transaction t SET started_at = n.started_at, evse_id = n.evse_id, connector_id = n.connector_id,
    id_token = n.id_token, token_type = n.token_type, token_status = n.token_status,
    remote_start_id = n.remote_start_id, charging_state = n.charging_state, meter_start_wh = n.meter_start_wh,
    meter_wh = n.meter_wh, meter_at = n.meter_at, energy_wh = n.energy_wh,
    soc_start_percent = n.soc_start_percent, soc_percent = n.soc_percent, ended_at = n.ended_at,
    stop_reason = n.stop_reason, last_event_at = n.last_event_at, last_seq_no = n.last_seq_no,
    cost = n.cost, station_cost = n.station_cost
FROM {rows}
  AS n(id, started_at, evse_id, connector_id, id_token, token_type, token_status, remote_start_id, charging_state,
    meter_start_wh, meter_wh, meter_at, energy_wh, soc_start_percent, soc_percent, ended_at, stop_reason,
    last_event_at, last_seq_no, cost, station_cost, version)
WHERE t.id = n.id AND t.xmin = n.version
RETURNING 1
"""

_UPDATE_METER = """
UPDATE transaction t SET charging_state = n.charging_state, meter_wh = n.meter_wh, meter_at = n.meter_at,
    energy_wh = n.energy_wh, soc_percent = n.soc_percent, last_event_at = n.last_event_at,
    last_seq_no = n.last_seq_no, cost = n.cost
FROM {rows}
  AS n(id, charging_state, meter_wh, meter_at, energy_wh, soc_percent, last_event_at, last_seq_no, cost, version)
WHERE t.id = n.id AND t.xmin = n.version
RETURNING 1
"""


async def load_started(
    connection: AsyncConnection[Any], wanted: Sequence[tuple[str, datetime]]
) -> list[Known]:
    """Those that began at (station, moment)."""
    return await _load_of_moments(connection, _LOAD_STARTED, wanted)


async def load_stopped(
    connection: AsyncConnection[Any], wanted: Sequence[tuple[str, datetime]]
) -> list[Known]:
    """Those that ended at (station, moment)."""
    return await _load_of_moments(connection, _LOAD_STOPPED, wanted)


async def _load_of_moments(
    connection: AsyncConnection[Any], statement: str, wanted: Sequence[tuple[str, datetime]]
) -> list[Known]:
    ids, moments = zip(*wanted, strict=True)
    cursor = await connection.execute(statement, (texts(ids), instants(moments)), binary=True)
    return [(read_transaction(row[1:]), row[0]) for row in await cursor.fetchall()]


async def load_active(connection: AsyncConnection[Any], ids: Sequence[str]) -> list[Known]:
    """All that run at stations."""
    cursor = await connection.execute(_LOAD_ACTIVE, (texts(ids),), binary=True)
    return [(read_transaction(row[1:]), row[0]) for row in await cursor.fetchall()]


async def load_charging(
    connection: AsyncConnection[Any], tokens: Sequence[str]
) -> dict[str, list[tuple[str, int]]]:
    """(station, number) of the transactions that run, by token (in lower case)."""
    cursor = await connection.execute(_LOAD_CHARGING, (texts(tokens),), binary=True)
    found: dict[str, list[tuple[str, int]]] = {}
    for token, station_id, number in await cursor.fetchall():
        found.setdefault(token, []).append((station_id, number))
    return found


def read_transaction(row: Sequence[Any]) -> Transaction:
    """A row of `COLUMNS`."""
    currency, price, fee = row[21:24]
    tariff = None
    if currency is not None:
        tariff = Tariff(currency=currency, price_per_kwh=price, session_fee=fee)
    state = _STATES.get(row[10])
    return Transaction._make((*row[:10], state, *row[11:21], tariff, *row[24:]))


async def take_ids(connection: AsyncConnection[Any], count: int) -> list[int]:
    """`count` new transaction numbers."""
    cursor = await connection.execute(_TAKE_IDS, (count,))
    return [row[0] for row in await cursor.fetchall()]


def new(rows: Sequence[Transaction]) -> Part:
    """Transactions to add."""
    return Part(_INSERT, (bigints, texts, texts, *_PACKS, *_TARIFF_PACKS), _all_values, rows)


def changed(rows: Sequence[Known]) -> Part:
    """All that may have changed of known ones; the version is the one before."""
    packs = (bigints, *_PACKS, numerics, numerics, versions)
    return Part(_UPDATE, packs, _values, rows, known=True)


def metered(rows: Sequence[Known]) -> Part:
    """What a periodic reading changes: the hot path's own, narrower update."""
    return Part(_UPDATE_METER, (*_METER_PACKS, versions), _meter_values, rows, known=True)


_VALUES = attrgetter(
    *("started_at", "evse_id", "connector_id", "id_token", "token_type", "token_status"),
    *("remote_start_id", "charging_state", "meter_start_wh", "meter_wh", "meter_at", "energy_wh"),
    *("soc_start_percent", "soc_percent", "ended_at", "stop_reason", "last_event_at"),
    "last_seq_no",
)
_PACKS = (
    *(instants, integers, integers, texts, texts, texts),
    *(bigints, texts, numerics, numerics, instants, numerics),
    *(floats, floats, instants, texts, instants),
    bigints,
)
_TARIFF_PACKS = (texts, numerics, numerics, numerics, numerics)
_METER = attrgetter(
    *("id", "charging_state", "meter_wh", "meter_at", "energy_wh", "soc_percent"),
    *("last_event_at", "last_seq_no", "cost"),
)
_METER_PACKS = (
    *(bigints, words, numerics, instants, numerics, floats),
    *(instants, bigints, numerics),
)


def _values(row: Known) -> tuple[object, ...]:
    t, version = row
    return (t.id, *_VALUES(t), t.cost, t.station_cost, version)


def _meter_values(row: Known) -> tuple[object, ...]:
    t, version = row
    return (*_METER(t), version)


def _all_values(t: Transaction) -> tuple[object, ...]:
    price: tuple[object, ...] = (None, None, None)
    if t.tariff is not None:
        price = (t.tariff.currency, t.tariff.price_per_kwh, t.tariff.session_fee)
    return (t.id, t.station_id, t.transaction_id, *_VALUES(t), *price, t.cost, t.station_cost)

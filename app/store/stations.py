"""Hot state of stations, EVSEs and connectors: loaded and saved for a whole batch, one statement each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg import AsyncConnection, AsyncCursor

from app.domain.stations import ChargingState, ConnectorStatus, Registration
from app.domain.tariffs import Tariff


@dataclass(slots=True)
class StationRow:
    """A station and its connection. Mutable: a batch works on it and saves it once."""

    station_id: str
    registration: Registration
    tariff: Tariff | None
    vendor: str | None
    model: str | None
    serial_number: str | None
    firmware_version: str | None
    revision: int
    connection: int | None
    online: bool
    protocol: str | None
    remote_address: str | None
    connected_at: datetime | None
    disconnected_at: datetime | None
    booted_at: datetime | None
    boot_reason: str | None
    last_seen_at: datetime | None


@dataclass(slots=True)
class EvseRow:
    """What an EVSE last measured and does."""

    station_id: str
    evse_id: int
    revision: int = 0
    charging_state: ChargingState | None = None
    transaction_id: int | None = None
    measured_at: datetime | None = None
    power_w: float | None = None
    register_wh: Decimal | None = None
    current_a: float | None = None
    voltage_v: float | None = None
    soc_percent: float | None = None


@dataclass(slots=True)
class ConnectorRow:
    """The last status of a connector."""

    station_id: str
    evse_id: int
    connector_id: int
    status: ConnectorStatus
    status_at: datetime
    error_code: str | None = None
    vendor_error_code: str | None = None
    info: str | None = None
    derived: bool = False


_LOAD_STATIONS = """
SELECT s.id, s.registration, t.currency, t.price_per_kwh, t.session_fee,
       s.vendor, s.model, s.serial_number, s.firmware_version,
       coalesce(h.revision, 0), h.connection, coalesce(h.online, false), h.protocol, h.remote_address,
       h.connected_at, h.disconnected_at, h.booted_at, h.boot_reason, h.last_seen_at
FROM unnest(%b::text[]) AS wanted(id)
JOIN station s ON s.id = wanted.id
LEFT JOIN station_state h ON h.station_id = s.id
LEFT JOIN location l ON l.id = s.location_id
LEFT JOIN tariff t ON t.id = coalesce(s.tariff_id, l.tariff_id)
"""

_LOAD_EVSES = """
SELECT station_id, evse_id, revision, charging_state, transaction_id, measured_at, power_w, register_wh,
       current_a, voltage_v, soc_percent
FROM evse_state WHERE station_id = ANY(%b::text[])
"""

_LOAD_CONNECTORS = """
SELECT station_id, evse_id, connector_id, status, status_at, error_code, vendor_error_code, info, derived
FROM connector_state WHERE station_id = ANY(%b::text[])
"""

_SAVE_BOOTS = """
UPDATE station s SET vendor = b.vendor, model = b.model, serial_number = coalesce(s.serial_number, b.serial),
       firmware_version = b.firmware, updated_at = now()
FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::text[]) AS b(id, vendor, model, serial, firmware)
WHERE s.id = b.id
"""

_SAVE_STATIONS = """
INSERT INTO station_state AS h (station_id, revision, connection, online, protocol, remote_address, connected_at,
                           disconnected_at, booted_at, boot_reason, last_seen_at)
SELECT * FROM unnest(%b::text[], %b::bigint[], %b::bigint[], %b::bool[], %b::text[], %b::text[], %b::timestamptz[],
                     %b::timestamptz[], %b::timestamptz[], %b::text[], %b::timestamptz[])
ON CONFLICT (station_id) DO UPDATE SET
    revision = excluded.revision, connection = excluded.connection, online = excluded.online,
    protocol = excluded.protocol, remote_address = excluded.remote_address, connected_at = excluded.connected_at,
    disconnected_at = excluded.disconnected_at, booted_at = excluded.booted_at,
    boot_reason = excluded.boot_reason, last_seen_at = excluded.last_seen_at
WHERE h.connection IS NULL OR h.connection <= excluded.connection
"""

_SAVE_EVSES = """
INSERT INTO evse_state (station_id, evse_id, revision, charging_state, transaction_id, measured_at, power_w,
                        register_wh, current_a, voltage_v, soc_percent)
SELECT * FROM unnest(%b::text[], %b::int[], %b::bigint[], %b::text[], %b::bigint[], %b::timestamptz[], %b::float8[],
                     %b::numeric[], %b::float8[], %b::float8[], %b::float8[])
ON CONFLICT (station_id, evse_id) DO UPDATE SET
    revision = excluded.revision, charging_state = excluded.charging_state,
    transaction_id = excluded.transaction_id, measured_at = excluded.measured_at, power_w = excluded.power_w,
    register_wh = excluded.register_wh, current_a = excluded.current_a, voltage_v = excluded.voltage_v,
    soc_percent = excluded.soc_percent
"""

_SAVE_CONNECTORS = """
WITH said AS (
    SELECT * FROM unnest(%b::text[], %b::int[], %b::int[], %b::text[], %b::timestamptz[], %b::text[], %b::text[],
                         %b::text[], %b::bool[])
        AS s(station_id, evse_id, connector_id, status, status_at, error_code, vendor_error_code, info, derived)
), made AS (
    INSERT INTO connector (station_id, evse_id, connector_id)
    SELECT station_id, evse_id, connector_id FROM said WHERE evse_id > 0 ON CONFLICT DO NOTHING
)
INSERT INTO connector_state SELECT * FROM said
ON CONFLICT (station_id, evse_id, connector_id) DO UPDATE SET
    status = excluded.status, status_at = excluded.status_at, error_code = excluded.error_code,
    vendor_error_code = excluded.vendor_error_code, info = excluded.info, derived = excluded.derived
"""

Cursor = AsyncCursor[Any]


async def ask_stations(
    connection: AsyncConnection[Any], ids: Sequence[str]
) -> tuple[Cursor, Cursor, Cursor]:
    """Send the three questions; `read_stations` takes their answers (two steps, so that a pipeline can hold them)."""
    cursors = []
    for statement in (_LOAD_STATIONS, _LOAD_EVSES, _LOAD_CONNECTORS):
        cursor = connection.cursor(binary=True)
        await cursor.execute(statement, (list(ids),))
        cursors.append(cursor)
    return cursors[0], cursors[1], cursors[2]


async def read_stations(
    cursors: tuple[Cursor, Cursor, Cursor],
) -> tuple[list[StationRow], list[EvseRow], list[ConnectorRow]]:
    """What `ask_stations` asked for."""
    stations, evses, connectors = [await cursor.fetchall() for cursor in cursors]
    return (
        [_station(row) for row in stations],
        [_evse(row) for row in evses],
        [ConnectorRow(r[0], r[1], r[2], ConnectorStatus(r[3]), *r[4:]) for r in connectors],
    )


def _station(row: Any) -> StationRow:
    currency, price, fee = row[2:5]
    tariff = None
    if currency is not None:
        tariff = Tariff(currency=currency, price_per_kwh=price, session_fee=fee)
    return StationRow(row[0], Registration(row[1]), tariff, *row[5:])


def _evse(row: Any) -> EvseRow:
    state = ChargingState(row[3]) if row[3] is not None else None
    return EvseRow(row[0], row[1], row[2], state, *row[4:])


async def save_boots(connection: AsyncConnection[Any], rows: Sequence[StationRow]) -> None:
    """What stations said of themselves."""
    columns = zip(
        *((r.station_id, r.vendor, r.model, r.serial_number, r.firmware_version) for r in rows),
        strict=True,
    )
    await connection.execute(_SAVE_BOOTS, [list(column) for column in columns])


async def save_stations(connection: AsyncConnection[Any], rows: Sequence[StationRow]) -> None:
    """Connections. A row of an older connection than the stored one changes nothing."""
    values = (
        (
            r.station_id,
            r.revision,
            r.connection,
            r.online,
            r.protocol,
            r.remote_address,
            r.connected_at,
            r.disconnected_at,
            r.booted_at,
            r.boot_reason,
            r.last_seen_at,
        )
        for r in rows
    )
    await connection.execute(_SAVE_STATIONS, [list(c) for c in zip(*values, strict=True)])


async def save_evses(connection: AsyncConnection[Any], rows: Sequence[EvseRow]) -> None:
    """What EVSEs measured and do."""
    values = (
        (
            r.station_id,
            r.evse_id,
            r.revision,
            r.charging_state,
            r.transaction_id,
            r.measured_at,
            r.power_w,
            r.register_wh,
            r.current_a,
            r.voltage_v,
            r.soc_percent,
        )
        for r in rows
    )
    await connection.execute(_SAVE_EVSES, [list(c) for c in zip(*values, strict=True)])


async def save_connectors(connection: AsyncConnection[Any], rows: Sequence[ConnectorRow]) -> None:
    """Statuses; a connector that nobody registered is made."""
    values = (
        (
            r.station_id,
            r.evse_id,
            r.connector_id,
            r.status,
            r.status_at,
            r.error_code,
            r.vendor_error_code,
            r.info,
            r.derived,
        )
        for r in rows
    )
    await connection.execute(_SAVE_CONNECTORS, [list(c) for c in zip(*values, strict=True)])


_TOUCH = """
UPDATE station_state
SET revision = greatest(revision + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
WHERE station_id = ANY(%s)
"""


async def touch(connection: AsyncConnection[Any], ids: Sequence[str]) -> None:
    """Something that is shown of these stations has changed outside of their lanes."""
    await connection.execute(_TOUCH, (list(ids),))

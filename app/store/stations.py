"""Hot state of stations, EVSEs and connectors: loaded and saved for a whole batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from psycopg import AsyncConnection

from app.domain.stations import ChargingState, ConnectorStatus, Registration
from app.domain.tariffs import Tariff
from app.store.arrays import (
    bigints,
    booleans,
    floats,
    instants,
    integers,
    numerics,
    texts,
    versions,
    words,
)
from app.store.parts import Part
from app.store.versions import UNKNOWN, Version


@dataclass(slots=True)
class StationRow:
    """A station and its connection. Mutable: a batch works on it and saves it once.

    What stands behind the versions is not loaded but only said; None stays as it is. The tariff is there where a
    transaction may begin.
    """

    station_id: str
    registration: Registration
    revision: int
    connection: int | None
    online: bool
    last_seen_at: datetime | None
    max_power_w: float
    version: Version = UNKNOWN
    state_version: Version = UNKNOWN
    tariff: Tariff | None = None
    vendor: str | None = None
    model: str | None = None
    serial_number: str | None = None
    firmware_version: str | None = None
    protocol: str | None = None
    remote_address: str | None = None
    connected_at: datetime | None = None
    disconnected_at: datetime | None = None
    booted_at: datetime | None = None
    boot_reason: str | None = None


@dataclass(slots=True)
class EvseRow:
    """What an EVSE last measured and does. `power_derived` is saved apart (`save_derived`): it hardly ever changes."""

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
    power_derived: bool = False
    version: Version = UNKNOWN


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


_LOAD_CONNECTORS = """
SELECT station_id, evse_id, connector_id, status, status_at, error_code, vendor_error_code, info, derived
FROM connector_state WHERE station_id = ANY(%s::text[])
"""

_LOAD_TARIFFS = """
SELECT s.id, t.currency, t.price_per_kwh, t.session_fee
FROM station s
LEFT JOIN location l ON l.id = s.location_id
JOIN tariff t ON t.id = coalesce(s.tariff_id, l.tariff_id)
WHERE s.id = ANY(%s::text[])
"""

_SAVE_BOOTS = """
UPDATE station s SET vendor = b.vendor, model = b.model, serial_number = coalesce(s.serial_number, b.serial),
       firmware_version = b.firmware, updated_at = now()
FROM {rows} AS b(id, vendor, model, serial, firmware)
WHERE s.id = b.id
"""

_SAVE_STATIONS = """
INSERT INTO station_state AS h (station_id, revision, connection, online, protocol, remote_address, connected_at,
                           disconnected_at, booted_at, boot_reason, last_seen_at)
SELECT * FROM {rows} AS n
ON CONFLICT (station_id) DO UPDATE SET
    revision = greatest(h.revision, excluded.revision), connection = excluded.connection, online = excluded.online,
    protocol = coalesce(excluded.protocol, h.protocol),
    remote_address = coalesce(excluded.remote_address, h.remote_address),
    connected_at = coalesce(excluded.connected_at, h.connected_at),
    disconnected_at = coalesce(excluded.disconnected_at, h.disconnected_at),
    booted_at = coalesce(excluded.booted_at, h.booted_at),
    boot_reason = coalesce(excluded.boot_reason, h.boot_reason),
    last_seen_at = excluded.last_seen_at
WHERE h.connection IS NULL OR h.connection <= excluded.connection
"""

_SAVE_EVSES = """
INSERT INTO evse_state (station_id, evse_id, revision, charging_state, transaction_id, measured_at, power_w,
                        register_wh, current_a, voltage_v, soc_percent)
SELECT * FROM {rows} AS n
ON CONFLICT (station_id, evse_id) DO UPDATE SET
    revision = excluded.revision, charging_state = excluded.charging_state,
    transaction_id = excluded.transaction_id, measured_at = excluded.measured_at, power_w = excluded.power_w,
    register_wh = excluded.register_wh, current_a = excluded.current_a, voltage_v = excluded.voltage_v,
    soc_percent = excluded.soc_percent
"""

_UPDATE_EVSES = """
UPDATE evse_state e SET revision = n.revision, charging_state = n.charging_state, transaction_id = n.transaction_id,
    measured_at = n.measured_at, power_w = n.power_w, register_wh = n.register_wh, current_a = n.current_a,
    voltage_v = n.voltage_v, soc_percent = n.soc_percent
FROM {rows}
  AS n(station_id, evse_id, revision, charging_state, transaction_id, measured_at, power_w, register_wh, current_a,
    voltage_v, soc_percent, version)
WHERE e.station_id = n.station_id AND e.evse_id = n.evse_id AND e.xmin = n.version
RETURNING 1
"""

_MAKE_CONNECTORS = """
INSERT INTO connector (station_id, evse_id, connector_id)
SELECT * FROM {rows} AS n ON CONFLICT DO NOTHING
"""

_SAVE_CONNECTORS = """
INSERT INTO connector_state (station_id, evse_id, connector_id, status, status_at, error_code, vendor_error_code,
                             info, derived)
SELECT * FROM {rows} AS n
ON CONFLICT (station_id, evse_id, connector_id) DO UPDATE SET
    status = excluded.status, status_at = excluded.status_at, error_code = excluded.error_code,
    vendor_error_code = excluded.vendor_error_code, info = excluded.info, derived = excluded.derived
"""

_STATES = {state.value: state for state in ChargingState}


def read_evse(station_id: str, row: Sequence[Any]) -> EvseRow:
    """A row of `evse_state`, from `evse_id` on."""
    return EvseRow(station_id, row[0], row[1], _STATES.get(row[2]), *row[3:])


async def load_connectors(
    connection: AsyncConnection[Any], ids: Sequence[str]
) -> list[ConnectorRow]:
    """The connectors of stations, as far as anything was said of them."""
    cursor = await connection.execute(_LOAD_CONNECTORS, (texts(ids),), binary=True)
    rows = await cursor.fetchall()
    return [ConnectorRow(r[0], r[1], r[2], ConnectorStatus(r[3]), *r[4:]) for r in rows]


async def load_tariffs(connection: AsyncConnection[Any], ids: Sequence[str]) -> dict[str, Tariff]:
    """What stations charge; one without a tariff is left out."""
    cursor = await connection.execute(_LOAD_TARIFFS, (texts(ids),), binary=True)
    return {
        row[0]: Tariff(currency=row[1], price_per_kwh=row[2], session_fee=row[3])
        for row in await cursor.fetchall()
    }


def boots(rows: Sequence[StationRow]) -> Part:
    """What stations said of themselves. The register's serial number is an asset's: theirs fills only an empty one."""
    return Part(_SAVE_BOOTS, (texts,) * 5, _BOOT, rows)


def stations(rows: Sequence[StationRow]) -> Part:
    """Connections. A row of an older connection than the stored one changes nothing."""
    return Part(_SAVE_STATIONS, _STATION_PACKS, _STATION, rows)


def new_evses(rows: Sequence[EvseRow]) -> Part:
    """What EVSEs measured and do of which nothing was known."""
    return Part(_SAVE_EVSES, _EVSE_PACKS, _EVSE, rows)


def known_evses(rows: Sequence[EvseRow]) -> Part:
    """What EVSEs measured and do that were loaded: an update locks less and logs less than an upsert."""
    return Part(_UPDATE_EVSES, (*_EVSE_PACKS, versions), _KNOWN_EVSE, rows, known=True)


def connectors(rows: Sequence[ConnectorRow]) -> tuple[Part, Part]:
    """Statuses; a connector that nobody registered is made."""
    own = [row for row in rows if row.evse_id > 0]
    return (
        Part(_MAKE_CONNECTORS, (texts, integers, integers), _CONNECTOR_KEY, own),
        Part(_SAVE_CONNECTORS, _CONNECTOR_PACKS, _CONNECTOR, rows),
    )


_BOOT = attrgetter("station_id", "vendor", "model", "serial_number", "firmware_version")

_STATION = attrgetter(
    *("station_id", "revision", "connection", "online", "protocol", "remote_address"),
    *("connected_at", "disconnected_at", "booted_at", "boot_reason", "last_seen_at"),
)
_STATION_PACKS = (
    *(texts, bigints, bigints, booleans, texts, texts),
    *(instants, instants, instants, texts, instants),
)
_EVSE_FIELDS = (
    *("station_id", "evse_id", "revision", "charging_state", "transaction_id", "measured_at"),
    *("power_w", "register_wh", "current_a", "voltage_v", "soc_percent"),
)
_EVSE = attrgetter(*_EVSE_FIELDS)
_KNOWN_EVSE = attrgetter(*_EVSE_FIELDS, "version")
_EVSE_PACKS = (
    *(words, integers, bigints, words, bigints, instants),
    *(floats, numerics, floats, floats, floats),
)
_CONNECTOR_KEY = attrgetter("station_id", "evse_id", "connector_id")
_CONNECTOR = attrgetter(
    *("station_id", "evse_id", "connector_id", "status", "status_at"),
    *("error_code", "vendor_error_code", "info", "derived"),
)
_CONNECTOR_PACKS = (
    *(texts, integers, integers, texts, instants),
    *(texts, texts, texts, booleans),
)


_TOUCH = """
UPDATE station_state
SET revision = greatest(revision + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
WHERE station_id = ANY(%s)
"""


async def touch(connection: AsyncConnection[Any], ids: Sequence[str]) -> None:
    """Something that is shown of these stations has changed outside of their lanes."""
    await connection.execute(_TOUCH, (list(ids),))


_SAVE_DERIVED = """
UPDATE evse_state e SET power_derived = n.derived
FROM (SELECT DISTINCT ON (station_id, evse_id) * FROM unnest(%s::text[], %s::int[], %s::bool[])
      WITH ORDINALITY AS said(station_id, evse_id, derived, place)
      ORDER BY station_id, evse_id, place DESC) n
WHERE e.station_id = n.station_id AND e.evse_id = n.evse_id
"""


async def save_derived(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, int, bool]]
) -> None:
    """Whether the power of EVSEs follows from their registers: (station, EVSE, yes or no)."""
    await connection.execute(_SAVE_DERIVED, [list(column) for column in zip(*rows, strict=True)])

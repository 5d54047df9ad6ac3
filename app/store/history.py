"""What was: changes of statuses and connections, added for a whole batch by the statement that makes them."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from app.domain.stations import ConnectorStatus
from app.store.arrays import booleans, instants, integers, texts
from app.store.parts import Part


class StatusChange(NamedTuple):
    """A connector has another status, or another error, since `at` (our clock); `said_at`: by the station's."""

    station_id: str
    evse_id: int
    connector_id: int
    at: datetime
    status: ConnectorStatus
    error_code: str | None = None
    vendor_error_code: str | None = None
    info: str | None = None
    said_at: datetime | None = None


class ConnectionChange(NamedTuple):
    """A station is connected since `at`, or is not."""

    station_id: str
    at: datetime
    online: bool
    protocol: str | None = None
    remote_address: str | None = None


_ADD_STATUSES = """
INSERT INTO status_history (station_id, evse_id, connector_id, at, status, error_code, vendor_error_code, info, said_at)
SELECT * FROM {rows} AS n
"""

_ADD_CONNECTIONS = """
INSERT INTO connection_history (station_id, at, online, protocol, remote_address)
SELECT * FROM {rows} AS n
"""


def statuses(rows: Sequence[StatusChange]) -> Part:
    """Changes of connectors to add."""
    return Part(_ADD_STATUSES, _STATUS_PACKS, _STATUS, rows)


def connections(rows: Sequence[ConnectionChange]) -> Part:
    """Changes of connections to add."""
    return Part(_ADD_CONNECTIONS, _CONNECTION_PACKS, _CONNECTION, rows)


_STATUS = attrgetter(*StatusChange._fields)
_STATUS_PACKS = (texts, integers, integers, instants, texts, texts, texts, texts, instants)
_CONNECTION = attrgetter(*ConnectionChange._fields)
_CONNECTION_PACKS = (texts, instants, booleans, texts, texts)

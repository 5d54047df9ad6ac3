"""What the system does when a station connects, goes, starts, is heard of, or tells of a connector."""

from datetime import timedelta

from app.csms.batch import Batch
from app.csms.credentials import note_credentials
from app.csms.effects import note_boot
from app.domain.reports import (
    Answer,
    BootAnswer,
    ConnectorStatusReported,
    Received,
    SeenAnswer,
    StationBooted,
    StationConnected,
    StationDisconnected,
)
from app.domain.stations import ConnectorStatus
from app.store.history import ConnectionChange, StatusChange
from app.store.stations import ConnectorRow

HEARTBEAT_INTERVAL_S = 60
"""How often a station that has nothing else to say shall be heard of."""

SEEN_STEP = timedelta(seconds=10)
"""`last_seen_at` is written at most this often: it is for people, and each write is a row."""


def on_connected(batch: Batch, received: Received) -> Answer:
    """A newer connection takes the station over; an older one that comes late changes nothing."""
    report = received.report
    assert isinstance(report, StationConnected)
    row = batch.station(received.station_id)
    if row.connection is not None and row.connection > report.connection:
        return Answer()
    row.connection = report.connection
    row.protocol = report.protocol
    row.remote_address = report.remote_address
    row.connected_at = row.last_seen_at = received.at
    row.online = True
    batch.keep_station(row)
    batch.connections.append(
        ConnectionChange(row.station_id, received.at, True, report.protocol, report.remote_address)
    )
    batch.status_changed(row.station_id, received.at)
    note_credentials(batch, received)
    return Answer()


def on_disconnected(batch: Batch, received: Received) -> Answer:
    """The station is offline, unless a newer connection took over."""
    report = received.report
    assert isinstance(report, StationDisconnected)
    row = batch.station(received.station_id)
    if row.connection == report.connection and row.online:
        row.online = False
        row.disconnected_at = received.at
        batch.keep_station(row)
        batch.connections.append(ConnectionChange(row.station_id, received.at, False))
        batch.status_changed(row.station_id, received.at)
    return Answer()


def on_booted(batch: Batch, received: Received) -> BootAnswer:
    """B01: keep what the station says of itself; whether it is let in was decided by an admin or by the settings."""
    report = received.report
    assert isinstance(report, StationBooted)
    row = batch.station(received.station_id)
    row.vendor = report.vendor
    row.model = report.model
    row.serial_number = report.serial_number
    row.firmware_version = report.firmware_version
    row.booted_at = row.last_seen_at = received.at
    row.boot_reason = report.reason
    batch.keep_station(row, booted=True)
    note_boot(batch, received)
    if not report.tells_connectors:
        _suppose_connector(batch, received)
    return BootAnswer(
        registration=row.registration, interval_s=HEARTBEAT_INTERVAL_S, now=received.at
    )


def _suppose_connector(batch: Batch, received: Received) -> None:
    """A station that never tells of its connectors has one; it is free unless a transaction runs there.

    What was told of it before was told by another program.
    """
    key = (received.station_id, 1, 1)
    evse = batch.evses.get(key[:2])
    running = evse is not None and evse.transaction_id is not None
    status = ConnectorStatus.OCCUPIED if running else ConnectorStatus.AVAILABLE
    row = batch.connectors.get(key)
    if row is not None and row.derived and row.status is status:
        return
    batch.keep_connector(ConnectorRow(*key, status, received.at, derived=True))
    if row is None or row.status is not status:
        batch.statuses.append(StatusChange(*key, received.at, status))
        batch.status_changed(received.station_id, received.at)


def on_seen(batch: Batch, received: Received) -> SeenAnswer:
    """G02."""
    batch.station(received.station_id)
    return SeenAnswer(now=received.at)


def note_seen(batch: Batch, received: Received) -> None:
    """Any report shows that the station lives, even if it was given up as silent."""
    row = batch.stations[received.station_id]
    if row.last_seen_at is None or received.at - row.last_seen_at >= SEEN_STEP:
        row.last_seen_at = received.at
        batch.keep_station(row)
        if not row.online and not isinstance(received.report, StationDisconnected):
            row.online = row.connection is not None
            if row.online:
                batch.connections.append(ConnectionChange(row.station_id, received.at, True))
            batch.status_changed(row.station_id, received.at)


def on_connector_status(batch: Batch, received: Received) -> Answer:
    """G01. EVSE 0 or connector 0 speaks for the station as a whole."""
    report = received.report
    assert isinstance(report, ConnectorStatusReported)
    station = batch.station(received.station_id)
    key = (station.station_id, report.evse_id, report.connector_id)
    row = batch.connectors.get(key)
    changed = row is None or (row.status, row.error_code) != (report.status, report.error_code)
    if changed or (row is not None and (row.derived or row.info != report.info)):
        batch.keep_connector(
            ConnectorRow(
                *key,
                report.status,
                report.at,
                report.error_code,
                report.vendor_error_code,
                report.info,
                derived=report.passing,
            )
        )
    if changed:
        batch.statuses.append(
            StatusChange(
                *key,
                received.at,
                report.status,
                report.error_code,
                report.vendor_error_code,
                report.info,
                report.at,
            )
        )
    if report.evse_id > 0:
        changed |= _follow(batch, report, station.station_id)
    if changed:
        batch.status_changed(station.station_id, received.at)
    return Answer()


def _follow(batch: Batch, report: ConnectorStatusReported, station_id: str) -> bool:
    """Where the status tells the charging state too (1.6), the EVSE's follows; whether it changed."""
    evse = batch.evse(station_id, report.evse_id)
    state = report.charging_state
    if state is None and report.status is not ConnectorStatus.AVAILABLE:
        return False
    if evse.charging_state == state:
        return False
    evse.charging_state = state
    batch.keep_evse(evse)
    return True

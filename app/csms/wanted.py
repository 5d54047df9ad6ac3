"""What has to be loaded for a batch: which rows its reports can touch."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.reports import (
    AuthorizationAsked,
    ConnectorStatusReported,
    MeterValuesReported,
    Received,
    StationBooted,
    TransactionEnded,
    TransactionReport,
    TransactionStarted,
    TransactionUpdated,
    VendorDataSent,
)


@dataclass(slots=True)
class Wanted:
    """Keys of rows: of stations, of transactions by name, by start or by end, and of what only some reports need.

    `named`: to the EVSE where it is said to be.
    """

    stations: set[str] = field(default_factory=set)
    named: dict[tuple[str, str], int | None] = field(default_factory=dict)
    started: set[tuple[str, datetime]] = field(default_factory=set)
    stopped: set[tuple[str, datetime]] = field(default_factory=set)
    active: set[str] = field(default_factory=set)
    connectors: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    vendors: set[str] = field(default_factory=set)
    ended: list[tuple[str, str]] = field(default_factory=list)
    starts: int = 0


def wanted_by(batch: Sequence[Received]) -> Wanted:
    """What the reports of `batch` can touch."""
    wanted = Wanted()
    for received in batch:
        report, station_id = received.report, received.station_id
        if isinstance(report, TransactionReport):
            if report.transaction is None:
                wanted.stations.add(station_id)
                wanted.started.add((station_id, report.at))
                if isinstance(report, TransactionEnded):
                    wanted.stopped.add((station_id, report.at))
                    wanted.starts += 1
            else:
                place = wanted.named.setdefault((station_id, report.transaction), report.evse_id)
                if report.evse_id is not None and report.evse_id != place:
                    wanted.active.add(station_id)
                    wanted.connectors.add(station_id)
            if not isinstance(report, TransactionUpdated):
                wanted.active.add(station_id)
                wanted.connectors.add(station_id)
            if isinstance(report, TransactionStarted):
                wanted.starts += 1
            if report.id_token is not None:
                wanted.tokens.add(report.id_token.lower())
                if isinstance(report, TransactionEnded) and report.transaction is not None:
                    wanted.ended.append((station_id, report.transaction))
            continue
        wanted.stations.add(station_id)
        if isinstance(report, AuthorizationAsked):
            wanted.tokens.add(report.id_token.lower())
        elif isinstance(report, MeterValuesReported):
            wanted.active.add(station_id)
        elif isinstance(report, ConnectorStatusReported) or (
            isinstance(report, StationBooted) and not report.tells_connectors
        ):
            wanted.connectors.add(station_id)
        elif isinstance(report, VendorDataSent):
            wanted.vendors.add(report.vendor)
    return wanted

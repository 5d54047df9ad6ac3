"""What a lane remembers of stations from one batch to the next: the rows that it has just written.

Nearly all that stations tell is periodic and about what the lane has in its hands already, so nothing is asked; the
statement that saves says whether all of it was still true (`app.store.versions`), since an admin, a job or another
process may have changed it. Then nothing is stored, and the batch is done again with what the database says.
"""

from collections.abc import Mapping, Sequence

from app.csms.batch import ACCEPTED, Batch, Remembered
from app.domain.reports import (
    MeterValuesReported,
    Received,
    Report,
    StationSeen,
    TransactionUpdated,
)

MOST = 10_000
"""Stations that are remembered; the one that said nothing for the longest time is forgotten first."""


class Memory:
    """Empty at first. What `take` gives is forgotten until `keep` is told how it came out."""

    def __init__(self) -> None:
        self._known: dict[str, Remembered] = {}

    def __len__(self) -> int:
        return len(self._known)

    def take(self, batch: Sequence[Received]) -> Mapping[str, Remembered]:
        """Stations of which all is remembered that the reports of `batch` need."""
        taken: dict[str, Remembered] = {}
        lacking: set[str] = set()
        for received in batch:
            station_id = received.station_id
            known = taken.get(station_id) or self._known.pop(station_id, None)
            if known is not None:
                taken[station_id] = known
                if not _suffices(known, received.report):
                    lacking.add(station_id)
        for station_id in lacking:
            del taken[station_id]
        return taken

    def keep(self, batch: Batch, reports: Sequence[Received]) -> None:
        """Remember what `batch`, which was saved, knows of stations of which there were only plain `reports`."""
        found: dict[str, Remembered] = {}
        for station_id, row in batch.stations.items():
            if row.version and row.state_version and row.registration is ACCEPTED:
                found[station_id] = Remembered(row, [], [])
        for received in reports:
            if not _is_plain(received.report):
                found.pop(received.station_id, None)
        for (station_id, evse_id), evse in batch.evses.items():
            known = found.get(station_id)
            if known is None or not evse.version:
                continue
            known.evses.append(evse)
            number = evse.transaction_id
            version = batch.versions.get(number) if number is not None else None
            if number is not None and version is not None:
                running = batch.transactions[number]
                if running.ended_at is None and running.evse_id == evse_id:
                    known.running.append((running, version))
        self._known.update(found)
        while len(self._known) > MOST:
            del self._known[next(iter(self._known))]

    def forget(self) -> None:
        """Everything: the database may be another one."""
        self._known.clear()


def _is_plain(report: Report) -> bool:
    """Whether nothing but the station's own rows, its EVSEs' and its transaction's decide about `report`.

    A rule that needs more has to be refused here, or it finds nothing loaded.
    """
    if isinstance(report, TransactionUpdated):
        return (
            report.id_token is None
            and report.remote_start_id is None
            and report.reservation_id is None
        )
    return isinstance(report, StationSeen | MeterValuesReported)


def _suffices(known: Remembered, report: Report) -> bool:
    if not _is_plain(report):
        return False
    if isinstance(report, TransactionUpdated):
        for transaction, _ in known.running:
            if transaction.transaction_id == report.transaction:
                return report.evse_id is None or report.evse_id == transaction.evse_id
        return False
    if isinstance(report, MeterValuesReported):
        for evse in known.evses:
            if evse.evse_id == report.evse_id:
                number = evse.transaction_id
                return number is None or any(t.id == number for t, _ in known.running)
        return False
    return True

"""What a transaction's reports show beside the transaction: events that are missing, who ended it, its reservation."""

from app.csms.batch import Batch
from app.domain.reports import Received, TransactionEnded, TransactionReport, TransactionStarted
from app.domain.reservations import ReservationStatus
from app.domain.transactions import Transaction
from app.store.reservations import EndRow, save_ends
from app.store.session_details import FactRow, SeqRow, save_facts, save_gaps

MOST_MISSING = 100
"""A greater step of the sequence number is another way of counting, not events that got lost."""


def note_details(
    batch: Batch,
    received: Received,
    report: TransactionReport,
    before: Transaction | None,
    after: Transaction,
) -> None:
    """Add rows for what is out of the ordinary; the periodic sample has none."""
    if report.seq_no is not None:
        _note_gap(batch, received, report, before, after.id)
    stopped_by = report.id_token if isinstance(report, TransactionEnded) else None
    if stopped_by is not None or report.reservation_id is not None:
        batch.add(save_facts, FactRow(after.id, stopped_by, report.reservation_id))
    if report.reservation_id is not None:
        used = ReservationStatus.USED
        row = EndRow(after.station_id, report.reservation_id, used, report.at, after.id)
        batch.add(save_ends, row)


def _note_gap(
    batch: Batch,
    received: Received,
    report: TransactionReport,
    before: Transaction | None,
    number: int,
) -> None:
    """E01 to E08: events are numbered without gaps; some stations always send 0, which means nothing.

    A transaction that does not begin with Started misses what came before; with it, it may begin anywhere.
    """
    assert report.seq_no is not None
    if before is not None and before.last_seq_no is not None:
        last = before.last_seq_no
    elif before is None and not isinstance(report, TransactionStarted):
        last = -1
    else:
        return
    step = report.seq_no - last
    if step == 1 or step == 0:
        return
    if step < 0:
        row = SeqRow(number, report.seq_no, report.seq_no, found=True, at=received.at)
    elif step <= MOST_MISSING:
        row = SeqRow(number, last + 1, report.seq_no - 1, found=False, at=received.at)
    else:
        return
    batch.add(save_gaps, row)

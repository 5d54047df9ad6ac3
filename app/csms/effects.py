"""What a station's reports show of the commands that caused them: that one has left, and what came of it."""

from app.csms.batch import Batch
from app.domain.reports import (
    Answer,
    CommandSent,
    Received,
    TransactionReport,
    TransactionStarted,
)
from app.domain.transactions import Transaction
from app.store.commands import Effect, Unnamed, save_effects, save_sent, save_unnamed
from app.store.device import save_fulfilled

STARTED = "The transaction has started."
ENDED = "The transaction has ended."
REPORTED = "The report is complete."
BOOTED = "The station has started again."
NOT_STARTED = "No transaction came within"
NOT_ENDED = "No end came within"
JOB_ENDED = "It ended:"


def on_command_sent(batch: Batch, received: Received) -> Answer:
    """The door has put a command on the wire."""
    report = received.report
    assert isinstance(report, CommandSent)
    batch.add(save_sent, (report.number, report.at))
    return Answer()


def note_fulfilled(batch: Batch, received: Received, request_id: int, text: str) -> None:
    """What a command asked for by this number has come, whole."""
    batch.add(save_fulfilled, (received.station_id, request_id, text, received.at))


def note_boot(batch: Batch, received: Received) -> None:
    """A reset that was asked for has happened."""
    batch.add(
        save_effects,
        Effect(received.station_id, "booted", None, None, None, None, BOOTED, received.at),
    )


def note_transaction(
    batch: Batch,
    received: Received,
    report: TransactionReport,
    before: Transaction | None,
    after: Transaction,
) -> None:
    """A transaction began (or learned which remote start it belongs to), or it ended.

    Where the station says why (2.x), what a driver did at the station is no effect of ours, and costs nothing.
    """
    if before is None and _says_nothing(report):
        batch.add(save_unnamed, Unnamed(after.station_id, after.id, received.at, STARTED))
        return
    known = before is not None and before.remote_start_id == after.remote_start_id
    by_token = after.id_token is not None and report.trigger in (None, "RemoteStart")
    if not known and (after.remote_start_id is not None or by_token):
        kind, text = "started", STARTED
    elif not after.active and (before is None or before.active):
        if report.trigger not in (None, "RemoteStop") and after.stop_reason != "Remote":
            return
        kind, text = "ended", ENDED
    else:
        return
    batch.add(
        save_effects,
        Effect(
            after.station_id,
            kind,
            after.remote_start_id,
            after.id_token,
            after.transaction_id,
            after.id,
            text,
            received.at,
        ),
    )


def _says_nothing(report: TransactionReport) -> bool:
    """A start of which the station tells neither why nor for whom, as no station does that speaks OCPP as written."""
    return (
        type(report) is TransactionStarted
        and report.id_token is None
        and report.remote_start_id is None
        and report.trigger is None
        and report.from_zero
    )

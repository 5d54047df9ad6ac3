"""Asking a station about its running transactions (E14), and telling it what they cost so far (I02)."""

from collections.abc import Callable

from app.csms.actors import Actor
from app.csms.batch import Batch
from app.csms.commands import CommandResult, carry_out, resolve
from app.csms.context import Context
from app.domain.reports import Answer, Received, Report
from app.domain.session_checks import GetTransactionStatus, TransactionChecked
from app.store.session_details import CheckRow, save_checks


def on_transaction_checked(batch: Batch, received: Received) -> Answer:
    """E14: what the station says of a transaction and of its queue."""
    report = received.report
    assert isinstance(report, TransactionChecked)
    batch.add(
        save_checks,
        CheckRow(
            received.station_id,
            report.transaction or "",
            report.ongoing,
            report.messages_in_queue,
            received.at,
        ),
    )
    return Answer()


HANDLES: dict[type[Report], Callable[[Batch, Received], Answer]] = {
    TransactionChecked: on_transaction_checked
}
"""For `app.csms.receive`."""


async def check_transaction(
    context: Context, actor: Actor, station_id: str, transaction_id: str | None = None
) -> CommandResult:
    """Ask whether a transaction goes on and whether messages wait; None: whether any do (E14)."""
    station = await resolve(context, station_id)
    command = GetTransactionStatus(transaction=transaction_id)
    return await carry_out(context, actor, station.id, command)

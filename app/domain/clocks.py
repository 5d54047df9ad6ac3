"""Stations' clocks: unset, set back, hours or years ahead. What they told is kept; it may not stop what comes after."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.domain.reports import TransactionReport, TransactionStarted
from app.domain.transactions import SOONEST, Transaction

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
"""Every clock, zone and database can show what lies between; an unset clock says year 1, "for ever" year 9999."""

AHEAD = timedelta(hours=1)
"""A station that told of a moment so far beyond our clock, and is behind it again, had a wrong clock."""


SET = datetime(2010, 1, 1, tzinfo=UTC)
"""No station that speaks OCPP over JSON was made before: a clock that says less was not set."""


def sobered(transaction: Transaction, report: TransactionReport, now: datetime) -> Transaction:
    """The transaction before `report`, received at `now`, without what a wrong clock told of the future.

    Else nothing would count any more until then. A station whose clock is always ahead is taken at its word.
    """
    last, meter_at, at = transaction.last_event_at, transaction.meter_at, report.at
    if (last is None or last <= at) and (meter_at is None or meter_at <= at):
        return transaction  # nearly always
    if at > now + AHEAD or not (was_ahead(last, now) or was_ahead(meter_at, now)):
        return transaction
    before = min((at, *(reading.measured_at for reading in report.readings))) - SOONEST
    return transaction._replace(
        started_at=min(transaction.started_at, at),
        last_event_at=None if last is None else min(last, before),
        meter_at=None if meter_at is None else min(meter_at, before),
    )


def dated(
    transaction: Transaction, report: TransactionReport
) -> tuple[Transaction, TransactionReport]:
    """Both, without what a clock that was not set told of: 1970, 2000.

    A word about what runs was not said before its last one; what began then began with the first word of a set clock.
    The readings stay as they were told.
    """
    began, at = transaction.started_at, report.at
    if at >= SET and began >= SET:
        return transaction, report  # nearly always
    if at >= SET:
        return transaction._replace(started_at=at), report
    if began < SET:
        return transaction, report
    begins = isinstance(report, TransactionStarted)
    last = began if begins else transaction.last_event_at or began
    return transaction, replace(report, at=last)


def was_ahead(moment: datetime | None, now: datetime) -> bool:
    """Whether only a wrong clock can have told of `moment`."""
    return moment is not None and moment > now + AHEAD

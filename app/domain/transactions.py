"""Transactions: how reports about one, in any order and any number of times, become one true record.

Applying a report is idempotent and, but for the readings' own order, commutative: a replay changes nothing, and
`Ended` may come before `Started`. So seqNo is kept for show and never decides (stations exist that always send 0).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from app.domain.authorization import NO_AUTHORIZATION
from app.domain.metering import (
    JUMP_WH,
    MeterReading,
    ReadingContext,
    Suspect,
    implausible,
    judged,
)
from app.domain.reports import (
    TransactionEnded,
    TransactionReport,
    TransactionStarted,
    TransactionUpdated,
)
from app.domain.stations import ChargingState
from app.domain.tariffs import Tariff, cost_of

ZERO_WH = Decimal(0)
SAME_START = timedelta(seconds=1)
SOONEST = timedelta(microseconds=1)
SUPERSEDED = "Superseded"
"""Our own stop reason: the EVSE began another transaction and never told the end of this one."""
CLOSED = "ClosedByOperator"
"""Our own stop reason: somebody closed it by hand, since its station was silent about it for long."""
PROVISIONAL = frozenset({SUPERSEDED, CLOSED})
"""Ends that nobody told: what the station says of it after all counts."""


class Transaction(NamedTuple):
    """One charging transaction; energies in Wh, `cost` in the major unit of `tariff.currency`.

    `id` is ours, `transaction_id` the station's. `meter_start_wh` and `meter_wh` are register readings; what was
    delivered is their difference. `meter_at` is when `meter_wh` was measured. A tuple, since one is read and one is
    changed for every sample of every station, and a frozen dataclass takes eight times as long for that.
    """

    id: int
    station_id: str
    transaction_id: str
    started_at: datetime
    evse_id: int = 1
    connector_id: int = 1
    id_token: str | None = None
    token_type: str | None = None
    token_status: str | None = None
    remote_start_id: int | None = None
    charging_state: ChargingState | None = None
    meter_start_wh: Decimal | None = None
    meter_wh: Decimal | None = None
    meter_at: datetime | None = None
    energy_wh: Decimal = Decimal(0)
    soc_start_percent: float | None = None
    soc_percent: float | None = None
    ended_at: datetime | None = None
    stop_reason: str | None = None
    last_event_at: datetime | None = None
    last_seq_no: int | None = None
    tariff: Tariff | None = None
    cost: Decimal | None = None
    station_cost: Decimal | None = None

    @property
    def active(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None


def is_same(transaction: Transaction, report: TransactionReport) -> bool:
    """Whether `report`, which bears the transaction's id, is about it and not about a later one with the same id.

    Some stations use an id again: a Started after the end of the known one opens a new transaction, and so does one
    after all that is known of one whose end never came.
    """
    if not isinstance(report, TransactionStarted):
        return True
    over = transaction.ended_at
    if over is None:
        over = transaction.last_event_at or transaction.started_at
    return report.at <= over or abs(report.at - transaction.started_at) <= SAME_START


def begin(
    report: TransactionReport,
    *,
    id: int,
    station_id: str,
    tariff: Tariff | None,
    evse_id: int = 1,
) -> Transaction:
    """A transaction as its first report makes it known (which need not be Started).

    `evse_id`: where it is if the report does not say; 0: nobody knows yet.
    """
    return Transaction(
        id=id,
        station_id=station_id,
        transaction_id=str(id) if report.transaction is None else report.transaction,
        started_at=report.at,
        evse_id=report.evse_id or evse_id,
        connector_id=report.connector_id or 1,
        tariff=tariff,
    )


def apply(transaction: Transaction, report: TransactionReport) -> Transaction:
    """The transaction after `report`. All its fields are taken out and put together again: every message does it."""
    (
        number, station_id, transaction_id, started_at, evse_id, connector_id,
        id_token, token_type, token_status, remote_start_id, charging_state,
        _, _, _, _, _, _, ended_at, stop_reason, last_event_at, last_seq_no,
        tariff, cost, station_cost,
    ) = transaction  # fmt: skip
    started = isinstance(report, TransactionStarted)
    at = report.at
    if started or at < started_at:
        started_at = min(at, started_at)
    if last_event_at is None or at >= last_event_at:
        last_event_at = at
        if report.seq_no is not None:
            last_seq_no = report.seq_no
        if report.station_cost is not None:
            station_cost = report.station_cost
        if report.charging_state is not None and ended_at is None:
            charging_state = report.charging_state
    if report.evse_id and (started or report.evse_id != evse_id):
        evse_id, connector_id = report.evse_id, report.connector_id or 1
    if report.id_token and (id_token is None or started):
        id_token, token_type = report.id_token, report.token_type
    elif started and report.token_type == NO_AUTHORIZATION:
        token_type = report.token_type
    if report.remote_start_id is not None:
        remote_start_id = report.remote_start_id
    if isinstance(report, TransactionEnded):
        if ended_at is None or stop_reason in PROVISIONAL:
            ended_at, stop_reason = at, report.stop_reason
            charging_state = None
    elif _goes_on(transaction, report):
        ended_at = stop_reason = None
        charging_state = report.charging_state
    start_wh, meter_wh, meter_at, energy_wh, soc_start, soc = _meter(transaction, report)
    if tariff is not None:
        cost = cost_of(energy_wh, tariff).amount
    return Transaction(
        number, station_id, transaction_id, started_at, evse_id, connector_id,
        id_token, token_type, token_status, remote_start_id, charging_state,
        start_wh, meter_wh, meter_at, energy_wh, soc_start, soc, ended_at, stop_reason, last_event_at, last_seq_no,
        tariff, cost, station_cost,
    )  # fmt: skip


def _goes_on(transaction: Transaction, report: TransactionReport) -> bool:
    """Whether the station speaks of what was closed by hand as of something that runs."""
    return (
        transaction.stop_reason == CLOSED
        and transaction.ended_at is not None
        and report.at > transaction.ended_at
        and isinstance(report, TransactionUpdated)
    )


def supersede(transaction: Transaction, at: datetime) -> Transaction:
    """Close a transaction whose EVSE has begun another at `at`; its own end, should it come, replaces this.

    No wrong clock makes it end in the future, or before it began.
    """
    end = min(transaction.last_event_at or transaction.started_at, at)
    began = min(transaction.started_at, end)
    return transaction._replace(
        started_at=began, ended_at=end, stop_reason=SUPERSEDED, charging_state=None
    )


_Metered = tuple[
    Decimal | None, Decimal | None, datetime | None, Decimal, float | None, float | None
]


def _meter(transaction: Transaction, report: TransactionReport) -> _Metered:
    """Register start and newest register reading, by the time of measuring; energy; state of charge then and now."""
    start = transaction.meter_start_wh
    meter, meter_at = transaction.meter_wh, transaction.meter_at
    soc, soc_start = transaction.soc_percent, transaction.soc_start_percent
    readings: Sequence[MeterReading] = report.readings
    if len(readings) > 1:
        readings = sorted(readings, key=_measured_at)
    if isinstance(report, TransactionStarted):
        begin_wh = report.meter_start_wh
        if begin_wh is None:
            begin_wh = next((r.energy_wh for r in readings if _counts(r)), None)
        start = begin_wh if begin_wh is not None else start
    for reading in readings:
        newest = meter_at is None or reading.measured_at >= meter_at
        if reading.soc_percent is not None and newest:
            soc_start = reading.soc_percent if soc_start is None else soc_start
            soc = reading.soc_percent
        too_late = (
            transaction.ended_at is not None
            and transaction.stop_reason not in PROVISIONAL
            and reading.measured_at > transaction.ended_at
        )
        if reading.energy_wh is None or reading.suspect is not None or too_late:
            continue
        if start is None:
            start = ZERO_WH if report.from_zero else reading.energy_wh
        if newest:
            meter, meter_at = reading.energy_wh, reading.measured_at
    if isinstance(report, TransactionEnded) and report.meter_stop_wh is not None:
        meter, meter_at = report.meter_stop_wh, report.at
        start = meter if start is None else start
    energy = transaction.energy_wh
    if start is not None and meter is not None:
        energy = max(meter - start, ZERO_WH)
    return start, meter, meter_at, energy, soc_start, soc


def _counts(reading: MeterReading) -> bool:
    return reading.energy_wh is not None and reading.suspect is None


def judge(transaction: Transaction, report: TransactionReport, most_w: float) -> TransactionReport:
    """The report with its suspect readings marked: those that do not fit to what is known of the transaction.

    `most_w`: what the station can give. A stop register that is suspect becomes a marked reading.
    """
    last_wh, last_at = transaction.meter_wh, transaction.meter_at
    if _plain_step(transaction, report):
        return report
    if last_at is None:
        last_wh = transaction.meter_start_wh
        # just before, for a first sample may be of the very second of the start
        last_at = transaction.started_at - SOONEST if last_wh is not None else None
    readings = report.readings
    if isinstance(report, TransactionStarted):
        last_wh = last_at = None
    elif transaction.ended_at is not None and transaction.stop_reason not in PROVISIONAL:
        readings = _after_the_end(readings, transaction.ended_at)
    if readings:
        updated = not isinstance(report, TransactionStarted | TransactionEnded)
        readings = judged(
            readings,
            last_wh=last_wh,
            last_at=last_at,
            most_w=most_w,
            in_order=updated and not report.offline and transaction.active,
        )
    if isinstance(report, TransactionEnded) and report.meter_stop_wh is not None:
        for reading in readings:
            if _counts(reading) and (last_at is None or reading.measured_at >= last_at):
                last_wh, last_at = reading.energy_wh, reading.measured_at
        stop_wh, at = report.meter_stop_wh, report.at
        suspect = implausible(stop_wh, at, last_wh=last_wh, last_at=last_at, most_w=most_w)
        if suspect is not None:
            told = MeterReading(
                measured_at=at,
                context=ReadingContext.TRANSACTION_END,
                energy_wh=stop_wh,
                suspect=suspect,
            )
            return replace(report, readings=(*readings, told), meter_stop_wh=None)
    return report if readings is report.readings else replace(report, readings=readings)


def _plain_step(transaction: Transaction, report: TransactionReport) -> bool:
    """What nearly every report is: one reading, newer and a little more than the last, of what runs."""
    if len(report.readings) != 1 or transaction.ended_at is not None:
        return False
    reading, last_wh, last_at = report.readings[0], transaction.meter_wh, transaction.meter_at
    return (
        reading.energy_wh is not None
        and last_wh is not None
        and last_at is not None
        and reading.measured_at > last_at
        and last_wh <= reading.energy_wh <= last_wh + JUMP_WH
        and type(report) is TransactionUpdated
    )


def _after_the_end(
    readings: tuple[MeterReading, ...], ended_at: datetime
) -> tuple[MeterReading, ...]:
    """What was measured after the end is late."""
    if all(reading.measured_at <= ended_at for reading in readings):
        return readings
    return tuple(
        reading._replace(suspect=Suspect.LATE) if reading.measured_at > ended_at else reading
        for reading in readings
    )


def _measured_at(reading: MeterReading) -> datetime:
    return reading.measured_at

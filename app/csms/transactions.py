"""What the system does when a station tells of a transaction."""

from datetime import datetime

from app.csms.batch import Batch
from app.csms.effects import note_transaction
from app.csms.metering import keep_readings, on_meter_values
from app.csms.session_details import note_details
from app.domain import authorization
from app.domain.authorization import TokenInfo, TokenStatus
from app.domain.clocks import dated, sobered, was_ahead
from app.domain.metering import MeterReading, ReadingContext
from app.domain.reports import (
    MeterValuesReported,
    Received,
    TransactionAnswer,
    TransactionEnded,
    TransactionReport,
    TransactionStarted,
)
from app.domain.stations import ConnectorStatus
from app.domain.transactions import (
    Transaction,
    apply,
    begin,
    is_same,
    judge,
    supersede,
)
from app.store.history import StatusChange
from app.store.stations import ConnectorRow, EvseRow


def on_transaction(batch: Batch, received: Received) -> TransactionAnswer:
    """Started, Updated or Ended: one record, whatever the order and the number of times (E01 to E08).

    A transaction is kept even if its token is not accepted: energy that flowed is a fact. The station is told.
    """
    report = received.report
    assert isinstance(report, TransactionReport)
    station = batch.station(received.station_id)
    known = _find(batch, station.station_id, report)
    meant = _meant(batch, station.station_id, report, known) if report.issued else None
    if meant is not None:
        told = MeterValuesReported(evse_id=meant.evse_id, readings=report.readings)
        on_meter_values(batch, received._replace(report=told))
        return TransactionAnswer(transaction=meant.transaction_id)
    fresh = known is None
    before = known or begin(
        report,
        id=batch.ids.pop(),
        station_id=station.station_id,
        tariff=station.tariff,
        evse_id=report.evse_id or _likely_evse(batch, station.station_id),
    )
    token = _token(batch, report, before, received.at)
    before, report = dated(before, report)
    before = sobered(before, report, received.at)
    report = judge(before, report, station.max_power_w)
    after = apply(before, report)
    if token is not None and after.id_token == report.id_token and after.token_status is None:
        after = after._replace(token_status=token.status)
    if fresh or after != before:
        batch.keep_transaction(after)
        note_transaction(batch, received, report, known, after)
    note_details(batch, received, report, known, after)
    evse = batch.evse(after.station_id, after.evse_id)
    ran_on = after.active and evse.transaction_id == after.id
    moved = before.evse_id != after.evse_id and not fresh
    if moved:
        _leave(batch, batch.evse(after.station_id, before.evse_id), after)
    if after.evse_id:
        _occupy(batch, evse, after, received.at, fresh=fresh)
        # else nothing follows for the connector, which the batch has not even loaded
        if not ran_on and not (moved and before.evse_id):
            _derive_connector(batch, after, report, received.at)
    elif fresh or not after.active:
        batch.status_changed(after.station_id, received.at)
    readings, live = _all_readings(report), after.active
    keep_readings(batch, received, after.evse_id, after.id, readings, live=live, since=before)
    ended = isinstance(report, TransactionEnded)
    return TransactionAnswer(
        transaction=after.transaction_id,
        token=token,
        cost=after.cost if ended else None,
        running_cost=None if ended else after.cost,
    )


def _find(batch: Batch, station_id: str, report: TransactionReport) -> Transaction | None:
    """The transaction that `report` is about, if it is known."""
    if report.transaction is not None:
        named = batch.named(station_id, report.transaction)
        return named if named is not None and is_same(named, report) else None
    if isinstance(report, TransactionEnded):
        return _nameless(batch, station_id, report)
    # 1.6 StartTransaction bears no id: a replay is known by connector, token, time and meter.
    assert isinstance(report, TransactionStarted)
    for transaction in batch.transactions.values():
        if (
            transaction.station_id == station_id
            and transaction.started_at == report.at
            and transaction.evse_id == report.evse_id
            and transaction.id_token == report.id_token
            and transaction.meter_start_wh == report.meter_start_wh
        ):
            return transaction
    return None


def _meant(
    batch: Batch, station_id: str, report: TransactionReport, known: Transaction | None
) -> Transaction | None:
    """The transaction that runs where readings of an id were taken which we never issued.

    None where none runs: the database may be older than the id. What has begun so is meant while it runs, and there.
    """
    if known is not None:
        here = report.evse_id in (None, known.evse_id)
        if known.transaction_id == str(known.id) or (known.active and here):
            return None
    running = batch.running(station_id, report.evse_id or _likely_evse(batch, station_id))
    if running is None or not running.active:
        return None
    return running if known is None or report.at >= running.started_at else None


def _nameless(batch: Batch, station_id: str, report: TransactionEnded) -> Transaction | None:
    """The transaction that ends of which the station never learned the id: its only one, or its only one of the token.

    None if that does not tell which, or where another tag's car charges at another outlet than may be meant; what it
    says stands for itself then, and the one that runs goes on.
    """
    here = [t for t in batch.transactions.values() if t.station_id == station_id]
    told = [t for t in here if t.ended_at == report.at]
    for transaction in told:
        if transaction.meter_wh == report.meter_stop_wh:
            return transaction  # a replay
    running = [t for t in here if t.active and t.started_at <= report.at]
    token = (report.id_token or "").lower()
    own = [t for t in running if token and (t.id_token or "").lower() == token]
    outlets = {evse for station, evse, _ in batch.connectors if station == station_id and evse}
    others = told if token and len(outlets) > 1 else running or told
    fitting = own or others
    return fitting[0] if len(fitting) == 1 else None


def _all_readings(report: TransactionReport) -> tuple[MeterReading, ...]:
    """The readings, and as one of them the register that 1.6 tells apart at the start and at the end."""
    if isinstance(report, TransactionStarted) and report.meter_start_wh is not None:
        context, energy_wh = ReadingContext.TRANSACTION_BEGIN, report.meter_start_wh
    elif isinstance(report, TransactionEnded) and report.meter_stop_wh is not None:
        context, energy_wh = ReadingContext.TRANSACTION_END, report.meter_stop_wh
    else:
        return report.readings
    told = MeterReading(measured_at=report.at, context=context, energy_wh=energy_wh)
    return (*report.readings, told)


def _token(
    batch: Batch, report: TransactionReport, transaction: Transaction, now: datetime
) -> TokenInfo | None:
    """The decision about the token that was presented; where none is needed, that is what is presented (C02)."""
    if report.id_token is None:
        free = report.token_type == authorization.NO_AUTHORIZATION
        return TokenInfo(status=TokenStatus.ACCEPTED) if free else None
    token = batch.tokens.get(report.id_token.lower())
    if isinstance(report, TransactionStarted):
        charging = batch.charges_twice(report.id_token, transaction.id)
        return authorization.decide_start(token, now, charging=charging)
    if isinstance(report, TransactionEnded) and report.stop_reason != authorization.MASTER_PASS:
        started_with = transaction.id_token
        known = batch.tokens.get(started_with.lower()) if started_with else None
        return authorization.decide_stop(token, known or started_with, now)
    return authorization.decide(token, now)


def _likely_evse(batch: Batch, station_id: str) -> int:
    """Where a transaction is that does not say: at the only EVSE that is known of, else nobody knows (0)."""
    known = {key[1] for key in batch.evses if key[0] == station_id}
    known |= {key[1] for key in batch.connectors if key[0] == station_id}
    known.discard(0)
    if not known:
        return 1
    return known.pop() if len(known) == 1 else 0


def _leave(batch: Batch, evse: EvseRow, after: Transaction) -> None:
    """The transaction turned out to be at another EVSE."""
    if evse.transaction_id == after.id:
        evse.transaction_id = evse.charging_state = evse.power_w = evse.soc_percent = None
        batch.keep_evse(evse)


def _occupy(batch: Batch, evse: EvseRow, after: Transaction, now: datetime, *, fresh: bool) -> None:
    """Let the EVSE's hot row follow its transaction; a new one ends what still ran there."""
    occupied = evse.transaction_id == after.id
    if after.active:
        running = batch.running(after.station_id, after.evse_id)
        if not occupied and running is not None and running.active:
            if running.started_at > after.started_at and not (
                was_ahead(running.started_at, now) and not was_ahead(after.started_at, now)
            ):
                return
            batch.keep_transaction(supersede(running, after.started_at))
        if not occupied or evse.charging_state != after.charging_state:
            evse.transaction_id = after.id
            evse.charging_state = after.charging_state
            if not occupied:
                evse.power_w = evse.soc_percent = None
            batch.keep_evse(evse)
            batch.status_changed(after.station_id, now)
    elif occupied:
        evse.transaction_id = None
        evse.charging_state = None
        evse.power_w = evse.soc_percent = None
        batch.keep_evse(evse)
        batch.status_changed(after.station_id, now)
    elif fresh:
        batch.status_changed(after.station_id, now)


def _derive_connector(
    batch: Batch, after: Transaction, report: TransactionReport, now: datetime
) -> None:
    """A station that sends no StatusNotification is known by its transactions alone."""
    key = (after.station_id, after.evse_id, after.connector_id)
    row = batch.connectors.get(key)
    if row is not None and not row.derived:
        return
    if batch.running(after.station_id, after.evse_id) is not None:
        status = ConnectorStatus.OCCUPIED
    elif row is None or row.status is ConnectorStatus.OCCUPIED:
        status = ConnectorStatus.AVAILABLE
    else:
        return
    if row is None or row.status is not status:
        batch.keep_connector(ConnectorRow(*key, status, report.at, derived=True))
        batch.statuses.append(StatusChange(*key, now, status))
        batch.status_changed(after.station_id, now)

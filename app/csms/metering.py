"""What the system does with meter readings: keeps each as a row, and the newest as the EVSE's state."""

from datetime import datetime

from app.csms.batch import Batch
from app.domain.clocks import sobered, was_ahead
from app.domain.metering import MeterReading, latest, power_between
from app.domain.reports import Answer, MeterValuesReported, Received, TransactionUpdated
from app.domain.transactions import Transaction, apply, judge
from app.store.metering import SampleRow
from app.store.stations import EvseRow, save_derived


def on_meter_values(batch: Batch, received: Received) -> Answer:
    """Readings that name no transaction belong to the one that runs at their EVSE, if they are of its time (J01)."""
    report = received.report
    assert isinstance(report, MeterValuesReported)
    station = batch.station(received.station_id)
    running = batch.running(received.station_id, report.evse_id)
    newest = latest(report.readings)
    told = None
    if running is not None and newest is not None:
        told = TransactionUpdated(
            transaction=running.transaction_id, at=newest.measured_at, readings=report.readings
        )
        running = sobered(running, told, received.at)
    if told is not None and running is not None and told.at >= running.started_at:
        checked = judge(running, told, station.max_power_w)
        batch.keep_transaction(apply(running, checked))
        keep_readings(
            batch, received, report.evse_id, running.id, checked.readings, live=True, since=running
        )
    else:
        keep_readings(batch, received, report.evse_id, None, report.readings, live=True)
    return Answer()


def keep_readings(
    batch: Batch,
    received: Received,
    evse_id: int,
    transaction_id: int | None,
    readings: tuple[MeterReading, ...],
    *,
    live: bool,
    since: Transaction | None = None,
) -> None:
    """Add rows; if `live`, the newest reading becomes what the EVSE measures now.

    `since`: the transaction as it was before these readings, whose register tells the power if they do not.
    """
    if not readings:
        return
    for reading in readings:
        batch.samples.append(SampleRow(received.station_id, evse_id, transaction_id, reading))
    evse = batch.evse(received.station_id, evse_id)
    changed = False
    for reading in readings:
        at, last = reading.measured_at, evse.measured_at
        if (
            last is None
            or at >= last
            or (was_ahead(last, received.at) and not was_ahead(at, received.at))
        ):
            if live and since is not None and (reading.power_w is None or evse.power_derived):
                changed |= _derive_power(batch, evse, since, reading)
            changed |= _measure(evse, reading, live=live)
    if changed:
        batch.measured(evse, received.at)
        batch.keep_evse(evse)


def _derive_power(batch: Batch, evse: EvseRow, since: Transaction, reading: MeterReading) -> bool:
    """Where no power is sent, the register tells it; what was measured in this session is never replaced so.

    Whether the power changed.
    """
    derived = reading.power_w is None
    if derived:
        if evse.power_w is not None and not evse.power_derived:
            return False
        if since.meter_at is None:
            power_w = power_between(since.meter_start_wh, since.started_at, reading)
        else:
            power_w = power_between(since.meter_wh, since.meter_at, reading)
        if power_w is None:
            return False
        evse.power_w = power_w
    if derived is not evse.power_derived:
        evse.power_derived = derived
        batch.add(save_derived, (evse.station_id, evse.evse_id, derived))
    return True


def _measure(evse: EvseRow, reading: MeterReading, *, live: bool) -> bool:
    """Take over what `reading` says; whether anything that is shown is different now."""
    before: tuple[object, ...] = (evse.power_w, evse.register_wh, evse.soc_percent)
    at: datetime = reading.measured_at
    evse.measured_at = at
    if reading.energy_wh is not None and reading.suspect is None:
        evse.register_wh = reading.energy_wh
    evse.voltage_v = reading.voltage_v if reading.voltage_v is not None else evse.voltage_v
    if live:
        evse.power_w = reading.power_w if reading.power_w is not None else evse.power_w
        evse.current_a = reading.current_a if reading.current_a is not None else evse.current_a
        evse.soc_percent = (
            reading.soc_percent if reading.soc_percent is not None else evse.soc_percent
        )
    return before != (evse.power_w, evse.register_wh, evse.soc_percent)

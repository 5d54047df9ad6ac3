"""Transactions begin, report and end, in the same way whoever wants it: a driver, the CSMS, a fault.

State changes and queued messages only; words are the dialect's, charging is in `metering`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from . import profiles, reservations
from .equipment import Evse, Token, Transaction

if TYPE_CHECKING:
    from .station import VirtualStation

__all__ = ["begin", "end", "sample"]


def begin(
    station: VirtualStation,
    place: Evse,
    token: Token,
    *,
    trigger: str = "Authorized",
    remote_start_id: int | None = None,
    profile: profiles.Profile | None = None,
) -> Transaction:
    """Start a transaction on a free EVSE (the caller checks `place.free`), limited by `profile`."""
    transaction = Transaction(
        id=str(UUID(int=station.rng.getrandbits(128), version=4)),
        token=token,
        started_at=station.now,
        register_start_wh=place.register_wh,
        remote_start_id=remote_start_id,
        reservation=reservations.use(station, place),
    )
    place.transaction = transaction
    place.finished = False
    reading = place.sample(transaction.started_at, "Transaction.Begin")
    transaction.first_sample = reading
    station.report_status(place)
    station.send(station.dialect.started(station, place, transaction, trigger, reading))
    station.tally.transactions_started += 1
    station.tell("started", f"{token.value}, {trigger}", place.id)
    if profile is not None:
        new = profiles.Installed(evse=place.id, profile=profile)
        station.keep_profiles(profiles.install(station.installed, new))
    return transaction


def end(station: VirtualStation, place: Evse, reason: str, trigger: str) -> None:
    """End the running transaction of this EVSE, if any; then do what waited for it.

    `reason` and `trigger` are words of 2.0.1 (ReasonEnumType, TriggerReasonEnumType).
    """
    transaction = place.transaction
    if transaction is None:
        return
    place.power_w = 0.0
    transaction.charging_state = "EVConnected"
    reading = place.sample(station.now, "Transaction.End")
    station.send(station.dialect.ended(station, place, transaction, trigger, reading, reason))
    place.transaction = None
    place.finished = True
    station.installed = [
        one
        for one in station.installed
        if one.profile.purpose != profiles.TX or one.evse != place.id
    ]
    energy_wh = place.register_wh - transaction.register_start_wh
    station.tally.transactions_ended += 1
    station.tally.energy_wh += energy_wh
    station.tell("ended", f"{energy_wh / 1000.0:.3f} kWh, {reason}", place.id)
    if place.scheduled_inoperative:
        place.scheduled_inoperative = False
        place.operative = False
    station.report_status(place)
    if station.reset_when_idle and not station.busy:
        station.reset_when_idle = False
        station.spawn(station.reboot("ScheduledReset", "Reboot"))


def sample(
    station: VirtualStation,
    place: Evse,
    trigger: str = "MeterValuePeriodic",
    context: str = "Sample.Periodic",
) -> None:
    """Send a meter sample of the running transaction, if any."""
    transaction = place.transaction
    if transaction is None:
        return
    reading = place.sample(station.now, context)
    station.send(station.dialect.updated(station, place, transaction, trigger, reading))
    station.tell("sample", f"{reading.power_w / 1000.0:.1f} kW", place.id)

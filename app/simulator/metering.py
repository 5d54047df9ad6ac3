"""Time passes on one EVSE: the limit is looked up, the battery charges, the meter is read.

The order inside one step is what makes a limit visible at once: settle the state, charge, settle
again (the battery may be full now), then sample.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from . import physics, profiles, transactions
from .equipment import ChargingState, Evse, Transaction

if TYPE_CHECKING:
    from .station import VirtualStation

__all__ = ["charge", "composite", "occasion"]

SAME_POWER = 0.01


def charge(
    station: VirtualStation, place: Evse, dt_s: float, *, ramp_w_per_s: float, sampling: bool
) -> None:
    """Let `dt_s` seconds pass for the running transaction of `place`."""
    transaction = place.transaction
    if transaction is None:
        return
    limit_w = profiles.limit_w(station.installed, occasion(station, place))
    if transaction.limit_w is not None and limit_w != transaction.limit_w:
        transaction.limit_is_new = True
    transaction.limit_w = limit_w
    _settle(station, place, transaction)
    if transaction.charging_state == "Charging" and place.vehicle is not None:
        step = physics.advance(
            place.vehicle.battery,
            soc=place.vehicle.soc,
            power_w=place.power_w,
            limit_w=limit_w,
            dt_s=dt_s,
            ramp_w_per_s=ramp_w_per_s,
        )
        place.vehicle.soc = step.soc
        place.power_w = step.power_w
        place.register_wh += step.energy_wh
        transaction.charged_s += dt_s
        _settle(station, place, transaction)
    else:
        place.power_w = 0.0
    if sampling:
        _sample(station, place, transaction, dt_s)


def occasion(station: VirtualStation, place: Evse) -> profiles.Occasion:
    """The question `profiles` answers for this EVSE now."""
    transaction = place.transaction
    running = sum(1 for one in station.evses if one.transaction is not None)
    return profiles.Occasion(
        evse=place.id,
        at=station.now,
        supply=place.supply,
        started_at=transaction.started_at if transaction else None,
        transaction_id=transaction.id if transaction else None,
        sharing=max(1, running),
    )


def composite(
    station: VirtualStation, evse: int, duration_s: int, unit: str
) -> list[tuple[int, float]]:
    """(seconds from now, limit in `unit`) of one EVSE, or of the whole station for EVSE 0."""
    supply = station.evses[0].supply
    if evse == 0:
        # The grid connection: the EVSEs' power together, under the station's own maximum.
        whole = replace(supply, max_power_w=supply.max_power_w * len(station.evses))
        kept = [one for one in station.installed if one.profile.purpose == profiles.STATION_MAX]
        asked = profiles.Occasion(evse=0, at=station.now, supply=whole)
    else:
        kept = station.installed
        asked = occasion(station, station.evse(evse))
    steps = profiles.composite(kept, asked, duration_s)
    if unit == "A":
        return [(offset_s, supply.amperes(watts)) for offset_s, watts in steps]
    return steps


def _state(place: Evse, transaction: Transaction) -> ChargingState:
    vehicle = place.vehicle
    if vehicle is None:
        return "Idle"
    if vehicle.full or vehicle.paused:
        return "SuspendedEV"
    if (transaction.limit_w or 0.0) < place.supply.smallest_power_w:
        return "SuspendedEVSE"
    return "Charging"


def _settle(station: VirtualStation, place: Evse, transaction: Transaction) -> None:
    """Bring the charging state up to date and tell of a change."""
    state = _state(place, transaction)
    if state == transaction.charging_state:
        return
    transaction.charging_state = state
    sample = None
    if state != "Charging":
        # The reading goes along, or the last power would stand until the next sample.
        place.power_w = 0.0
        sample = place.sample(station.now, "Other")
    station.send(
        station.dialect.updated(station, place, transaction, "ChargingStateChanged", sample)
    )
    station.report_status(place)


def _sample(station: VirtualStation, place: Evse, transaction: Transaction, dt_s: float) -> None:
    """Read the meter when the interval is over, or when a new limit has been reached."""
    transaction.since_sample_s += dt_s
    if transaction.limit_is_new and _settled(place, transaction):
        transaction.limit_is_new = False
        transactions.sample(station, place, "ChargingRateChanged", "Other")
        return
    interval_s = station.sample_interval_s
    if interval_s > 0 and transaction.since_sample_s >= interval_s:
        transaction.since_sample_s %= interval_s
        transactions.sample(station, place)


def _settled(place: Evse, transaction: Transaction) -> bool:
    """Is the power where limit and vehicle want it?"""
    vehicle = place.vehicle
    if vehicle is None or transaction.charging_state != "Charging":
        return True
    wanted_w = min(transaction.limit_w or 0.0, physics.appetite_w(vehicle.battery, vehicle.soc))
    return abs(place.power_w - wanted_w) <= SAME_POWER * max(wanted_w, 1.0)

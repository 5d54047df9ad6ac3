"""What the drivers do: named behaviours a fleet can be run through.

A scenario acts on one station; what concerns the fleet as a whole (who charges first, who fails)
comes as the station's `Role`, dealt out by `deal_roles` from the seed. Adding a scenario is one
function and one entry in `SCENARIOS`. The lived-in fleet of the demo has its own file, `demo`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .demo import Role, deal_roles, live
from .equipment import Evse, Vehicle
from .physics import Battery
from .plan import FleetPlan
from .station import VirtualStation

__all__ = ["SCENARIOS", "Role", "Scenario", "deal_roles"]

EXACT_PIECE_WH = 1_250.0 / 9.0
EXACT_POWER_W = 100_000.0
POLL_S = 0.2
VAST_WH = 1e12
FAMILY_CAR_WH = 38_700.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`ends`: it is over by itself. Without `ticking` the scenario lets time pass itself."""

    summary: str
    act: Callable[[VirtualStation, FleetPlan, Role], Awaitable[None]]
    ends: bool = False
    ticking: bool = True


async def _idle(station: VirtualStation, plan: FleetPlan, role: Role) -> None:
    """Connected and quiet: boot, status, heartbeats."""
    await asyncio.Event().wait()


async def _steady(station: VirtualStation, plan: FleetPlan, role: Role) -> None:
    """Every EVSE charges for ever and samples at the interval, not all at the same moment."""
    for place in station.evses:
        station.plug_in(place.id, _thirsty(VAST_WH))
        await station.start(place.id)
        if place.transaction is not None:
            phase = station.rng.uniform(0.0, plan.sample_interval_s)
            place.transaction.since_sample_s = phase
    await asyncio.Event().wait()


async def _session(station: VirtualStation, plan: FleetPlan, role: Role) -> None:
    """One driver takes exactly `plan.energy_wh`, stops, leaves."""
    station.plug_in(1, _thirsty(plan.energy_wh))
    if not await station.start(1):
        station.unplug(1)
        await station.flush()
        return
    place = station.evse(1)
    while _hungry(place):  # noqa: ASYNC110 - a driver looks, he is not told
        await asyncio.sleep(POLL_S / max(1.0, plan.speed))
    station.stop(1)
    station.unplug(1)
    await station.flush()


async def _exact(station: VirtualStation, plan: FleetPlan, role: Role) -> None:
    """The 0.41667 kWh session of the original log: 0, 138.889, 277.778, 416.667 Wh.

    Three steps of five seconds at 100 kW, taken at once instead of in real time.
    """
    station.plug_in(1, _thirsty(FAMILY_CAR_WH))
    if not await station.start(1):
        station.unplug(1)
        await station.flush()
        return
    power_w = min(EXACT_POWER_W, station.evse(1).supply.max_power_w)
    step_s = EXACT_PIECE_WH * 3600.0 / power_w
    for number in (1, 2, 3):
        await asyncio.sleep(POLL_S / max(1.0, plan.speed))
        station.tick(step_s, sampling=False)
        if number < 3:
            station.sample(1)
    station.stop(1)
    station.unplug(1)
    await station.flush()


def _hungry(place: Evse) -> bool:
    """Is it still charging, or trying to?"""
    vehicle = place.vehicle
    return place.transaction is not None and vehicle is not None and not vehicle.full


def _thirsty(energy_wh: float) -> Vehicle:
    """A vehicle that takes 100 kW until it has got exactly this energy, without a taper."""
    battery = Battery(
        capacity_wh=energy_wh * 2.0,
        max_power_w=EXACT_POWER_W,
        taper_from=1.0,
        target_soc=0.75,
        efficiency=1.0,
    )
    return Vehicle(battery=battery, soc=0.25, name="measured")


SCENARIOS: dict[str, Scenario] = {
    "demo": Scenario(
        summary="a lived-in fleet: vehicles come and go, some stations fail or lose the network",
        act=live,
    ),
    "session": Scenario(
        summary="one session of --kwh per station, then the end", act=_session, ends=True
    ),
    "exact": Scenario(
        summary="0.41667 kWh in three exact steps per station, then the end",
        act=_exact,
        ends=True,
        ticking=False,
    ),
    "steady": Scenario(summary="every station charges and samples for ever (load)", act=_steady),
    "idle": Scenario(summary="connected, booted, heartbeats only", act=_idle),
}

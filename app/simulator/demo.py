"""A fleet somebody lives with: about two in five EVSEs charge at any time, vehicles come and go
over minutes, one or two stations are faulted, one or two lose their network for a while.

Everything random is drawn from the station's own generator, so one seed is one story. The CSMS
may interfere at any moment (remote start and stop, limits, resets); drivers take it as it comes.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from random import Random

from .equipment import Evse, any_vehicle
from .plan import FleetPlan
from .station import VirtualStation

__all__ = ["Role", "deal_roles", "live"]

CHARGING_SHARE = 0.4
LOOK_AROUND_S = 3.0
MEAN_IDLE_S = 660.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What the story has in store for a station. Times are seconds after the start, or None."""

    charges_first: bool = False
    breaks_at_s: float | None = None
    drops_at_s: float | None = None


def deal_roles(count: int, seed: int) -> list[Role]:
    """Who charges from the beginning, who breaks down, who loses the network."""
    rng = Random(f"roles:{seed}")
    order = list(range(count))
    rng.shuffle(order)
    troubled = 0 if count < 6 else 1 if count < 20 else 2
    faulty, flaky = order[:troubled], order[troubled : 2 * troubled]
    # The last flaky one charges while its network is gone.
    begin = max(0, 2 * troubled - 1)
    charging = set(order[begin : begin + max(1, round(CHARGING_SHARE * count))])
    return [
        Role(
            charges_first=number in charging,
            breaks_at_s=9.0 + 80.0 * faulty.index(number) if number in faulty else None,
            drops_at_s=30.0 + 45.0 * flaky.index(number) if number in flaky else None,
        )
        for number in range(count)
    ]


async def live(station: VirtualStation, plan: FleetPlan, role: Role) -> None:
    """Live until cancelled."""
    for place in station.evses:
        place.register_wh = float(station.rng.randrange(2_000_000, 60_000_000))
    async with asyncio.TaskGroup() as group:
        for place in station.evses:
            group.create_task(_drivers(station, place, plan.speed, role))
        if role.breaks_at_s is not None:
            group.create_task(_faults(station, role.breaks_at_s, plan.speed))
        if role.drops_at_s is not None:
            group.create_task(_outages(station, role.drops_at_s, plan.speed))


async def _drivers(station: VirtualStation, place: Evse, speed: float, role: Role) -> None:
    """One after the other they come to this EVSE."""
    rng = station.rng
    if role.charges_first:
        await asyncio.sleep(rng.uniform(0.0, 7.0) / speed)
        await _visit(station, place, speed, low=0.2, high=0.7)
    first_idle_s = rng.uniform(30.0, MEAN_IDLE_S)
    await _idle(station, place, speed, first_idle_s)
    while True:
        await _visit(station, place, speed, low=0.08, high=0.55)
        await _idle(station, place, speed, min(rng.expovariate(1.0 / MEAN_IDLE_S), 1_800.0))


async def _idle(station: VirtualStation, place: Evse, speed: float, idle_s: float) -> None:
    """Nobody comes for a while, unless the CSMS starts something meanwhile."""
    left_s = idle_s
    while left_s > 0.0:
        await asyncio.sleep(LOOK_AROUND_S / speed)
        left_s -= LOOK_AROUND_S
        if place.transaction is not None:
            await _stay(station, place, speed)


async def _visit(
    station: VirtualStation, place: Evse, speed: float, *, low: float, high: float
) -> None:
    """Drive up, plug in, show a card, charge, leave."""
    rng = station.rng
    if not place.free or place.vehicle is not None:
        return
    station.plug_in(place.id, any_vehicle(rng, place.supply, low=low, high=high))
    await asyncio.sleep(rng.uniform(1.0, 4.0) / speed)
    if place.transaction is None and not await station.start(place.id):
        await asyncio.sleep(rng.uniform(5.0, 15.0) / speed)
        station.unplug(place.id)
        return
    await _stay(station, place, speed)


async def _stay(station: VirtualStation, place: Evse, speed: float) -> None:
    """Be there while it charges; go when it is time, when it is full, or when it was stopped."""
    rng = station.rng
    left_s = rng.uniform(240.0, 840.0)
    pause_at_s = left_s * rng.uniform(0.2, 0.6) if rng.random() < 0.2 else -1.0
    linger_s = rng.uniform(40.0, 150.0)
    while place.transaction is not None and left_s > 0.0 and linger_s > 0.0:
        await asyncio.sleep(LOOK_AROUND_S / speed)
        left_s -= LOOK_AROUND_S
        if place.vehicle is not None:
            place.vehicle.paused = pause_at_s - 60.0 < left_s < pause_at_s
            if place.vehicle.full:
                linger_s -= LOOK_AROUND_S
    station.stop(place.id)
    await asyncio.sleep(rng.uniform(3.0, 12.0) / speed)
    if place.transaction is None and place.vehicle is not None:
        station.unplug(place.id)


async def _faults(station: VirtualStation, first_s: float, speed: float) -> None:
    """The lock of the first EVSE's connector fails now and then, when nobody charges there."""
    rng = station.rng
    place = station.evses[0]
    await asyncio.sleep(first_s / speed)
    while True:
        while not place.free:  # noqa: ASYNC110 - drivers look, they are not told
            await asyncio.sleep(LOOK_AROUND_S / speed)
        station.break_down(place.id, "ConnectorLockFailure")
        await asyncio.sleep(rng.uniform(240.0, 480.0) / speed)
        station.repair(place.id)
        await asyncio.sleep(rng.uniform(120.0, 300.0) / speed)


async def _outages(station: VirtualStation, first_s: float, speed: float) -> None:
    """The network goes away for one to three minutes and comes back."""
    rng = station.rng
    await asyncio.sleep(first_s / speed)
    while True:
        await station.go_offline(rng.uniform(60.0, 170.0) / speed)
        await asyncio.sleep(rng.uniform(240.0, 420.0) / speed)

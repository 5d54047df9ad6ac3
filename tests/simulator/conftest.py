"""A CSMS that listens, and stations that live and are always closed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from app.simulator.equipment import Vehicle
from app.simulator.physics import Battery
from app.simulator.plan import StationPlan, Version
from app.simulator.retry import BackOff
from app.simulator.station import VirtualStation
from tests.simulator.csms import PATIENCE_S, Csms

MakeStation = Callable[..., Awaitable[VirtualStation]]


@pytest.fixture
async def csms() -> AsyncIterator[Csms]:
    async with Csms() as running:
        yield running


@pytest.fixture
async def station(csms: Csms) -> AsyncIterator[MakeStation]:
    """Makes connected stations whose time stands still until `tick`."""
    made: list[VirtualStation] = []

    async def make(
        version: Version = "2.0.1",
        station_id: str = "SIM-1",
        *,
        connect: bool = True,
        plan: dict[str, Any] | None = None,
        **options: Any,
    ) -> VirtualStation:
        one = VirtualStation(
            StationPlan(station_id=station_id, version=version, **(plan or {})),
            csms.url,
            **{
                "ticking": False,
                "ramp_s": 0.0,
                "retry_wait_s": 0.02,
                "reboot_s": 0.05,
                "back_off": BackOff(first_s=0.05, most_s=0.2),
                **options,
            },
        )
        made.append(one)
        if connect:
            await one.connect(PATIENCE_S)
            assert await one.flush(PATIENCE_S)
        return one

    yield make
    for one in made:
        await one.close(flush_s=1.0)
    await asyncio.sleep(0)


@pytest.fixture
def car() -> Vehicle:
    """Takes whatever a 100 kW charger gives for a long time."""
    return Vehicle(battery=Battery(capacity_wh=100_000, max_power_w=250_000), soc=0.2)

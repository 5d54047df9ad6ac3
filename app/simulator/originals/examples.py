"""The six examples of simulator A that its own command line never reached."""

from __future__ import annotations

import asyncio
from random import Random

from .cast import Charger, Part
from .stage import Scenario, Stage, parts

__all__ = ["EXAMPLES", "connect_and_leave"]

TOKEN, SECOND_TOKEN, SHARED_TOKEN = "token_user_001", "token_user_002", "token_multi_001"


async def connect_and_leave(stage: Stage) -> None:
    """Five seconds of being there."""
    await stage.all_connect()
    await stage.wait(5.0)
    await stage.all_leave()


async def _long(stage: Stage) -> None:
    charger = stage.first
    await charger.connect()
    await stage.wait(1.0)
    await charger.start(TOKEN)
    await charger.charge(30.0)
    await charger.stop()
    await stage.wait(1.0)
    await charger.disconnect()


async def _compare(stage: Stage) -> None:
    fast, slow = stage.chargers
    await stage.all_connect()
    await stage.wait(1.0)
    await stage.meet(fast.start(TOKEN), slow.start(SECOND_TOKEN))
    await stage.meet(fast.charge(10.0), slow.charge(10.0))
    energies = [one.look.energy_kwh for one in stage.chargers]
    await stage.meet(fast.stop(), slow.stop())
    if energies[1]:
        stage.say(
            f"{energies[0]:.3f} kWh against {energies[1]:.3f} kWh: {energies[0] / energies[1]:.2f}x"
        )
    await stage.all_leave()


async def _station(stage: Stage) -> None:
    """One begins after the other, in an order that the seed decides; all end together."""
    rng = Random(f"jeju:{stage.seed}")
    await stage.all_connect()
    await stage.wait(1.0)
    begun = stage.second
    ends = begun + 15.0
    seconds = rng.sample(range(1, 11), len(stage.chargers))

    async def play(charger: Charger, after_s: int) -> None:
        await charger.line.wait(float(after_s))
        await charger.start(SHARED_TOKEN)
        await charger.charge(ends - charger.line.second)
        await charger.stop()

    await stage.meet(*(play(*each) for each in zip(stage.chargers, seconds, strict=True)))
    energies = [sent.energy_wh / 1000.0 for one in stage.chargers for sent in one.sent]
    if energies:
        total = sum(energies)
        stage.say(
            f"total {total:.2f} kWh, {total * 150:.0f} won; average {total / len(energies):.3f} kWh,"
            f" most {max(energies):.3f} kWh"
        )
    await stage.all_leave()


async def _benchmark(stage: Stage) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await stage.all_connect()
    for number in range(1, 4):
        stage.say(f"round {number} of 3")
        await stage.meet(*(one.start(SHARED_TOKEN) for one in stage.chargers))
        await stage.meet(*(one.charge(5.0) for one in stage.chargers))
        await stage.meet(*(one.stop() for one in stage.chargers))
    await stage.all_leave()
    took_s = loop.time() - began
    energies = [sent.energy_wh / 1000.0 for one in stage.chargers for sent in one.sent]
    calls = sum(one.answers.calls for one in stage.chargers)
    if energies:
        stage.say(
            f"total {sum(energies):.2f} kWh, average {sum(energies) / len(energies):.3f}, most"
            f" {max(energies):.3f}, least {min(energies):.3f}; {took_s:.1f} s,"
            f" {len(energies) / took_s:.1f} transactions/s, {calls / took_s:.0f} messages/s"
        )


async def _errors(stage: Stage) -> None:
    lost, good = stage.chargers
    try:
        await lost.connect()
    except ConnectionError as error:
        stage.say(f"as expected: {error}")
    else:
        stage.failures.append("a host that does not exist was connected to")
        await lost.disconnect()
    await good.connect()
    await stage.wait(2.0)
    await good.disconnect()


EXAMPLES: tuple[Scenario, ...] = (
    Scenario(
        name="custom-server",
        title="connect and disconnect, 150 kW",
        lasts_s=5.0,
        parts=parts("custom_charger_001", max_kw=150.0),
        act=connect_and_leave,
    ),
    Scenario(
        name="long-session",
        title="30 s of charging",
        lasts_s=35.0,
        parts=parts("extended_session_01"),
        act=_long,
    ),
    Scenario(
        name="power-comparison",
        title="350 kW against 22 kW",
        lasts_s=14.0,
        parts=(
            *parts("fast_charger_001", max_kw=350.0),
            *parts("slow_charger_001", max_kw=22.0),
        ),
        act=_compare,
    ),
    Scenario(
        name="jeju-station",
        title="five chargers that begin one after the other",
        lasts_s=17.0,
        parts=parts(*(f"jeju_emart_station_charger_{number:02}" for number in range(1, 6))),
        act=_station,
    ),
    Scenario(
        name="benchmark",
        title="50 chargers, three rounds",
        lasts_s=24.0,
        parts=parts(*(f"benchmark_charger_{number:03}" for number in range(1, 51))),
        act=_benchmark,
    ),
    Scenario(
        name="error-handling",
        title="a server that does not exist, then one that does",
        lasts_s=2.0,
        parts=(
            Part(station_id="error_charger_001", url="ws://invalid.server:9999"),
            Part(station_id="error_charger_001"),
        ),
        act=_errors,
    ),
)

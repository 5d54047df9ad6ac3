"""The five scenarios of the originals, their six examples, and the run of simulator B: who plays, and what happens.

A scenario waits only through its `Stage`, so that all its chargers stand in the same second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from .cast import Charger, Part
from .legacy import LegacyCharger

__all__ = ["ALL", "GAP_S", "SCENARIOS", "Dialect", "Scenario", "Stage", "chosen"]

Dialect = Literal["standard", "legacy-a", "legacy-b"]

GAP_S = 3.0
ALL = ("1", "2", "3", "4", "5")

JEJU_1, JEJU_2, SHINJEJU = "emart_jeju_01", "emart_jeju_02", "emart_shinjeju_01"
TEST_TRANSACTION = "txn_test_001"
TEST_KWH = (0.5, 1.0, 1.5)
TOKEN, SECOND_TOKEN, SHARED_TOKEN = "token_user_001", "token_user_002", "token_multi_001"


@dataclass(slots=True, kw_only=True)
class Stage:
    """The chargers of a running scenario. `say`: a line for whoever watches. `failures`: what should not have been."""

    chargers: Sequence[Charger]
    say: Callable[[str], None]
    seed: int = 1
    failures: list[str] = field(default_factory=list)

    @property
    def first(self) -> Charger:
        """The only one, mostly."""
        return self.chargers[0]

    @property
    def second(self) -> float:
        """Where the scenario is."""
        return max(one.line.second for one in self.chargers)

    async def wait(self, seconds: float) -> None:
        """Time passes for all."""
        await self.meet(
            *(one.line.wait(self.second + seconds - one.line.second) for one in self.chargers)
        )

    async def meet(self, *acts: Awaitable[object]) -> None:
        """They act at the same time; who is done earlier waits for the others."""
        outcomes = await asyncio.gather(*acts, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        latest = self.second
        for one in self.chargers:
            one.line.second = latest

    async def all_connect(self) -> None:
        """Together."""
        await self.meet(*(one.connect() for one in self.chargers))

    async def all_leave(self) -> None:
        """Together."""
        await self.meet(*(one.disconnect() for one in self.chargers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`lasts_s`: in its own time. `dialect`: the one that it is written for."""

    name: str
    title: str
    lasts_s: float
    parts: tuple[Part, ...]
    act: Callable[[Stage], Awaitable[None]]
    dialect: Dialect = "standard"


def chosen(name: str) -> tuple[Scenario, ...]:
    """The scenario of this name, or all five. LookupError with a sentence."""
    if name == "all":
        return tuple(SCENARIOS[one] for one in ALL)
    if name not in SCENARIOS:
        raise LookupError(
            f"There is no scenario {name!r}; choose one of {', '.join(SCENARIOS)}, all."
        )
    return (SCENARIOS[name],)


async def _connection(stage: Stage) -> None:
    await stage.all_connect()
    await stage.wait(5.0)
    await stage.all_leave()


async def _session(stage: Stage) -> None:
    charger = stage.first
    await charger.connect()
    await stage.wait(2.0)
    await charger.start(TOKEN)
    await charger.charge(15.0)
    await charger.stop()
    await stage.wait(2.0)
    await charger.disconnect()


async def _parallel(stage: Stage) -> None:
    await stage.all_connect()
    await stage.wait(3.0)
    await stage.meet(*(one.start(SHARED_TOKEN) for one in stage.chargers))
    await stage.meet(*(one.charge(20.0) for one in stage.chargers))
    await stage.meet(*(one.stop() for one in stage.chargers))
    await stage.wait(2.0)
    await stage.all_leave()


async def _values(stage: Stage) -> None:
    charger = stage.first
    await charger.connect()
    await stage.wait(1.0)
    await charger.recite(TEST_TRANSACTION, TEST_KWH, TOKEN)
    await stage.wait(1.0)
    await charger.disconnect()


async def _stress(stage: Stage) -> None:
    charger = stage.first
    await charger.connect()
    await stage.wait(2.0)
    for number in range(1, 6):
        stage.say(f"transaction {number} of 5")
        await charger.start(f"token_{number}")
        await charger.charge(5.0)
        await charger.stop()
        await stage.wait(1.0)
    await charger.disconnect()


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


async def _two_chargers(stage: Stage) -> None:
    """B's own program, second by second."""
    one, two = stage.chargers
    await one.connect()
    await stage.wait(2.0)
    await two.connect()
    await stage.wait(3.0)
    await stage.wait(2.0)
    begun = stage.second
    await stage.meet(
        _alone(one, 0.0, TOKEN, 23.0),
        _alone(two, 5.0, SECOND_TOKEN, 21.0),
        _show_status(stage, begun + 22.0),
    )
    await stage.wait(3.0)
    await stage.all_leave()


async def _alone(charger: Charger, after_s: float, token: str, charges_s: float) -> None:
    await charger.line.wait(after_s)
    await charger.start(token)
    await charger.charge(charges_s)
    await charger.stop()


async def _show_status(stage: Stage, second: float) -> None:
    """B sends one StatusNotification in the middle; a standard charger has told it already."""
    await stage.first.line.clock.until(second)
    for charger in stage.chargers:
        if isinstance(charger, LegacyCharger):
            await charger.show_status()


def _parts(*station_ids: str, max_kw: float = 100.0) -> tuple[Part, ...]:
    return tuple(Part(station_id=one, max_kw=max_kw) for one in station_ids)


_ONE = _parts(JEJU_1)

SCENARIOS: dict[str, Scenario] = {
    one.name: one
    for one in (
        Scenario(name="1", title="connection", lasts_s=5.0, parts=_ONE, act=_connection),
        Scenario(name="2", title="one session with energy", lasts_s=22.0, parts=_ONE, act=_session),
        Scenario(
            name="3",
            title="three stations in parallel",
            lasts_s=28.0,
            parts=(*_parts(JEJU_1, JEJU_2), *_parts(SHINJEJU, max_kw=50.0)),
            act=_parallel,
        ),
        Scenario(name="4", title="given energies: 1.5 kWh", lasts_s=6.0, parts=_ONE, act=_values),
        Scenario(name="5", title="stress: five sessions", lasts_s=47.0, parts=_ONE, act=_stress),
        Scenario(
            name="custom-server",
            title="connect and disconnect, 150 kW",
            lasts_s=5.0,
            parts=_parts("custom_charger_001", max_kw=150.0),
            act=_connection,
        ),
        Scenario(
            name="long-session",
            title="30 s of charging",
            lasts_s=35.0,
            parts=_parts("extended_session_01"),
            act=_long,
        ),
        Scenario(
            name="power-comparison",
            title="350 kW against 22 kW",
            lasts_s=14.0,
            parts=(
                *_parts("fast_charger_001", max_kw=350.0),
                *_parts("slow_charger_001", max_kw=22.0),
            ),
            act=_compare,
        ),
        Scenario(
            name="jeju-station",
            title="five chargers that begin one after the other",
            lasts_s=17.0,
            parts=_parts(*(f"jeju_emart_station_charger_{number:02}" for number in range(1, 6))),
            act=_station,
        ),
        Scenario(
            name="benchmark",
            title="50 chargers, three rounds",
            lasts_s=24.0,
            parts=_parts(*(f"benchmark_charger_{number:03}" for number in range(1, 51))),
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
        Scenario(
            name="two-chargers",
            title="the run of the older simulator",
            lasts_s=42.0,
            parts=_parts(JEJU_1, SHINJEJU),
            act=_two_chargers,
            dialect="legacy-b",
        ),
    )
}

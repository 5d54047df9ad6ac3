"""The measurements: each takes servers and stations, and gives plain figures."""

import asyncio
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.bench import database
from tests.bench.database import Bench, station_ids
from tests.bench.live import listening
from tests.bench.machine import Server, running, spent
from tests.bench.stations import ClosedLoop, Lost, Paced, connected

SETTLE_S = 3.0
LATE_EVENTS_S = 5.0
BUDGET_OBVIOUS_US = 4_650
"""What the obvious design cost on the machine that the budget of a message was set on (docs/benchmarks.md). Machines,
and the hours of a shared one, differ by more than twice; the yardstick beside us in the same run tells by how much."""
FLIP = 5
"""In the live measurement every so many messages a charging state changes, so that `status` events come too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how much. A station is one connection."""

    rounds: int = 4
    round_s: float = 6.0
    warm_up_s: float = 1.5
    connections: int = 200
    paced_per_s: float = 200.0
    paced_s: float = 15.0
    live_stations: int = 34
    live_s: float = 15.0
    idle: int = 2_000


QUICK = Plan(rounds=1, round_s=3.0, warm_up_s=1.0, paced_s=5.0, live_s=5.0, idle=500)


@dataclass(slots=True)
class Rounds:
    """What the rounds of one server came to."""

    acknowledged: int = 0
    figures: list[dict[str, float]] = field(default_factory=list)

    def medians(self) -> dict[str, Any]:
        """Of each figure, the median of the rounds."""
        return {
            name: statistics.median(figure[name] for figure in self.figures)
            for name in self.figures[0]
        } | {"rounds": self.figures}


async def ingest(bench: Bench, plan: Plan) -> dict[str, Any]:
    """Halla's ingress and the obvious design in turn, both as fast as 200 connections can wait for answers."""
    ids = station_ids(plan.connections)
    ours, obvious = Rounds(), Rounds()
    async with (
        running("ingress", bench.url) as halla,
        running("obvious", bench.url) as baseline,
        connected(halla.port, ids) as our_stations,
        connected(baseline.port, ids) as obvious_stations,
    ):
        for _ in range(plan.rounds):
            await _round(bench, plan, halla, our_stations, ours)
            await _round(bench, plan, baseline, obvious_stations, obvious)
    await _compare("Halla", ours.acknowledged, await database.stored_samples(bench.url))
    await _compare("baseline", obvious.acknowledged, await database.stored_obviously(bench.url))
    one, other = ours.medians(), obvious.medians()
    return {
        "halla": one,
        "obvious": other,
        "times_less_cpu": other["cpu_us"] / one["cpu_us"],
        "budget_us": one["cpu_us"] * BUDGET_OBVIOUS_US / other["cpu_us"],
        "acknowledged": ours.acknowledged,
        "stored": ours.acknowledged,  # or _compare would have raised
    }


async def _round(
    bench: Bench, plan: Plan, server: Server, stations: Sequence[Any], into: Rounds
) -> None:
    load = ClosedLoop(stations)
    load.start()
    await asyncio.sleep(plan.warm_up_s)
    load.forget_latencies()
    counted, before, began = load.acknowledged, spent(server, bench.postmaster), time.perf_counter()
    await asyncio.sleep(plan.round_s)
    latencies, seconds = load.latencies_s, time.perf_counter() - began
    messages, used = load.acknowledged - counted, spent(server, bench.postmaster).since(before)
    await load.stop()
    load.check(stations)
    into.acknowledged += load.acknowledged
    python_us, postgres_us = used.python_s * 1e6 / messages, used.postgres_s * 1e6 / messages
    into.figures.append(
        {
            "messages_per_s": messages / seconds,
            "python_us": python_us,
            "postgres_us": postgres_us,
            "cpu_us": python_us + postgres_us,
            "messages_per_s_per_core": 1e6 / (python_us + postgres_us),
            **_in_ms(latencies),
        }
    )


async def live(bench: Bench, plan: Plan) -> dict[str, Any]:
    """The whole program with a browser listening: answers at a fixed rate, then frame to event with few stations."""
    async with (
        running("whole", bench.url) as server,
        listening(server.about["http_port"], server.about["cookie"]) as listener,
    ):
        async with connected(server.port, station_ids(plan.connections)) as stations:
            before = spent(server, bench.postmaster)
            paced = Paced(stations, plan.paced_per_s)
            await paced.run(plan.paced_s)
            used = spent(server, bench.postmaster).since(before)
        async with connected(server.port, station_ids(plan.live_stations)) as stations:
            listener.events.clear()
            load = Paced(stations, plan.live_stations, listener.sent, FLIP)
            await load.run(plan.live_s)
            async with asyncio.timeout(LATE_EVENTS_S):
                while listener.missing:
                    await asyncio.sleep(0.05)
        return {
            "answers": {
                "messages_per_s": paced.acknowledged / plan.paced_s,
                "python_percent_of_a_core": used.python_s / plan.paced_s * 100,
                "postgres_percent_of_a_core": used.postgres_s / plan.paced_s * 100,
                **_in_ms(paced.latencies_s),
            },
            "frame_to_event": {
                "stations": plan.live_stations,
                "frames": load.acknowledged,
                "events": dict(listener.events),
                **_in_ms(listener.latencies_s),
            },
        }


async def idle(bench: Bench, plan: Plan) -> dict[str, Any]:
    """Memory that one more connection costs, each after its BootNotification."""
    ids = station_ids(plan.idle + 50)
    async with (
        running("ingress", bench.url) as server,
        connected(server.port, ids[:50], charging=False),  # what is loaded only once is loaded now
    ):
        await asyncio.sleep(SETTLE_S)
        before = server.process.memory_info().rss
        async with connected(server.port, ids[50:], charging=False):
            await asyncio.sleep(SETTLE_S)
            after = server.process.memory_info().rss
    return {"connections": plan.idle, "kib_per_connection": (after - before) / 1024 / plan.idle}


async def _compare(whose: str, acknowledged: int, stored: int) -> None:
    if acknowledged != stored:
        raise Lost(f"{whose}: {acknowledged} messages were acknowledged, {stored} are stored.")


def _in_ms(latencies_s: Sequence[float]) -> dict[str, float]:
    ordered = sorted(latencies_s)
    return {
        "p50_ms": ordered[len(ordered) // 2] * 1000,
        "p99_ms": ordered[len(ordered) * 99 // 100] * 1000,
    }

"""Many stations in one process: staggered connects, one scenario, one summary.

`run_fleet` is the door for `halla demo`, for `halla simulate` and for tests. It is bounded: at most
`MAX_STATIONS`, each with a few tasks and one socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from urllib.parse import urlsplit

from . import transactions
from .plan import (
    DEFAULT_TOKENS,
    EventListener,
    FleetPlan,
    FleetSummary,
    FrameLog,
    StationEvent,
    StationPlan,
    Tally,
    Version,
)
from .scenarios import SCENARIOS, Role, Scenario, deal_roles
from .station import VirtualStation

__all__ = [
    "MAX_STATIONS",
    "MIX",
    "STRICT_UP_TO",
    "VERSIONS",
    "FleetPlan",
    "FleetSummary",
    "StationEvent",
    "StationPlan",
    "plan_from_ids",
    "run_fleet",
]

MAX_STATIONS = 5_000
STRICT_UP_TO = 50
CONNECT_TIMEOUT_S = 60.0
FLUSH_S = 4.0
RETURN_S = 2.0

VERSIONS: tuple[Version, ...] = ("1.6", "2.0.1", "2.1")
MIXED = "mixed"
MIX: tuple[Version, ...] = ("2.0.1", "1.6", "2.0.1", "2.1")


def plan_from_ids(
    ids: Sequence[str],
    *,
    url: str,
    version: str = MIXED,
    scenario: str = "demo",
    seed: int = 1,
    speed: float = 1.0,
    sample_interval_s: float = 10.0,
    strict: bool | None = None,
    energy_wh: float = 1_000.0,
    max_power_w: float = 100_000.0,
    evses: int = 1,
    connectors: int = 1,
    password: str | None = None,
    id_tokens: tuple[str, ...] = DEFAULT_TOKENS,
    connects_per_s: float = 20.0,
) -> FleetPlan:
    """A fleet of equal stations with these ids, `version` one of VERSIONS or "mixed".

    `strict` None means: for up to 50 stations. Raises ValueError, with a sentence, for an address
    that is no WebSocket's, a version or scenario that does not exist, too many stations or an id
    given twice.
    """
    address = urlsplit(url)
    if address.scheme not in ("ws", "wss") or not address.netloc:
        raise ValueError(f"{url!r} is no address of a CSMS; it looks like ws://127.0.0.1:9000.")
    if version not in (*VERSIONS, MIXED):
        known = ", ".join((*VERSIONS, MIXED))
        raise ValueError(f"There is no OCPP version {version!r}; choose one of {known}.")
    if scenario not in SCENARIOS:
        raise ValueError(
            f"There is no scenario {scenario!r}; choose one of {', '.join(SCENARIOS)}."
        )
    if not ids or len(ids) > MAX_STATIONS:
        raise ValueError(f"Give between 1 and {MAX_STATIONS} stations, not {len(ids)}.")
    if len(set(ids)) != len(ids):
        raise ValueError("Every station needs an id of its own; one is given twice.")
    if speed <= 0 or sample_interval_s <= 0 or max_power_w <= 0:
        raise ValueError("Speed, interval and power have to be above zero.")
    versions = islice(cycle(MIX), len(ids)) if version == MIXED else [version] * len(ids)
    stations = tuple(
        StationPlan(
            station_id=station_id,
            version=spoken,  # type: ignore[arg-type]
            max_power_w=max_power_w,
            evses=evses,
            connectors=connectors,
            serial_number=f"SN-{station_id}"[:25],
            password=password,
            id_tokens=id_tokens,
        )
        for station_id, spoken in zip(ids, versions, strict=True)
    )
    return FleetPlan(
        url=url,
        stations=stations,
        scenario=scenario,
        seed=seed,
        speed=speed,
        sample_interval_s=sample_interval_s,
        strict=len(ids) <= STRICT_UP_TO if strict is None else strict,
        energy_wh=energy_wh,
        connects_per_s=connects_per_s,
    )


async def run_fleet(
    plan: FleetPlan,
    *,
    stop: asyncio.Event,
    on_event: EventListener | None = None,
    on_tally: Callable[[Tally], None] | None = None,
    log: FrameLog | None = None,
) -> FleetSummary:
    """Run all stations until the scenario ends or `stop` is set; then close them in order.

    `on_tally` gets the live counters once, at the start. Transactions still running at the stop
    end with reason PowerLoss. Raises what broke a station (a mistake of the simulator).
    """
    scenario = SCENARIOS[plan.scenario]
    tally = Tally()
    if on_tally is not None:
        on_tally(tally)
    stations = [_build(one, plan, scenario, tally, on_event, log) for one in plan.stations]
    roles = deal_roles(len(stations), plan.seed)
    acts = [
        asyncio.create_task(_act(station, plan, role, scenario, number / plan.connects_per_s))
        for number, (station, role) in enumerate(zip(stations, roles, strict=True))
    ]
    stopped = asyncio.create_task(stop.wait())
    finished = asyncio.gather(*acts, return_exceptions=True)
    try:
        await asyncio.wait((stopped, finished), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        for act in acts:
            act.cancel()
        outcomes = list(await asyncio.gather(*acts, return_exceptions=True))
        outcomes += await asyncio.gather(*map(_leave, stations), return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome
    return FleetSummary.of(len(stations), tally)


def _build(
    one: StationPlan,
    plan: FleetPlan,
    scenario: Scenario,
    tally: Tally,
    on_event: EventListener | None,
    log: FrameLog | None,
) -> VirtualStation:
    return VirtualStation(
        one,
        plan.url,
        seed=plan.seed,
        speed=plan.speed,
        sample_interval_s=plan.sample_interval_s,
        strict=plan.strict,
        ticking=scenario.ticking,
        ramp_s=5.0 if scenario.ticking else 0.0,
        on_event=on_event,
        tally=tally,
        log=log,
    )


async def _act(
    station: VirtualStation, plan: FleetPlan, role: Role, scenario: Scenario, delay_s: float
) -> None:
    """Connect when it is this station's turn and live through the scenario."""
    await asyncio.sleep(delay_s)
    station.live()
    try:
        timeout_s = CONNECT_TIMEOUT_S if scenario.ends else None
        await asyncio.wait_for(station.connection.registered.wait(), timeout_s)
    except TimeoutError:
        station.tell(
            "error", f"not accepted by {plan.url} within {CONNECT_TIMEOUT_S:g} s; given up"
        )
        return
    await scenario.act(station, plan, role)


async def _leave(station: VirtualStation) -> None:
    """End what still runs, deliver it, disconnect."""
    for place in station.evses:
        transactions.end(station, place, "PowerLoss", "AbnormalCondition")
    if not station.online and station.plan.station_id in station.tally.booted:
        # Its network was gone on purpose; nothing it kept may be lost with the end of the run.
        await station.connection.come_back(RETURN_S)
    await station.close(FLUSH_S)

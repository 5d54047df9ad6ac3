"""`halla demo`: everything at once, with simulated chargers at the Emart stores of Jeju.

The chargers live in a process of their own and know only the socket.
"""

import asyncio
import logging
import multiprocessing
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from typing import Annotated

import typer

from app.cli.debug_station import play
from app.cli.protocol_log import places_of, protocol_log
from app.cli.running import configure_logging, run_program
from app.cli.seed import DEFAULT, summary
from app.cli.serve import announce_first_admin, host
from app.config import Settings
from app.csms.audit import at_the_terminal
from app.csms.context import Context
from app.csms.provisioning import known
from app.csms.sign_ins import create_sign_in_link
from app.main import Role, open_context, run_roles, stop_on_signals
from app.protocol_log.log import Places, ProtocolLog
from app.queries.map import markers
from app.seed.load import load
from app.seed.read import read
from app.simulator.fleet import MIX, run_fleet
from app.simulator.plan import FleetPlan, StationPlan

TOKENS = ("token_user_001", "token_user_002", "token_multi_001", "CARD-ABC123", "CARD-12345")
SAMPLE_INTERVAL_S = 5.0
END_S = 8.0


@dataclass(frozen=True, slots=True)
class Story:
    """What the simulated chargers live through, and where their frames are written."""

    speed: float
    seed: int
    places: Places | None


def demo(
    speed: Annotated[
        float, typer.Option(min=0.1, help="How much faster than real time the cars come and go.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="One seed is one story.")] = 1,
    protocol_debug: Annotated[
        bool,
        typer.Option(
            "--protocol-debug",
            help="Write every OCPP frame to a log (as OCPP_PROTOCOL_DEBUG=true).",
        ),
    ] = False,
) -> None:
    """Start PostGIS, the CSMS, the dashboard and the 34 Emart chargers (simulated); Ctrl-C stops all."""

    async def job(settings: Settings) -> None:
        configure_logging(settings.log_level, logging.WARNING)
        places = places_of(settings)
        with protocol_log(places) as log:
            await _run(settings, places, log, speed, seed)

    changes = {"protocol_debug": True} if protocol_debug else {}
    # Only the addresses are for strangers' chargers; whoever knocks at a demo is let in.
    run_program(job, unknown_stations="accept", **changes)


async def _run(
    settings: Settings, places: Places | None, log: ProtocolLog | None, speed: float, seed: int
) -> None:
    async with open_context(settings, typer.echo) as context:
        await announce_first_admin(context)
        found = read(DEFAULT, known=await known(context))
        loaded = await load(context, at_the_terminal(), found)
        typer.echo(f"Emart Jeju: {summary(found)}, {loaded.created} rows new.")
        ours = {station.id for station in found.stations}
        stations = [
            (marker.station_id, marker.max_power_w)
            for marker in await markers(context.database)
            if marker.station_id in ours  # nobody is to speak in the name of somebody's charger
        ]
        with stop_on_signals() as stop:
            ready = asyncio.Event()
            roles = run_roles(context, frozenset(Role), stop, ready.set, log)
            serving = asyncio.create_task(roles)
            await asyncio.wait(
                {serving, asyncio.create_task(ready.wait())},
                return_when=asyncio.FIRST_COMPLETED,
            )
            if ready.is_set():
                await _show(context, stations, Story(speed, seed, places), log, stop)
            await serving


async def _welcome(context: Context, count: int) -> None:
    settings = context.settings
    link = await create_sign_in_link(context, at_the_terminal(), "admin")
    base = f"http://{host(settings.http_host)}:{settings.http_port}"
    typer.echo(
        f"\n  Halla is running with {count} simulated chargers.\n\n"
        f"  Dashboard  {base}/\n"
        f"  Sign in    {base}/sign-in/link/{link}   (works once)\n"
        f"  API        {base}/docs\n"
        f"  Stations   ws://{host(settings.ocpp_host)}:{settings.ocpp_port}/{{station id}}\n\n"
        "  Ctrl-C stops everything; the data stays.\n"
    )


async def _show(
    context: Context,
    stations: Sequence[tuple[str, float]],
    story: Story,
    log: ProtocolLog | None,
    stop: asyncio.Event,
) -> None:
    """The chargers live, and a person is told where to look, until `stop`."""
    url = f"ws://{host(context.settings.ocpp_host)}:{context.settings.ocpp_port}"
    async with fleet(url, stations, story):
        await _welcome(context, len(stations))
        playing = None if log is None else asyncio.create_task(play(context, url, log))
        await stop.wait()
        typer.echo("Stopping.")
        if playing is not None:
            playing.cancel()
            await asyncio.wait({playing}, timeout=END_S)


@asynccontextmanager
async def fleet(
    url: str, stations: Sequence[tuple[str, float]], story: Story
) -> AsyncIterator[BaseProcess]:
    """Virtual stations in another process, until the block ends."""
    process = multiprocessing.get_context("spawn").Process(
        target=drive, args=(url, list(stations), story), daemon=True
    )
    resource_tracker.ensure_running()  # if it began within process.start(), it would undo the mask
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()  # deaf to Ctrl-C also while it is still loading
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    try:
        yield process
    finally:
        process.terminate()
        await asyncio.to_thread(process.join, END_S)
        if process.is_alive():
            process.kill()


def drive(url: str, stations: Sequence[tuple[str, float]], story: Story) -> None:
    """The other process: drive the fleet until SIGTERM or the parent's end (Ctrl-C is the parent's to hear)."""
    plan = FleetPlan(
        url=url,
        stations=tuple(
            StationPlan(
                station_id=station_id,
                version=MIX[number % len(MIX)],
                max_power_w=power_w,
                id_tokens=TOKENS,
            )
            for number, (station_id, power_w) in enumerate(stations)
        ),
        scenario="demo",
        seed=story.seed,
        speed=story.speed,
        sample_interval_s=SAMPLE_INTERVAL_S,
        strict=False,
    )
    with protocol_log(story.places, aloud=False) as log:
        asyncio.run(_drive(plan, log))


async def _drive(plan: FleetPlan, log: ProtocolLog | None) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    parent = multiprocessing.parent_process()
    if parent is not None:  # who is killed says no SIGTERM, and its chargers would knock for ever
        loop.add_reader(parent.sentinel, _orphaned, loop, parent.sentinel, stop)
    await run_fleet(plan, stop=stop, log=log)


def _orphaned(loop: asyncio.AbstractEventLoop, sentinel: int, stop: asyncio.Event) -> None:
    loop.remove_reader(sentinel)
    stop.set()

"""`halla demo`: everything at once, with simulated chargers at the Emart stores of Jeju.

The chargers live in a process of their own and know only the socket.
"""

import asyncio
import logging
import multiprocessing
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from multiprocessing.process import BaseProcess
from typing import Annotated

import typer

from app.cli.running import configure_logging, run_program
from app.cli.seed import DEFAULT, summary
from app.cli.serve import announce_first_admin, host
from app.config import Settings
from app.csms.context import Context
from app.csms.provisioning import known
from app.csms.sign_ins import create_sign_in_link
from app.main import Role, open_context, run_roles, stop_on_signals
from app.queries.map import markers
from app.seed.load import load
from app.seed.read import read
from app.simulator.fleet import MIX, run_fleet
from app.simulator.plan import FleetPlan, StationPlan

TOKENS = ("token_user_001", "token_user_002", "token_multi_001", "CARD-ABC123", "CARD-12345")
SAMPLE_INTERVAL_S = 5.0
END_S = 8.0


def demo(
    speed: Annotated[
        float, typer.Option(min=0.1, help="How much faster than real time the cars come and go.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="One seed is one story.")] = 1,
) -> None:
    """Start PostGIS, the CSMS, the dashboard and the 34 Emart chargers (simulated); Ctrl-C stops all."""

    async def job(settings: Settings) -> None:
        configure_logging(settings.log_level, logging.WARNING)
        async with open_context(settings, typer.echo) as context:
            await announce_first_admin(context)
            found = read(DEFAULT, known=await known(context))
            loaded = await load(context, found)
            typer.echo(f"Emart Jeju: {summary(found)}, {loaded.created} rows new.")
            stations = [
                (marker.station_id, marker.max_power_w)
                for marker in await markers(context.database)
            ]
            with stop_on_signals() as stop:
                ready = asyncio.Event()
                serving = asyncio.create_task(run_roles(context, frozenset(Role), stop, ready.set))
                await asyncio.wait(
                    {serving, asyncio.create_task(ready.wait())},
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if ready.is_set():
                    async with fleet(settings, stations, speed, seed):
                        await _welcome(context, len(stations))
                        await stop.wait()
                        typer.echo("Stopping.")
                await serving

    # Only the addresses are for strangers' chargers; whoever knocks at a demo is let in.
    run_program(job, unknown_stations="accept")


async def _welcome(context: Context, count: int) -> None:
    settings = context.settings
    link = await create_sign_in_link(context, "admin")
    base = f"http://{host(settings.http_host)}:{settings.http_port}"
    typer.echo(
        f"\n  Halla is running with {count} simulated chargers.\n\n"
        f"  Dashboard  {base}/\n"
        f"  Sign in    {base}/sign-in/link/{link}   (works once)\n"
        f"  API        {base}/docs\n"
        f"  Stations   ws://{host(settings.ocpp_host)}:{settings.ocpp_port}/{{station id}}\n\n"
        "  Ctrl-C stops everything; the data stays.\n"
    )


@asynccontextmanager
async def fleet(
    settings: Settings, stations: Sequence[tuple[str, float]], speed: float, seed: int
) -> AsyncIterator[BaseProcess]:
    """Virtual stations in another process, until the block ends."""
    url = f"ws://{host(settings.ocpp_host)}:{settings.ocpp_port}"
    process = multiprocessing.get_context("spawn").Process(
        target=drive, args=(url, list(stations), speed, seed), daemon=True
    )
    process.start()
    try:
        yield process
    finally:
        process.terminate()
        await asyncio.to_thread(process.join, END_S)
        if process.is_alive():
            process.kill()


def drive(url: str, stations: Sequence[tuple[str, float]], speed: float, seed: int) -> None:
    """The other process: drive the fleet until SIGTERM (Ctrl-C is the parent's to hear)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
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
        seed=seed,
        speed=speed,
        sample_interval_s=SAMPLE_INTERVAL_S,
        strict=False,
    )
    asyncio.run(_drive(plan))


async def _drive(plan: FleetPlan) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await run_fleet(plan, stop=stop)

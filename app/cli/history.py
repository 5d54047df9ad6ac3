"""`halla simulate history`: a past for stations that have none, to try pages and statistics on. Marked as simulated."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.cli.running import complaints, run
from app.csms.audit import at_the_terminal
from app.csms.context import Context
from app.csms.simulated import Made, Removed, remove_history, simulate_history


def history(
    days: Annotated[int, typer.Option(min=1, help="How many days, up to yesterday.")] = 30,
    seed: Annotated[int, typer.Option(help="One seed is one past.")] = 1,
    stations: Annotated[
        str,
        typer.Option(help="Ids or aliases, separated by commas (default: all accepted stations)."),
    ] = "",
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove every simulated past; real sessions stay.")
    ] = False,
) -> None:
    """Give the registered stations a simulated past: sessions, readings, statuses, lost connections.

    Every row of it is marked (`simulated` in tables, views, API and pages; ids begin with SIM-), no
    real session is touched, and --remove takes all of it away. The same seed on the same day makes
    the same past. Existing simulated days have to be removed before new ones are made.
    """
    console = Console(highlight=False, soft_wrap=True)
    if remove:
        gone: Removed = run(_remove)
        console.print(
            f"{gone.sessions:,} simulated sessions of {gone.stations:,} stations removed."
        )
        return
    names = [one.strip() for one in stations.split(",") if one.strip()] or None
    made: Made = run(lambda context: _make(context, days, seed, names))
    last = made.until - timedelta(seconds=1)
    console.print(
        f"Simulated: {made.sessions:,} sessions of {made.stations:,} stations with {made.samples:,} readings,"
        f" {made.energy_wh / 1000:,.1f} kWh, from {made.since:%Y-%m-%d} to {last:%Y-%m-%d}."
    )
    console.print("Remove it again with: halla simulate history --remove")


async def _make(context: Context, days: int, seed: int, stations: list[str] | None) -> Made:
    with _bar("Simulating") as bar:
        task = bar.add_task("", total=None)

        def show(done: int, of: int, station: str) -> None:
            bar.update(task, completed=done, total=of, description=station)

        return await simulate_history(
            context, at_the_terminal(), days=days, seed=seed, stations=stations, progress=show
        )


async def _remove(context: Context) -> Removed:
    with _bar("Removing") as bar:
        task = bar.add_task("", total=None)

        def show(done: int, of: int, station: str) -> None:
            bar.update(task, completed=done, total=of, description=station)

        return await remove_history(context, at_the_terminal(), show)


def _bar(title: str) -> Progress:
    return Progress(
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
        console=complaints,
        transient=True,
    )

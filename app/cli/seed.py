"""`halla seed`: sites, stations, prices and tokens from files. Reading and storing are `app.seed`'s."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.cli.running import complaints, end, run
from app.config import ROOT
from app.csms.audit import at_the_terminal
from app.csms.context import Context
from app.csms.provisioning import known
from app.seed.load import Loaded, load
from app.seed.read import SeedErrors, read
from app.seed.records import Seed

DEFAULT = ROOT / "seed_data" / "emart_jeju"
MAX_SHOWN = 100

KIND_NAMES = {
    "tariff": "Tariffs",
    "location": "Sites",
    "station": "Stations",
    "connector": "Connectors",
    "alias": "Aliases",
    "token": "Id tokens",
}


def seed(
    path: Annotated[
        Path,
        typer.Argument(
            help="A folder of CSV or GeoJSON files, or one such file.", show_default="Emart Jeju"
        ),
    ] = DEFAULT,
    check: Annotated[
        bool, typer.Option("--check", help="Only read the files; change nothing, need no database.")
    ] = False,
    anywhere: Annotated[
        bool, typer.Option("--anywhere", help="Positions outside Korea are meant.")
    ] = False,
) -> None:
    """Register sites, stations, prices and id tokens; again and again, if need be.

    The columns are described in docs/seeding.md. All mistakes are told at once, as file:line, and
    then nothing is changed. seed_data/ has three Emart stores and five sample sites of Jeju.
    """
    try:
        if check:
            found = read(path, anywhere=anywhere)
            Console().print(f"{summary(found)}: no mistakes.", highlight=False)
            return
        found, loaded = run(lambda context: _seed(context, path, anywhere))
    except SeedErrors as errors:
        end(*_told(errors))
    _show(found, loaded)


async def _seed(context: Context, path: Path, anywhere: bool) -> tuple[Seed, Loaded]:
    with complaints.status(f"Reading {path}") as status:
        found = read(path, known=await known(context), anywhere=anywhere)
        status.update(f"Storing {summary(found)}")
        return found, await load(context, at_the_terminal(), found)


def summary(found: Seed) -> str:
    """What files hold in one line: sites, stations, power, tokens."""
    kilowatts = sum(station.max_power_w or 0 for station in found.stations) / 1000
    line = f"{len(found.locations):,} sites, {len(found.stations):,} stations, {kilowatts:,.6g} kW"
    return f"{line}, {len(found.tokens):,} id tokens" if found.tokens else line


def _told(errors: SeedErrors) -> list[str]:
    count = len(errors.mistakes)
    lines = [str(mistake) for mistake in errors.mistakes[:MAX_SHOWN]]
    if count > MAX_SHOWN:
        lines.append(f"... and {count - MAX_SHOWN} more.")
    lines.append(f"{count} mistake{'s' if count > 1 else ''}; nothing was changed.")
    return lines


def _show(found: Seed, loaded: Loaded) -> None:
    table = Table(title=summary(found), title_style="bold", title_justify="left")
    table.add_column("")
    for heading in ("In the files", "Created", "Updated", "As before"):
        table.add_column(heading, justify="right")
    for part in loaded.parts:
        if part.rows:
            numbers = (part.rows, part.created, part.updated, part.unchanged)
            table.add_row(KIND_NAMES[part.kind], *(f"{number:,}" for number in numbers))
    console = Console()
    console.print(table)
    console.print(f"{loaded.created:,} created, {loaded.updated:,} updated.", highlight=False)

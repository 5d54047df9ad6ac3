"""`halla station`: look at one charging station from a terminal."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from app.cli.running import run
from app.csms.context import Context
from app.queries import journal, journal_files, stations
from app.queries.journal import FrameRow, Wanted

commands = typer.Typer(name="station", help="Look at one station.", no_args_is_help=True)

LOOK_EVERY_S = 0.3
_KINDS = {2: "CALL", 3: "RESULT", 4: "ERROR"}


@commands.command("tail")
def tail(
    station_id: Annotated[str, typer.Argument(help="The station's id, or an alias of it.")],
    last: Annotated[int, typer.Option("-n", min=0, help="Show so many past frames first.")] = 10,
    follow: Annotated[bool, typer.Option(help="Go on until Ctrl-C.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Follow a station's frames live, both directions, their secrets hidden."""
    run(lambda context: _tail(context, station_id, last, follow=follow, as_json=as_json))


async def _tail(
    context: Context, station_id: str, last: int, *, follow: bool, as_json: bool
) -> None:
    real_id = await stations.resolve(context.database, station_id)
    if context.settings.journal == "off":
        typer.echo("HALLA_JOURNAL is off: no new frames are kept.", err=True)
    wanted = Wanted(station_id=real_id)
    past = await journal.frames(context.database, wanted, limit=max(last, 1))
    number = max((row.id for row in past), default=0)
    for row in reversed(past[:last]):
        typer.echo(_line(row, as_json=as_json))
    since = context.clock() - timedelta(minutes=10)
    while follow:
        rows = await journal.newer(context.database, real_id, number, since)
        for row in rows:
            typer.echo(_line(row, as_json=as_json))
            number = row.id
            since = max(since, row.at - timedelta(minutes=10))
        await asyncio.sleep(LOOK_EVERY_S)


def _line(row: FrameRow, *, as_json: bool) -> str:
    if as_json:
        return journal_files.json_line(row)
    arrow = "->" if row.direction == "in" else "<-"
    kind = _KINDS.get(row.message_type, "?")
    took = "" if row.latency_ms is None else f" {row.latency_ms:.1f} ms"
    outcome = f" {row.outcome}" if row.outcome else ""
    at = row.at.astimezone().strftime("%H:%M:%S.%f")[:-3]
    return f"{at} {arrow} {kind:6} {row.action or '-'}{outcome}{took}  {row.frame}"

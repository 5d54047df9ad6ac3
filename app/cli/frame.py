"""`halla frame FILE`: what one frame means, without a station and without a trace."""

import sys
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.running import end, run
from app.csms.context import Context
from app.csms.receive import rehearse
from app.domain.errors import CsmsError, Invalid
from app.domain.reports import Received
from app.ingress.dialects import WITHOUT_SUBPROTOCOL
from app.ingress.translate import translate


def frame(
    file: Annotated[
        Path, typer.Argument(help="A file with one OCPP frame; - reads standard input.")
    ],
    station: Annotated[str, typer.Option(help="The station that is taken to send it.")] = "",
    subprotocol: Annotated[
        str, typer.Option(help="What the station speaks.")
    ] = WITHOUT_SUBPROTOCOL.subprotocol,
) -> None:
    """Feed one frame: print the reports it becomes, the answer and what would change.

    Without --station nothing is asked of a database: reports only. With it the answer is the true one, worked out
    on the stored state and then undone. Exit code 1 if the frame is refused.
    """
    text = _read(file)
    try:
        meaning = translate(subprotocol, text, datetime.now(UTC))
    except Invalid as error:
        end(error.message)
    typer.echo(f"action   {meaning.action or 'none'}")
    for finding in meaning.findings:
        typer.echo(f"finding  {finding}")
    for report in meaning.reports:
        typer.echo(f"report   {_show(report)}")
    if meaning.answer is not None:
        typer.echo(f"answer   {meaning.answer}")
        raise typer.Exit(1)
    if station and meaning.reports:
        run(lambda context: _rehearse(context, station, subprotocol, text))


async def _rehearse(context: Context, station: str, subprotocol: str, text: str) -> None:
    now = datetime.now(UTC)
    meaning = translate(subprotocol, text, now)
    reports = [Received(station_id=station, at=now, report=r) for r in meaning.reports]
    answers, change = await rehearse(context, reports)
    refused = next((answer for answer in answers if isinstance(answer, CsmsError)), None)
    if refused is not None:
        end(f"refused  {refused.message}")
    answer = answers[-1]
    assert not isinstance(answer, CsmsError)
    typer.echo(f"answer   {translate(subprotocol, text, now, answer).answer}")
    typer.echo(f"change   {_show(change) if change else 'none'}")


def _read(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        end(f"{file}: {error}")


def _show(thing: Any) -> str:
    """A dataclass or a named tuple on one line, without what it does not say."""
    named: tuple[str, ...] | None = getattr(thing, "_fields", None)
    if is_dataclass(thing):
        named = tuple(field.name for field in fields(thing))
    if named is None:
        return str(thing)
    said = (
        f"{name}={_show_value(getattr(thing, name))}"
        for name in named
        if getattr(thing, name) not in (None, ())
    )
    return f"{type(thing).__name__}({', '.join(said)})"


def _show_value(value: Any) -> str:
    if type(value) is tuple:
        return f"[{', '.join(_show_value(one) for one in value)}]"
    if isinstance(value, datetime):
        return value.isoformat()
    return _show(value)

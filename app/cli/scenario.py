"""`halla simulate scenario`: the originals' scenarios against any CSMS, and whether it stored what it was told."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console

from app.cli.books import Books, Closed, check, latest, open_books
from app.cli.protocol_log import places_of, protocol_log
from app.cli.running import fail, run_program
from app.cli.scenario_screen import Screen, say, show_findings
from app.cli.serve import near
from app.config import Settings
from app.simulator.fleet import VERSIONS
from app.simulator.originals.run import Casting, Outcome, length_s, play, spoken
from app.simulator.originals.scenarios import SCENARIOS, chosen
from app.simulator.originals.stage import Scenario

EARLIER = timedelta(hours=1)
"""How far back a transaction can be that this run must not overlap with."""

AFTER = timedelta(seconds=1)
FASTEST = 1000.0
MOST_SHOWN = 20
PATIENCE_S = 10.0
"""How long the CSMS may take to have stored everything."""


def scenario(
    name: Annotated[str, typer.Argument(help="Its name, see --list; or all: 1 to 5.")] = "1",
    listing: Annotated[bool, typer.Option("--list", help="Say which there are, and end.")] = False,
    dialect: Annotated[
        str,
        typer.Option(
            help="How the chargers speak: standard, legacy-a or legacy-b, the original simulators to the letter."
        ),
    ] = "",
    version: Annotated[
        str, typer.Option(help=f"OCPP version of standard: {', '.join(VERSIONS)}.")
    ] = Casting(url="").version,
    speed: Annotated[
        float,
        typer.Option(
            min=0.1, max=FASTEST, help="So much faster; times and energies stay as in real time."
        ),
    ] = 1.0,
    url: Annotated[str, typer.Option(help="The CSMS. Default: the Halla of these settings.")] = "",
    password: Annotated[str, typer.Option(help="Basic auth password of the chargers.")] = "",
    lose_last_tick: Annotated[
        bool,
        typer.Option(
            "--lose-last-tick", help="legacy: the sample that falls due with the stop comes late."
        ),
    ] = False,
    checking: Annotated[
        bool, typer.Option("--check/--no-check", help="Read back what the CSMS stored.")
    ] = True,
    api: Annotated[
        str, typer.Option(help="Address of the Halla to read back from, e.g. http://host:8080.")
    ] = "",
    key: Annotated[str, typer.Option(help="Its API key. Default: HALLA_ADMIN_API_KEY.")] = "",
    seed: Annotated[int, typer.Option(help="One seed is one order of starts.")] = 1,
) -> None:
    """Play a scenario of the original simulators.

    Exit code 0 when the CSMS stored what it was told, energy and cost of every transaction (or, where that cannot be
    read, answered everything without an error); 1 otherwise; 2 when an option makes no sense.
    """
    if listing:
        for one in SCENARIOS.values():
            typer.echo(f"{one.name:17} {one.lasts_s:3.0f} s  {one.title}")
        typer.echo(f"{'all':17} {length_s(chosen('all')):3.0f} s  1 to 5, one after the other")
        return
    try:
        scenarios = chosen(name)
        words, number = spoken(dialect, version)
    except LookupError as error:
        fail(str(error.args[0]))
        raise typer.Exit(2) from None

    async def job(settings: Settings) -> bool:
        with protocol_log(places_of(settings)) as log:
            casting = Casting(
                url=url or _url(settings),
                dialect=words,
                version=number,
                password=password or None,
                lose_last=lose_last_tick,
                speed=speed,
                seed=seed,
                log=log,
            )
            if not checking:
                return await _play(scenarios, casting, Closed("Left out by --no-check."))
            async with open_books(settings, casting.url, api=api or None, key=key or None) as books:
                return await _play(scenarios, casting, books)

    raise typer.Exit(0 if run_program(job) else 1)


def _url(settings: Settings) -> str:
    return f"ws://{near(settings.ocpp_host)}:{settings.ocpp_port}"


async def _play(scenarios: Sequence[Scenario], casting: Casting, books: Books | Closed) -> bool:
    """Play and judge; True when all is well. Raises CsmsError when the books cannot be read."""
    console = Console(highlight=False)
    screen = Screen(console)
    begins = await _beginning(scenarios, casting, books)
    if console.is_terminal:
        with screen.live:
            outcome = await play(scenarios, casting, begins, screen)
    else:
        outcome = await play(scenarios, casting, begins, screen)
    counted = Counter(outcome.failures)
    for sentence, times in counted.most_common(MOST_SHOWN):
        fail(sentence if times == 1 else f"{sentence} ({times} times)")
    if len(counted) > MOST_SHOWN:
        fail(f"... and {len(counted) - MOST_SHOWN} more.")
    stored = await _stored(console, outcome, books)
    return stored and not outcome.failures


async def _beginning(
    scenarios: Sequence[Scenario], casting: Casting, books: Books | Closed
) -> datetime:
    """The moment that is written on the first message.

    A story that is told faster began earlier, so that none of its times lies in the future; but not before the last
    one of these stations was over.
    """
    now = datetime.now(UTC)
    saved_s = length_s(scenarios) * max(0.0, 1.0 - 1.0 / casting.speed)
    begins = now - timedelta(seconds=saved_s)
    if isinstance(books, Closed) or not saved_s:
        return begins
    ids = [part.station_id for one in scenarios for part in one.parts]
    before = await latest(books, ids, begins - EARLIER)
    return begins if before is None else max(begins, before + AFTER)


async def _stored(console: Console, outcome: Outcome, books: Books | Closed) -> bool:
    if isinstance(books, Closed):
        console.print(f"{outcome.answered} of {outcome.calls} messages were answered.")
        say(
            console,
            "Not checked: whether the CSMS stored the sessions with their energy and cost."
            f" {books.why} Its answers alone decide.",
        )
        return outcome.answered == outcome.calls
    if not outcome.sent:
        console.print(f"{outcome.answered} of {outcome.calls} messages were answered.")
        return outcome.answered == outcome.calls
    findings = await check(books, outcome.sent, PATIENCE_S)
    show_findings(console, findings)
    right = sum(1 for one in findings if one.complaint is None)
    say(
        console,
        f"{right} of {len(findings)} transactions are stored as they were sent, in {books.where}.",
    )
    return right == len(findings)

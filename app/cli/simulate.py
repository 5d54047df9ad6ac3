"""`halla simulate`: run virtual stations against any CSMS and say whether all went well.

Reads the options, shows the progress, chooses the exit code. What the stations do is
`app.simulator`'s business; nothing of the rest of Halla is touched.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import nullcontext
from typing import Annotated

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from app.simulator.fleet import VERSIONS, plan_from_ids, run_fleet
from app.simulator.plan import (
    DEFAULT_TOKENS,
    FleetPlan,
    FleetSummary,
    FrameLog,
    StationEvent,
    Tally,
)
from app.simulator.scenarios import SCENARIOS

__all__ = ["simulate"]

SHOWN_EVENTS = 10
REFRESH_S = 0.5
LINE_EVERY_S = 5.0
SAID_ALOUD = 10
BAD_KINDS = frozenset({"error", "refused", "violation"})
QUIET_KINDS = frozenset({"sample", "status", "connected"})

_SCENARIO_HELP = "What the stations do: " + "; ".join(
    f"{name}: {one.summary}" for name, one in SCENARIOS.items()
)


def simulate(
    context: typer.Context,
    stations: Annotated[int, typer.Option(min=1, help="How many stations.")] = 3,
    version: Annotated[
        str, typer.Option(help=f"OCPP version: {', '.join(VERSIONS)} or mixed.")
    ] = "mixed",
    scenario: Annotated[str, typer.Option(help=_SCENARIO_HELP)] = "demo",
    url: Annotated[
        str, typer.Option(help="The CSMS; the station id is appended.")
    ] = "ws://127.0.0.1:9000",
    prefix: Annotated[str, typer.Option(help="Ids are PREFIX-0001, PREFIX-0002, ...")] = "SIM",
    ids: Annotated[str, typer.Option(help="Ids, separated by commas, instead of a prefix.")] = "",
    kw: Annotated[float, typer.Option(min=0.1, help="Power of every EVSE in kW.")] = 100.0,
    evses: Annotated[int, typer.Option(min=1, max=16, help="EVSEs of every station.")] = 1,
    interval: Annotated[float, typer.Option(min=0.1, help="Seconds between samples.")] = 10.0,
    duration: Annotated[
        float, typer.Option(min=0.0, help="Stop after so many seconds (0: at Ctrl-C).")
    ] = 0.0,
    kwh: Annotated[float, typer.Option(min=0.001, help="Energy of one session.")] = 1.0,
    token: Annotated[str, typer.Option(help="Id tokens of the drivers, by commas.")] = "",
    password: Annotated[str, typer.Option(help="Basic auth password of every station.")] = "",
    seed: Annotated[int, typer.Option(help="One seed is one story.")] = 1,
    speed: Annotated[float, typer.Option(min=0.01, help="Charging and waiting go faster.")] = 1.0,
    rate: Annotated[float, typer.Option(min=0.1, help="New connections per second.")] = 20.0,
    strict: Annotated[
        bool | None,
        typer.Option(
            "--strict/--no-strict",
            help="Check every message against the OCPP schemas (default: up to 50 stations).",
        ),
    ] = None,
) -> None:
    """Run virtual charging stations against a CSMS; or, with a further word, something else (see below).

    Exit code 0 when every station was accepted, every message was answered without an error and
    nothing the CSMS sent broke its schema; 1 otherwise; 2 when an option makes no sense.
    """
    if context.invoked_subcommand is not None:
        return
    names = [one.strip() for one in ids.split(",") if one.strip()]
    tokens = tuple(one.strip() for one in token.split(",") if one.strip())
    try:
        plan = plan_from_ids(
            names or [f"{prefix}-{number:04}" for number in range(1, stations + 1)],
            url=url,
            version=version,
            scenario=scenario,
            seed=seed,
            speed=speed,
            sample_interval_s=interval,
            strict=strict,
            energy_wh=kwh * 1000.0,
            max_power_w=kw * 1000.0,
            evses=evses,
            password=password or None,
            connects_per_s=rate,
            id_tokens=tokens or DEFAULT_TOKENS,
        )
    except ValueError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    with context.obj() if context.obj else nullcontext() as log:
        summary = asyncio.run(_run(plan, duration, Console(), log))
    _print_summary(Console(), summary)
    raise typer.Exit(0 if summary.clean else 1)


class _Progress:
    """What the screen shows while the fleet runs: counters and the last events."""

    def __init__(self, plan: FleetPlan, *, aloud: bool) -> None:
        self.began = time.monotonic()
        self.last: deque[StationEvent] = deque(maxlen=SHOWN_EVENTS)
        self.kinds: Counter[str] = Counter()
        self.online: set[str] = set()
        self.tally = Tally()
        self._plan = plan
        self._aloud = aloud

    def take(self, event: StationEvent) -> None:
        """Note one event of one station."""
        self.kinds[event.kind] += 1
        if event.kind == "booted":
            self.online.add(event.station_id)
        elif event.kind == "disconnected":
            self.online.discard(event.station_id)
        elif event.kind == "connected" and event.station_id in self.tally.booted:
            self.online.add(event.station_id)
        if event.kind not in QUIET_KINDS:
            self.last.append(event)
        if event.kind in BAD_KINDS and self._aloud and self.kinds[event.kind] <= SAID_ALOUD:
            typer.echo(f"{event.station_id} {event.kind}: {event.text}", err=True)

    def watch(self, tally: Tally) -> None:
        """These are the live counters."""
        self.tally = tally

    def line(self) -> str:
        """Everything in one line."""
        tally = self.tally
        running = tally.transactions_started - tally.transactions_ended
        return (
            f"{time.monotonic() - self.began:6.0f} s  "
            f"online {len(self.online)}/{len(self._plan.stations)}  charging {running}  "
            f"sent {tally.sent}  answered {tally.answered}  errors {tally.errors}  "
            f"unanswered {tally.unanswered}  violations {tally.violation_count}"
        )

    def screen(self) -> RenderableType:
        """The line and the last events below it."""
        table = Table.grid(padding=(0, 2))
        for event in self.last:
            table.add_row(
                Text(event.at.astimezone().strftime("%H:%M:%S"), style="dim"),
                Text(event.station_id, style="bold"),
                Text(event.kind, style="red" if event.kind in BAD_KINDS else "cyan"),
                Text(event.text),
            )
        return Group(Text(self.line()), table)


async def _run(
    plan: FleetPlan, duration_s: float, console: Console, log: FrameLog | None
) -> FleetSummary:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if duration_s > 0.0:
        loop.call_later(duration_s, stop.set)
    progress = _Progress(plan, aloud=not console.is_terminal)
    if not console.is_terminal:
        lines = asyncio.create_task(_repeat(LINE_EVERY_S, lambda: typer.echo(progress.line())))
        return await _finish(plan, stop, progress, lines, log)
    with Live(progress.screen(), console=console, auto_refresh=False, transient=True) as live:

        def draw() -> None:
            live.update(progress.screen(), refresh=True)

        painter = asyncio.create_task(_repeat(REFRESH_S, draw))
        return await _finish(plan, stop, progress, painter, log)


async def _finish(
    plan: FleetPlan,
    stop: asyncio.Event,
    progress: _Progress,
    painter: asyncio.Task[None],
    log: FrameLog | None,
) -> FleetSummary:
    try:
        return await run_fleet(
            plan, stop=stop, on_event=progress.take, on_tally=progress.watch, log=log
        )
    finally:
        painter.cancel()
        await asyncio.gather(painter, return_exceptions=True)


async def _repeat(every_s: float, show: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(every_s)
        show()


def _print_summary(console: Console, summary: FleetSummary) -> None:
    table = Table(title="Virtual stations", show_header=False, title_justify="left")
    for name, value in (
        ("stations accepted", f"{summary.booted} of {summary.stations}"),
        ("connections", f"{summary.connections} ({summary.refused_connections} refused)"),
        ("messages sent", str(summary.sent)),
        ("answered", str(summary.answered)),
        ("answered with an error", str(summary.errors)),
        ("unanswered", str(summary.unanswered)),
        ("in flight when a connection ended", str(summary.lost)),
        ("never delivered", str(summary.undelivered)),
        (
            "answer time p50 / p99 / max",
            f"{summary.delay_p50_s * 1000:.1f} / {summary.delay_p99_s * 1000:.1f} / "
            f"{summary.delay_max_s * 1000:.1f} ms",
        ),
        (
            "calls of the CSMS",
            f"{summary.calls_received} ({summary.calls_not_implemented} not implemented)",
        ),
        ("transactions", f"{summary.transactions_started} ({summary.transactions_ended} ended)"),
        ("energy", f"{summary.energy_wh / 1000:.3f} kWh"),
        ("schema violations of the CSMS", str(summary.violation_count)),
    ):
        table.add_row(name, value)
    console.print(table)
    for violation in summary.violations[:20]:
        console.print(
            f"violation: {violation.station_id} {violation.kind}: {violation.text}", style="red"
        )
    for text, count in summary.error_texts[:20]:
        console.print(f"error ({count}x): {text}", style="red", markup=False)
    if summary.booted < summary.stations:
        missing = summary.stations - summary.booted
        console.print(
            f"{missing} of {summary.stations} stations were never accepted. Does the CSMS run at that"
            " address, does it know these ids, and is the password (--password) right?",
            style="red",
        )

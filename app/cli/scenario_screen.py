"""What a person sees of scenarios that are played: a live table at a terminal, a line for each event elsewhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from app.cli.books import Finding
from app.simulator.originals.cast import Charger, Sent
from app.simulator.originals.clock import Clock
from app.simulator.originals.stage import Scenario

LAST = 8
ROWS = 12
BAR_WIDTH = 40
COLOURS = {"Charging": "green", "Preparing": "yellow", "Finishing": "yellow", "Offline": "dim"}


def say(console: Console, text: str | Text) -> None:
    """A sentence: at a terminal between words, elsewhere on a line of its own, however long."""
    console.print(text, soft_wrap=not console.is_terminal)


class Screen:
    """Watches (`run.Watch`); `live` is what a terminal shows."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._scenario: Scenario | None = None
        self._chargers: Sequence[Charger] = ()
        self._clock: Clock | None = None
        self._begun = 0.0
        self._last: deque[Text] = deque(maxlen=LAST)
        self.live = Live(
            get_renderable=self._render,
            console=console,
            refresh_per_second=4,
            transient=True,
            auto_refresh=console.is_terminal,
        )

    def opens(self, scenario: Scenario, chargers: Sequence[Charger], clock: Clock) -> None:
        """A heading."""
        self._scenario, self._chargers, self._clock = scenario, chargers, clock
        self._begun = chargers[0].line.second
        self._last.clear()
        names = ", ".join(dict.fromkeys(one.part.station_id for one in chargers[:3]))
        more = f" and {len(chargers) - 3} more" if len(chargers) > 3 else ""
        self._print(f"Scenario {scenario.name}: {scenario.title} ({names}{more})", "bold")

    def hears(self, station_id: str, text: str) -> None:
        """A line, with the scenario's second before it."""
        second = self._second(station_id)
        line = Text(f"[{second:5.1f} s] ", style="dim")
        line.append(f"{station_id}  " if station_id else "", style="bold")
        line.append(text, style="red" if text.startswith(("error", "denied", "refused")) else "")
        if self._console.is_terminal:
            self._last.append(line)
        else:
            self._print(line.plain)

    def closes(
        self, scenario: Scenario, took_s: float, sent: Sequence[Sent], *, completed: bool
    ) -> None:
        """A line that stays."""
        energy = sum(one.energy_wh for one in sent) / 1000.0
        plural = "" if len(sent) == 1 else "s"
        told = f", {len(sent)} transaction{plural}, {energy:.4f} kWh" if sent else ""
        if completed:
            self._print(f"✓ Scenario {scenario.name} completed ({took_s:.0f} s{told})", "green")
        else:
            self._print(f"✗ Scenario {scenario.name} failed ({took_s:.0f} s{told})", "red")
        self._scenario = None

    def _print(self, text: str, style: str = "") -> None:
        say(self._console, Text(text, style=style))

    def _second(self, station_id: str) -> float:
        seconds = [
            one.line.second for one in self._chargers if one.part.station_id == station_id
        ] or [one.line.second for one in self._chargers]
        return max(seconds, default=self._begun) - self._begun

    def _render(self) -> RenderableType:
        scenario, clock = self._scenario, self._clock
        if scenario is None or clock is None:
            return Text("")
        gone = min(max(clock.second - self._begun, 0.0), scenario.lasts_s)
        progress = Table.grid(padding=(0, 1))
        progress.add_row(
            ProgressBar(total=scenario.lasts_s, completed=gone, width=BAR_WIDTH),
            Text(f"{gone:.0f} / {scenario.lasts_s:.0f} s"),
        )
        return Group(progress, _table(self._chargers), *self._last)


def _table(chargers: Sequence[Charger]) -> Table:
    table = Table(pad_edge=False)
    for heading in ("Station", "State", "Transaction"):
        table.add_column(heading)
    for heading in ("Power kW", "Energy kWh", "Cost won"):
        table.add_column(heading, justify="right")
    for one in chargers[:ROWS]:
        look = one.look
        table.add_row(
            one.part.station_id,
            Text(look.state, style=COLOURS.get(look.state, "")),
            (look.transaction_id or "")[:12],
            f"{look.power_kw:.1f}",
            f"{look.energy_kwh:.2f}",
            f"{look.cost:.2f}",
        )
    if len(chargers) > ROWS:
        table.add_row(f"... and {len(chargers) - ROWS} more")
    return table


def show_findings(console: Console, findings: Sequence[Finding]) -> None:
    """What was sent beside what is stored; of many only those that differ."""
    shown = [one for one in findings if one.complaint] if len(findings) > ROWS else list(findings)
    if not shown:
        return
    table = Table(title="Sent and stored, kWh", title_justify="left", pad_edge=False)
    table.add_column("Station", overflow="fold")
    table.add_column("Transaction", no_wrap=True, max_width=13)
    for heading in ("Sent", "Stored", "Won"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for one in shown:
        stored = one.stored
        cost = stored.cost if stored else None
        table.add_row(
            one.sent.station_id,
            one.sent.transaction_id,
            f"{one.sent.energy_wh / 1000:.4f}",
            "-" if stored is None else f"{stored.energy_wh / 1000:.4f}",
            "-" if cost is None else f"{cost.normalize():f}",
            Text(f"✗ {one.complaint}", style="red")
            if one.complaint
            else Text(f"✓ {one.remark or ''}".rstrip(), style="green"),
        )
    console.print(table)

"""`halla monitor`: chargers, the day and the newest sessions at a terminal, live from a running Halla's stream."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlencode

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from app.cli.feed import Event, Feed, FeedError, Refused
from app.cli.running import end, read_environment
from app.cli.serve import near
from app.domain.tariffs import round_money
from app.seed.columns import KOREA

SESSIONS, DAYS = 10, 5
TABLES, AROUND = 3, 5
"""Tables of the screen, and the lines of each beside its rows: title, borders, headings."""
LOOK_EVERY_S = 5.0
"""How often the day and the sessions are asked for again, at most; chargers come by themselves."""

STATUSES = {
    "available": ("사용 가능", "green"),
    "charging": ("충전 중", "blue"),
    "occupied": ("연결됨", "cyan"),
    "faulted": ("고장", "red"),
    "unavailable": ("사용 중지", "yellow"),
    "offline": ("오프라인", "dim"),
}
URGENCY = ("faulted", "charging", "occupied", "unavailable", "available", "offline")


def monitor(
    url: Annotated[
        str, typer.Option(help="A Halla's dashboard. Else the one of this machine.")
    ] = "",
    key: Annotated[
        str, typer.Option(help="An API key that may look. Else HALLA_ADMIN_API_KEY.")
    ] = "",
    once: Annotated[bool, typer.Option("--once", help="Show how it is, and end.")] = False,
) -> None:
    """Watch chargers, the day's figures and the newest sessions live; Ctrl-C ends it.

    At a terminal it is one screen; elsewhere one line for each change. When the server goes away this is said, and it
    is joined again when it is back.
    """
    settings = read_environment()
    key = key or settings.admin_api_key or ""
    if not key:
        end("Give a key with --key; `halla apikey add monitor` makes one.")
    console = Console(highlight=False)
    try:
        feed = Feed(url or f"http://{near(settings.http_host)}:{settings.http_port}", key)
        watch(feed, console, once=once)
    except FeedError as error:
        end(str(error))
    except KeyboardInterrupt:
        return


def watch(feed: Feed, console: Console, *, once: bool = False) -> None:
    """Until Ctrl-C, or with `once` until it was shown. Raises Refused; with `once` FeedError too."""
    board = Board(feed)
    if once:
        board.look()
        console.print(board.screen(console.height if console.is_terminal else 10_000))
        return
    if console.is_terminal:
        with Live(
            get_renderable=lambda: board.screen(console.height),
            console=console,
            screen=True,
            refresh_per_second=2,
        ):
            for event in feed.events():
                board.hear(event)
    else:
        for event in feed.events():
            for line in board.hear(event):
                console.print(line, soft_wrap=True, markup=False)


@dataclass(slots=True)
class Board:
    """What is known of a running Halla, by what it said last."""

    feed: Feed
    chargers: dict[str, dict[str, Any]] = field(default_factory=dict)
    days: list[dict[str, Any]] = field(default_factory=list)
    sessions: list[dict[str, Any]] = field(default_factory=list)
    total: dict[str, Any] = field(default_factory=dict)
    trouble: str | None = "..."
    _looked_at: float = 0.0

    def look(self) -> None:
        """Ask for everything. Raises FeedError."""
        self.chargers = {}
        after = None
        while True:
            page = self.feed.get(
                "/api/v1/stations?"
                + urlencode({"limit": 1000} | ({"after": after} if after else {}))
            )
            self.chargers |= {marker["station_id"]: marker for marker in page["items"]}
            after = page["next"]
            if after is None:
                break
        self.look_at_sessions()
        self.trouble = None

    def look_at_sessions(self) -> None:
        """Ask for the day and the newest sessions. Raises FeedError."""
        self.total = self.feed.get("/statistics/dashboard")
        today = self.total["date"]
        query = urlencode({"start_date": today, "end_date": today, "weight": "energy"})
        self.days = self.feed.get(f"/geo/heatmap?{query}")["data"][:DAYS]
        self.sessions = self.feed.get(f"/api/usage-logs?limit={SESSIONS}")
        self._looked_at = time.monotonic()

    def hear(self, event: Event) -> list[str]:
        """Take in an event; what is new of it, as lines. Raises Refused."""
        try:
            return self._hear(event)
        except Refused:
            raise
        except FeedError as error:
            return self._lose(str(error))

    def _hear(self, event: Event) -> list[str]:
        match event.name:
            case "lost":
                return self._lose(str(event.body))
            case "joined" | "resync":
                self.look()
                return [f"{_clock()} {self.feed.base}: {self._summary()}"]
            case "status" | "meter":
                lines = [line for marker in event.body if (line := self._note(marker))]
                return lines + self._look_again()
        return self._look_again()

    def _note(self, marker: dict[str, Any]) -> str | None:
        """Keep a charger's marker; a line if its status or its session is another one."""
        before = self.chargers.get(marker["station_id"])
        if before is not None and before["revision"] > marker["revision"]:
            return None
        self.chargers[marker["station_id"]] = marker
        told = ("status", "transaction_id")
        if before is not None and all(before[name] == marker[name] for name in told):
            return None
        self._looked_at = min(self._looked_at, time.monotonic() - LOOK_EVERY_S + 1)
        return (
            f"{_clock()} {marker['station_id']} {_word(marker['status'])} {_doing(marker)}".rstrip()
        )

    def _look_again(self) -> list[str]:
        """The day and the sessions, if that is due; a line for each session that has ended since."""
        if time.monotonic() - self._looked_at < LOOK_EVERY_S:
            return []
        running = {row["id"] for row in self.sessions if row["status"] != "completed"}
        known = {row["id"] for row in self.sessions}
        self.look_at_sessions()
        ended = [
            row
            for row in reversed(self.sessions)
            if row["status"] == "completed" and (row["id"] in running or row["id"] not in known)
        ]
        return [
            f"{_clock()} {row['charger_id']} {row['transaction_id']} 완료"
            f" {row['energy_delivered']:.2f} kWh {_money(row)}"
            for row in ended
        ]

    def _lose(self, sentence: str) -> list[str]:
        if self.trouble == sentence:
            return []
        self.trouble = sentence
        return [f"{_clock()} {sentence}"]

    def _summary(self) -> str:
        counted = dict.fromkeys(URGENCY, 0)
        for marker in self.chargers.values():
            counted[marker["status"]] += 1
        told = ", ".join(f"{_word(word)} {count}" for word, count in counted.items() if count)
        return f"{len(self.chargers)} 충전기 ({told})" if told else "충전기 없음"

    def screen(self, height: int) -> RenderableType:
        """All of it, in so many lines: a low terminal shows less of each table, not fewer tables."""
        said = f"{_clock()}  {self._summary()}  {self.feed.base}"
        head = Text(said, style="bold", no_wrap=True, overflow="ellipsis")
        parts: list[RenderableType] = [head]
        if self.trouble:
            parts.append(Text(self.trouble, style="red"))
        rows = height - len(parts) - TABLES * AROUND
        days = max(2, min(DAYS + 1, rows // 4))
        sessions = max(2, min(SESSIONS, (rows - days) // 2))
        parts += [
            self._chargers(max(2, rows - days - sessions)),
            self._days(days),
            self._sessions(sessions),
        ]
        return Group(*parts)

    def _chargers(self, lines: int) -> Table:
        table = _table("충전기 상태", ("충전기", "상태", "업데이트"), ("kW", "kWh"))
        shown = sorted(
            self.chargers.values(),
            key=lambda one: (URGENCY.index(one["status"]), one["station_id"]),
        )
        most = lines if len(shown) <= lines else lines - 1
        for marker in shown[:most]:
            table.add_row(
                marker["station_id"],
                Text(*STATUSES[marker["status"]]),
                _time(marker["last_seen_at"]),
                _number(marker["power_w"], 1),
                _number(marker["session_energy_wh"], 2),
            )
        if len(shown) > most:
            table.add_row(f"... {len(shown) - most}")
        return table

    def _days(self, lines: int) -> Table:
        table = _table("일일 통계", ("날짜", "충전기"), ("거래수", "kWh", "원"))
        for one in self.days[: lines - 1]:
            table.add_row(
                self.total["date"],
                one["charger_id"],
                str(one["sessions"]),
                f"{one['energy']:.2f}",
                _in_won_or(one.get("currency", "KRW"), one["revenue"]),
            )
        if self.total:
            energy, revenue = self.total["total_energy_today"], _revenue(self.total)
            told = self.total["daily_stats"]["sessions"]
            table.add_row(self.total["date"], "전체", str(told), f"{energy:.2f}", revenue)
        return table

    def _sessions(self, lines: int) -> Table:
        table = _table("최근 거래", ("시작", "충전기", "상태"), ("kWh", "원"))
        for row in self.sessions[:lines]:
            ended = row["status"] == "completed"
            table.add_row(
                row["start_time"][:19].replace("T", " "),
                row["charger_id"],
                Text("완료" if ended else "진행 중", style="" if ended else "blue"),
                f"{row['energy_delivered']:.2f}",
                _money(row),
            )
        return table


def _revenue(total: dict[str, Any]) -> str:
    """Won as in the column's head; anything else with its code."""
    main, others = total.get("currency", "KRW"), total.get("other_revenue_today", {})
    told = _in_won_or(main, total["total_revenue_today"])
    return " + ".join([told, *(f"{_amount(one, code)} {code}" for code, one in others.items())])


def _in_won_or(code: str, amount: float) -> str:
    told = _amount(amount, code)
    return told if code == "KRW" else f"{told} {code}"


def _table(title: str, texts: tuple[str, ...], numbers: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", pad_edge=False)
    for heading in texts:
        table.add_column(heading, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def _word(status: str) -> str:
    return STATUSES[status][0]


def _doing(marker: dict[str, Any]) -> str:
    if marker["transaction_id"] is None:
        return ""
    return f"{_number(marker['power_w'], 1)} kW {_number(marker['session_energy_wh'], 2)} kWh"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value / 1000:.{digits}f}"


def _money(row: dict[str, Any]) -> str:
    """What a session costs, in its own currency."""
    amount, code = row["total_charge"], row["currency"] or "KRW"
    if amount is None:
        return "-"
    return f"{amount:,.0f}원" if code == "KRW" else f"{_amount(amount, code)} {code}"


def _amount(amount: float, code: str) -> str:
    return f"{round_money(Decimal(str(amount)), code):,f}"


def _clock() -> str:
    return datetime.now(KOREA).strftime("%H:%M:%S")


def _time(text: str | None) -> str:
    return (
        "-" if text is None else datetime.fromisoformat(text).astimezone(KOREA).strftime("%H:%M:%S")
    )

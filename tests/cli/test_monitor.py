"""`halla monitor` against a Halla that serves: how it is, what happens, that it goes away and comes back."""

import asyncio
import io
import queue
import threading

import pytest
from rich.cells import cell_len
from rich.console import Console
from typer.testing import CliRunner

from app.api.app import add_api
from app.cli import halla
from app.cli.feed import Feed, Refused
from app.cli.monitor import URGENCY, Board, watch
from app.cli.serve import near
from app.csms.accounts import create_api_key
from app.csms.audit import HALLA
from app.csms.context import Context
from app.csms.work import work
from app.domain.changes import StationsChanged
from app.domain.roles import Role
from app.main import serve_http
from app.store.database import Database
from app.web.app import create_app
from tests.queries.planting import NOW, Garden


async def test_it_shows_hears_and_comes_back(context: Context, database: Database) -> None:
    garden = Garden(database)
    await garden.station("A", location_id=await garden.location(), online=True)
    await garden.connector("A", "Available")
    await garden.transaction("A", transaction_id="tx9", ended_at=NOW)
    key = await create_api_key(context, HALLA, "monitor", Role.VIEWER)

    def serving(port: int = 0):  # type: ignore[no-untyped-def]
        application = create_app(context)
        add_api(application, context)
        return application, serve_http(application, "127.0.0.1", port)

    application, server = serving()
    lines: queue.Queue[str] = queue.Queue()
    enough = threading.Event()

    def follow(board: Board) -> None:
        for event in board.feed.events():
            for line in board.hear(event):
                lines.put(line)
            if enough.is_set():
                return

    async def line_with(text: str) -> str:
        async with asyncio.timeout(30):
            while True:
                line = await asyncio.to_thread(lines.get, timeout=30)
                if text in line:
                    return line

    async with server as port:
        feed = Feed(f"http://127.0.0.1:{port}", key, again_s=0.1)
        out = io.StringIO()
        await asyncio.to_thread(watch, feed, Console(file=out, width=120), once=True)
        for told in ("충전기 상태", "사용 가능", "일일 통계", "최근 거래", "완료", "8.50"):
            assert told in out.getvalue()
        with pytest.raises(Refused, match="does not know this key"):
            await asyncio.to_thread(Feed(feed.base, "wrong").get, "/api/v1/stations")
        follower = threading.Thread(target=follow, args=(Board(feed),), daemon=True)
        follower.start()
        assert "1 충전기 (사용 가능 1)" in await line_with("충전기")
        await garden.charging("A")
        async with work(context) as unit:
            unit.announce(StationsChanged(stations=("A",), status=("A",)))
        assert "A 충전 중 95.0 kW 8.50 kWh" in await line_with("충전 중")
        application.state.hub.close()
    assert "No Halla answers" in await line_with("No Halla")
    application, server = serving(port)
    async with server:
        assert "1 충전기 (충전 중 1)" in await line_with("1 충전기")
        enough.set()
        await asyncio.to_thread(follower.join, 10)
        application.state.hub.close()
    assert not follower.is_alive()


@pytest.mark.parametrize("height", [24, 40, 60])
def test_a_low_terminal_shows_less_of_each_table(height: int) -> None:
    board = Board(Feed("http://127.0.0.1:9", "key"), trouble=None)
    for number in range(40):
        board.chargers[f"C{number:02}"] = {
            **dict.fromkeys(("power_w", "session_energy_wh", "transaction_id")),
            "station_id": f"C{number:02}",
            "status": URGENCY[number % len(URGENCY)],
            "last_seen_at": "2026-01-21T01:30:00Z",
        }
    days = {"energy": 1.0, "revenue": 150, "sessions": 1}
    board.days = [{**days, "charger_id": f"D{number}"} for number in range(5)]
    totals = {"total_energy_today": 5.0, "total_revenue_today": 750}
    board.total = {"date": "2026-01-21", "daily_stats": {"sessions": 5}, **totals}
    session = {"start_time": "2026-01-21T10:30:00", "charger_id": "C01", "status": "completed"}
    cost = {"energy_delivered": 0.417, "total_charge": 63.0, "currency": "KRW"}
    board.sessions = [{**session, **cost}] * 10
    out = io.StringIO()
    Console(file=out, width=80, force_terminal=True, color_system=None).print(board.screen(height))
    lines = out.getvalue().splitlines()
    assert len(lines) == height if height < 60 else len(lines) <= height
    assert max(cell_len(line) for line in lines) <= 80
    for told in ("C00", "10:30:00", "... ", "전체", "2026-01-21 10:30:00", "63원", "└"):
        assert told in out.getvalue()
    assert lines[-1].startswith("└")


def test_the_day_is_told_in_each_currency() -> None:
    board = Board(Feed("http://127.0.0.1:9", "key"), trouble=None)
    session = {"start_time": "2026-01-21T10:30:00", "charger_id": "C01", "status": "completed"}
    board.sessions = [
        {**session, "energy_delivered": 1.0, "total_charge": amount, "currency": code}
        for amount, code in ((63.0, "KRW"), (9.75, "USD"), (0.125, "KWD"))
    ]
    board.days = [
        {"charger_id": code, "sessions": 1, "energy": 1.0, "revenue": amount, "currency": code}
        for amount, code in ((1338.0, "KRW"), (7.5, "CHF"))
    ]
    board.total = {
        "date": "2026-01-21",
        "daily_stats": {"sessions": 5},
        "total_energy_today": 5.0,
        "total_revenue_today": 750,
        "currency": "KRW",
        "other_revenue_today": {"EUR": 12.5},
    }
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=True, color_system=None)
    console.print(board.screen(40))
    board.total |= {"total_revenue_today": 12.5, "currency": "EUR", "other_revenue_today": {}}
    console.print(board.screen(24))
    for told in (" 1,338│", " 7.50 CHF│"):
        assert told in out.getvalue(), "a charger's own money"
    assert "750 + 12.50 EUR" in out.getvalue()
    assert out.getvalue().count("12.50 EUR") == 2
    for told in ("63원", "9.75 USD", "0.125 KWD"):
        assert told in out.getvalue()


def test_it_needs_a_key_and_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HALLA_ADMIN_API_KEY", raising=False)
    without = CliRunner().invoke(halla, ["monitor", "--once"])
    assert (without.exit_code, "halla apikey add" in without.output) == (1, True)
    nowhere = CliRunner().invoke(halla, ["monitor", "--once", "--key", "k", "--url", "ftp://x"])
    assert (nowhere.exit_code, "http://" in nowhere.output) == (1, True)
    away = ["monitor", "--once", "--key", "k", "--url", "http://127.0.0.1:9"]
    gone = CliRunner().invoke(halla, away)
    assert (gone.exit_code, "No Halla answers" in gone.output) == (1, True)


def test_it_asks_where_this_machines_halla_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLA_HTTP_HOST", "127.0.0.2")
    monkeypatch.setenv("HALLA_HTTP_PORT", "9")
    gone = CliRunner().invoke(halla, ["monitor", "--once", "--key", "k"])
    assert (gone.exit_code, "No Halla answers at http://127.0.0.2:9" in gone.output) == (1, True)
    for listens, reached in (("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("fd00::7", "[fd00::7]")):
        assert near(listens) == reached

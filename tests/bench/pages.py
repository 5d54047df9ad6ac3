"""`python -m tests.bench.pages`: every page and every read of the API with 30 days of history, slowest first.

A private PostGIS with the 43 chargers of the seed data, 30 simulated days, and stations that are connected and charge;
the web application in this process, without a network. Every GET route of the route tables is asked, with what its
path and its required parameters want; what cannot be asked is named. Ends with 1 if an answer took 300 ms or more
(the median of three), or had another status than 200; a file may take longer, it is as long as the history.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, LiteralString
from urllib.parse import urlencode, urlsplit, urlunsplit

import httpx
import psycopg
import uvloop
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from app.api import docs
from app.api.app import add_api, all_routes
from app.bus.memory import MemoryBus
from app.config import ROOT, read_settings
from app.csms.accounts import create_account, sign_in
from app.csms.api_keys import create_api_key
from app.csms.audit import HALLA
from app.csms.authorization import put_token
from app.csms.context import Context
from app.csms.receive import receive
from app.csms.remote_control import reset
from app.csms.simulated import simulate_history
from app.csms.watchdog import sum_hours
from app.domain.commands import Command, Outcome, OutcomeStatus
from app.domain.jobs import JobAsked, JobKind
from app.domain.metering import MeterReading
from app.domain.reports import (
    ConnectorStatusReported,
    Received,
    StationConnected,
    TransactionStarted,
    TransactionUpdated,
)
from app.domain.roles import Role
from app.domain.stations import ChargingState, ConnectorStatus
from app.queries.kpis import numbers as kpi_numbers
from app.seed.load import load
from app.seed.read import read
from app.store.database import open_database
from app.store.migrations import migrate
from app.store.partitions import make_partitions
from app.web.app import create_app
from app.web.auth import SESSION_COOKIE
from app.web.pages import PAGES
from tests.bench.database import private_database

WHOLE = "SELECT measurement_date, hour, avg(input_power) FROM power_consumption GROUP BY 1, 2"
"""Reads every reading there is; shown, not judged."""

LIMIT_MS = 300.0
TIMES = 3
DAYS = 30
STATION = "emart_jeju_main_01"
SITE = "emart_jeju_main"
TOKEN, PERSON = "token_user_001", "bench"
LEFT_OUT = ("/live", "/simulator/refusal")
"""A stream never ends; the refusal of a socket is waited for on purpose."""

PATHS = {
    "station_id": STATION,
    "charger_id": STATION,
    "identity": STATION,
    "location_id": SITE,
    "status": "available",
    "part": "figures",
    "token": TOKEN,
}
PARAMETERS = {
    "/tags/edit": {"token": TOKEN},
    "/tags/delete": {"token": TOKEN},
    "/users/edit": {"name": PERSON},
}
"""Without them, these pages have nobody to show."""
SITES = (
    "/statistics/station/{station_id}",
    "/stations/{station_id}",
    "/stations/{station_id}/chargers",
)
"""Here a station is a site."""
NUMBERS: dict[str, LiteralString] = {
    "jobs": "SELECT min(id) FROM station_job",
    "commands": "SELECT min(id) FROM station_command",
    "sessions": "SELECT min(id) FROM transaction WHERE simulated",
}
"""What `{number}` counts, by a word of the path; sessions otherwise."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. A `file` may take longer: it is as long as the history. `status`: what a good answer has."""

    kind: str
    address: str

    @property
    def status(self) -> int:
        """Who is signed in is led on from where one signs in."""
        return {"sql": 0, "sql file": 0}.get(self.kind, 303 if "/sign-in" in self.address else 200)


MORE = tuple(
    Question(kind, address)
    for kind, address in (
        ("page", "/sessions?days=30"),
        ("page", "/sessions?days=365&state=simulated"),
        ("page", f"/sessions?station={STATION}&days=90"),
        ("page", "/reports/charging?preset=last_30_days"),
        ("page", "/map/heat.json?weight=revenue"),
        ("file", "/sessions/export?days=30"),
        ("file", "/sessions/export?days=30&kind=xlsx"),
        ("file", "/export/chargers?kind=xlsx"),
        ("api", "/geo/heatmap?weight=energy"),
        ("api", "/geo/heatmap?weight=utilisation"),
        ("api", "/geo/chargers?format=geojson"),
        ("api", "/api/usage-logs?limit=1000"),
        ("api", "/api/hourly-stats?limit=1000"),
    )
)
SQL = (
    "SELECT charger_id, energy_delivered, total_charge FROM charger_usage_log ORDER BY created_at DESC LIMIT 5",
    "SELECT * FROM charger_usage_log ORDER BY created_at DESC LIMIT 5",
    f"SELECT * FROM charger_usage_log WHERE charger_id = '{STATION}'",
    "SELECT charger_id, count(*), sum(energy_delivered) FROM charger_usage_log GROUP BY 1",
    "SELECT * FROM station_info",
    "SELECT * FROM charger_info",
    "SELECT * FROM daily_charger_stats",
    "SELECT * FROM daily_charger_stats WHERE stats_date = CURRENT_DATE - 1",
    "SELECT * FROM hourly_charger_stats",
    "SELECT * FROM station_daily_stats",
    f"SELECT * FROM power_consumption WHERE charger_id = '{STATION}' AND measurement_date = CURRENT_DATE - 1",
    "SELECT * FROM charger_status_log ORDER BY changed_at DESC LIMIT 100",
    "SELECT * FROM charger_connection_log ORDER BY event_time DESC LIMIT 100",
    "SELECT * FROM ocpp_message_log ORDER BY message_time DESC LIMIT 100",
)


def main() -> int:
    """0 if every answer came in time."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pages", description=__doc__)
    parser.add_argument("--database", help="a PostGIS server to make a database on, for the time")
    parser.add_argument("--shown", type=int, default=25, help="how many of the slowest")
    chosen = parser.parse_args()
    answers, unasked = uvloop.run(_measure(chosen.database))
    answers.sort(key=lambda answer: answer.median_ms, reverse=True)
    print(f"\n{len(answers)} answers; the slowest, median and least of {TIMES} in ms:")
    for answer in answers[: chosen.shown]:
        print(answer)
    for answer in answers[chosen.shown :]:
        if not answer.in_time:
            print(answer)
    print(f"This program had {_share():.0%} of a core while it wanted a whole one.")
    for path in unasked:
        print(f"     not asked: {path}")
    late = [one for one in answers if not one.in_time]
    print(f"{len(late)} took {LIMIT_MS:g} ms or more, or failed." if late else "All in time.")
    return 1 if late else 0


@dataclass(frozen=True, slots=True)
class Answer:
    """How long the question took, and its HTTP status (0: of a SELECT)."""

    question: Question
    status: int
    median_ms: float
    least_ms: float

    @property
    def in_time(self) -> bool:
        quick = self.median_ms < LIMIT_MS or self.question.kind.endswith("file")
        return quick and self.status == self.question.status

    def __str__(self) -> str:
        kind, address = self.question.kind, self.question.address
        return f"{self.median_ms:8.1f} {self.least_ms:8.1f}  {kind:4}  {self.status or '':3}  {address}"


def _share() -> float:
    """How much of a core one gets here and now: what else runs on the machine makes every figure longer."""
    wall, cpu = time.perf_counter(), time.process_time()
    while time.process_time() - cpu < 0.3:
        pass
    return (time.process_time() - cpu) / (time.perf_counter() - wall)


async def _measure(server: str | None) -> tuple[list[Answer], list[str]]:
    async with _database(server) as url, open_database(url) as database:
        settings = read_settings({"HALLA_MAP_TILES": "none"})
        context = Context(database=database, bus=MemoryBus(), settings=settings)
        await _fill(context)
        questions, unasked = await _questions(context)
        async with _clients(context) as clients:
            answers = [await _ask(clients[each.kind], each) for each in questions]
        async with database.read() as connection:
            for kind, statement in (*(("sql", each) for each in SQL), ("sql file", WHOLE)):

                async def select(sql: bytes = statement.encode()) -> int:
                    await (await connection.execute(sql)).fetchall()
                    return 0

                answers.append(await _timed(Question(kind, statement), select))
        return answers, unasked


async def _ask(client: httpx.AsyncClient, question: Question) -> Answer:
    async def get() -> int:
        return (await client.get(question.address)).status_code

    return await _timed(question, get)


async def _timed(question: Question, ask: Callable[[], Awaitable[int]]) -> Answer:
    times, status = [], 0
    for _ in range(TIMES):
        began = time.perf_counter()
        try:
            status = await ask()
        except Exception as error:  # a bench says what failed, and goes on
            print(f"{question.address}: {type(error).__name__}: {error}", file=sys.stderr)
            status = 599
        times.append((time.perf_counter() - began) * 1000)
    return Answer(question, status, statistics.median(times), min(times))


async def _fill(context: Context) -> None:
    """The seed data, 30 days, and a present: 34 stations are connected, ten of them charge."""
    for folder in ("emart_jeju", "jeju_samples"):
        await load(context, HALLA, read(ROOT / "seed_data" / folder))
    began = time.perf_counter()
    made = await simulate_history(context, HALLA, days=DAYS)
    took_s = time.perf_counter() - began
    print(
        f"{made.sessions:,} sessions, {made.samples:,} readings of {made.stations} stations in {took_s:.0f} s"
    )
    now = datetime.now(UTC)
    stations = [f"emart_shinjeju_{n:02}" for n in range(1, 11)]
    stations += [f"emart_{site}_{n:02}" for site in ("jeju_main", "seogwipo") for n in range(1, 13)]
    for place, station_id in enumerate(stations):
        await receive(context, list(_present(station_id, now, charging=place % 3 == 0)))
        await context.bus.serve(station_id, _no_answer)
    await put_token(context, HALLA, token=TOKEN, name="Bench")
    await reset(context, HALLA, STATION)
    job = JobAsked(kind=JobKind.LOG, request_id=1, status="Accepted", location="https://logs")
    await receive(context, [Received(station_id=STATION, at=now, report=job)])
    await sum_hours(context)
    async with context.database.read() as connection:
        await connection.execute("ANALYZE")
    kpis = (await kpi_numbers(context.database, now)).values
    print(f"charging now: {kpis['active_chargers']}, energy today: {kpis['energy_today_wh']} Wh")


async def _no_answer(_: Command) -> Outcome:
    return Outcome(status=OutcomeStatus.TIMED_OUT)


def _present(station_id: str, now: datetime, *, charging: bool) -> Iterator[Received]:
    def said(report: Any, minutes: float) -> Received:
        return Received(station_id=station_id, at=now - timedelta(minutes=minutes), report=report)

    yield said(StationConnected(connection=1, protocol="bench", remote_address="127.0.0.1"), 30)
    word = ConnectorStatus.OCCUPIED if charging else ConnectorStatus.AVAILABLE
    at = now - timedelta(minutes=29)
    yield said(ConnectorStatusReported(evse_id=1, connector_id=1, status=word, at=at), 29)
    if charging:
        yield said(
            TransactionStarted(
                transaction=f"now-{station_id}",
                at=now - timedelta(minutes=20),
                evse_id=1,
                id_token="token_user_001",
                charging_state=ChargingState.CHARGING,
            ),
            20,
        )
        for minute in range(19, 0, -1):
            at = now - timedelta(minutes=minute)
            wh = Decimal((20 - minute) * 800)
            reading = MeterReading(measured_at=at, energy_wh=wh, power_w=48_000.0)
            told = TransactionUpdated(transaction=f"now-{station_id}", at=at, readings=(reading,))
            yield said(told, minute)


async def _questions(context: Context) -> tuple[list[Question], list[str]]:
    """Every GET route, and some with filters; and the paths of which a parameter is not known here."""
    async with context.database.read() as connection:
        numbers = {
            each: str((await (await connection.execute(sql)).fetchone() or (None,))[0])
            for each, sql in NUMBERS.items()
        }
    today = datetime.now(UTC).date()
    period = {"start_date": today - timedelta(days=DAYS), "end_date": today}
    query = {**period, "lat": 33.5, "lon": 126.5, "station_id": STATION}
    found, unasked = [], []
    for kind, path, dependant in _routes():
        if path in LEFT_OUT:
            continue
        number = next((one for part, one in numbers.items() if part in path), numbers["sessions"])
        values = {**PATHS, "number": number}
        if kind == "api" and path in SITES:
            values["station_id"] = SITE
        known = {each.alias for each in dependant.query_params}
        wanted = [each.alias for each in dependant.query_params if each.field_info.is_required()]
        try:
            filled = path.format(**values)
            asked = {name: query[name] for name in wanted} | PARAMETERS.get(path, {})
        except KeyError:
            unasked.append(path)
            continue
        kind = {"page": "file", "api": "api file"}[kind] if "export" in path else kind
        found.append(Question(kind, f"{filled}?{urlencode(asked)}" if asked else filled))
        if period.keys() <= known - asked.keys():
            found.append(Question(kind, f"{filled}?{urlencode({**asked, **period})}"))
    return [*dict.fromkeys([*found, *MORE])], unasked


def _routes() -> Iterator[tuple[str, str, Any]]:
    for found in iter_route_contexts([*all_routes(), *docs.router.routes]):
        if "GET" in (found.methods or ()):
            yield "api", str(found.path), found.dependant
    for page in PAGES:
        for route in page.router.routes:
            if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
                yield "page", route.path, route.dependant


@asynccontextmanager
async def _clients(context: Context) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    application: FastAPI = create_app(context)
    add_api(application, context)
    password = "long enough for a bench"
    await create_account(context, HALLA, PERSON, password, Role.ADMIN)
    told = await sign_in(context, PERSON, password)
    key = await create_api_key(context, HALLA, "bench", Role.ADMIN)
    transport = httpx.ASGITransport(application)
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://halla") as browser,
        httpx.AsyncClient(transport=transport, base_url="http://halla") as program,
    ):
        browser.cookies.set(SESSION_COOKIE, told.token)
        browser.headers["Accept"] = "text/html"
        program.headers["X-API-Key"] = key
        yield {"page": browser, "file": browser, "api": program, "api file": program}


@asynccontextmanager
async def _database(server: str | None) -> AsyncIterator[str]:
    if server is None:
        async with private_database(stations=0) as bench:
            yield bench.url
        return
    name = f"bench_pages_{int(time.time())}"
    async with await psycopg.AsyncConnection.connect(server, autocommit=True) as connection:
        await connection.execute(f"CREATE DATABASE {name}".encode())
        url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        try:
            await asyncio.to_thread(migrate, url)
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as own:
                await make_partitions(own, datetime.now(UTC))
            yield url
        finally:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


if __name__ == "__main__":
    sys.exit(main())

"""What every test may ask for: a real PostGIS, a database of its own, a context over it.

The cluster is the embedded one, in memory where there is room (or the server at HALLA_TEST_DATABASE_URL); a migrated
template database is made once and cloned for each test.
"""

import asyncio
import fcntl
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import hypothesis
import psycopg
import pytest
from psycopg import sql

from app.bus.memory import MemoryBus
from app.config import read_settings
from app.csms.context import Context
from app.store import embedded
from app.store.database import Database, open_database
from app.store.migrations import migrate
from app.store.partitions import make_partitions
from tests import cluster
from tests.nats_server import find_nats_server, nats_server
from tests.unpacked import POSTGRESQL

# What it finds must not depend on how busy the machine is.
hypothesis.settings.register_profile(
    "halla",
    hypothesis.settings(),
    deadline=None,
    suppress_health_check=(hypothesis.HealthCheck.too_slow,),
)
hypothesis.settings.load_profile("halla")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--oca-results", help="append the result of each certification case here")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "oca(case, ...): shows these certification cases")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Note how each certification case ended, if asked to."""
    outcome = yield
    path = item.config.getoption("--oca-results")
    mark = item.get_closest_marker("oca")
    report = outcome.get_result()  # type: ignore[attr-defined]
    if path and mark and report.when == "call":
        with Path(path).open("a") as file:
            file.writelines(f"{case} {report.outcome}\n" for case in mark.args)


# Decided once, before there are workers: they inherit it.
DATA_DIR = Path(os.environ.setdefault("HALLA_TEST_DATA_DIR", str(cluster.data_dir())))


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL with PostGIS; shared by all workers, left running only if it ran before."""
    given = os.environ.get("HALLA_TEST_DATABASE_URL")
    if given:
        yield given
        return
    running = embedded.start(DATA_DIR, print, unpacked_dir=POSTGRESQL)
    cluster.configure(running.url)
    yield running.url
    embedded.stop(running)  # the last worker to leave stops it


@pytest.fixture(scope="session")
def template(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated, empty database that is made once for all workers."""
    shared = tmp_path_factory.getbasetemp().parent
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", secrets.token_hex(4))[:8]
    name = f"template_{run}"
    with (shared / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = Path(shared / f"{name}.made")
        if not made.exists():
            _execute(server_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            migrate(_with_database(server_url, name))
            asyncio.run(_partition(_with_database(server_url, name)))
            made.touch()
    return name


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """A migrated, empty database of one's own."""
    name = f"test_{secrets.token_hex(6)}"
    identifier = sql.Identifier(name)
    _execute(
        server_url,
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(identifier, sql.Identifier(template)),
    )
    yield _with_database(server_url, name)
    _execute(server_url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Connections to a database of one's own."""
    async with open_database(database_url) as opened:
        yield opened


class Clock:
    """Time that a test can set; until then, real time."""

    def __init__(self) -> None:
        self.now: datetime | None = None

    def __call__(self) -> datetime:
        return self.now or datetime.now(UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def context(database: Database, clock: Clock) -> AsyncIterator[Context]:
    """What verbs are given, over a memory bus."""
    bus = MemoryBus()
    settings = read_settings({"HALLA_MAP_TILES": "none", "HALLA_UNKNOWN_STATIONS": "accept"})
    yield Context(database=database, bus=bus, settings=settings, clock=clock)
    await bus.close()


@pytest.fixture(scope="session")
def nats_url() -> Iterator[str]:
    """A NATS server; without one a visible skip, and with CI set a failure."""
    program = find_nats_server()
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("no nats-server: neither installed nor to be had as a package")
        pytest.skip("no nats-server on this machine")
    with nats_server(program) as url:
        yield url


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _execute(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


async def _partition(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await make_partitions(connection, datetime.now(UTC))

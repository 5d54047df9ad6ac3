"""A private PostGIS for the time of the benchmark, with the stations that will be measured."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from app.config import ROOT
from app.store import embedded
from app.store.migrations import migrate
from app.store.partitions import make_partitions
from tests.bench.baseline import TABLE

DATA_DIR = ROOT / f".halla-bench-{os.getpid()}"
UNPACKED = ROOT / ".halla" / "postgresql"

_STATIONS = """
INSERT INTO tariff (id, name, currency, price_per_kwh) VALUES ('bench', 'Bench', 'KRW', 150);
INSERT INTO location (id, name, position, tariff_id)
VALUES ('bench', 'Bench', 'SRID=4326;POINT(126.5245 33.5119)', 'bench');
INSERT INTO station (id, location_id, position, max_power_w, min_power_w, registration)
SELECT 'bench_' || lpad(n::text, 4, '0'), 'bench', 'SRID=4326;POINT(126.5246 33.5120)', 100000, 0, 'accepted'
FROM generate_series(1, {count}) n;
INSERT INTO connector (station_id, evse_id, connector_id) SELECT id, 1, 1 FROM station;
ANALYZE;
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the measured servers store. `postmaster` is PostgreSQL's first process."""

    url: str
    postmaster: int
    version: str


@asynccontextmanager
async def private_database(stations: int) -> AsyncIterator[Bench]:
    """A cluster that is removed at the end, with stations `bench_0001` and so on."""
    shutil.rmtree(DATA_DIR, ignore_errors=True)
    cluster = await asyncio.to_thread(embedded.start, DATA_DIR, _quiet, unpacked_dir=UNPACKED)
    try:
        await asyncio.to_thread(migrate, cluster.url)
        async with await psycopg.AsyncConnection.connect(
            cluster.url, autocommit=True
        ) as connection:
            await make_partitions(connection, datetime.now(UTC))
            await connection.execute(_STATIONS.format(count=stations).encode())
            row = await (await connection.execute("SHOW server_version")).fetchone()
        yield Bench(cluster.url, cluster.pid, str(row and row[0]))
    finally:
        home = cluster.home.root
        await asyncio.to_thread(embedded.stop, cluster)
        for folder in {home, Path(DATA_DIR)}:
            shutil.rmtree(folder, ignore_errors=True)


def station_ids(count: int) -> list[str]:
    """The first `count` stations."""
    return [f"bench_{number:04}" for number in range(1, count + 1)]


async def stored_samples(url: str) -> int:
    """Readings that are in the database."""
    return await _number(url, "SELECT count(*) FROM meter_sample")


async def stored_obviously(url: str) -> int:
    """Messages of the baseline that are in the database (each is three rows)."""
    return await _number(url, f"SELECT count(*) / 3 FROM {TABLE}")


async def _number(url: str, query: str) -> int:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        row = await (await connection.execute(query.encode())).fetchone()
    assert row is not None
    return int(row[0])


def _quiet(sentence: str) -> None:
    """Preparing is no result."""

"""CPU, memory and versions: what the operating system says of the processes under measurement."""

import asyncio
import os
import platform
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
import psutil

from app.config import ROOT

START_S = 60.0
STOP_S = 45.0
PACKAGES = ("websockets", "uvloop", "msgspec", "ocpp", "psycopg", "sqlalchemy", "sqlmodel")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server process; `about` is what it said of itself."""

    process: psutil.Process
    about: dict[str, Any]

    @property
    def port(self) -> int:
        """Where stations connect."""
        return int(self.about["port"])


@asynccontextmanager
async def running(kind: str, url: str) -> AsyncIterator[Server]:
    """`tests.bench.server` in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.server", kind, url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_S)
        if not line:
            raise SystemExit(f"bench: the {kind} server did not start; its reason is above.")
        yield Server(psutil.Process(process.pid), msgspec.json.decode(line))
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            process.kill()
            await process.wait()


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds of the server's process and of PostgreSQL with all its children."""

    python_s: float
    postgres_s: float

    def since(self, before: "Spent") -> "Spent":
        """What was spent since then."""
        return Spent(self.python_s - before.python_s, self.postgres_s - before.postgres_s)


def spent(server: Server, postmaster: int) -> Spent:
    """Until now. Children that have ended are in their parent's sum."""
    own = server.process.cpu_times()
    mother = psutil.Process(postmaster)
    total = mother.cpu_times()
    postgres_s = total.user + total.system + total.children_user + total.children_system
    for child in mother.children():
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        postgres_s += times.user + times.system
    return Spent(own.user + own.system, postgres_s)


def about_machine(postgres: str) -> dict[str, Any]:
    """What a figure means nothing without."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "load_average_before": os.getloadavg()[0],
        "system": platform.platform(),
        "python": platform.python_version(),
        "postgres": postgres,
        **{name: version(name) for name in PACKAGES},
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    found = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(found, platform.processor())

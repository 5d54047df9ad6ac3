"""The program as a user starts it: a process of its own, with settings in its environment."""

import asyncio
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from app.config import ROOT

START_S = 180.0
STOP_S = 60.0

_given: set[int] = set()


def free_port() -> int:
    """A port that nobody uses right now, and that nobody is given who does not ask for it by its number.

    Those from 32768 on the system hands out by itself: until the program opens its port, another test's server or a
    connection of whoever else would have it.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            if port not in _given:
                _given.add(port)
                return port


@dataclass
class Program:
    """A running `halla`."""

    process: asyncio.subprocess.Process
    http_port: int
    ocpp_port: int
    said: list[str]

    async def kill(self) -> None:
        """As the power cut does."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def program(*arguments: str, environment: dict[str, str]) -> AsyncIterator[Program]:
    """Run `halla ARGUMENTS`; yields once it says "Ctrl-C stops", ends it with SIGTERM."""
    ports = {"HALLA_HTTP_PORT": str(free_port()), "HALLA_OCPP_PORT": str(free_port())}
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("HALLA_")}
    settings = {"HALLA_MAP_TILES": "none", **ports, **environment}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        *arguments,
        cwd=ROOT,
        env={**inherited, "PYTHONUNBUFFERED": "1", **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    said: list[str] = []
    running = Program(
        process, int(settings["HALLA_HTTP_PORT"]), int(settings["HALLA_OCPP_PORT"]), said
    )
    try:
        async with asyncio.timeout(START_S):
            while not said or "Ctrl-C stops" not in said[-1]:
                line = await process.stdout.readline()
                assert line, f"halla ended: {''.join(said)}"
                said.append(line.decode())
        reading = asyncio.create_task(_read(process.stdout, said))
        yield running
    finally:
        if process.returncode is None:
            process.terminate()
            await asyncio.wait_for(process.wait(), STOP_S)
    await reading


async def _read(stream: asyncio.StreamReader, said: list[str]) -> None:
    async for line in stream:
        said.append(line.decode())

"""Halla is started a second time by mistake: the running one does not suffer."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest

from app.config import ROOT, read_settings
from app.csms.context import Context
from app.ports import StartError, refuse_taken_ports
from app.queries.map import markers
from app.store import embedded_home
from app.store.embedded_binaries import EmbeddedError
from tests.charger import charger
from tests.factories import make_station
from tests.journeys.program import free_port, program

END_S = 120


async def test_stations_stay_online(context: Context, database_url: str) -> None:
    await make_station(context, "STAYS")
    environment = {"HALLA_DATABASE_URL": database_url}
    async with program("serve", environment=environment) as first:
        ports = {
            "HALLA_HTTP_PORT": str(first.http_port),
            "HALLA_OCPP_PORT": str(first.ocpp_port),
        }
        async with charger(first.ocpp_port, "STAYS") as station:
            await station.call("Heartbeat", {})
            assert await is_online(context)

            said = await second_start(environment | ports)

            assert f"Port {first.ocpp_port} cannot be opened (Address already in use). Is" in said
            assert await is_online(context)


async def is_online(context: Context) -> bool:
    (marker,) = await markers(context.database)
    return marker.online


async def second_start(environment: dict[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "serve"),
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), END_S)
    assert process.returncode == 1, said
    return said.decode()


def test_two_do_not_serve_stations_from_one_private_database(tmp_path: Path) -> None:
    home = embedded_home.Home(root=tmp_path, owner=embedded_home.find_home(tmp_path).owner)
    with (
        embedded_home.serving(home),
        pytest.raises(EmbeddedError, match="Another Halla serves"),
        embedded_home.serving(home),
    ):
        pass
    with embedded_home.serving(home):
        pass


def test_each_reason_has_its_advice() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert "(Address already in use). Is Halla running" in refusal(HALLA_HTTP_PORT=port)
        assert "set HALLA_OCPP_TLS_PORT to a free" in refusal(HALLA_OCPP_TLS_PORT=port)
    assert "Set HALLA_OCPP_HOST to an address" in refusal(HALLA_OCPP_HOST="192.0.2.1")
    assert "Set HALLA_HTTP_HOST to an address" in refusal(HALLA_HTTP_HOST="no.such.host.invalid")


def refusal(**environment: str) -> str:
    free = {"HALLA_HTTP_PORT": str(free_port()), "HALLA_OCPP_PORT": str(free_port())}
    with pytest.raises(StartError) as refused:
        refuse_taken_ports(read_settings({**free, **environment}), stations=True, people=True)
    return str(refused.value)

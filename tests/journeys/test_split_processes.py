"""Ingress, web and worker as three programs with NATS between them; and what happens when one of them goes."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest

from app.csms.context import Context
from app.simulator.fleet import plan_from_ids, run_fleet
from tests.factories import make_station, make_token
from tests.journeys.program import program

STATION = "emart_jeju_main_01"
KEY = "a key that is long enough for tests"


async def test_a_command_finds_its_station_through_the_bus(
    context: Context, database_url: str, nats_url: str
) -> None:
    await make_station(context, STATION)
    await make_token(context, "CARD-0001")
    environment = {
        "HALLA_DATABASE_URL": database_url,
        "HALLA_NATS_URL": nats_url,
        "HALLA_ADMIN_PASSWORD": "long enough to pass",
        "HALLA_ADMIN_API_KEY": KEY,
    }
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:

        async def start(role: str) -> int:
            running = await stack.enter_async_context(
                program("serve", "--role", role, environment=environment)
            )
            return running.ocpp_port if role == "ingress" else running.http_port

        ocpp, http = await start("ingress"), await start("web")
        await start("worker")
        plan = plan_from_ids(
            [STATION], url=f"ws://127.0.0.1:{ocpp}", version="2.0.1", scenario="idle", strict=True
        )
        fleet = asyncio.create_task(run_fleet(plan, stop=stop))
        client = await stack.enter_async_context(
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{http}", headers={"X-API-Key": KEY}, timeout=30
            )
        )
        async with asyncio.timeout(60):
            while not (await client.get(f"/chargers/{STATION}")).json()["connected"]:
                await asyncio.sleep(0.2)
        started = await client.post(f"/chargers/{STATION}/start", json={"id_token": "CARD-0001"})
        assert started.status_code == 200, started.text
        stopped = await client.post(
            f"/chargers/{STATION}/stop", json={"transaction_id": started.json()["transaction_id"]}
        )
        assert stopped.json()["status"] == "success"
        stop.set()
        assert (await asyncio.wait_for(fleet, 30)).violations == ()


async def test_roles_without_a_bus_are_refused_with_a_sentence(database_url: str) -> None:
    with pytest.raises(AssertionError, match="HALLA_NATS_URL"):
        async with program(
            "serve", "--role", "web", environment={"HALLA_DATABASE_URL": database_url}
        ):
            pass

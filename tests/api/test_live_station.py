"""The control API against stations on real sockets: what `success` says has happened."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from app.csms.context import Context
from app.csms.journal import Journal
from app.csms.lanes import Lanes
from app.ingress.server import serve
from app.simulator.fleet import plan_from_ids, run_fleet
from tests.factories import make_station, make_token
from tests.queries.planting import Garden

STATION = "emart_jeju_main_01"
ALIAS = "emart_jeju_01"


@asynccontextmanager
async def a_station(context: Context, version: str) -> AsyncIterator[None]:
    """An ingress, and a virtual station that waits for commands."""
    await make_station(context, STATION)
    await make_token(context, "user_123")
    await Garden(context.database).put("station_alias", alias=ALIAS, station_id=STATION)
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, Journal(context), host="127.0.0.1", port=0) as server,
    ):
        stop = asyncio.Event()
        plan = plan_from_ids(
            [STATION],
            url=f"ws://127.0.0.1:{server.port}",
            version=version,
            scenario="idle",
            strict=True,
            sample_interval_s=0.5,
        )
        running = asyncio.create_task(run_fleet(plan, stop=stop))
        try:
            yield
        finally:
            stop.set()
            await asyncio.wait_for(running, 30)


async def until(
    client: httpx.AsyncClient, path: str, told: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """What `path` answers, as soon as it is what was waited for."""
    async with asyncio.timeout(30):
        while True:
            answer = await client.get(path)
            body: dict[str, Any] = answer.json()
            if answer.status_code == 200 and told(body):
                return body
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_a_session_by_the_control_api(
    admin: httpx.AsyncClient, context: Context, version: str
) -> None:
    charger = f"/chargers/{ALIAS}"
    async with a_station(context, version):
        await until(admin, charger, lambda body: body["status"] == "Available")
        started = await admin.post(
            f"{charger}/start", json={"id_token": "user_123", "evse_id": 1, "connector_id": 1}
        )
        assert started.status_code == 200, started.text
        assert started.json()["charger_id"] == ALIAS
        fast = await until(admin, charger, lambda body: (body["current_power"] or 0) > 40)
        assert fast["status"] == "Charging"
        assert fast["transaction_id"] == started.json()["transaction_id"]

        limited = await admin.patch(f"{charger}/power", json={"maxPowerKw": 20})
        assert limited.json()["current_power"] == 20.0, limited.text
        slow = await until(admin, charger, lambda body: 0 < (body["current_power"] or 0) <= 20.5)
        assert slow["limit_kw"] == 20.0

        stopped = await admin.post(
            f"{charger}/stop", json={"transactionId": started.json()["transaction_id"]}
        )
        assert stopped.status_code == 200, stopped.text
        # 1.6's meterStop is a whole number of Wh
        assert stopped.json()["energy_consumed"] >= slow["energy_accumulated"] - 0.001 > 0
        assert isinstance(stopped.json()["cost"], int)
        (session,) = (await admin.get("/api/v1/transactions")).json()["items"]
        assert session["energy_wh"] / 1000 == pytest.approx(stopped.json()["energy_consumed"])
        assert session["id_token"] == "user_123"
        samples = await admin.get(f"/api/v1/transactions/{session['id']}/samples")
        assert len(samples.json()["items"]) > 2
        idle = (await admin.get(charger)).json()
        assert (idle["transaction_id"], idle["current_power"]) == (None, 0.0)


async def test_any_call_in_the_stations_own_words(
    admin: httpx.AsyncClient, context: Context
) -> None:
    calls = f"/api/v1/stations/{ALIAS}/calls"
    async with a_station(context, "2.0.1"):
        await until(admin, f"/chargers/{ALIAS}", lambda body: body["status"] == "Available")
        answer = await admin.post(f"{calls}/TriggerMessage", json={"requestedMessage": "Heartbeat"})
        assert answer.json() == {"status": "answered", "result": {"status": "Accepted"}}
        invalid = await admin.post(f"{calls}/TriggerMessage", json={"requestedMessage": 1})
        assert (invalid.status_code, invalid.json()["error"]["code"]) == (422, "invalid")
        unknown = await admin.post(f"{calls}/RemoteStartTransaction", json={})
        assert (unknown.status_code, unknown.json()["error"]["code"]) == (409, "not_supported")
        refused = await admin.post(
            f"{calls}/PublishFirmware",
            json={"location": "http://127.0.0.1/x", "checksum": "0" * 32, "requestId": 1},
        )
        assert refused.status_code == 200
        assert refused.json()["status"] == "error"
        assert refused.json()["error"]["code"] in ("NotImplemented", "NotSupported")

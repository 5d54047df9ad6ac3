"""Who may open a socket, and what is said to who may not."""

from __future__ import annotations

import asyncio
import base64
import dataclasses

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from app.csms import entrance, provisioning
from app.csms.audit import HALLA
from app.csms.context import Context
from app.domain.conformance import DeviationsFound
from app.domain.reports import StationBooted, StationConnected
from app.ingress.admission import identity_in, identity_of
from app.ingress.server import Server, serve
from tests.ingress.conftest import Notebook, ask, hear, station

PASSWORD = "correct horse battery"


async def refusal(server: Server, path: str, *subprotocols: str, **more: object) -> tuple[int, str]:
    """HTTP status and sentence of a handshake that must fail."""
    with pytest.raises(InvalidStatus) as caught:
        async with station(server, path, *subprotocols, **more):  # type: ignore[arg-type]
            pass
    response = caught.value.response
    return response.status_code, (response.body or b"").decode()


@pytest.mark.parametrize(
    ("path", "identity"),
    [
        ("/CP1", "CP1"),
        ("/ocpp/site/CP1", "CP1"),
        ("/CP1/", "CP1"),
        ("/a%20b?x=/y", "a b"),
        ("/", None),
    ],
)
def test_the_last_segment_is_the_identity(path: str, identity: str | None) -> None:
    assert identity_of(path) == identity


def test_an_identity_inside_a_serial_number() -> None:
    assert identity_in("SN-emart_jeju_01-001") == "emart_jeju_01"
    assert identity_in("SN-a-b-c-12") == "a-b-c"
    assert identity_in("123456") is None
    assert identity_in(None) is None


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["ocpp2.1", "ocpp2.0.1"], "ocpp2.1"),
        (["ocpp1.6", "ocpp2.0.1"], "ocpp1.6"),
        (["ocpp1.5", "ocpp2.0.1"], "ocpp2.0.1"),
    ],
)
async def test_the_station_s_order_decides(
    server: Server, notebook: Notebook, offered: list[str], chosen: str
) -> None:
    async with station(server, "CP1", *offered) as socket:
        assert socket.subprotocol == chosen
        [connected] = await notebook.wait_for(StationConnected)
        assert isinstance(connected, StationConnected)
        assert connected.protocol == chosen
        assert connected.remote_address == "127.0.0.1"


async def test_no_common_subprotocol_is_refused_with_a_sentence(server: Server) -> None:
    status, sentence = await refusal(server, "CP1", "ocpp1.5", "mqtt")
    assert status == 400
    assert "ocpp1.5, mqtt" in sentence
    assert "ocpp2.0.1" in sentence


async def test_a_missing_subprotocol_is_taken_for_the_legacy_one(
    server: Server, notebook: Notebook
) -> None:
    async with station(server, "CP1", "-") as socket:
        assert socket.subprotocol is None
        answer = await ask(socket, "Heartbeat", {"currentTime": "2026-01-21T10:31:15.1234567ZZ"})
        assert answer[0] == 3
    [connected] = await notebook.wait_for(StationConnected)
    assert isinstance(connected, StationConnected)
    assert connected.protocol == "ocpp2.0.1"


async def test_basic_authentication(context: Context, server: Server) -> None:
    await provisioning.admit(context, "CP1")
    await entrance.set_station_password(context, HALLA, "CP1", PASSWORD)
    for user in (None, ("CP1", "wrong" * 4), ("CP2", PASSWORD)):
        status, sentence = await refusal(server, "CP1", user=user)
        assert status == 401
        assert "Basic" in sentence
    async with station(server, "CP1", user=("CP1", PASSWORD)) as socket:
        assert (await ask(socket, "Heartbeat", {}))[0] == 3


async def test_a_key_in_raw_bytes_is_meant_in_hexadecimal(context: Context, server: Server) -> None:
    key = bytes([0xFF, 0xFE]) + bytes(range(18))
    await provisioning.admit(context, "CP1")
    await entrance.set_station_password(context, HALLA, "CP1", key.hex())
    header = "Basic " + base64.b64encode(b"CP1:" + key).decode()
    async with connect(
        f"ws://127.0.0.1:{server.port}/CP1",
        subprotocols=["ocpp1.6"],  # type: ignore[list-item]
        additional_headers={"Authorization": header},
        proxy=None,
    ) as socket:
        assert (await ask(socket, "Heartbeat", {}))[0] == 3


async def test_an_unknown_station_under_the_policy_reject(
    context: Context, notebook: Notebook
) -> None:
    strict = dataclasses.replace(
        context, settings=dataclasses.replace(context.settings, unknown_stations="reject")
    )
    async with serve(strict, notebook, notebook, host="127.0.0.1", port=0) as server:  # type: ignore[arg-type]
        status, sentence = await refusal(server, "stranger")
        assert status == 404
        assert "not registered" in sentence
    assert notebook.received == []


async def test_a_browser_does_not_become_a_station(context: Context, server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"GET /favicon.ico HTTP/1.1\r\nHost: x\r\n\r\n")
    async with asyncio.timeout(5):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 426 ")
    async with context.database.read() as connection:
        cursor = await connection.execute("SELECT count(*) FROM station")
        assert await cursor.fetchone() == (0,)


async def test_what_cannot_be_an_id_is_refused(server: Server) -> None:
    status, _ = await refusal(server, "a%20b%00c")
    assert status == 404


async def test_a_station_without_a_path_is_who_its_boot_says(
    context: Context, server: Server, notebook: Notebook
) -> None:
    boot = {
        "chargingStation": {
            "model": "ABB Terra 53",
            "vendorName": "ABB",
            "serialNumber": "SN-emart_jeju_01-001",
        },
        "reason": "PowerUp",
    }
    async with station(server, "", "-") as socket:
        early = await ask(socket, "Heartbeat", {})
        assert early[:3] == [4, "m", "SecurityError"]
        assert "Who are you?" in early[3]
        assert notebook.received == []
        assert (await ask(socket, "BootNotification", boot))[2]["status"] == "Accepted"
        assert (await ask(socket, "Heartbeat", {}))[0] == 3
        assert server.online == ("emart_jeju_01",)
    assert {r.station_id for r in notebook.received} == {"emart_jeju_01"}
    kinds = [type(report) for report in notebook.reports()][:3]
    assert kinds == [StationConnected, DeviationsFound, StationBooted]
    boots = [e for e in notebook.entries if e.action == "BootNotification"]
    assert [(e.station_id, e.answer_type) for e in boots] == [("emart_jeju_01", 3)]


async def test_a_password_counts_without_a_path_too(
    context: Context, server: Server, notebook: Notebook
) -> None:
    await provisioning.admit(context, "CP1")
    await entrance.set_station_password(context, HALLA, "CP1", PASSWORD)
    boot = {
        "chargingStation": {"model": "M", "vendorName": "V", "serialNumber": "SN-CP1-1"},
        "reason": "PowerUp",
    }
    async with station(server, "", "ocpp2.0.1") as socket:
        refused = await ask(socket, "BootNotification", boot)
        assert refused[:3] == [4, "m", "SecurityError"]
    async with station(server, "", "ocpp2.0.1", user=("CP1", PASSWORD)) as socket:
        assert (await ask(socket, "BootNotification", boot))[0] == 3
        await socket.send('[2,"n","Heartbeat",{}]')
        assert (await hear(socket))[0] == 3

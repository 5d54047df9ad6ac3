"""The station as a device, through the API: what a real socket's station answered and told is read back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from app.csms.context import Context
from app.csms.journal import Journal
from app.csms.lanes import Lanes
from app.ingress.server import serve
from tests.factories import make_station
from tests.ingress.oca.sessions import AT
from tests.ingress.oca.station import Station, connected

AT_ID = "/api/v1/stations/CS001"


@asynccontextmanager
async def a_station(context: Context, subprotocol: str = "ocpp2.0.1") -> AsyncIterator[Station]:
    await make_station(context, "CS001")
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, Journal(context), host="127.0.0.1", port=0) as server,
        connected(server.port, "CS001", subprotocol) as station,
    ):
        await station.boot()
        yield station


async def asked_by(
    request: Any, station: Station, action: str, answer: dict[str, Any]
) -> tuple[httpx.Response, dict[str, Any]]:
    """The API's answer to `request`, while the station answers what it is asked; what that was."""
    pending = asyncio.ensure_future(request)
    payload = await station.obey(action, answer)
    return await pending, payload


async def test_variables_are_set_and_listed(admin: httpx.AsyncClient, context: Context) -> None:
    wanted = {"component": "OCPPCommCtrlr", "name": "HeartbeatInterval", "value": "30"}
    async with a_station(context) as station:
        result = {
            "component": {"name": "OCPPCommCtrlr"},
            "variable": {"name": "HeartbeatInterval"},
            "attributeStatus": "Accepted",
        }
        answer, _ = await asked_by(
            admin.put(f"{AT_ID}/variables", json={"variables": [wanted]}),
            station,
            "SetVariables",
            {"setVariableResult": [result]},
        )
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "accepted"
    assert answer.json()["results"] == [result]
    (row,) = (await admin.get(f"{AT_ID}/variables", params={"q": "heart"})).json()
    assert (row["name"], row["value"]) == ("HeartbeatInterval", "30")


async def test_a_refused_key_is_a_result(admin: httpx.AsyncClient, context: Context) -> None:
    wanted = {"name": "HeartbeatInterval", "value": "never"}
    async with a_station(context, "ocpp1.6") as station:
        answer, payload = await asked_by(
            admin.put(f"{AT_ID}/variables", json={"variables": [wanted]}),
            station,
            "ChangeConfiguration",
            {"status": "Rejected"},
        )
    assert payload == {"key": "HeartbeatInterval", "value": "never"}
    assert (answer.status_code, answer.json()["status"]) == (200, "rejected")
    assert (await admin.get(f"{AT_ID}/variables")).json() == []


async def test_raw_calls_leave_the_same_traces(admin: httpx.AsyncClient, context: Context) -> None:
    """GetConfiguration and UpdateFirmware, as somebody who speaks OCPP sends them."""
    async with a_station(context, "ocpp1.6") as station:
        known = [{"key": "NumberOfConnectors", "readonly": True, "value": "2"}]
        answer, _ = await asked_by(
            admin.post(f"{AT_ID}/calls/GetConfiguration", json={}),
            station,
            "GetConfiguration",
            {"configurationKey": known},
        )
        assert answer.json()["result"] == {"configurationKey": known}
        body = {"location": "ftp://x/y", "retrieveDate": AT}
        await asked_by(
            admin.post(f"{AT_ID}/calls/UpdateFirmware", json=body), station, "UpdateFirmware", {}
        )
        await station.call("FirmwareStatusNotification", {"status": "Installed"})
    (row,) = (await admin.get(f"{AT_ID}/variables")).json()
    assert (row["name"], row["value"], row["mutability"]) == ("NumberOfConnectors", "2", "ReadOnly")
    (job,) = (await admin.get(f"{AT_ID}/jobs")).json()["items"]
    assert (job["kind"], job["status"], job["location"]) == ("firmware", "Installed", "ftp://x/y")
    assert [step["status"] for step in job["progress"]] == ["Installed"]
    assert (await admin.get(f"/api/v1/jobs/{job['id']}")).json() == job


async def test_monitors_and_events(admin: httpx.AsyncClient, context: Context) -> None:
    monitor = {
        "component": "EVSE",
        "evse_id": 1,
        "variable": "Power",
        "type": "UpperThreshold",
        "value": 11000,
        "severity": 5,
    }
    place = {
        "component": {"name": "EVSE", "evse": {"id": 1}},
        "variable": {"name": "Power"},
    }
    async with a_station(context) as station:
        result = {**place, "id": 3, "status": "Accepted", "type": "UpperThreshold", "severity": 5}
        answer, _ = await asked_by(
            admin.put(f"{AT_ID}/monitors", json={"monitors": [monitor]}),
            station,
            "SetVariableMonitoring",
            {"setMonitoringResult": [result]},
        )
        assert answer.json()["status"] == "accepted"
        event = {
            **place,
            "eventId": 1,
            "timestamp": AT,
            "trigger": "Alerting",
            "actualValue": "12000",
            "variableMonitoringId": 3,
            "eventNotificationType": "CustomMonitor",
        }
        await station.call("NotifyEvent", {"generatedAt": AT, "seqNo": 0, "eventData": [event]})
        (row,) = (await admin.get(f"{AT_ID}/monitors")).json()
        assert (row["monitor_id"], row["value"]) == (3, 11000)
        (told,) = (await admin.get("/api/v1/events")).json()["items"]
        assert (told["station_id"], told["actual_value"], told["severity"]) == ("CS001", "12000", 5)
        await asked_by(
            admin.delete(f"{AT_ID}/monitors/3"),
            station,
            "ClearVariableMonitoring",
            {"clearMonitoringResult": [{"id": 3, "status": "Accepted"}]},
        )
    assert (await admin.get(f"{AT_ID}/monitors")).json() == []


@pytest.mark.parametrize(
    ("method", "path", "body", "action", "answer"),
    [
        ("post", "reports", {}, "GetBaseReport", {"status": "Accepted"}),
        ("post", "reports", {"criteria": ["Problem"]}, "GetReport", {"status": "Accepted"}),
        ("post", "reset", {"kind": "Immediate"}, "Reset", {"status": "Accepted"}),
        ("post", "logs", {"location": "https://x/y"}, "GetLog", {"status": "Accepted"}),
        (
            "post",
            "firmware-updates",
            {"location": "https://x/y"},
            "UpdateFirmware",
            {"status": "Accepted"},
        ),
        (
            "put",
            "network-profiles/2",
            {"url": "wss://x/y"},
            "SetNetworkProfile",
            {"status": "Accepted"},
        ),
        ("put", "monitoring", {"level": 4}, "SetMonitoringLevel", {"status": "Accepted"}),
        ("post", "monitors/report", {}, "GetMonitoringReport", {"status": "Accepted"}),
        (
            "post",
            "availability",
            {"availability": "Inoperative", "evse_id": 1},
            "ChangeAvailability",
            {"status": "Scheduled"},
        ),
        (
            "post",
            "customer-requests",
            {"id_token": "VALID"},
            "CustomerInformation",
            {"status": "Accepted"},
        ),
    ],
)
async def test_what_is_asked_reaches_the_station(
    admin: httpx.AsyncClient,
    context: Context,
    method: str,
    path: str,
    body: dict[str, Any],
    action: str,
    answer: dict[str, Any],
) -> None:
    async with a_station(context) as station:
        told, _ = await asked_by(
            admin.request(method.upper(), f"{AT_ID}/{path}", json=body), station, action, answer
        )
    assert told.status_code == 200, told.text
    assert told.json()["status"] == "accepted"


async def test_what_was_agreed_is_listed(admin: httpx.AsyncClient, context: Context) -> None:
    async with a_station(context) as station:
        body = {"availability": "Inoperative", "evse_id": 1, "connector_id": 1}
        await asked_by(
            admin.post(f"{AT_ID}/availability", json=body),
            station,
            "ChangeAvailability",
            {"status": "Scheduled"},
        )
        await station.status("Occupied")
        (row,) = (await admin.get(f"{AT_ID}/availability")).json()
        assert (row["availability"], row["scheduled"], row["status"]) == (
            "Inoperative",
            True,
            "Occupied",
        )
        await asked_by(
            admin.post(f"{AT_ID}/customer-requests", json={"id_token": "VALID"}),
            station,
            "CustomerInformation",
            {"status": "Accepted"},
        )
    (asked,) = (await admin.get(f"{AT_ID}/customer-requests")).json()["items"]
    assert (asked["id_token"], asked["data"], asked["complete"]) == ("valid", None, False)
    assert (await admin.get(f"{AT_ID}/network-profiles")).json() == []


async def test_a_station_that_is_away_is_a_conflict(
    admin: httpx.AsyncClient, context: Context
) -> None:
    await make_station(context, "CS001")
    wanted = {"component": "C", "name": "V", "value": "1"}
    answer = await admin.put(f"{AT_ID}/variables", json={"variables": [wanted]})
    assert answer.status_code == 409
    assert (await admin.post(f"{AT_ID}/reset", json={})).status_code == 409

"""Reservations, local lists, the cache and questions about transactions by API, a station playing its side."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from app.csms.context import Context
from app.csms.journal import Journal
from app.csms.lanes import Lanes
from app.ingress.server import serve
from tests.factories import make_station, make_token
from tests.ingress.oca.driver import Session, authorize
from tests.ingress.oca.station import Station, connected

HERE = "/api/v1/stations/CS001"


@pytest.fixture
async def station(context: Context) -> AsyncIterator[Station]:
    """CS001, which speaks 2.0.1 and was heard of."""
    await make_station(context, "CS001")
    await make_token(context, "valid", group_id="GROUP")
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, Journal(context), host="127.0.0.1", port=0) as server,
        connected(server.port, "CS001") as made,
    ):
        await made.call("Heartbeat")
        yield made


async def during(
    station: Station, asking: Any, action: str, answer: dict[str, Any]
) -> tuple[httpx.Response, dict[str, Any]]:
    """What the API answers, and what the station was asked meanwhile."""
    task = asyncio.create_task(asking)
    asked = await station.obey(action, answer)
    return await task, asked


async def test_a_reservation_from_its_wish_to_its_end(
    admin: httpx.AsyncClient, station: Station
) -> None:
    wanted = {"id_token": "VALID", "expires_at": "2099-01-01T00:00:00Z", "evse_id": 1}
    answer, asked = await during(
        station,
        admin.post(f"{HERE}/reservations", json=wanted),
        "ReserveNow",
        {"status": "Accepted"},
    )
    number = asked["id"]
    assert answer.status_code == 200, answer.text
    assert answer.json()["reservation_id"] == number
    (row,) = (await admin.get(f"{HERE}/reservations")).json()
    assert (row["reservation_id"], row["status"], row["evse_id"]) == (number, "active", 1)
    answer, asked = await during(
        station,
        admin.delete(f"{HERE}/reservations/{number}"),
        "CancelReservation",
        {"status": "Accepted"},
    )
    assert answer.status_code == 200
    assert (await admin.get(f"{HERE}/reservations")).json()[0]["status"] == "cancelled"
    assert (await admin.delete(f"{HERE}/reservations/{number}")).status_code == 404
    past = {**wanted, "expires_at": "2020-01-01T00:00:00Z"}
    assert (await admin.post(f"{HERE}/reservations", json=past)).status_code == 422


async def test_a_list_is_sent_changed_and_read(admin: httpx.AsyncClient, station: Station) -> None:
    assert (await admin.get(f"{HERE}/local-list")).json()["version"] is None
    accepted = {"status": "Accepted"}
    answer, _ = await during(
        station, admin.put(f"{HERE}/local-list", json={}), "SendLocalList", accepted
    )
    assert answer.json() == {"version": 1, "calls": 1}
    change = {"entries": [{"token": "TAG", "type": "ISO15693"}], "remove": ["VALID"]}
    answer, asked = await during(
        station, admin.patch(f"{HERE}/local-list", json=change), "SendLocalList", accepted
    )
    assert answer.json() == {"version": 2, "calls": 1}
    assert asked["updateType"] == "Differential"
    shown = (await admin.get(f"{HERE}/local-list")).json()
    assert [(item["token"], item["type"]) for item in shown["items"]] == [("tag", "ISO15693")]
    answer, _ = await during(
        station,
        admin.post(f"{HERE}/local-list/version"),
        "GetLocalListVersion",
        {"versionNumber": 2},
    )
    assert answer.json() == {"version": 2}
    failed, _ = await during(
        station,
        admin.put(f"{HERE}/local-list", json={"entries": []}),
        "SendLocalList",
        {"status": "Failed"},
    )
    assert failed.status_code == 409
    answer, _ = await during(
        station, admin.delete(f"{HERE}/authorization-cache"), "ClearCache", accepted
    )
    assert answer.status_code == 200


async def test_any_program_s_call_changes_the_tables_too(
    admin: httpx.AsyncClient, station: Station
) -> None:
    payload = {
        "versionNumber": 7,
        "updateType": "Full",
        "localAuthorizationList": [
            {
                "idToken": {"idToken": "RAW", "type": "KeyCode"},
                "idTokenInfo": {"status": "Accepted"},
            }
        ],
    }
    answer, asked = await during(
        station,
        admin.post(f"{HERE}/calls/SendLocalList", json=payload),
        "SendLocalList",
        {"status": "Accepted"},
    )
    assert answer.json()["result"] == {"status": "Accepted"}
    assert asked == payload
    shown = (await admin.get(f"{HERE}/local-list")).json()
    assert shown["version"] == 7
    assert [item["token"] for item in shown["items"]] == ["raw"]


async def test_questions_about_a_running_transaction(
    admin: httpx.AsyncClient, station: Station
) -> None:
    session = Session(station)
    await session.start()
    await session.sample(1000)
    answer, asked = await during(
        station,
        admin.post(f"{HERE}/transaction-checks/TX-0001"),
        "GetTransactionStatus",
        {"ongoingIndicator": True, "messagesInQueue": False},
    )
    assert answer.status_code == 200
    assert asked == {"transactionId": "TX-0001"}
    (check,) = (await admin.get(f"{HERE}/transaction-checks")).json()
    assert (check["transaction_id"], check["ongoing"]) == ("TX-0001", True)
    _, asked = await during(station, admin.post(f"{HERE}/running-costs/TX-0001"), "CostUpdated", {})
    assert asked == {"totalCost": 150, "transactionId": "TX-0001"}
    (shown,) = (await admin.get("/api/v1/transactions")).json()["items"]
    assert (shown["token_status"], shown["missing_events"]) == ("Accepted", 0)


async def test_a_token_s_type_status_and_group_reach_the_station(
    admin: httpx.AsyncClient, station: Station
) -> None:
    wanted = {"type": "ISO14443", "status": "NoCredit", "group_id": "Fleet-7"}
    written = await admin.put("/api/v1/id-tokens/CARD", json=wanted)
    assert written.status_code == 200, written.text
    assert {name: written.json()[name] for name in wanted} == wanted
    assert await authorize(station, "CARD") == {
        "status": "NoCredit",
        "groupIdToken": {"idToken": "Fleet-7", "type": "Central"},
    }
    assert (await admin.put("/api/v1/id-tokens/CARD", json={"blocked": True})).json()[
        "status"
    ] == "Blocked"
    assert (await authorize(station, "CARD"))["status"] == "Blocked"
    never = await admin.put(
        "/api/v1/id-tokens/CARD", json={"expires_at": "9999-12-31T23:59:59-12:00"}
    )
    assert never.status_code == 422, "what no clock can show would break the list and the lane"
    wrong = await admin.put("/api/v1/id-tokens/CARD", json={"type": "Poem"})
    assert wrong.status_code == 422
    wrong = await admin.put("/api/v1/id-tokens/CARD", json={"status": "Sometimes"})
    assert wrong.status_code == 422

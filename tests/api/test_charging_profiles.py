"""Smart charging and messages through the API, with stations on real sockets: what is asked, said, and known then."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.app import add_api
from app.csms.accounts import create_api_key
from app.csms.audit import HALLA
from app.domain.roles import Role
from tests.ingress.oca.charging import AT, TX, charge, event
from tests.ingress.oca.conftest import ID, Bench, bench

__all__ = ["bench"]
HERE = f"/api/v1/stations/{ID}"


@pytest.fixture
async def operator(bench: Bench) -> AsyncIterator[httpx.AsyncClient]:
    """An admin's client of the API over the bench's database and bus."""
    application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_api(application, bench.context)
    key = await create_api_key(bench.context, HALLA, "test", Role.ADMIN)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application),
        base_url="http://halla",
        headers={"Authorization": f"Bearer {key}"},
    ) as client:
        yield client


async def test_a_profile_through_its_life(bench: Bench, operator: httpx.AsyncClient) -> None:
    """Installed, seen, cleared; a TxProfile is gone with its transaction."""
    wanted = {
        "purpose": "TxDefaultProfile",
        "evse_id": 1,
        "unit": "A",
        "periods": [{"start_s": 0, "limit": 16}],
        "start_at": AT,
    }
    async with bench.connect() as station:
        task = bench.start(operator.put(f"{HERE}/charging-profiles/5", json=wanted))
        asked = await station.obey("SetChargingProfile", {"status": "Accepted"})
        assert asked["chargingProfile"]["id"] == 5
        assert (await task).json()["status"] == "accepted"
        await charge(station)
        of_one = {"purpose": "TxProfile", "evse_id": 1, "periods": [{"start_s": 0, "limit": 7000}]}
        task = bench.start(operator.put(f"{HERE}/charging-profiles/6", json=of_one))
        await station.obey("SetChargingProfile", {"status": "Accepted"})
        assert (await task).status_code == 200
        shown = (await operator.get(f"{HERE}/charging-profiles")).json()
        assert [(p["profile_id"], p["purpose"], p["transaction_id"]) for p in shown] == [
            (5, "TxDefaultProfile", None),
            (6, "TxProfile", TX),
        ]
        await event(station, "Ended", "StopAuthorized", reason="Local")
        shown = (await operator.get(f"{HERE}/charging-profiles")).json()
        assert [p["profile_id"] for p in shown] == [5]
        for answer, status in (("Accepted", "accepted"), ("Unknown", "none")):
            task = bench.start(operator.delete(f"{HERE}/charging-profiles/5"))
            await station.obey("ClearChargingProfile", {"status": answer})
            assert (await task).json()["status"] == status
        assert (await operator.get(f"{HERE}/charging-profiles")).json() == []


@pytest.mark.parametrize(
    ("wanted", "word"),
    [
        ({"purpose": "ChargingStationExternalConstraints"}, "purpose"),
        ({"purpose": "ChargingStationMaxProfile", "evse_id": 1, "start_at": AT}, "EVSE 0"),
        ({"purpose": "TxProfile"}, "TxProfile"),
        ({"purpose": "TxDefaultProfile", "transaction_id": "x"}, "Only a TxProfile"),
        ({"purpose": "TxDefaultProfile", "recurrency": "Daily"}, "recurring"),
        ({"purpose": "TxDefaultProfile", "periods": [{"start_s": 5, "limit": 1}]}, "starts at 0"),
    ],
)
async def test_what_no_station_may_be_asked_for(
    operator: httpx.AsyncClient,
    bench: Bench,
    wanted: dict[str, Any],
    word: str,
) -> None:
    """422 with a sentence; nothing is sent."""
    body = {"periods": [{"start_s": 0, "limit": 1000}], **wanted}
    answer = await operator.put(f"{HERE}/charging-profiles/5", json=body)
    assert answer.status_code == 422
    assert word in answer.text
    assert await bench.rows("SELECT 1 FROM station_command") == []


async def test_what_it_says_it_will_do(bench: Bench, operator: httpx.AsyncClient) -> None:
    """Read and shown; limits of others and needs of vehicles beside it; profiles reported."""
    async with bench.connect() as station:
        schedule = {
            "evseId": 1,
            "duration": 60,
            "scheduleStart": AT,
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 7000.0}],
        }
        body = {"evse_id": 1, "duration_s": 60}
        task = bench.start(operator.post(f"{HERE}/composite-schedules/read", json=body))
        await station.obey("GetCompositeSchedule", {"status": "Accepted", "schedule": schedule})
        [shown] = (await task).json()
        assert (shown["unit"], shown["periods"]) == ("W", schedule["chargingSchedulePeriod"])
        limit = {"chargingLimit": {"chargingLimitSource": "SO", "isGridCritical": True}}
        await station.call("NotifyChargingLimit", limit)
        [shown] = (await operator.get(f"{HERE}/charging-limits")).json()
        assert (shown["source"], shown["is_grid_critical"]) == ("SO", True)
        needs = {
            "requestedEnergyTransfer": "DC",
            "dcChargingParameters": {"evMaxCurrent": 1, "evMaxVoltage": 400},
        }
        await station.call("NotifyEVChargingNeeds", {"evseId": 1, "chargingNeeds": needs})
        [shown] = (await operator.get(f"{HERE}/ev-charging-needs")).json()
        assert (shown["energy_transfer"], shown["needs"]) == ("DC", needs)
        task = bench.start(operator.post(f"{HERE}/charging-profiles/read", json={}))
        await station.obey("GetChargingProfiles", {"status": "NoProfiles"})
        assert (await task).json()["status"] == "none"


async def test_messages_on_the_display(bench: Bench, operator: httpx.AsyncClient) -> None:
    """Shown, read, taken away; a refusal is a refusal."""
    async with bench.connect() as station:
        for status, code in (("Accepted", 200), ("NotSupportedPriority", 409)):
            body = {"content": "반갑습니다", "language": "ko"}
            task = bench.start(operator.put(f"{HERE}/display-messages/1", json=body))
            await station.obey("SetDisplayMessage", {"status": status})
            assert (await task).status_code == code
        [shown] = (await operator.get(f"{HERE}/display-messages")).json()
        assert (shown["message_id"], shown["content"]) == (1, "반갑습니다")
        task = bench.start(operator.delete(f"{HERE}/display-messages/1"))
        await station.obey("ClearDisplayMessage", {"status": "Accepted"})
        assert (await task).json()["status"] == "accepted"
        task = bench.start(operator.post(f"{HERE}/display-messages/read", json={"ids": [1]}))
        await station.obey("GetDisplayMessages", {"status": "Unknown"})
        assert (await task).json()["status"] == "none"
        assert (await operator.get(f"{HERE}/display-messages")).json() == []


async def test_vendors_and_their_data(bench: Bench, operator: httpx.AsyncClient) -> None:
    """A vendor becomes known, its data is taken and shown; then it is forgotten."""
    async with bench.connect() as station:
        said = {"vendorId": "kr.example", "messageId": "A"}
        assert (await station.call("DataTransfer", said))["status"] == "UnknownVendorId"
        answer = await operator.put("/api/v1/data-vendors/kr.example", json={"messages": ["A"]})
        assert answer.json() == {"vendor": "kr.example", "messages": ["A"]}
        assert (await operator.get("/api/v1/data-vendors")).json() == [answer.json()]
        assert (await station.call("DataTransfer", said))["status"] == "Accepted"
        body = {"vendor": "kr.example", "message": "B", "data": {"x": 1}}
        task = bench.start(operator.post(f"{HERE}/vendor-messages", json=body))
        await station.obey("DataTransfer", {"status": "UnknownMessageId"})
        assert (await task).json()["status"] == "UnknownMessageId"
    page = (await operator.get(f"{HERE}/vendor-messages")).json()
    assert [(row["direction"], row["status"]) for row in page["items"]] == [
        ("sent", "UnknownMessageId"),
        ("received", "Accepted"),
        ("received", "UnknownVendorId"),
    ]
    assert (await operator.delete("/api/v1/data-vendors/kr.example")).status_code == 204
    assert (await operator.delete("/api/v1/data-vendors/kr.example")).status_code == 404


async def test_the_details_of_an_error_arrive(bench: Bench, operator: httpx.AsyncClient) -> None:
    """A CALLERROR is passed through whole: code, description, details; and the row keeps them."""
    async with bench.connect() as station:
        task = bench.start(operator.post(f"{HERE}/calls/ClearCache", json={}))
        asked = await station.expect("ClearCache")
        await station.connection.send(f'[4,"{asked.id}","InternalError","no memory",{{"left":0}}]')
        assert (await task).json() == {
            "status": "error",
            "error": {
                "code": "InternalError",
                "description": "no memory",
                "details": {"left": 0},
            },
        }
    [command] = (await operator.get("/api/v1/commands")).json()["items"]
    assert (command["status"], command["detail"], command["answer"]) == (
        "error",
        "InternalError",
        {"left": 0},
    )
    assert command["sent_at"] <= command["answered_at"]
    assert command["effect"] is None


async def test_a_command_waits_is_sent_and_ends(bench: Bench, operator: httpx.AsyncClient) -> None:
    """queued behind another, then sent, then its end: the row says at every moment where it is."""
    async with bench.connect() as station:
        first = bench.start(operator.post(f"{HERE}/trigger", json={"message": "Heartbeat"}))
        asked = await station.expect("TriggerMessage")
        second = bench.start(operator.post(f"{HERE}/calls/ClearCache", json={}))
        await bench.until(
            "SELECT 1 FROM station_command WHERE status = 'sent' AND sent_at IS NOT NULL"
        )
        await bench.until(
            "SELECT 1 FROM station_command WHERE status = 'queued' AND sent_at IS NULL"
        )
        await station.answer(asked, {"status": "Accepted"})
        asked = await station.expect("ClearCache")
        await bench.until(
            "SELECT 1 FROM station_command WHERE action = 'ClearCache' AND status = 'sent'"
        )
        await station.answer(asked, {"status": "Rejected"})
        assert (await first).status_code == (await second).status_code == 200
    assert await bench.rows("SELECT status FROM station_command ORDER BY id") == [
        ("accepted",),
        ("rejected",),
    ]


async def test_a_reset_is_seen_to_have_happened(bench: Bench, operator: httpx.AsyncClient) -> None:
    """Accepted is not done: the boot that follows is the effect."""
    async with bench.connect() as station:
        task = bench.start(operator.post(f"{HERE}/calls/Reset", json={"type": "Immediate"}))
        await station.obey("Reset", {"status": "Accepted"})
        await task
        assert await bench.rows("SELECT effect_at FROM station_command") == [(None,)]
        await station.boot("RemoteReset")
        found = await bench.until("SELECT effect FROM station_command WHERE effect_at IS NOT NULL")
    assert found == ("The station has started again.",)

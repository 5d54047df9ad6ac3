"""/api/v1: pages, shapes, calls and refusals."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.api.schemas.stations import Marker as MarkerSchema
from app.domain.commands import InstallChargingProfile, Outcome, OutcomeStatus, RawCall
from app.queries.map import marker_json, markers
from tests.api.conftest import Answers
from tests.queries.planting import NOW, Garden

YES = Outcome(status=OutcomeStatus.ACCEPTED, detail="Accepted", payload={"status": "Accepted"})


async def test_the_api_shows_markers_as_the_map_does(
    admin: httpx.AsyncClient, garden: Garden
) -> None:
    await garden.station("A", online=True, location_id=await garden.location())
    await garden.charging("A")
    (marker,) = await markers(garden.database)
    body = (await admin.get("/api/v1/stations")).json()
    assert body == {"items": [marker_json(marker)], "next": None}
    assert set(MarkerSchema.model_fields) == set(marker_json(marker))
    shape = MarkerSchema.model_validate(marker).model_dump(mode="json")
    assert shape == marker_json(marker)


async def test_stations_come_by_page_and_filter(admin: httpx.AsyncClient, garden: Garden) -> None:
    for number in range(5):
        await garden.station(f"S{number}", online=number % 2 == 0)
    seen: list[str] = []
    after: str | None = None
    for _ in range(3):
        params = {"limit": 2} | ({"after": after} if after else {})
        body = (await admin.get("/api/v1/stations", params=params)).json()
        seen += [item["station_id"] for item in body["items"]]
        after = body["next"]
    assert seen == ["S0", "S1", "S2", "S3", "S4"]
    assert after is None
    body = (await admin.get("/api/v1/stations", params={"status": "offline"})).json()
    assert [item["station_id"] for item in body["items"]] == ["S1", "S3"]
    body = (await admin.get("/api/v1/stations", params={"q": "s4"})).json()
    assert [item["station_id"] for item in body["items"]] == ["S4"]


async def test_one_station_has_parts_and_sessions(admin: httpx.AsyncClient, garden: Garden) -> None:
    await garden.put(
        "tariff", id="std", name="Standard", currency="KRW", price_per_kwh=Decimal("150.5")
    )
    await garden.station(
        "A", location_id=await garden.location(tariff_id="std"), online=True, model="Terra 53"
    )
    await garden.put("station_alias", alias="old", station_id="A")
    await garden.connector("A", "Occupied")
    number = await garden.charging("A")
    body = (await admin.get("/api/v1/stations/old")).json()
    assert body["station_id"] == "A"
    assert body["model"] == "Terra 53"
    assert body["aliases"] == ["old"]
    assert body["connectors"][0]["status"] == "Occupied"
    assert body["transactions"][0]["id"] == number
    assert body["tariff"]["price_per_kwh"] == 150.5
    assert body["status"] == "charging"


async def test_transactions_come_by_page_with_exact_cost(
    admin: httpx.AsyncClient, garden: Garden
) -> None:
    await garden.station("A")
    first = await garden.transaction("A", energy_wh=Decimal("416.67"), cost=Decimal(63))
    second = await garden.transaction("A", ended_at=NOW)
    body = (await admin.get("/api/v1/transactions", params={"limit": 1})).json()
    assert [item["id"] for item in body["items"]] == [second]
    assert body["next"] == second
    body = (await admin.get("/api/v1/transactions", params={"before": second})).json()
    assert [item["id"] for item in body["items"]] == [first]
    assert body["next"] is None
    assert body["items"][0]["cost"] == 63
    assert body["items"][0]["cost_exact"] == "62.5005"
    assert body["items"][0]["started_at"] == "2026-11-20T06:10:00.000Z"
    running = (await admin.get("/api/v1/transactions", params={"active": True})).json()
    assert [item["id"] for item in running["items"]] == [first]
    late = NOW + timedelta(days=1)
    none = await admin.get("/api/v1/transactions", params={"since": late.isoformat()})
    assert none.json()["items"] == []
    assert (await admin.get(f"/api/v1/transactions/{first}")).json()["energy_wh"] == 416.67


async def test_samples_and_curve_of_a_transaction(admin: httpx.AsyncClient, garden: Garden) -> None:
    await garden.station("A")
    number = await garden.transaction("A", meter_start_wh=Decimal(1000))
    for place in range(3):
        at = NOW + timedelta(seconds=place)
        await garden.sample(
            "A", at, transaction_id=number, energy_wh=Decimal(1000 + place), power_w=5.0
        )
    path = f"/api/v1/transactions/{number}/samples"
    page = (await admin.get(path, params={"limit": 2})).json()
    assert [item["energy_wh"] for item in page["items"]] == [1000, 1001]
    rest = (await admin.get(path, params={"limit": 2, "after": page["next"]})).json()
    assert [item["energy_wh"] for item in rest["items"]] == [1002]
    assert rest["next"] is None
    curve = (await admin.get(f"/api/v1/transactions/{number}/curve")).json()
    assert [point["energy_wh"] for point in curve] == [0, 1, 2]
    for part in ("", "/samples", "/curve"):
        answer = await admin.get(f"/api/v1/transactions/999999{part}")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "transaction_not_found"


async def test_no_reading_is_lost_or_told_twice_between_two_pages(
    admin: httpx.AsyncClient, garden: Garden
) -> None:
    """Stations tell microseconds, and several readings of one moment."""
    await garden.station("A")
    number = await garden.transaction("A", meter_start_wh=Decimal(1000))
    there = [
        (0, "Transaction.Begin"),
        (0, "Sample.Periodic"),
        (1, "Sample.Periodic"),
        (2, "Sample.Periodic"),
        (3, "Sample.Clock"),
        (3, "Sample.Periodic"),
        (3, "Transaction.End"),
    ]
    for micros, why in there:
        at = NOW + timedelta(microseconds=micros)
        await garden.sample("A", at, context=why, transaction_id=number, power_w=float(micros))
    for limit in (1, 2, 3, 7):
        told: list[tuple[int, str]] = []
        page: dict[str, Any] = {"next": ""}
        while page["next"] is not None and len(told) <= len(there):
            query = {"limit": limit} | ({"after": page["next"]} if page["next"] else {})
            page = (await admin.get(f"/api/v1/transactions/{number}/samples", params=query)).json()
            told += [(int(item["power_w"]), item["context"]) for item in page["items"]]
        assert sorted(told) == sorted(there), limit


async def test_a_call_is_sent_as_it_is_and_answered_as_it_was(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers
) -> None:
    await answers.to(await garden.station("A", online=True), YES)
    payload = {"type": "OnIdle"}
    answer = await admin.post("/api/v1/stations/A/calls/Reset", json=payload)
    assert answer.status_code == 200
    assert answer.json() == {"status": "answered", "result": {"status": "Accepted"}}
    assert answers.asked == [RawCall(action="Reset", payload=payload)]
    logged = (await admin.get("/api/v1/commands", params={"station_id": "A"})).json()["items"]
    assert [(row["action"], row["status"], row["requested_by"]) for row in logged] == [
        ("Reset", "accepted", "api:test admin")
    ]
    one = await admin.get(f"/api/v1/commands/{logged[0]['id']}")
    assert one.json() == logged[0]


async def test_a_call_may_go_without_a_body(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers
) -> None:
    await answers.to(await garden.station("A", online=True), YES)
    assert (await admin.post("/api/v1/stations/A/calls/ClearCache")).status_code == 200
    assert answers.asked == [RawCall(action="ClearCache", payload={})]


@pytest.mark.parametrize(
    ("outcome", "status", "body"),
    [
        (
            Outcome(
                status=OutcomeStatus.REJECTED, detail="Rejected", payload={"status": "Rejected"}
            ),
            200,
            {"status": "answered", "result": {"status": "Rejected"}},
        ),
        (
            Outcome(
                status=OutcomeStatus.ERROR,
                detail="InternalError",
                description="sorry",
                details={"why": 1},
            ),
            200,
            {
                "status": "error",
                "error": {"code": "InternalError", "description": "sorry", "details": {"why": 1}},
            },
        ),
        (
            Outcome(status=OutcomeStatus.NOT_SUPPORTED, detail="NotImplemented"),
            200,
            {
                "status": "error",
                "error": {"code": "NotImplemented", "description": "", "details": {}},
            },
        ),
        (
            Outcome(status=OutcomeStatus.NOT_SUPPORTED, description="No such call."),
            409,
            {
                "error": {
                    "code": "not_supported",
                    "message": "No such call.",
                    "details": {"station_id": "A"},
                }
            },
        ),
        (
            Outcome(status=OutcomeStatus.INVALID, description="type is missing."),
            422,
            {
                "error": {
                    "code": "invalid",
                    "message": "type is missing.",
                    "details": {"station_id": "A"},
                }
            },
        ),
        (
            Outcome(status=OutcomeStatus.TIMED_OUT, description="Silence."),
            504,
            {
                "error": {
                    "code": "no_answer",
                    "message": "Silence.",
                    "details": {"station_id": "A"},
                }
            },
        ),
    ],
)
async def test_every_end_of_a_call_has_its_answer(
    admin: httpx.AsyncClient,
    garden: Garden,
    answers: Answers,
    outcome: Outcome,
    status: int,
    body: dict[str, object],
) -> None:
    await answers.to(await garden.station("A", online=True), outcome)
    answer = await admin.post("/api/v1/stations/A/calls/Reset", json={})
    assert answer.status_code == status
    assert answer.json() == body


async def test_a_call_needs_a_station_a_socket_and_an_object(
    admin: httpx.AsyncClient, garden: Garden
) -> None:
    await garden.station("A", online=True)
    answer = await admin.post("/api/v1/stations/nobody/calls/Reset", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "station_not_found")
    answer = await admin.post("/api/v1/stations/A/calls/Reset", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "station_offline")
    answer = await admin.post("/api/v1/stations/A/calls/Reset", json=["OnIdle"])
    assert answer.status_code == 422
    answer = await admin.post("/api/v1/stations/A/calls/Re%20set", json={})
    assert answer.status_code == 422
    assert "action" in answer.json()["error"]["details"]["fields"]


async def test_a_limit_is_set_for_the_session_or_the_station(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers
) -> None:
    await answers.to(await garden.station("A", online=True), YES)
    answer = await admin.post("/api/v1/stations/A/limit", json={"limit_w": 50_000})
    assert answer.status_code == 200
    assert answer.json()["status"] == "accepted"
    answer = await admin.post(
        "/api/v1/stations/A/limit", json={"limit_w": 50_000, "scope": "session"}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    await garden.charging("A")
    answer = await admin.post(
        "/api/v1/stations/A/limit", json={"limit_w": 20_000, "scope": "session"}
    )
    assert answer.status_code == 200
    last = answers.asked[-1]
    assert isinstance(last, InstallChargingProfile)
    assert last.profile.transaction == "tx1"
    limits = (await admin.get("/api/v1/stations/A")).json()["limits"]
    assert [(limit["scope"], limit["accepted_w"]) for limit in limits] == [
        ("station", 50_000),
        ("session", 20_000),
    ]
    assert (await admin.delete("/api/v1/stations/A/limit")).status_code == 200


async def test_a_misspelt_field_is_named(admin: httpx.AsyncClient, garden: Garden) -> None:
    await garden.station("A", online=True)
    answer = await admin.post("/api/v1/stations/A/limit", json={"limit_kw": 50})
    assert answer.status_code == 422
    fields = answer.json()["error"]["details"]["fields"]
    assert set(fields) == {"limit_w", "limit_kw"}


async def test_a_station_is_let_in(admin: httpx.AsyncClient, garden: Garden) -> None:
    await garden.station("A", registration="pending")
    answer = await admin.post("/api/v1/stations/A/registration", json={"registration": "accepted"})
    assert answer.json() == {"station_id": "A", "registration": "accepted"}
    assert (await admin.get("/api/v1/stations/A")).json()["registration"] == "accepted"
    answer = await admin.post("/api/v1/stations/A/registration", json={"registration": "maybe"})
    assert answer.status_code == 422


async def test_tokens_are_written_read_and_forgotten(admin: httpx.AsyncClient) -> None:
    wanted = {"name": "김", "group": "Staff", "expires_at": "2027-01-01T00:00:00+09:00"}
    answer = await admin.put("/api/v1/id-tokens/CARD-ABC123", json=wanted)
    assert answer.status_code == 200
    token = answer.json()
    assert token["token"] == "card-abc123"
    assert token["expires_at"] == "2026-12-31T15:00:00.000Z"
    assert (await admin.get("/api/v1/id-tokens")).json()["items"] == [token]
    assert (await admin.get("/api/v1/id-tokens/card-ABC123")).json() == token
    assert (await admin.delete("/api/v1/id-tokens/CARD-abc123")).status_code == 204
    assert (await admin.delete("/api/v1/id-tokens/CARD-abc123")).status_code == 404
    naive = await admin.put("/api/v1/id-tokens/x", json={"expires_at": "2027-01-01T00:00:00"})
    assert naive.status_code == 422


async def test_numbers_and_sites(admin: httpx.AsyncClient, garden: Garden) -> None:
    await garden.station("A", online=True, location_id=await garden.location())
    await garden.charging("A")
    await garden.transaction("A", transaction_id="t2", currency="EUR", cost=12.5)
    body = (await admin.get("/api/v1/kpis")).json()
    values = {kpi["key"]: kpi["value"] for kpi in body["kpis"]}
    [revenue] = (kpi for kpi in body["kpis"] if kpi["key"] == "revenue_today")
    assert (revenue["value"], revenue["unit"], revenue["others"]) == (1275, "KRW", {"EUR": 12.5})
    assert values["active_chargers"] == 1
    assert values["power_now_w"] == 95_000
    hours = (await admin.get("/api/v1/energy/hourly", params={"hours": 3})).json()
    assert [hour["energy_wh"] for hour in hours] == [None, None, None]
    (site,) = (await admin.get("/api/v1/locations")).json()
    assert (site["location_id"], site["stations"]) == ("emart_jeju", 1)


async def test_what_is_not_there_is_said_in_json(admin: httpx.AsyncClient) -> None:
    answer = await admin.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
    answer = await admin.post("/api/v1/kpis")
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/stations/a%00b",
        "/chargers/a%00b",
        "/api/v1/stations?q=%00",
        "/api/v1/transactions?station_id=%00",
        "/api/v1/id-tokens/%00",
        "/api/v1/transactions/99999999999999999999",
        "/api/v1/transactions?before=x&limit=0",
    ],
)
async def test_poison_is_refused_not_suffered(admin: httpx.AsyncClient, path: str) -> None:
    answer = await admin.get(path)
    assert answer.status_code in (404, 422)
    assert "error" in answer.json()

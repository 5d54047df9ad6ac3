"""The originals' root APIs, row by row: shapes and codes on planted data, and the seeds' own curl lines."""

import shlex
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.domain.commands import (
    ChangeAvailability,
    ClearChargingProfile,
    Command,
    InstallChargingProfile,
    Outcome,
    OutcomeStatus,
    RequestStartTransaction,
    RequestStopTransaction,
    Reset,
    UnlockConnector,
)
from app.domain.roles import Role
from tests.api.conftest import Answers
from tests.conftest import Clock
from tests.queries.planting import KST_MIDNIGHT, NOW, Garden

YES = Outcome(status=OutcomeStatus.ACCEPTED, detail="Accepted")
SITE = {
    "station_id": "JEJU_STA_001",
    "station_name": "제주시청 충전소",
    "address": "제주특별자치도 제주시 문평로 61",
    "longitude": 126.5307,
    "latitude": 33.4857,
    "operator_name": "제주 EV 충전 네트워크",
}
CHARGER = {
    "charger_id": "JEJU_CHG_001_01",
    "station_id": "JEJU_STA_001",
    "serial_number": "SN-2024-0001",
    "charger_type": "fast",
    "rated_power": 50,
    "max_output": 55,
    "min_output": 10,
    "longitude": 126.531,
    "latitude": 33.486,
    "unit_price_kwh": 300,
    "base_fee": 1000,
}
SITE_FIELDS = {
    *("id", "station_id", "station_name", "address", "longitude", "latitude"),
    *("operator_name", "operator_phone", "operator_email", "total_chargers"),
    *("created_at", "updated_at"),
}
CHARGER_FIELDS = {
    *("id", "charger_id", "station_id", "serial_number", "charger_type", "rated_power"),
    *("max_output", "min_output", "longitude", "latitude", "location_detail", "current_status"),
    *("current_power_limit", "unit_price_kwh", "base_fee", "created_at", "updated_at"),
}


@pytest.fixture(autouse=True)
def at_half_past_three(clock: Clock) -> None:
    clock.now = NOW


async def emart(garden: Garden, answers: Answers | None = None) -> str:
    """A site, its charger with an alias, one session that ended this morning and one that runs."""
    await garden.put("tariff", id="t", name="t", currency="KRW", price_per_kwh=150, session_fee=0)
    site = await garden.location("emart_jeju_main", tariff_id="t")
    id = await garden.station(
        *("emart_jeju_main_01",),
        location_id=site,
        online=True,
        position=(33.512, 126.5246),
        category="ultra_fast",
        serial_number="SN-1",
    )
    await garden.put("station_alias", alias="emart_jeju_01", station_id=id)
    await garden.transaction(
        id,
        transaction_id="old",
        energy_wh=Decimal("416.666667"),
        cost=63,
        started_at=KST_MIDNIGHT,
        ended_at=NOW,
    )
    await garden.charging(id, transaction_id="abc12345")
    if answers is not None:
        await answers.to(id, YES)
    return id


# 4.1 and 4.2: control


async def test_all_chargers_in_both_shapes(admin: httpx.AsyncClient, garden: Garden) -> None:
    id = await emart(garden)
    (charger,) = (await admin.get("/chargers")).json()
    assert charger.keys() >= CHARGER_FIELDS
    assert charger["transaction_id"] == "abc12345"
    keyed = (await admin.get("/chargers?keyed=true")).json()
    assert keyed == {
        id: {"connected": True, "boot_status": False, "last_heartbeat": "2026-11-20T06:30:00Z"}
    }
    for nobody in ("status=fault", "station_id=x", "charger_type=slow", "q=zz"):
        assert (await admin.get(f"/chargers?{nobody}")).json() == []
    assert len((await admin.get("/chargers?status=in_use&status=fault")).json()) == 1


async def test_one_charger_is_all_three_apis_charger(
    admin: httpx.AsyncClient, garden: Garden
) -> None:
    await emart(garden)
    body = (await admin.get("/chargers/emart_jeju_01")).json()
    assert body.keys() >= CHARGER_FIELDS
    assert body | {
        "charger_id": "emart_jeju_01",
        "station_id": "emart_jeju_main",
        "connected": True,
        "status": "Charging",
        "current_power": 95.0,
        "energy_accumulated": 8.5,
        "transaction_id": "abc12345",
        "charger_type": "ultra_fast",
        "current_status": "in_use",
        "rated_power": 100.0,
        "unit_price_kwh": "150.00",
        "base_fee": "0.00",
        "longitude": 126.5246,
    } == body  # fmt: skip
    missing = await admin.get("/chargers/nobody")
    assert missing.status_code == 404
    assert missing.json()["error"] == missing.json()["detail"]


COMMANDS: list[tuple[dict[str, object], type[Command]]] = [
    ({"action": "limit", "max_power_kw": 50}, InstallChargingProfile),
    ({"action": "limit", "maxPowerKw": 50}, InstallChargingProfile),
    ({"action": "clearLimit"}, ClearChargingProfile),
    ({"action": "reset", "kind": "Immediate"}, Reset),
    ({"action": "unlock", "evseId": 1}, UnlockConnector),
    ({"action": "availability", "available": False}, ChangeAvailability),
]


async def test_one_door_for_all_commands(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers
) -> None:
    await emart(garden, answers)
    for body, kind in COMMANDS:
        answer = await admin.post("/chargers/emart_jeju_01/control", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == "success"
        assert isinstance(answers.asked[-1], kind)


async def test_control_refuses_in_sentences(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers, keys: dict[Role, str]
) -> None:
    id = await emart(garden, answers)
    path = f"/chargers/{id}/control"
    for body, field in (
        ({}, "action"),
        ({"action": "explode"}, "action"),
        ({"action": "limit"}, "max_power_kw"),
        ({"action": "availability"}, "available"),
        ({"action": "start", "id_token": ""}, "id_token"),
    ):
        answer = await admin.post(path, json=body)
        assert answer.status_code == 422, body
        assert field in answer.json()["error"]
    assert answers.asked == []
    assert (
        await admin.post("/chargers/nobody/control", json={"action": "reset"})
    ).status_code == 404
    viewer = {"Authorization": f"Bearer {keys[Role.VIEWER]}"}
    assert (await admin.post(path, json={"action": "reset"}, headers=viewer)).status_code == 403
    stopped = await admin.post(path, json={"action": "stop", "transactionId": "nope"})
    assert stopped.status_code == 404


async def test_a_status_is_asked_of_the_charger(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers
) -> None:
    id = await emart(garden, answers)
    answer = await admin.patch("/chargers/emart_jeju_01/status", json={"status": "maintenance"})
    assert answer.status_code == 200
    assert answer.json() | {"charger_id": "emart_jeju_01", "status": "maintenance"} == answer.json()
    (asked,) = answers.asked
    assert isinstance(asked, ChangeAvailability)
    assert asked.availability == "Inoperative"
    for word, reason in (
        ("in_use", "start a session"),
        ("fault", "cannot be set"),
        ("x", "status"),
    ):
        answer = await admin.patch(f"/chargers/{id}/status", json={"status": word})
        assert answer.status_code == 422
        assert reason in answer.json()["error"]
    nobody = await admin.patch("/chargers/nobody/status", json={"status": "available"})
    assert nobody.status_code == 404
    await answers.to(id, Outcome(status=OutcomeStatus.ACCEPTED, detail="Scheduled"))
    later = await admin.patch(f"/chargers/{id}/status", json={"status": "maintenance"})
    assert (later.status_code, "charging" in later.json()["message"]) == (202, True)


# 4.3: GIS


async def test_a_sites_life(admin: httpx.AsyncClient, garden: Garden) -> None:
    made = await admin.post("/stations", json=SITE)
    assert made.status_code == 200, made.text
    assert set(made.json()) == SITE_FIELDS
    assert made.json() | SITE | {"id": 1, "total_chargers": 0} == made.json()
    assert (await admin.post("/stations", json=SITE)).status_code == 409
    assert (await admin.post("/stations", json=SITE | {"latitude": 91})).status_code == 422
    assert (await admin.post("/stations", json={})).status_code == 422
    camel = {"stationId": "two", "stationName": "둘", "address": "x", "longitude": 1, "latitude": 2}
    assert (await admin.post("/stations", json=camel)).json()["station_name"] == "둘"
    assert [site["station_id"] for site in (await admin.get("/stations")).json()] == [
        "JEJU_STA_001",
        "two",
    ]
    changed = await admin.put("/stations/two", json={"name": "셋", "operatorPhone": "064"})
    assert (changed.json()["station_name"], changed.json()["operator_phone"]) == ("셋", "064")
    assert changed.json()["updated_at"] > changed.json()["created_at"]
    assert (await admin.get("/stations/two")).json() == changed.json()
    for method in ("GET", "PUT", "DELETE"):
        answer = await admin.request(method, "/stations/none", json={"name": "x"})
        assert answer.status_code == 404
    assert (await admin.delete("/stations/two")).json() == {"removed": "two", "chargers": []}
    assert (await admin.get("/stations/two")).status_code == 404
    assert (await admin.post("/stations", json=camel)).json()["id"] == 2, "it is back"


async def test_a_chargers_life(admin: httpx.AsyncClient, garden: Garden) -> None:
    assert (await admin.post("/chargers", json=CHARGER)).status_code == 422, "no such site"
    await admin.post("/stations", json=SITE)
    made = await admin.post("/chargers", json=CHARGER)
    assert made.status_code == 200, made.text
    assert set(made.json()) == CHARGER_FIELDS
    assert (made.json()["unit_price_kwh"], made.json()["base_fee"]) == ("300.00", "1000.00")
    assert made.json()["current_status"] == "offline"
    assert (await admin.get("/stations/JEJU_STA_001")).json()["total_chargers"] == 1
    assert (await admin.get("/stations/JEJU_STA_001/chargers")).json() == [made.json()]
    assert (await admin.get("/stations/nowhere/chargers")).json() == []
    assert (await admin.post("/chargers", json=CHARGER)).status_code == 409
    refused = await admin.post("/chargers", json=CHARGER | {"charger_id": "a b/c"})
    assert (refused.status_code, list(refused.json()["details"]["fields"])) == (422, ["charger_id"])
    wrong = CHARGER | {"charger_id": "other", "charger_type": "warp"}
    assert (await admin.post("/chargers", json=wrong)).status_code == 422
    assert (await admin.get("/chargers/status/offline")).json() == [made.json()]
    assert (await admin.get("/chargers/status/in_use")).json() == []
    assert (await admin.get("/chargers/status/warp")).status_code == 422
    refused = await admin.delete("/stations/JEJU_STA_001")
    assert (refused.status_code, "1 chargers" in refused.json()["error"]) == (409, True)
    session = await garden.charging("JEJU_CHG_001_01")
    assert (await admin.delete("/chargers/JEJU_CHG_001_01")).status_code == 409
    async with garden.database.read() as connection:
        await connection.execute(
            "UPDATE transaction SET ended_at = started_at WHERE id = %s", (session,)
        )
    assert (await admin.delete("/chargers/JEJU_CHG_001_01")).status_code == 200
    assert (await admin.get("/chargers/JEJU_CHG_001_01")).status_code == 404
    assert (await admin.delete("/chargers/JEJU_CHG_001_01")).status_code == 404
    sessions = (await admin.get(f"/api/v1/transactions/{session}")).json()
    assert sessions["station_id"] == "JEJU_CHG_001_01", "what happened stays"
    listed = await admin.get("/api/v1/transactions?station_id=JEJU_CHG_001_01")
    assert [one["id"] for one in listed.json()["items"]] == [session]
    for path in (
        "/statistics/charger/JEJU_CHG_001_01/daily",
        "/api/usage-logs?charger_id=JEJU_CHG_001_01",
    ):
        assert (await admin.get(path)).status_code == 200, "also by its id"
    again = await admin.post("/chargers", json=CHARGER)
    assert again.json()["id"] == made.json()["id"]
    gone = await admin.delete("/stations/JEJU_STA_001?cascade=true")
    assert gone.json() == {"removed": "JEJU_STA_001", "chargers": ["JEJU_CHG_001_01"]}


async def test_places_are_filtered_by_all_conditions(
    admin: httpx.AsyncClient, garden: Garden
) -> None:
    id = await emart(garden)
    await garden.station("B", location_id="emart_jeju_main", category="slow")
    place = {
        "charger_id": id,
        "station_id": "emart_jeju_main",
        "station_name": "이마트 제주점",
        "address": "제주시 탑동로 38",
        "longitude": 126.5246,
        "latitude": 33.512,
        "charger_type": "ultra_fast",
        "current_status": "in_use",
        "rated_power": 100.0,
        "unit_price_kwh": "150.00",
    }
    wanted = "station_id=emart_jeju_main&status=in_use&charger_type=ultra_fast"
    assert (await admin.get(f"/geo/chargers?{wanted}")).json() == [place]
    assert (await admin.get("/geo/chargers?status=in_use&charger_type=slow")).json() == []
    assert len((await admin.get("/geo/chargers")).json()) == 2
    assert (await admin.get("/geo/chargers?status=warp")).status_code == 422
    accepting = {"Accept": "application/geo+json"}
    for path, headers in (
        (f"/geo/chargers?{wanted}", accepting),
        (f"/geo/chargers?{wanted}&format=geojson", {}),
    ):
        answer = await admin.get(path, headers=headers)
        assert answer.headers["Content-Type"] == "application/geo+json"
        assert answer.json() == {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "id": id,
                    "geometry": {"type": "Point", "coordinates": [126.5246, 33.512]},
                    "properties": place,
                }
            ],
        }


async def test_heat_and_distance(admin: httpx.AsyncClient, garden: Garden) -> None:
    id = await emart(garden)
    body = (await admin.get("/geo/heatmap")).json()
    assert body["period"] == "2026-10-21 ~ 2026-11-20"
    (point,) = body["data"]
    assert {"longitude", "latitude", "charger_id", "intensity", "energy", "revenue"} <= set(point)
    assert (point["charger_id"], point["intensity"], point["revenue"]) == (id, 1.0, 1338.0)
    assert point["energy"] == pytest.approx(8.916667)
    body = (await admin.get("/geo/heatmap?weight=sessions&charger_type=ultra_fast")).json()
    assert body["data"][0]["value"] == 2
    for query in ("end_date=2026-11-19", "charger_type=slow", "station_id=x"):
        assert (await admin.get(f"/geo/heatmap?{query}")).json()["data"] == []
    for wrong in ("start_date=2026-11-21", "start_date=x", "weight=x"):
        assert (await admin.get(f"/geo/heatmap?{wrong}")).status_code == 422
    (near,) = (await admin.get("/geo/nearest?lat=33.512&lon=126.5346")).json()
    assert near["charger_id"] == id
    assert near["distance_m"] == pytest.approx(929, abs=2)
    assert (await admin.get("/geo/nearest?lat=33.5&lon=126.5&available=true")).json() == []
    assert (await admin.get("/geo/nearest?lat=33.5")).status_code == 422
    assert (await admin.get("/geo/nearest?lat=nan&lon=1")).status_code == 422


async def test_statistics(admin: httpx.AsyncClient, garden: Garden) -> None:
    await emart(garden)
    daily = (await admin.get("/statistics/charger/emart_jeju_01/daily")).json()
    assert daily == {
        "charger_id": "emart_jeju_01",
        "date": "2026-11-20",
        "num_sessions": 2,
        "total_revenue": 1338,
        "total_energy": 8.916667,
        "avg_charge": 669,
        "other_revenue": {},
    }
    path = "/statistics/charger/emart_jeju_01"
    assert (await admin.get(f"{path}/daily?target_date=2026-11-19")).json()["num_sessions"] == 0
    assert (await admin.get("/statistics/charger/x/daily")).status_code == 404
    period = (await admin.get(f"{path}/period?start_date=2026-11-19&end_date=2026-11-20")).json()
    assert period["period"] == "2026-11-19 ~ 2026-11-20"
    assert (period["total_sessions"], period["avg_daily_revenue"]) == (2, 669)
    assert period["daily_stats"][1] == {
        "date": "2026-11-20",
        "sessions": 2,
        "energy": 8.916667,
        "revenue": 1338,
        "other_revenue": {},
    }
    assert (await admin.get(f"{path}/period")).status_code == 422
    backwards = f"{path}/period?start_date=2026-11-20&end_date=2026-11-19"
    assert (await admin.get(backwards)).status_code == 422
    site = (await admin.get("/statistics/station/emart_jeju_main")).json()
    expected = {
        "station_id": "emart_jeju_main",
        "num_chargers": 1,
        "total_energy": 8.916667,
        "total_revenue": 1338,
        "avg_charger_revenue": 1338,
    }
    assert site | expected == site
    assert (await admin.get("/statistics/station/x")).status_code == 404
    board = (await admin.get("/statistics/dashboard")).json()
    assert board["date"] == "2026-11-20"
    assert (board["total_stations"], board["total_chargers"]) == (1, 1)
    assert board["charger_status"].items() >= {"in_use": 1, "offline": 0, "fault": 0}.items()
    assert board["daily_stats"] == {
        "sessions": 2,
        "total_revenue": 1338,
        "total_energy": 8.916667,
        "avg_charge": 669,
        "other_revenue": {},
    }
    assert (board["currency"], board["other_revenue_today"]) == ("KRW", {})
    assert (board["total_active_chargers"], board["utilization_rate"]) == (1, 100.0)
    assert (board["total_energy_today"], board["total_revenue_today"]) == (8.916667, 1338)
    assert [hour["label"] for hour in board["hourly_data"]][::23] == ["00시", "23시"]


async def test_the_tables_that_were_promised(admin: httpx.AsyncClient, garden: Garden) -> None:
    id = await emart(garden)
    assert (await admin.get("/api/stations")).json() == (await admin.get("/stations")).json()
    assert (await admin.get("/api/statistics")).json() == (
        await admin.get("/statistics/dashboard")
    ).json()
    assert [one["charger_id"] for one in (await admin.get("/api/chargers")).json()] == [id]
    assert (await admin.get("/api/chargers?charger_type=slow")).json() == []
    running, ended = (await admin.get("/api/usage-logs?charger_id=emart_jeju_01")).json()
    expected = {
        "charger_id": id,
        "transaction_id": "old",
        "session_date": "2026-11-20",
        "start_time": "2026-11-20T00:00:00",
        "end_time": "2026-11-20T15:30:00",
        "duration_minutes": 930,
        "energy_delivered": 0.417,
        "energy_charge": 62.5,
        "total_charge": 63.0,
        "status": "completed",
        "station_id": "emart_jeju_main",
        "cost": 63.0,
    }
    assert ended | expected == ended
    assert running["status"] == "in_progress"
    older = (await admin.get(f"/api/usage-logs?before={running['id']}")).json()
    assert older == [ended]
    for nothing in ("end_date=2026-11-19", "station_id=x"):
        assert (await admin.get(f"/api/usage-logs?{nothing}")).json() == []
    assert (await admin.get("/api/usage-logs?charger_id=x")).status_code == 404
    hours = (await admin.get("/api/hourly-stats?start_date=2026-11-20")).json()
    assert [(hour["stats_hour"], hour["num_sessions"]) for hour in hours] == [
        ("2026-11-20T15:00:00", 1),
        ("2026-11-20T00:00:00", 1),
    ]
    assert (await admin.get("/api/nothing")).status_code == 404


async def test_the_originals_pages_lead_to_ours(admin: httpx.AsyncClient) -> None:
    for path in ("/advanced", "/platform"):
        answer = await admin.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    described = await admin.get("/redoc")
    assert (described.status_code, described.headers["Location"]) == (303, "/docs")


async def test_a_method_that_is_not_there_is_said_in_json(admin: httpx.AsyncClient) -> None:
    answer = await admin.put("/geo/heatmap")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert "PUT" in answer.json()["error"]


# the seeds' own lines

SEEDS = [
    ("curl -X POST http://localhost:8080/chargers/emart_jeju_01/start"
     " -H 'Content-Type: application/json' -d '{\"id_token\": \"user_123\", \"evse_id\": 1, \"connector_id\": 1}'",
     {"status": "success", "transaction_id": "new1", "charger_id": "emart_jeju_01"}),
    ("curl -X POST http://localhost:8080/chargers/emart_jeju_01/stop"
     " -H 'Content-Type: application/json' -d '{\"transaction_id\": \"abc12345\"}'",
     {"status": "success", "energy_consumed": 25.5, "cost": 3825}),
    ("curl -X PATCH http://localhost:8080/chargers/emart_jeju_01/power"
     " -H 'Content-Type: application/json' -d '{\"max_power_kw\": 50}'",
     {"status": "success", "current_power": 50.0}),
    ("curl http://localhost:8080/chargers/emart_jeju_01",
     {"charger_id": "emart_jeju_01", "status": "Charging", "current_power": 95.0,
      "energy_accumulated": 8.5, "transaction_id": "abc12345", "connected": True}),
    ("curl http://localhost:8080/chargers",
     {"charger_id": "emart_jeju_main_01", "connected": True}),
    ("curl http://localhost:8080/chargers/emart_jeju_main_01",
     {"charger_id": "emart_jeju_main_01", "connected": True}),
    ("curl -X POST http://localhost:8080/chargers/emart_jeju_main_01/start"
     " -H 'Content-Type: application/json' -d '{\"evse_id\": 1, \"connector_id\": 1}'",
     {"status": "success", "transaction_id": "new1"}),
    ("curl -X POST http://localhost:8080/chargers/emart_jeju_main_01/stop"
     " -H 'Content-Type: application/json' -d '{\"transaction_id\": \"abc12345\"}'",
     {"status": "success", "energy_consumed": 25.5}),
    ("curl http://localhost:8080/health", {"status": "healthy"}),
]  # fmt: skip


def curl(client: httpx.AsyncClient) -> Callable[[str], Any]:
    """Do what a curl line says; only its key is added (by the client) and its server replaced."""

    async def run(line: str) -> httpx.Response:
        words = iter(shlex.split(line)[1:])
        method, headers, data, url = "GET", {}, None, ""
        for word in words:
            if word == "-X":
                method = next(words)
            elif word == "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            elif word == "-d":
                data = next(words)
            else:
                url = word
        path = "/" + url.split("/", 3)[3]
        return await client.request(method, path, headers=headers, content=data)

    return run


@pytest.mark.parametrize(("line", "shape"), SEEDS)
async def test_the_seeds_curl_lines(
    admin: httpx.AsyncClient,
    garden: Garden,
    answers: Answers,
    line: str,
    shape: dict[str, object],
) -> None:
    id = await emart(garden)

    async def obey(command: Command) -> Outcome:
        if isinstance(command, RequestStartTransaction):
            await garden.transaction(
                id, transaction_id="new1", remote_start_id=command.remote_start_id, started_at=NOW
            )
        if isinstance(command, RequestStopTransaction):
            async with garden.database.read() as connection:
                await connection.execute(
                    "UPDATE transaction SET ended_at = %s, energy_wh = 25500, cost = 3825"
                    " WHERE ended_at IS NULL",
                    (NOW,),
                )
        return YES

    await answers.to(id, obey)
    answer = await curl(admin)(line)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    found = body[0] if isinstance(body, list) else body
    assert found | shape == found


@pytest.mark.parametrize("path", ["/geo/heatmap", "/statistics/station/emart_jeju_main"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_days_at_the_ends_of_the_calendar_are_refused(
    admin: httpx.AsyncClient, path: str, day: str
) -> None:
    for name in ("start_date", "end_date"):
        answer = await admin.get(path, params={name: day})
        assert answer.status_code == 422, answer.text


async def test_what_no_column_can_hold_is_a_mistake_and_not_a_failure(
    admin: httpx.AsyncClient,
) -> None:
    assert (await admin.post("/stations", json=SITE)).status_code == 200
    answer = await admin.post("/chargers", json=CHARGER | {"serial_number": "SN\x00"})
    assert answer.status_code == 422, answer.text
    assert (await admin.delete("/api/v1/id-tokens/a%00b")).status_code == 422
    assert (await admin.get("/chargers")).json() == [], "nothing of it was kept"

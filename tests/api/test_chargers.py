"""The control API of the seeds: its shapes, both spellings, and the truth behind `success`."""

from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from app.csms import remote_control
from app.csms.actors import Actor
from app.csms.authorization import own_token
from app.csms.context import Context
from app.domain.commands import (
    Command,
    InstallChargingProfile,
    Outcome,
    OutcomeStatus,
    RequestStartTransaction,
    RequestStopTransaction,
)
from app.domain.roles import Role
from tests.api.conftest import Answers
from tests.queries.planting import NOW, Garden

YES = Outcome(status=OutcomeStatus.ACCEPTED, detail="Accepted")
NO = Outcome(status=OutcomeStatus.REJECTED, detail="Rejected")


async def emart(garden: Garden) -> str:
    """The seed's station under its alias."""
    await garden.station("emart_jeju_main_01", location_id=await garden.location(), online=True)
    await garden.put("station_alias", alias="emart_jeju_01", station_id="emart_jeju_main_01")
    return "emart_jeju_main_01"


async def test_a_charging_charger_has_the_shape_of_the_seed(
    admin: httpx.AsyncClient, garden: Garden
) -> None:
    station_id = await emart(garden)
    await garden.charging(station_id, transaction_id="abc12345")
    body = (await admin.get("/chargers/emart_jeju_01")).json()
    assert (
        body
        | {
            "charger_id": "emart_jeju_01",
            "status": "Charging",
            "current_power": 95.0,
            "energy_accumulated": 8.5,
            "transaction_id": "abc12345",
            "connected": True,
        }
        == body
    )
    assert body["own_id"] == station_id
    assert body["station_id"] == "emart_jeju"
    assert body["max_power_kw"] == 100.0


async def test_a_charger_that_never_came_is_offline_and_empty(
    admin: httpx.AsyncClient, garden: Garden
) -> None:
    await garden.station("A")
    body = (await admin.get("/chargers/A")).json()
    assert (body["status"], body["connected"]) == ("Offline", False)
    assert (body["current_power"], body["energy_accumulated"]) == (0.0, 0.0)
    assert body["transaction_id"] is None
    assert body["boot_status"] is False


async def test_all_chargers_are_a_list(admin: httpx.AsyncClient, garden: Garden) -> None:
    assert (await admin.get("/chargers")).json() == []
    await garden.station("A", online=True)
    await garden.station("B")
    body = (await admin.get("/chargers")).json()
    assert [charger["charger_id"] for charger in body] == ["A", "B"]
    told = {
        "charger_id": "A",
        "status": "Unavailable",
        "current_power": 0.0,
        "energy_accumulated": 0.0,
        "transaction_id": None,
        "connected": True,
        "boot_status": False,
        "last_heartbeat": "2026-11-20T06:30:00Z",
    }
    assert body[0] | told == body[0]


async def test_an_unknown_charger_is_not_found_in_a_sentence(admin: httpx.AsyncClient) -> None:
    for method, path in (
        ("GET", "/chargers/nobody"),
        ("POST", "/chargers/nobody/start"),
        ("POST", "/chargers/nobody/stop"),
        ("PATCH", "/chargers/nobody/power"),
    ):
        body = {"id_token": "x", "max_power_kw": 1}
        answer = await admin.request(method, path, json=None if method == "GET" else body)
        assert answer.status_code == 404, path
        assert "nobody" in answer.json()["error"]
        assert answer.json()["code"] == "station_not_found"


@pytest.mark.parametrize(
    "body",
    [
        {"id_token": "user_123", "evse_id": 1, "connector_id": 1},
        {"idToken": "user_123", "evseId": 1, "connectorId": 1},
    ],
)
async def test_a_start_returns_the_transaction_that_it_caused(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers, body: dict[str, object]
) -> None:
    station_id = await emart(garden)

    async def begin(command: Command) -> Outcome:
        assert isinstance(command, RequestStartTransaction)
        await garden.transaction(
            station_id,
            transaction_id="abc12345",
            remote_start_id=command.remote_start_id,
            started_at=NOW,
        )
        return YES

    await answers.to(station_id, begin)
    answer = await admin.post("/chargers/emart_jeju_01/start", json=body)
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "success",
        "transaction_id": "abc12345",
        "charger_id": "emart_jeju_01",
        "message": None,
    }
    (asked,) = answers.asked
    assert isinstance(asked, RequestStartTransaction)
    assert (asked.id_token, asked.evse_id) == ("user_123", 1)


async def test_a_yes_without_a_transaction_is_not_called_success(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_control, "EFFECT_S", 0.1)
    await answers.to(await garden.station("A", online=True), YES)
    answer = await admin.post("/chargers/A/start", json={"id_token": "user_123"})
    assert answer.status_code == 202
    assert answer.json()["status"] == "accepted"
    assert answer.json()["transaction_id"] is None


@pytest.mark.parametrize("body", [{}, {"id_token": None}, None, {"evse_id": 1}])
async def test_a_start_without_a_token_is_the_callers_own(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers, body: dict[str, object] | None
) -> None:
    await answers.to(await garden.station("A", online=True), NO)
    await admin.post("/chargers/A/start", json=body)
    (asked,) = answers.asked
    assert isinstance(asked, RequestStartTransaction)
    assert asked.id_token == "api:test admin"


async def test_ones_own_token_has_no_space_at_its_end(context: Context) -> None:
    """Twenty characters of the name are the token; the cut may fall behind a space."""
    await own_token(context, Actor(name="api:fleet of the north gate", role=Role.OPERATOR))
    token = await own_token(context, Actor(name="api:north gate team 7", role=Role.OPERATOR))
    assert token == "api:north gate team"


async def test_ones_own_token_is_accepted_until_somebody_blocks_it(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers
) -> None:
    await answers.to(await garden.station("A", online=True), NO)
    await admin.post("/chargers/A/start")
    tag = await admin.get("/api/v1/id-tokens/api:test admin")
    assert (tag.json()["status"], tag.json()["blocked"]) == ("Accepted", False)
    blocked = {"name": "API", "blocked": True}
    await admin.put("/api/v1/id-tokens/api:test admin", json=blocked)
    await admin.post("/chargers/A/start")
    tag = await admin.get("/api/v1/id-tokens/api:test admin")
    assert (tag.json()["name"], tag.json()["blocked"]) == ("API", True)


async def test_a_token_that_is_not_accepted_is_said_to_be(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers
) -> None:
    station_id = await emart(garden)

    async def begin(command: Command) -> Outcome:
        assert isinstance(command, RequestStartTransaction)
        await garden.transaction(
            station_id,
            remote_start_id=command.remote_start_id,
            started_at=NOW,
            token_status="Unknown",
        )
        return YES

    await answers.to(station_id, begin)
    answer = await admin.post("/chargers/emart_jeju_01/start", json={"id_token": "nobody"})
    assert "Unknown" in answer.json()["message"]


async def test_an_empty_token_is_no_token(admin: httpx.AsyncClient, garden: Garden) -> None:
    await garden.station("A", online=True)
    answer = await admin.post("/chargers/A/start", json={"id_token": ""})
    assert answer.status_code == 422
    assert "id_token" in answer.json()["error"]
    assert list(answer.json()["details"]["fields"]) == ["id_token"]
    (mistake,) = answer.json()["detail"]
    assert mistake["loc"] == ["body", "id_token"]


@pytest.mark.parametrize(
    "body",
    [
        '{"id_token": "a\\u0000b"}',
        '{"id_token": "\\ud800"}',
        '{"id_token": "card", "evse_id": 99999999999}',
    ],
)
async def test_what_cannot_be_stored_is_no_valid_input(
    admin: httpx.AsyncClient, garden: Garden, body: str
) -> None:
    station_id = await emart(garden)
    for path, more in (("start", body), ("control", body.replace("{", '{"action": "start", ', 1))):
        answer = await admin.post(f"/chargers/{station_id}/{path}", content=more)
        assert answer.status_code == 422


async def test_broken_json_is_said_to_be_broken(admin: httpx.AsyncClient, garden: Garden) -> None:
    await garden.station("A")
    answer = await admin.post(
        "/chargers/A/start", content=b"{id", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("body: JSON decode error at character 1.")
    assert list(answer.json()["details"]["fields"]) == ["body"]


@pytest.mark.parametrize(
    ("outcome", "status", "code"),
    [
        (NO, 409, "rejected"),
        (Outcome(status=OutcomeStatus.TIMED_OUT), 504, "no_answer"),
        (Outcome(status=OutcomeStatus.NOT_SUPPORTED), 409, "not_supported"),
        (Outcome(status=OutcomeStatus.INVALID, description="evseId"), 422, "invalid"),
        (Outcome(status=OutcomeStatus.ERROR, detail="InternalError"), 502, "station_error"),
        (Outcome(status=OutcomeStatus.OFFLINE), 409, "station_offline"),
    ],
)
async def test_what_the_station_did_not_do_is_no_success(
    admin: httpx.AsyncClient,
    garden: Garden,
    answers: Answers,
    outcome: Outcome,
    status: int,
    code: str,
) -> None:
    await answers.to(await garden.station("A", online=True), outcome)
    await garden.charging("A")
    for method, path, body in (
        ("POST", "/chargers/A/start", {"id_token": "x"}),
        ("POST", "/chargers/A/stop", {"transaction_id": "tx1"}),
        ("PATCH", "/chargers/A/power", {"max_power_kw": 50}),
    ):
        answer = await admin.request(method, path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
        assert isinstance(answer.json()["error"], str)


async def test_a_station_without_a_socket_is_offline(
    admin: httpx.AsyncClient, garden: Garden
) -> None:
    await garden.station("A", online=True)
    answer = await admin.post("/chargers/A/start", json={"id_token": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "station_offline")


@pytest.mark.parametrize(
    "body", [{"transaction_id": "abc12345"}, {"transactionId": "abc12345"}, {}, None]
)
async def test_a_stop_tells_energy_and_whole_won(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers, body: dict[str, str] | None
) -> None:
    station_id = await emart(garden)
    number = await garden.charging(station_id, transaction_id="abc12345")

    async def end(command: Command) -> Outcome:
        assert isinstance(command, RequestStopTransaction)
        assert command.transaction == "abc12345"
        async with garden.database.read() as connection:
            await connection.execute(
                "UPDATE transaction SET ended_at = now(), energy_wh = 25500, cost = 3825"
                " WHERE id = %s",
                (number,),
            )
        return YES

    await answers.to(station_id, end)
    answer = await admin.post("/chargers/emart_jeju_01/stop", json=body)
    assert answer.status_code == 200
    assert (
        answer.json()
        | {
            "status": "success",
            "energy_consumed": 25.5,
            "cost": 3825,
        }
        == answer.json()
    )
    assert '"cost":3825,' in answer.text


async def test_a_stop_that_did_not_end_says_so(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_control, "EFFECT_S", 0.1)
    await answers.to(await garden.station("A", online=True), YES)
    await garden.charging("A", energy_wh=Decimal(416), cost=Decimal("62.5"), currency="EUR")
    answer = await admin.post("/chargers/A/stop", json={})
    assert answer.status_code == 202
    assert answer.json()["status"] == "accepted"
    assert answer.json()["cost"] == 62.5


async def test_there_is_nothing_to_stop(admin: httpx.AsyncClient, garden: Garden) -> None:
    await garden.station("A", online=True)
    answer = await admin.post("/chargers/A/stop", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    answer = await admin.post("/chargers/A/stop", json={"transaction_id": "nope"})
    assert (answer.status_code, answer.json()["code"]) == (404, "transaction_not_found")


async def test_two_sessions_have_to_be_told_apart(admin: httpx.AsyncClient, garden: Garden) -> None:
    await garden.station("A", online=True)
    await garden.charging("A", evse_id=1, transaction_id="one")
    await garden.charging("A", evse_id=2, transaction_id="two")
    answer = await admin.post("/chargers/A/stop")
    assert answer.status_code == 409
    assert sorted(answer.json()["details"]["transaction_ids"]) == ["one", "two"]


@pytest.mark.parametrize("field", ["max_power_kw", "maxPowerKw"])
async def test_a_limit_reaches_the_station_in_watts(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers, field: str
) -> None:
    station_id = await emart(garden)
    await answers.to(station_id, YES)
    await garden.charging(station_id)
    answer = await admin.patch("/chargers/emart_jeju_01/power", json={field: 50})
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "success",
        "current_power": 50.0,
        "charger_id": "emart_jeju_01",
        "measured_power": 95.0,
    }
    (asked,) = answers.asked
    assert isinstance(asked, InstallChargingProfile)
    assert asked.profile.periods[0].limit_w == 50_000.0
    shown = (await admin.get("/chargers/emart_jeju_01")).json()
    assert shown["limit_kw"] == 50.0


@pytest.mark.parametrize("limit", [-1, 101, "fast", None, True])
async def test_a_limit_out_of_reach_is_refused(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers, limit: object
) -> None:
    await answers.to(await garden.station("A", online=True), YES)
    answer = await admin.patch("/chargers/A/power", json={"max_power_kw": limit})
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("max_power_kw: ")
    assert list(answer.json()["details"]["fields"]) == ["max_power_kw"]
    assert answers.asked == []


async def test_an_ended_session_is_not_stopped_again(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers
) -> None:
    await answers.to(await garden.station("A", online=True), YES)
    await garden.transaction("A", transaction_id="old", ended_at=NOW - timedelta(minutes=1))
    answer = await admin.post("/chargers/A/stop", json={"transaction_id": "old"})
    assert answer.status_code == 409
    sentence = "This transaction has ended already."
    assert answer.json() == {
        "error": sentence,
        "code": "conflict",
        "details": {},
        "detail": sentence,
    }
    assert answers.asked == []

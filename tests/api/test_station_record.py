"""PUT and PATCH /api/v1/stations/{id}: what an admin writes of a station, and what the station hears of it."""

import httpx
import pytest

from app.csms import entrance, provisioning
from app.csms.audit import HALLA
from app.csms.context import Context
from app.domain.commands import Outcome, OutcomeStatus, TriggerMessage
from tests.api.conftest import Answers
from tests.queries.planting import Garden

YES = Outcome(status=OutcomeStatus.ACCEPTED, detail="Accepted", payload={"status": "Accepted"})


async def test_put_makes_a_station_with_all_its_fields(
    admin: httpx.AsyncClient, garden: Garden, context: Context
) -> None:
    location = await garden.location()
    answer = await admin.put(
        "/api/v1/stations/NEW-1",
        json={
            "password": "a long enough secret",
            "security_profile": 1,
            "registration_status": "Pending",
            "name": "By the gate",
            "location_id": location,
            "position": {"lat": 33.5, "lon": 126.5},
        },
    )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["registration_status"] == "Pending"
    assert body["security_profile"] == 1
    assert (body["lat"], body["lon"]) == (33.5, 126.5)
    admission = await provisioning.admit(context, "NEW-1")
    assert admission.registration == "pending"
    assert admission.minimum_profile == 1
    assert admission.password_hash is not None
    assert "secret" not in answer.text


async def test_patch_leaves_what_it_does_not_name(
    admin: httpx.AsyncClient, garden: Garden, context: Context
) -> None:
    await garden.station("A", name="First", max_power_w=7000.0)
    await entrance.set_station_password(context, HALLA, "A", "a long enough secret")
    answer = await admin.patch("/api/v1/stations/A", json={"name": "Second"})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["name"], body["max_power_w"]) == ("Second", 7000.0)
    assert (await provisioning.admit(context, "A")).password_hash is not None
    await admin.patch("/api/v1/stations/A", json={"password": None})
    assert (await provisioning.admit(context, "A")).password_hash is None


async def test_a_connected_station_is_asked_to_boot(
    admin: httpx.AsyncClient, garden: Garden, answers: Answers
) -> None:
    await garden.station("A", online=True, registration="pending")
    await answers.to("A", YES)
    body = {"registration_status": "Accepted"}
    assert (await admin.patch("/api/v1/stations/A", json=body)).status_code == 200
    (asked,) = answers.asked
    assert isinstance(asked, TriggerMessage)
    assert asked.message == "BootNotification"
    # said again, nothing changes and nothing is asked
    assert (await admin.patch("/api/v1/stations/A", json=body)).status_code == 200
    assert len(answers.asked) == 1


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"password": "short"}, "password"),
        ({"security_profile": 4}, "security_profile"),
        ({"registration_status": "Maybe"}, "registration_status"),
        ({"location_id": "nowhere"}, "site"),
        ({"tariff_id": "nothing"}, "tariff"),
        ({"position": {"lat": 126.5, "lon": 33.5}}, "lat"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_cannot_be_is_refused(
    admin: httpx.AsyncClient, garden: Garden, body: dict[str, object], word: str
) -> None:
    await garden.station("A", name="First")
    answer = await admin.patch("/api/v1/stations/A", json={"name": "Second", **body})
    assert answer.status_code == 422
    assert word in answer.json()["error"]["message"]
    assert (await admin.get("/api/v1/stations/A")).json()["name"] == "First"


async def test_patch_knows_aliases_and_misses_what_is_not_there(
    admin: httpx.AsyncClient, garden: Garden
) -> None:
    await garden.station("A")
    await garden.put("station_alias", alias="old", station_id="A")
    assert (await admin.patch("/api/v1/stations/old", json={"name": "X"})).json()["name"] == "X"
    assert (await admin.patch("/api/v1/stations/none", json={})).status_code == 404
    assert (await admin.put("/api/v1/stations/not%20an%20id", json={})).status_code == 422

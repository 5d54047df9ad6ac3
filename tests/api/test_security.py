"""Security and certificates by API: what is shown, what is asked of stations, and who may."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx

from app.csms import provisioning
from app.csms.context import Context
from app.csms.security import Refusal, record_refusals
from app.csms.work import batch_work
from app.domain.certificates import (
    DeleteCertificate,
    GetInstalledCertificates,
    InstallCertificate,
    SetStationPassword,
)
from app.domain.commands import Outcome, OutcomeStatus
from app.store.security import EventRow, save_events
from tests.api.conftest import Answers
from tests.factories import NOON, make_station
from tests.pki import root_pem

ID = "CP1"
AT = "/api/v1/stations/CP1"


async def ok(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_security_of_a_station(context: Context, admin: httpx.AsyncClient) -> None:
    await make_station(context, ID)
    shown = await ok(await admin.get(f"{AT}/security"))
    assert (shown["minimum_profile"], shown["has_password"], shown["profile"]) == (0, False, None)
    set_ = await ok(await admin.put(f"{AT}/security", json={"minimum_profile": 2}))
    assert set_["minimum_profile"] == 2
    assert (await provisioning.admit(context, ID)).minimum_profile == 2
    await ok(await admin.put(f"{AT}/security", json={"minimum_profile": 4}), 422)
    await ok(await admin.get("/api/v1/stations/nobody/security"), 404)


async def test_a_password_is_given_and_shown_nowhere(
    context: Context, admin: httpx.AsyncClient, answers: Answers
) -> None:
    await make_station(context, ID)
    await answers.to(ID, Outcome(status=OutcomeStatus.ACCEPTED, detail="Accepted"))
    given = {"password": "sixteen-letters-1"}
    await ok(await admin.post(f"{AT}/security/password", json=given))
    [asked] = answers.asked
    assert isinstance(asked, SetStationPassword)
    assert asked.password == given["password"]
    assert (await ok(await admin.get(f"{AT}/security")))["password_changing"] is True
    assert given["password"] not in (await admin.get("/api/v1/commands")).text
    await ok(await admin.post(f"{AT}/security/password", json={"password": "short"}), 422)


async def test_an_upgrade_needs_a_password_first(
    context: Context, admin: httpx.AsyncClient
) -> None:
    await make_station(context, ID)
    refused = await ok(await admin.post(f"{AT}/security/profile", json={"profile": 2}), 409)
    assert "password" in refused["error"]["message"]


async def test_certificates_are_installed_listed_and_deleted(
    context: Context, admin: httpx.AsyncClient, answers: Answers
) -> None:
    await make_station(context, ID)
    await answers.to(ID, Outcome(status=OutcomeStatus.ACCEPTED, detail="Accepted"))
    body = {"use": "CSMSRootCertificate", "certificate": root_pem()}
    await ok(await admin.post(f"{AT}/certificates", json=body))
    for wrong in ({**body, "certificate": "x"}, {**body, "use": "V2GCertificateChain"}):
        await ok(await admin.post(f"{AT}/certificates", json=wrong), 422)
    async with batch_work(context) as unit:
        await unit.connection.execute(
            "INSERT INTO installed_certificate (station_id, use, hash_algorithm, issuer_name_hash,"
            " issuer_key_hash, serial_number) VALUES ('CP1', 'V2GRootCertificate', 'SHA256', 'a', 'b', 'c')"
        )
    [listed] = await ok(await admin.post(f"{AT}/certificates/refresh", json={}))
    assert listed["serial_number"] == "c"
    await ok(await admin.delete(f"{AT}/certificates/{listed['id']}"))
    await ok(await admin.delete(f"{AT}/certificates/4711"), 404)
    assert [type(asked) for asked in answers.asked] == [
        InstallCertificate,
        GetInstalledCertificates,
        DeleteCertificate,
    ]
    assert await ok(await admin.get(f"{AT}/signing-requests")) == []


async def test_events_and_refusals_are_listed(context: Context, admin: httpx.AsyncClient) -> None:
    await make_station(context, ID)
    event = EventRow(
        station_id=ID, type="MemoryExhaustion", at=NOON, tech_info="", received_at=NOON
    )
    async with batch_work(context) as unit:
        await save_events(unit.connection, [event, event])
    refusal = Refusal(
        identity=ID,
        remote_address="10.0.0.1",
        code="wrong_password",
        reason="Send it.",
        times=2,
        first_at=NOON,
        last_at=NOON,
    )
    for _ in range(2):
        await record_refusals(context, [refusal])
    for path in ("/api/v1/security-events", f"{AT}/security-events"):
        shown = await ok(await admin.get(path))
        assert [item["type"] for item in shown["items"]] == ["MemoryExhaustion"]
    for query in ({}, {"identity": ID}):
        shown = await ok(await admin.get("/api/v1/connection-refusals", params=query))
        assert [(item["code"], item["times"]) for item in shown["items"]] == [("wrong_password", 4)]
    moment = NOON + timedelta(microseconds=1)
    others = ("10.0.0.2", "10.0.0.3")
    await record_refusals(
        context, [replace(refusal, remote_address=one, last_at=moment) for one in others]
    )
    told, page = [], {"next": 0}
    while page["next"] is not None:
        query = {"limit": 1} | ({"before": page["next"]} if page["next"] else {})
        page = await ok(await admin.get("/api/v1/connection-refusals", params=query))
        told += [item["remote_address"] for item in page["items"]]
    assert sorted(told) == ["10.0.0.1", *others]
    none = await ok(await admin.get("/api/v1/connection-refusals", params={"identity": "CP2"}))
    assert none == {"items": [], "next": None}

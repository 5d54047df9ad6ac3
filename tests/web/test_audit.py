"""Whatever a person or a program changes is in the audit log: a reviewed table of every route that changes something,
and many of them driven. A new route is added to the table, with what it notes or why it notes nothing."""

import csv
import io
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from app.api.app import add_api, all_routes
from app.csms import accounts
from app.csms.audit import HALLA
from app.csms.context import Context
from app.domain.commands import Command, Outcome, OutcomeStatus
from app.domain.roles import Role
from app.queries import audit
from app.web.auth import SAFE_METHODS
from app.web.pages import PAGES
from tests.conftest import Clock
from tests.queries.planting import NOW, Garden
from tests.web.conftest import SignedInBrowser

COMMAND = "command."
"""A command to a station: its row in `station_command` is the entry."""
NOTHING = "nothing is changed: "

WEB = {
    "POST /alerts/acknowledge": "alert.acknowledge",
    "POST /alerts/reopen": "alert.reopen",
    "POST /charge-points/new": "station.create",
    "POST /charge-points/{station_id}/edit": "station.write",
    "POST /charge-points/{station_id}/delete": "station.remove",
    "POST /charge-points/{station_id}/password": "station.credentials",
    "POST /charge-points/{station_id}/certificate": "station.credentials",
    "POST /connectors/{station_id}/{evse_id}/{connector_id}/start": COMMAND,
    "POST /connectors/{station_id}/{evse_id}/{connector_id}/stop": COMMAND,
    "POST /connectors/{station_id}/{evse_id}/{connector_id}/unlock": COMMAND,
    "POST /connectors/{station_id}/{evse_id}/{connector_id}/name": "connector.rename",
    "POST /tags/import": "tag.import",
    "POST /tags/new": "tag.create",
    "POST /tags/edit": "tag.write",
    "POST /tags/delete": "tag.delete",
    "POST /sites/new": "site.create",
    "POST /sites/{location_id}/edit": "site.write",
    "POST /sites/{location_id}/delete": "site.remove",
    "POST /tariffs": "tariff.create",
    "POST /stations/waiting/{station_id}/accept": "station.write",
    "POST /stations/waiting/{station_id}/reject": "station.registration",
    "POST /simulator/tickets": "simulator.connect",
    "POST /users": "account.create",
    "POST /users/role": "account.set_role",
    "POST /users/password": "account.set_password",
    "POST /users/link": "account.create_sign_in_link",
    "POST /users/disable": "account.disable",
    "POST /users/delete": "account.remove",
    "POST /users/keys": "api_key.create",
    "POST /users/keys/revoke": "api_key.revoke",
    "POST /account/password": "account.set_password",
    "POST /sessions/{number}/close": "session.close",
    "POST /stations/{station_id}/start": COMMAND,
    "POST /stations/{station_id}/stop": COMMAND,
    "PUT /stations/{station_id}/limit": COMMAND,
    "DELETE /stations/{station_id}/limit": COMMAND,
    "POST /stations/{station_id}/reset": COMMAND,
    "POST /stations/{station_id}/unlock": COMMAND,
    "POST /stations/{station_id}/availability": COMMAND,
    "POST /stations/{station_id}/trigger": COMMAND,
    "POST /stations/{station_id}/registration": "station.registration",
    "POST /stations/{station_id}/service": COMMAND,
    "POST /stations/{station_id}/conformance": "station.set_habits",
    "DELETE /stations/{station_id}/conformance": "station.forget_findings",
    "PUT /stations/{station_id}/password": "station.credentials",
    "DELETE /stations/{station_id}/password": "station.credentials",
    "POST /stations/{station_id}/password/rotate": COMMAND,
    "POST /stations/{station_id}/profiles/refresh": COMMAND,
    "DELETE /stations/{station_id}/profiles": COMMAND,
    "POST /stations/{station_id}/schedule/refresh": COMMAND,
    "POST /stations/{station_id}/variables/refresh": COMMAND,
    "PUT /stations/{station_id}/variables": COMMAND,
    "POST /stations/{station_id}/monitors/refresh": COMMAND,
    "POST /stations/{station_id}/log": COMMAND,
    "POST /stations/{station_id}/firmware": COMMAND,
    "POST /stations/{station_id}/local-list/refresh": COMMAND,
    "POST /stations/{station_id}/local-list": COMMAND,
    "DELETE /stations/{station_id}/reservations": COMMAND,
    "POST /stations/{station_id}/display/refresh": COMMAND,
    "DELETE /stations/{station_id}/display": COMMAND,
    "POST /stations/{station_id}/certificates/refresh": COMMAND,
    "DELETE /stations/{station_id}/certificates": COMMAND,
    "POST /stations/{station_id}/certificates/renew": COMMAND,
    "PUT /stations/{station_id}/security-profile": "station.security_profile",
    "POST /sign-in": "account.sign_in",
    "POST /sign-out": "account.sign_out",
    "POST /preferences": NOTHING + "language and theme stay in the browser",
}

_STATION = "/api/v1/stations/{station_id}"
API = {
    "POST /chargers": "register",
    "PATCH /chargers/{charger_id}/status": COMMAND,
    "DELETE /chargers/{charger_id}": "station.remove",
    "POST /chargers/{charger_id}/start": COMMAND,
    "POST /chargers/{charger_id}/stop": COMMAND,
    "PATCH /chargers/{charger_id}/power": COMMAND,
    "POST /chargers/{charger_id}/control": COMMAND,
    "POST /API/Reset/{charge_point}": COMMAND,
    "POST /API/UnlockConnector/{charge_point}/{connector}": COMMAND,
    "POST /API/SetChargingLimit/{charge_point}/{connector}/{limit}": COMMAND,
    "POST /API/ClearChargingLimit/{charge_point}/{connector}": COMMAND,
    "POST /API/RemoteStart/{charge_point}/{connector}/{tag}": COMMAND,
    "POST /API/StartTransaction/{charge_point}/{connector}/{tag}": COMMAND,
    "POST /API/RemoteStop/{charge_point}/{connector}": COMMAND,
    "POST /API/StopTransaction/{charge_point}/{connector}": COMMAND,
    "POST /stations": "register",
    "PUT /stations/{station_id}": "site.write",
    "DELETE /stations/{station_id}": "site.remove",
    f"PUT {_STATION}": "station.create",
    f"PATCH {_STATION}": "station.write",
    f"POST {_STATION}/registration": "station.registration",
    f"POST {_STATION}/limit": COMMAND,
    f"DELETE {_STATION}/limit": COMMAND,
    f"POST {_STATION}/calls/{{action}}": COMMAND,
    "PUT /api/v1/id-tokens/{token}": "tag.write",
    "DELETE /api/v1/id-tokens/{token}": "tag.delete",
    f"PUT {_STATION}/conformance": "station.set_habits",
    f"DELETE {_STATION}/conformance": "station.forget_findings",
    f"PUT {_STATION}/charging-profiles/{{profile_id}}": COMMAND,
    f"DELETE {_STATION}/charging-profiles/{{profile_id}}": COMMAND,
    f"DELETE {_STATION}/charging-profiles": COMMAND,
    f"POST {_STATION}/charging-profiles/read": COMMAND,
    f"POST {_STATION}/composite-schedules/read": COMMAND,
    f"PUT {_STATION}/display-messages/{{message_id}}": COMMAND,
    f"DELETE {_STATION}/display-messages/{{message_id}}": COMMAND,
    f"POST {_STATION}/display-messages/read": COMMAND,
    f"POST {_STATION}/trigger": COMMAND,
    f"POST {_STATION}/vendor-messages": COMMAND,
    "PUT /api/v1/data-vendors/{vendor}": "vendor.write",
    "DELETE /api/v1/data-vendors/{vendor}": "vendor.remove",
    f"POST {_STATION}/variables": COMMAND,
    f"PUT {_STATION}/variables": COMMAND,
    f"POST {_STATION}/reports": COMMAND,
    f"PUT {_STATION}/network-profiles/{{slot}}": COMMAND,
    f"POST {_STATION}/availability": COMMAND,
    f"POST {_STATION}/reset": COMMAND,
    f"POST {_STATION}/firmware-updates": COMMAND,
    f"POST {_STATION}/published-firmware": COMMAND,
    f"DELETE {_STATION}/published-firmware/{{checksum}}": COMMAND,
    f"POST {_STATION}/logs": COMMAND,
    f"PUT {_STATION}/monitors": COMMAND,
    f"DELETE {_STATION}/monitors/{{number}}": COMMAND,
    f"POST {_STATION}/monitors/report": COMMAND,
    f"PUT {_STATION}/monitoring": COMMAND,
    f"POST {_STATION}/customer-requests": COMMAND,
    f"PUT {_STATION}/security": "station.security_profile",
    f"POST {_STATION}/security/password": COMMAND,
    f"POST {_STATION}/security/profile": COMMAND,
    f"POST {_STATION}/certificates": COMMAND,
    f"POST {_STATION}/certificates/refresh": COMMAND,
    f"POST {_STATION}/certificates/renew": COMMAND,
    f"DELETE {_STATION}/certificates/{{number}}": COMMAND,
    f"POST {_STATION}/reservations": COMMAND,
    f"DELETE {_STATION}/reservations/{{reservation_id}}": COMMAND,
    f"PUT {_STATION}/local-list": COMMAND,
    f"PATCH {_STATION}/local-list": COMMAND,
    f"POST {_STATION}/local-list/version": COMMAND,
    f"DELETE {_STATION}/authorization-cache": COMMAND,
    f"POST {_STATION}/transaction-checks": COMMAND,
    f"POST {_STATION}/transaction-checks/{{transaction_id}}": COMMAND,
    f"POST {_STATION}/running-costs/{{transaction_id}}": COMMAND,
}


def unsafe(method: str) -> bool:
    return method not in SAFE_METHODS


def web_routes() -> Iterator[str]:
    for page in PAGES:
        for route in page.router.routes:
            assert isinstance(route, APIRoute)
            yield from (f"{method} {route.path}" for method in filter(unsafe, route.methods or ()))


def api_routes() -> Iterator[str]:
    for context in iter_route_contexts([*all_routes()]):
        yield from (f"{method} {context.path}" for method in filter(unsafe, context.methods or ()))


def test_every_route_that_changes_something_was_reviewed() -> None:
    assert sorted(web_routes()) == sorted(WEB)
    assert sorted(api_routes()) == sorted(API)


CARD = {"token": "card-9", "name": "Kim", "type": "ISO14443"}
SITE = {"name": "Site", "latitude": "33.5", "longitude": "126.5", "time_zone": "Asia/Seoul"}
PRICE = {
    "tariff_name": "Night",
    "tariff_price": "150",
    "tariff_currency": "KRW",
}
DRIVEN_WEB: list[tuple[str, dict[str, str], str, str]] = [
    # method and path, form, action, subject
    ("POST /users", {"name": "lee", "password": "long enough"}, "account.create", "account:lee"),
    ("POST /users/role", {"name": "lee", "role": "admin"}, "account.set_role", "account:lee"),
    (
        "POST /users/password",
        {"name": "lee", "password": "even longer"},
        "account.set_password",
        "account:lee",
    ),
    ("POST /users/link", {"name": "lee"}, "account.create_sign_in_link", "account:lee"),
    ("POST /users/disable", {"name": "lee", "disabled": "x"}, "account.disable", "account:lee"),
    ("POST /users/disable", {"name": "lee"}, "account.enable", "account:lee"),
    ("POST /users/delete", {"name": "lee"}, "account.remove", "account:lee"),
    ("POST /users/keys", {"name": "till"}, "api_key.create", "api_key:till"),
    ("POST /users/keys/revoke", {"name": "till"}, "api_key.revoke", "api_key:till"),
    ("POST /tags/new", CARD, "tag.create", "tag:card-9"),
    ("POST /tags/edit?token=card-9", {"name": "Lee"}, "tag.write", "tag:card-9"),
    ("POST /tags/delete?token=card-9", {}, "tag.delete", "tag:card-9"),
    ("POST /tariffs", PRICE, "tariff.create", "tariff:"),
    ("POST /sites/new", SITE, "site.create", "site:"),
    ("POST /sites/emart_jeju/edit", SITE, "site.write", "site:emart_jeju"),
    ("POST /alerts/acknowledge", {"key": "{alert}"}, "alert.acknowledge", "alert:"),
    ("POST /connectors/BUSY/1/1/name", {"name": "Left"}, "connector.rename", "connector:"),
    ("POST /stations/waiting/NEW/accept", {}, "station.write", "station:NEW"),
    (
        "POST /stations/BUSY/registration",
        {"registration": "accepted"},
        "station.registration",
        "station:",
    ),
    ("POST /stations/BUSY/conformance", {"strict": "yes"}, "station.set_habits", "station:BUSY"),
    ("DELETE /stations/BUSY/conformance", {}, "station.forget_findings", "station:BUSY"),
    (
        "PUT /stations/BUSY/password",
        {"password": "0123456789abcdef"},
        "station.cred",
        "station:BUSY",
    ),
    ("DELETE /stations/BUSY/password", {}, "station.credentials", "station:BUSY"),
    ("PUT /stations/BUSY/security-profile", {"profile": "0"}, "station.security_", "station:BUSY"),
    ("POST /charge-points/AVAILABLE/delete", {}, "station.remove", "station:AVAILABLE"),
    ("POST /sessions/{session}/close", {}, "session.close", "session:{session}"),
    ("POST /stations/BUSY/start", {"id_token": "x"}, "command.RequestStart", "station:BUSY"),
    ("POST /stations/BUSY/stop", {}, "command.RequestStop", "station:BUSY"),
    ("PUT /stations/BUSY/limit", {"limit_kw": "7"}, "command.InstallCharging", "station:BUSY"),
    ("DELETE /stations/BUSY/limit", {}, "command.ClearCharging", "station:BUSY"),
    ("POST /stations/BUSY/reset", {"kind": "OnIdle"}, "command.Reset", "station:BUSY"),
    ("POST /stations/BUSY/unlock", {"evse_id": "1", "connector_id": "1"}, COMMAND, "station:BUSY"),
]


@pytest.fixture
async def fleet(planted: Garden, context: Context, clock: Clock) -> Garden:
    """The planted chargers; BUSY obeys, NEW waits at the door, and one session was not heard of for long."""
    clock.now = NOW
    await planted.station("NEW", online=True, registration="pending")
    await planted.put("connector", station_id="BUSY", evse_id=1, connector_id=1)

    async def obey(command: Command) -> Outcome:
        return Outcome(status=OutcomeStatus.ACCEPTED, latency_ms=12.0)

    await context.bus.serve("BUSY", obey)
    return planted


async def test_what_is_done_on_pages_is_in_the_log(
    admin: httpx.AsyncClient, fleet: Garden, context: Context
) -> None:
    old = NOW - timedelta(days=1)
    alert = re.search(r'name="key" value="([^"]+)"', (await admin.get("/alerts")).text)
    assert alert
    session = await fleet.transaction("FAULTED", started_at=old, last_event_at=old)
    for asked, form, action, subject in DRIVEN_WEB:
        method, _, path = asked.replace("{session}", str(session)).partition(" ")
        sent = {name: alert[1] if value == "{alert}" else value for name, value in form.items()}
        answer = await admin.request(method, path, data=sent)
        told = re.findall(r"(?:<h1>|-error\">|form-error[^>]*>)[^<]*", answer.text)
        assert answer.status_code in (200, 201, 303), f"{asked}: {told}"
        await expect(context, asked, "a admin", action, subject.replace("{session}", str(session)))


PLACE = {
    "station_id": "JEJU_STA_001",
    "station_name": "제주시청 충전소",
    "address": "제주시 문평로 61",
    "longitude": 126.5307,
    "latitude": 33.4857,
}
DRIVEN_API: list[tuple[str, Any, str, str]] = [
    ("PUT /api/v1/id-tokens/card-9", {"name": "Kim"}, "tag.create", "tag:card-9"),
    ("DELETE /api/v1/id-tokens/card-9", None, "tag.delete", "tag:card-9"),
    ("PUT /api/v1/stations/S-9", {"max_power_w": 7000}, "station.create", "station:S-9"),
    ("PATCH /api/v1/stations/S-9", {"name": "Nine"}, "station.write", "station:S-9"),
    (
        "POST /api/v1/stations/NEW/registration",
        {"registration": "rejected"},
        "station.registration",
        "station:NEW",
    ),
    ("PUT /api/v1/stations/BUSY/conformance", {"strict": True}, "station.set_habits", "station:"),
    ("DELETE /api/v1/stations/BUSY/conformance", None, "station.forget_findings", "station:BUSY"),
    ("PUT /api/v1/data-vendors/kr.example", {"messages": None}, "vendor.write", "vendor:kr."),
    ("DELETE /api/v1/data-vendors/kr.example", None, "vendor.remove", "vendor:kr.example"),
    (
        "PUT /api/v1/stations/BUSY/security",
        {"minimum_profile": 0},
        "station.security_profile",
        "station:BUSY",
    ),
    ("DELETE /chargers/AVAILABLE", None, "station.remove", "station:AVAILABLE"),
    ("POST /stations", PLACE, "register", "sites"),
    ("PUT /stations/JEJU_STA_001", {"name": "Two"}, "site.write", "site:JEJU_STA_001"),
    ("DELETE /stations/JEJU_STA_001", None, "site.remove", "site:JEJU_STA_001"),
    ("POST /chargers/BUSY/stop", {}, "command.RequestStop", "station:BUSY"),
    ("PATCH /chargers/BUSY/power", {"max_power_kw": 50}, "command.Install", "station:BUSY"),
    ("POST /api/v1/stations/BUSY/reset", {}, "command.Reset", "station:BUSY"),
    ("DELETE /api/v1/stations/BUSY/limit", None, "command.ClearCharging", "station:BUSY"),
    ("POST /API/UnlockConnector/BUSY/1", None, "command.UnlockConnector", "station:BUSY"),
]


@pytest.fixture
async def program(application: FastAPI, context: Context) -> AsyncIterator[httpx.AsyncClient]:
    """An admin's program, at the whole application."""
    add_api(application, context)
    key = await accounts.create_api_key(context, HALLA, "till", Role.ADMIN)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(application),
        base_url="http://halla",
        headers={"X-API-Key": key},
    ) as client:
        yield client


async def test_what_programs_do_is_in_the_log(
    program: httpx.AsyncClient, fleet: Garden, context: Context
) -> None:
    for asked, body, action, subject in DRIVEN_API:
        method, _, path = asked.partition(" ")
        answer = await program.request(method, path, json=body)
        assert answer.status_code < 300, f"{asked}: {answer.text}"
        await expect(context, asked, "api:till", action, subject)


async def expect(context: Context, asked: str, actor: str, action: str, subject: str) -> None:
    """The newest entry is this one, whatever the clock of the test says."""
    rows = await audit.listing(context.database, audit.Wanted(action=action), limit=200)
    found = [row for row in rows if row.actor == actor and row.subject.startswith(subject)]
    assert found, f"{asked}: {action} is not in the log"
    assert "0123456789abcdef" not in str(rows)


async def test_the_log_is_read_filtered_paged_and_taken_away(
    signed_in: SignedInBrowser, fleet: Garden, context: Context
) -> None:
    admin = await signed_in(Role.ADMIN)
    for number in range(60):
        await admin.post("/tags/new", data={"token": f"card-{number:02}", "name": "=1+1"})
    await admin.post("/stations/BUSY/reset", data={"kind": "OnIdle"})

    first = (await admin.get("/audit?action=tag.create")).text
    assert first.count('<tr id="a') == 50
    older = first.split('class="pager"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    assert (await admin.get(older)).text.count('<tr id="a') == 10
    assert "No entry matches." in (await admin.get("/audit?actor=nobody")).text
    assert '<tr id="c' in (await admin.get("/audit?subject=busy")).text
    assert "Charge tag added" in first

    answer = await admin.get("/audit/export?action=tag.&kind=csv")
    text = answer.content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert lines[0] == ["At", "Actor", "Role", "Action", "Subject", "Outcome", "Detail"]
    assert len(lines) == 61
    assert lines[1][1:6] == ["a admin", "admin", "tag.create", "tag:card-59", "done"]
    assert json.loads(lines[1][6])["name"] == "=1+1"
    xlsx = await admin.get("/audit/export?kind=xlsx&scope=page")
    assert xlsx.content.startswith(b"PK")

    operator = await signed_in(Role.OPERATOR)
    assert (await operator.get("/audit")).status_code == 403
    assert "/audit" not in (await operator.get("/sites")).text


async def test_who_did_what_to_what_is_read_in_ones_language(
    admin: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    await stranger.post("/sign-in", data={"name": "nobody", "password": "not the password"})
    html = (await admin.get("/audit", headers={"Accept-Language": "ko"})).text
    assert '<span title="unknown">알 수 없음</span>' in html
    assert (
        '<span title="account:nobody"><a href="/users/edit?name=nobody">사용자 nobody</a>' in html
    )


async def test_programs_read_the_log_too(
    program: httpx.AsyncClient, fleet: Garden, context: Context
) -> None:
    for name in ("a", "b", "c"):
        await program.put(f"/api/v1/id-tokens/{name}", json={})
    page = (await program.get("/api/v1/audit?action=tag.&limit=2")).json()
    assert [row["subject"] for row in page["items"]] == ["tag:c", "tag:b"]
    assert page["items"][0]["actor"] == "api:till"
    rest = (await program.get(f"/api/v1/audit?action=tag.&before={page['next']}")).json()
    assert [row["subject"] for row in rest["items"]] == ["tag:a"]
    assert rest["next"] is None
    assert (await program.get("/api/v1/audit?before=x1")).status_code == 422
    viewer = await accounts.create_api_key(context, HALLA, "viewer", Role.VIEWER)
    refused = await program.get("/api/v1/audit", headers={"X-API-Key": viewer})
    assert refused.status_code == 403

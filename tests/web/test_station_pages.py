"""A charger's own pages: what they show of a charger that has told everything, what they do, and for whom."""

import csv
import io
import json
import re

import httpx
import pytest

from app.csms.context import Context
from app.domain.commands import Command, Outcome, OutcomeStatus
from app.domain.roles import Role
from tests.conftest import Clock
from tests.queries.planting import NOW, Garden
from tests.web.conftest import SignedInBrowser
from tests.web.test_pages import check

PLACE = {
    "component_instance": "",
    "evse_id": 0,
    "connector_id": 0,
    "variable_instance": "",
    "attribute": "Actual",
}
"""What a setting has that is nowhere in particular."""

HTMX = {"HX-Request": "true"}
CALL = '[2,"m1","BootNotification",{"reason":"PowerUp"}]'
SCHEDULE = '{"chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": %s}]}'
TABS = {
    "": ("Strict", "renamed", "unitMultiplier is a factor", "Reject"),
    "/transactions": ("3, 4", "register went back", "No. "),
    "/smart-charging": (
        "TxDefaultProfile",
        "11,000 W",
        "EMS",
        "DC",
        "32,000 W",
        "within the limits",
    ),
    "/device?q=Interval": (
        "HeartbeatInterval",
        "900",
        "Installing",
        "Temperature",
        "Version 7",
        "Hello",
    ),
    "/security": (
        "CSMSRootCertificate",
        "C0FFEE",
        "Refused here",
        "TamperDetection",
        "wrong_password",
    ),
    "/messages": ("BootNotification", "Accepted", "12 ms", "&#34;reason&#34;: &#34;PowerUp&#34;"),
}


@pytest.fixture
async def talkative(planted: Garden) -> Garden:
    """BUSY has told everything that a charger can tell."""
    me = {"station_id": "BUSY"}
    number = await planted.transaction("BUSY", transaction_id="tx-doubt", ended_at=NOW)
    for seq_no in (3, 4):
        await planted.put("missing_event", transaction_id=number, seq_no=seq_no, missed_at=NOW)
    await planted.sample("BUSY", NOW, transaction_id=number, context="Other", suspect="decreasing")
    found = {"action": "MeterValues", "quirk": "linear_multiplier", "outcome": "mended", "count": 9}
    seen = {"example": "renamed", "first_seen_at": NOW, "last_seen_at": NOW}
    await planted.put("conformance_finding", **me, **found, **seen)
    profile = {"profile_id": 5, "purpose": "TxDefaultProfile", "kind": "Absolute", "stack_level": 2}
    body = f'{{"chargingSchedule": [{SCHEDULE % 11000}]}}'
    await planted.put(
        "charging_profile",
        **me,
        evse_id=1,
        **profile,
        profile=body,
        origin="reported",
        reported_at=NOW,
    )
    periods = '[{"startPeriod": 0, "limit": 32000}, {"startPeriod": 600, "limit": 8000}]'
    await planted.put(
        "composite_schedule",
        **me,
        evse_id=0,
        duration_s=3600,
        unit="W",
        periods=periods,
        reported_at=NOW,
    )
    await planted.put("charging_limit", **me, evse_id=0, source="EMS", notified_at=NOW)
    await planted.put(
        "ev_charging_need",
        **me,
        evse_id=1,
        energy_transfer="DC",
        needs_at=NOW,
        schedule_at=NOW,
        within_limits=True,
    )
    setting = {"component": "OCPPCommCtrlr", "name": "HeartbeatInterval", "value": "900"}
    await planted.put(
        "station_variable", **me, **setting, **PLACE, mutability="ReadWrite", unit="s"
    )
    job = await planted.put(
        "station_job", **me, kind="firmware", status="Installing", status_at=NOW, requested_at=NOW
    )
    await planted.put("job_progress", job_id=job["id"], status="Downloaded", at=NOW)
    watched = {"component": "Cabinet", "variable": "Temperature"}
    await planted.put(
        "monitor", **me, monitor_id=1, **watched, type="UpperThreshold", value=60, severity=5, seen_at=NOW,
        component_instance="", evse_id=0, connector_id=0, variable_instance="", transaction=False,
    )  # fmt: skip
    await planted.put("local_list", **me, version=7, seen_at=NOW)
    message = {
        "priority": "NormalCycle",
        "format": "UTF8",
        "content": "Hello <b>",
        "origin": "installed",
    }
    await planted.put("display_message", **me, message_id=1, **message)
    hashes = {"hash_algorithm": "SHA256", "issuer_name_hash": "a", "issuer_key_hash": "b"}
    await planted.put(
        "installed_certificate", **me, use="CSMSRootCertificate", serial_number="C0FFEE", **hashes
    )
    await planted.put("signing_request", **me, csr="x", status="refused", reason="No authority.")
    await planted.put("security_event", **me, type="TamperDetection", at=NOW)
    refused = {
        "code": "wrong_password",
        "reason": "A wrong password.",
        "first_at": NOW,
        "last_at": NOW,
    }
    await planted.put("connection_refusal", identity="BUSY", remote_address="192.0.2.7", **refused)
    await planted.put(
        "connection_refusal", identity="STRANGER", remote_address="192.0.2.8", **refused
    )
    frame = {**me, "at": NOW, "message_id": "m1", "action": "BootNotification", "exchange": 1}
    await planted.put("journal", **frame, direction="in", message_type=2, frame=CALL)
    await planted.put(
        "journal", **frame, direction="out", message_type=3, frame='[3,"m1",{"status":"Accepted"}]',
        outcome="Accepted", latency_ms=12.0,
    )  # fmt: skip
    return planted


async def test_every_tab_shows_what_is_known(
    admin: httpx.AsyncClient, talkative: Garden, clock: Clock
) -> None:
    clock.now = None
    for tab, words in TABS.items():
        answer = await admin.get(f"/stations/BUSY{tab}")
        check(answer)
        missing = [word for word in words if word not in answer.text]
        assert missing == [], tab
        check(await admin.get(f"/stations/BUSY{tab}", headers={"Accept-Language": "ko"}))
        part = await admin.get(f"/stations/BUSY{tab}", headers=HTMX)
        assert part.text.count('id="tab"') == 1
        assert "<html" not in part.text


async def test_a_german_reads_german_numbers(admin: httpx.AsyncClient, talkative: Garden) -> None:
    """To a German, 50,000 W are fifty watts."""
    me = {"station_id": "BUSY"}
    setting = {"component": "C", "name": "Limits", "value": "x", **PLACE}
    await talkative.put("station_variable", **me, **setting, min_limit=0.5, max_limit=1_500_000.0)
    watched = {"component": "Cabinet", "variable": "Temperature", "type": "Delta", "value": 2.5}
    await talkative.put(
        "monitor", **me, monitor_id=2, **watched, severity=5, seen_at=NOW,
        component_instance="", evse_id=0, connector_id=0, variable_instance="", transaction=False,
    )  # fmt: skip
    schedule = f"[{SCHEDULE % 9000.5}]"
    other = {"source": "SO", "notified_at": NOW, "schedules": schedule}
    await talkative.put("charging_limit", **me, evse_id=1, **other)
    said = {
        "en": (
            "Up to 32,000 W",
            "8,000 W",
            "11,000 W",
            "9,000.5 W",
            "0.5 … 1,500,000",
            "Delta 2.5",
        ),
        "de": (
            "Bis zu 32.000 W",
            "8.000 W",
            "11.000 W",
            "9.000,5 W",
            "0,5 … 1.500.000",
            "Delta 2,5",
        ),
    }
    for language, numbers in said.items():
        pages = [
            await admin.get(f"/stations/BUSY{tab}", headers={"Accept-Language": language})
            for tab in ("/smart-charging", "/device")
        ]
        html = pages[0].text + pages[1].text
        assert [each for each in numbers if each not in html] == []
    await talkative.station("SMALL", online=True, max_power_w=7_500.0)
    html = (await admin.get("/partials/drawer/SMALL", headers={"Accept-Language": "de"})).text
    ticks = html[html.index('class="ticks"') :][:200]
    assert "<span>1,875</span><span>3,75</span>" in ticks
    assert 'max="7.5"' in html


async def test_an_alias_leads_to_the_charger(admin: httpx.AsyncClient, planted: Garden) -> None:
    await planted.put("station_alias", alias="OTHER", station_id="BUSY")
    assert "<title>BUSY" in (await admin.get("/stations/OTHER/security")).text
    assert (await admin.get("/stations/NOBODY/device")).status_code == 404


async def test_the_drawer_leads_to_the_details(admin: httpx.AsyncClient, planted: Garden) -> None:
    assert 'href="/stations/BUSY">Details' in (await admin.get("/partials/drawer/BUSY")).text
    assert 'href="/stations/BUSY"' in (await admin.get("/sites")).text


async def test_only_admins_see_what_only_admins_may(
    signed_in: SignedInBrowser, talkative: Garden
) -> None:
    for role, tabs in ((Role.ADMIN, True), (Role.OPERATOR, False), (Role.VIEWER, False)):
        browser = await signed_in(role)
        overview = (await browser.get("/stations/BUSY")).text
        device = (await browser.get("/stations/BUSY/device")).text
        assert ('hx-post="/stations/BUSY/registration"' in overview) is tabs
        assert ('name="password"' in overview) is tabs
        assert ('hx-put="/stations/BUSY/variables' in device) is tabs
        assert ('id="firmware-tool"' in device) is tabs


async def test_changes_go_to_the_charger_and_come_back_as_the_tab_with_a_toast(
    context: Context, admin: httpx.AsyncClient, talkative: Garden
) -> None:
    asked: list[Command] = []

    async def station(command: Command) -> Outcome:
        asked.append(command)
        none = type(command).__name__ == "GetInstalledCertificates"
        status = OutcomeStatus.REJECTED if none else OutcomeStatus.ACCEPTED
        return Outcome(status=status, detail="NotFound" if none else None, latency_ms=12.0)

    await context.bus.serve("BUSY", station)

    async def do(method: str, path: str, **data: str) -> str:
        answer = await admin.request(
            method, f"/stations/BUSY{path}", data=data or None, headers=HTMX
        )
        assert answer.status_code == 200, answer.text
        assert 'id="tab"' in answer.text
        toast = re.search(r'<div class="toast (\w+)">', answer.text)
        assert toast
        return toast.group(1)

    setting = {"component": "OCPPCommCtrlr", "name": "HeartbeatInterval", "value": "60"}
    assert await do("PUT", "/variables", **setting) == "good"
    assert await do("POST", "/variables/refresh") == "good"
    assert await do("POST", "/profiles/refresh") == "good"
    assert await do("DELETE", "/profiles?profile=5") == "good"
    assert await do("POST", "/schedule/refresh", evse_id="1", hours="4") == "good"
    assert await do("POST", "/log", location="https://logs.example/", kind="security") == "good"
    assert await do("POST", "/certificates/refresh") == "good"
    assert await do("POST", "/service", availability="Inoperative") == "good"
    assert await do("POST", "/registration", registration="pending") == "good"
    assert [type(command).__name__ for command in asked] == [
        *("SetVariables", "GetBaseReport", "GetChargingProfiles", "ClearChargingProfile"),
        *("GetCompositeSchedule", "GetSecurityLog", "GetInstalledCertificates"),
        *("ChangeAvailability", "TriggerMessage"),
    ]
    assert "Waiting for approval" in (await admin.get("/stations/BUSY")).text


async def test_habits_are_written_and_findings_forgotten(
    admin: httpx.AsyncClient, talkative: Garden
) -> None:
    sent = {"strict": "yes", "quirks": "energy_in_kwh"}
    html = (await admin.post("/stations/BUSY/conformance", data=sent, headers=HTMX)).text
    assert re.search(r'value="yes" checked', html)
    assert re.search(r'value="energy_in_kwh" checked', html)
    assert "No deviation" not in html
    html = (await admin.delete("/stations/BUSY/conformance", headers=HTMX)).text
    assert "No deviation" in html


async def test_how_messages_ended_is_read_in_ones_language_and_asked_for_as_it_came(
    admin: httpx.AsyncClient, talkative: Garden
) -> None:
    admin.headers["Accept-Language"] = "ko"
    html = (await admin.get("/stations/BUSY/messages?outcome=Accepted")).text
    assert '<option value="Accepted" selected>승인됨</option>' in html
    assert 'title="Accepted">승인됨</span>' in html
    foreign = (await admin.get("/stations/BUSY/messages?outcome=Made<Up")).text
    assert '<option value="Made&lt;Up" selected>Made&lt;Up</option>' in foreign
    assert "승인됨</span>" not in foreign


async def test_the_journal_is_narrowed_and_taken_away(
    admin: httpx.AsyncClient, talkative: Garden
) -> None:
    for query, found in (
        ("direction=in&action=BootNotification&outcome=Accepted&q=PowerUp", 1),
        ("direction=out", 0),
        ("outcome=failed", 0),
        ("outcome=slow", 0),
        ("q=nothing", 0),
    ):
        html = (await admin.get(f"/stations/BUSY/messages?{query}")).text
        assert html.count('class="exchange"') == found, query
    lines = await admin.get("/stations/BUSY/messages/export?format=jsonl&direction=in")
    assert [json.loads(line)["frame"] for line in lines.text.splitlines()] == [CALL]
    table = await admin.get("/stations/BUSY/messages/export?format=csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert len(list(csv.DictReader(io.StringIO(table.text)))) == 2
    assert (await admin.get("/stations/BUSY/messages?before=x")).status_code == 422


async def test_a_file_of_messages_is_cut_nowhere(
    admin: httpx.AsyncClient, talkative: Garden
) -> None:
    """A charger of a busy site has written more than 100,000 frames within the days that are kept."""
    many = 100_500
    async with talkative.database.read() as connection:
        await connection.execute(
            "INSERT INTO journal (at, station_id, direction, message_type, message_id, action, exchange, frame)"
            " SELECT %s::timestamptz + n * interval '1 ms', 'BUSY', 'in', 2, n::text, 'Heartbeat', n, '[]'"
            " FROM generate_series(1, %s) n",
            (NOW, many),
        )
        await connection.execute("ANALYZE journal")
    lines = await admin.get("/stations/BUSY/messages/export?format=jsonl&action=Heartbeat")
    assert lines.text.count("\n") == many


async def test_a_charger_is_accepted_with_its_site_and_place(
    admin: httpx.AsyncClient, talkative: Garden
) -> None:
    await talkative.station("FRESH", online=True, registration="pending", vendor="Acme", model="X1")
    await talkative.put("station_variable", station_id="FRESH", component="", name="A", **PLACE)
    html = (await admin.get("/stations/waiting")).text
    assert "Acme X1" in html
    assert "1 setting " in html
    assert "STRANGER" in html
    wrong = {"latitude": "north", "longitude": "126"}
    assert (await admin.post("/stations/waiting/FRESH/accept", data=wrong)).status_code == 422
    place = {
        "latitude": "33.25",
        "longitude": "126.56",
        "location_id": "emart_jeju",
        "name": "Bay 9",
    }
    assert (await admin.post("/stations/waiting/FRESH/accept", data=place)).status_code == 303
    html = (await admin.get("/stations/FRESH")).text
    assert "33.25000, 126.56000" in html
    assert "Emart Jeju" in html
    assert "<title>Bay 9" in html
    assert "FRESH" not in (await admin.get("/stations/waiting")).text

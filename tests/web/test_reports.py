"""The charge report, a session's page, and diagnostics."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from app.csms.context import Context
from app.domain.commands import Command, Outcome
from app.domain.roles import Role
from app.web.pages.reports import days_of
from tests.conftest import Clock
from tests.queries.planting import NOW, Garden
from tests.web.conftest import SignedInBrowser


@pytest.fixture
async def sold(garden: Garden, clock: Clock) -> Garden:
    """Three tags of two groups and one of none, at midnight's both sides on Jeju; one session is generated."""
    clock.now = NOW
    site = await garden.location()
    await garden.station("A", location_id=site, online=True)
    for token, name, group in (
        ("card-1", "김하나", "staff"),
        ("card-2", None, "staff"),
        ("card-3", "Cho", "guests"),
    ):
        await garden.put("id_token", token=token, name=name, group_id=group, status="Accepted")
    today = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)
    for number, (token, began, wh, more) in enumerate(
        (
            ("CARD-1", today, 1000, {}),
            ("card-1", today - timedelta(seconds=1), 2000, {}),
            ("card-2", today, 416, {}),
            ("card-3", today, 500, {"currency": "EUR", "cost": "0.25"}),
            (None, today, 50, {"simulated": True}),
            ("card-1", datetime(2025, 12, 31, 15, 0, tzinfo=UTC), 4000, {}),
            ("card-1", datetime(2025, 12, 31, 14, 59, tzinfo=UTC), 8000, {}),
        )
    ):
        columns = {"cost": Decimal(wh) * 150 / 1000, "energy_wh": wh} | more
        await garden.transaction(
            "A",
            transaction_id=f"t{number}",
            id_token=token,
            started_at=began,
            ended_at=NOW,
            **columns,
        )
    return garden


async def lines(browser: httpx.AsyncClient, query: str) -> list[list[str]]:
    answer = await browser.get(f"/reports/charging/export?{query}")
    assert answer.status_code == 200, answer.text
    text = answer.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


async def test_the_report_adds_up_by_group_and_tag_on_the_sites_days(
    admin: httpx.AsyncClient, sold: Garden
) -> None:
    found = await lines(admin, "since=2026-11-20&until=2026-11-20")
    assert found[0][:3] == ["Group", "Charge-Tag", "Energy"]
    assert found[1:] == [
        ["guests", "Cho", "0.5", "1", "0.25", "EUR"],
        ["staff", "김하나", "1", "1", "150", "KRW"],
        ["staff", "card-2", "0.416", "1", "62.4", "KRW"],
        ["", "", "0.05", "1", "7.5", "KRW"],
    ]
    assert len(await lines(admin, "since=2026-11-20&until=2026-11-20&real=1")) == 4
    assert len(await lines(admin, "since=2026-11-20&until=2026-11-20&site=elsewhere")) == 1


async def test_a_preset_ends_where_the_year_does(admin: httpx.AsyncClient, sold: Garden) -> None:
    def energy_of_kim(found: list[list[str]]) -> str:
        return next(line[2] for line in found if line[1] == "김하나")

    assert energy_of_kim(await lines(admin, "")) == "7"
    assert energy_of_kim(await lines(admin, "preset=last_year")) == "8"
    html = (await admin.get("/reports/charging?preset=year")).text
    assert "7.97 kWh" in html
    assert "€" not in html
    assert "/sessions?tag=card-1&amp;since=2026-01-01&amp;until=2026-11-20" in html
    assert (
        await admin.get("/reports/charging?since=2026-11-20&until=2026-11-01")
    ).status_code == 422


def test_days_of_the_presets() -> None:
    monday = date(2026, 3, 2)
    assert days_of("last_week", monday) == (date(2026, 2, 23), date(2026, 3, 1))
    assert days_of("last_month", date(2026, 3, 31)) == (date(2026, 2, 1), date(2026, 2, 28))
    assert days_of("last_month", date(2026, 1, 5)) == (date(2025, 12, 1), date(2025, 12, 31))
    assert days_of("last_year", date(2024, 2, 29)) == (date(2023, 1, 1), date(2023, 12, 31))
    assert days_of("year", monday) == (date(2026, 1, 1), monday)
    assert days_of("whenever", monday) is None


async def test_a_sessions_page_tells_what_was_measured_and_billed(
    admin: httpx.AsyncClient, garden: Garden, clock: Clock
) -> None:
    clock.now = NOW
    await garden.station("A", online=True)
    number = await garden.transaction(
        "A",
        ended_at=NOW,
        id_token="card-1",
        stop_id_token="card-2",
        meter_start_wh=1000,
        meter_wh="1416.67",
        energy_wh="416.67",
        cost=63,
        stop_reason="Superseded",
    )
    for minute in range(70):
        await garden.sample(
            "A",
            NOW - timedelta(minutes=minute / 10),
            transaction_id=number,
            power_w=7000.0,
            energy_wh=1416 - minute,
        )
    frame = {
        "at": NOW,
        "station_id": "A",
        "message_id": "m1",
        "transaction_id": "tx1",
        "exchange": 1,
    }
    said = {"frame": '[2,"m1","StopTransaction",{}]', "answer": '[3,"m1",{}]', "answer_type": 3}
    took = {"outcome": "Accepted", "latency_ms": 1.0}
    await garden.put(
        "journal", **frame, **said, **took, direction="in", message_type=2, action="StopTransaction"
    )
    html = (await admin.get(f"/sessions/{number}")).text
    for shown in ("416.67 Wh", "62.5005 KRW", "₩63", "1,416.67 Wh", "card-2", 'class="area"'):
        assert shown in html, shown
    assert "10 earlier ones" in html
    assert "Ended by the next session" in html
    assert NOT_METERED not in html
    korean = await admin.get(f"/sessions/{number}", headers={"Accept-Language": "ko"})
    assert 'title="Accepted">승인됨</td>' in korean.text
    for nowhere in ("/sessions/999", "/sessions/nobody"):
        assert (await admin.get(nowhere)).status_code == 404


NOT_METERED = "power was measured, but no energy; none is billed"


async def test_a_session_of_power_without_energy_says_so(
    admin: httpx.AsyncClient, garden: Garden, clock: Clock
) -> None:
    clock.now = NOW
    for name, power_w, ended_at in (("A", 7000.0, NOW), ("IDLE", 0.0, NOW), ("RUNS", 7000.0, None)):
        await garden.station(name, online=True)
        began = NOW - timedelta(minutes=30)
        number = await garden.transaction(name, started_at=began, ended_at=ended_at, energy_wh=0)
        for minutes in (20, 10, 0):
            at = NOW - timedelta(minutes=minutes)
            await garden.sample(name, at, transaction_id=number, power_w=power_w, energy_wh=None)
        html = (await admin.get(f"/sessions/{number}")).text
        assert (NOT_METERED in html) is (name == "A")


async def test_diagnostics_find_what_does_not_fit(
    signed_in: SignedInBrowser, garden: Garden, clock: Clock, context: Context
) -> None:
    clock.now = NOW
    operator, viewer = await signed_in(Role.OPERATOR), await signed_in(Role.VIEWER)
    fine = (await viewer.get("/diagnostics")).text
    assert "Everything fits together." in fine

    async def busy(command: Command) -> Outcome:
        raise AssertionError(command)

    for name in ("FREE", "QUIET", "FINE", "BROKEN", "GHOST"):
        await garden.station(name, online=True)
    await garden.station("GONE", online=False, disconnected_at=NOW - timedelta(hours=2))
    for name in ("FREE", "QUIET", "FINE", "BROKEN", "GONE"):
        await context.bus.serve(name, busy)  # all but GHOST, which is stored as online
    long_ago = NOW - timedelta(hours=20)
    numbers = {
        "GONE": await garden.charging("GONE", last_event_at=NOW - timedelta(hours=2)),
        "FREE": await garden.charging("FREE", last_event_at=NOW - timedelta(minutes=1)),
        "QUIET": await garden.charging("QUIET", started_at=long_ago, last_event_at=long_ago),
    }
    await garden.charging("FINE", last_event_at=NOW)
    await garden.connector("FREE", "Available")
    await garden.connector("BROKEN", "Faulted", error_code="GroundFailure")
    html = (await operator.get("/diagnostics")).text
    assert re.search(r"<dt>Open sessions</dt><dd>4</dd>", html)
    assert re.search(r"<dt>Anomalies</dt><dd>6</dd>", html)  # GONE is offline, yet connected
    for kind, name in (
        ("offline_open", "GONE"),
        ("available_open", "FREE"),
        ("silent_open", "QUIET"),
        ("faulted", "BROKEN"),
        ("live", "GHOST"),
        ("live", "GONE"),
    ):
        part = html.split(f'id="{kind}"')[1].split("<h2")[0]
        assert f">{name}</a>" in part, kind
    assert ">FINE<" not in html
    assert f"/sessions/{numbers['QUIET']}/close" in html
    assert f"/sessions/{numbers['FREE']}/close" not in html  # it was heard of a minute ago
    assert "/close" not in (await viewer.get("/diagnostics")).text
    assert "QUIET" not in (await operator.get("/diagnostics?hours=24")).text

    address = f"/sessions/{numbers['QUIET']}/close"
    assert (await viewer.post(address)).status_code == 403
    closed = await operator.post(address, data={"next": "/diagnostics"})
    assert closed.headers["location"] == "/diagnostics"
    assert "QUIET" not in (await operator.get("/diagnostics")).text
    assert "Closed by hand" in (await operator.get(f"/sessions/{numbers['QUIET']}")).text


async def test_of_a_long_session_the_last_readings_are_shown(
    admin: httpx.AsyncClient, garden: Garden, clock: Clock
) -> None:
    """A night at five seconds a reading: what is left out is the evening, not the morning."""
    clock.now = NOW
    await garden.station("A", online=True)
    number = await garden.charging(
        "A", started_at=NOW - timedelta(hours=8), meter_start_wh=0, energy_wh=5200
    )
    async with garden.database.read() as connection:
        await connection.execute(
            "INSERT INTO meter_sample (station_id, evse_id, context, measured_at, transaction_id, energy_wh)"
            " SELECT 'A', 1, 'Sample.Periodic', %s - interval '5 s' * (5200 - n), %s, n"
            " FROM generate_series(1, 5200) n",
            (NOW, number),
        )
    html = (await admin.get(f"/sessions/{number}")).text
    assert "5,140 earlier ones" in html
    readings = html[html.index("5,140 earlier ones") :]
    assert readings.index("5,200") < readings.index("5,199")
    assert "4,999" not in readings

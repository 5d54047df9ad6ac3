"""What the meter tells, and what it does not tell, as pages show it; the share of time beside the chargers in use."""

from datetime import timedelta

import httpx
import pytest

from app.queries.dashboard_day import dashboard_day
from app.store.database import Database
from tests.conftest import Clock
from tests.queries.planting import KST_MIDNIGHT, NOW, Garden

HOUR = timedelta(hours=1)

GERMAN = {"Accept-Language": "de"}


@pytest.fixture
async def number(garden: Garden, clock: Clock) -> int:
    """A session of A with two readings, of which one tells voltage and current."""
    clock.now = NOW
    await garden.station("A", location_id=await garden.location(), online=True)
    await garden.connector("A", "Occupied")
    session = await garden.transaction("A")
    await garden.sample("A", NOW, transaction_id=session, voltage_v=400.25, current_a=125.0)
    await garden.sample("A", NOW - timedelta(minutes=1), transaction_id=session, power_w=50_000.0)
    return session


async def test_readings_have_voltage_and_current(admin: httpx.AsyncClient, number: int) -> None:
    html = (await admin.get(f"/sessions/{number}", headers=GERMAN)).text
    body = html[html.index(">Spannung</th>") :]
    telling, silent = body.split("<tr>")[1:3]
    assert 'data-label="Spannung">400,2 V</td>' in telling
    assert 'data-label="Strom">125 A</td>' in telling
    assert 'data-label="Spannung">—</td>' in silent


async def test_the_drawer_tells_them_where_the_meter_does(
    admin: httpx.AsyncClient, garden: Garden, number: int
) -> None:
    state = {"station_id": "A", "measured_at": NOW, "power_w": 50_000.0}
    await garden.put("evse_state", **state, evse_id=1, transaction_id=number)
    assert 'id="meters"' not in (await admin.get("/partials/drawer/A")).text
    other = await garden.transaction("A", evse_id=2, transaction_id="tx2")
    told = {"voltage_v": 231.0, "current_a": 15.96}
    await garden.put("evse_state", **state, evse_id=2, transaction_id=other, **told)
    await garden.connector("A", "Occupied", evse_id=2)
    assert "Voltage 231 V · Current 16 A</p>" in (await admin.get("/partials/drawer/A")).text
    german = (await admin.get("/partials/drawer/A", headers=GERMAN)).text
    assert "Spannung 231 V · Strom 16 A</p>" in german


async def test_what_was_measured_before_it_went_offline_is_not_measured_now(
    admin: httpx.AsyncClient, garden: Garden, database: Database
) -> None:
    await garden.station("A", location_id=await garden.location(), online=False)
    number = await garden.transaction("A")
    await garden.connector("A", "Occupied")
    told = {"power_w": 50_000.0, "voltage_v": 400.0, "current_a": 125.0, "measured_at": NOW}
    await garden.put("evse_state", station_id="A", evse_id=1, transaction_id=number, **told)
    await garden.put(
        "power_limit",
        station_id="A", scope="station", evse_id=0, requested_w=20_000.0, requested_at=NOW - HOUR,
        status="accepted", accepted_w=20_000.0, accepted_at=NOW - HOUR,
    )  # fmt: skip
    html = (await admin.get("/partials/drawer/A")).text
    assert 'id="meters"' not in html
    assert "<dt>Measured</dt><dd>—</dd>" in html
    tab = (await admin.get("/stations/A/smart-charging")).text
    assert "<dt>Measured</dt><dd>—</dd>" in tab
    async with database.read() as connection:
        await connection.execute("UPDATE station_state SET online = true")
    html = (await admin.get("/partials/drawer/A")).text
    assert 'id="meters"' in html
    assert "<dt>Measured</dt><dd>50" in html
    assert "above the limit" in html
    assert "<dt>Measured</dt><dd>50" in (await admin.get("/stations/A/smart-charging")).text


async def test_the_share_of_time_stands_beside_the_chargers_in_use(
    admin: httpx.AsyncClient, garden: Garden, clock: Clock, database: Database
) -> None:
    """It is the statistics' own number."""
    clock.now = NOW
    for name in ("A", "B"):
        await garden.station(name, location_id=await garden.location(name), online=True)
        await garden.connector(name, "Available")
    await garden.transaction("A", started_at=KST_MIDNIGHT, ended_at=NOW)
    day = await dashboard_day(database, now=NOW)
    assert day.time_utilisation_percent == pytest.approx(50)
    html = (await admin.get("/partials/kpis")).text
    assert "0.0 <small>%</small>" in html
    assert "50.0 % of time today" in html
    assert "50,0 % des Tages" in (await admin.get("/partials/kpis", headers=GERMAN)).text

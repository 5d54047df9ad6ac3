"""What leaves the overview besides pages: the heatmap's points, files, and how filters narrow both."""

import csv
import io
import zipfile
from datetime import timedelta

import httpx
import pytest

from app.domain.roles import Role
from tests.conftest import Clock
from tests.queries.planting import NOW, Garden
from tests.web.conftest import SignedInBrowser

DAY = timedelta(days=1)
NORTH, SOUTH = (33.51, 126.52), (33.25, 126.56)


@pytest.fixture
async def island(garden: Garden, clock: Clock) -> Garden:
    """Two sites; a slow and a fast charger in the north, a faulted fast one in the south, one that stands nowhere."""
    clock.now = NOW
    await garden.location("north", name="북쪽", name_en="North", position=NORTH)
    await garden.location("south", name="=남쪽", name_en=None, position=SOUTH)
    for name, site, category, status in (
        ("SLOW", "north", "slow", "Available"),
        ("FAST", "north", "fast", "Available"),
        ("BROKEN", "south", "fast", "Faulted"),
        ("NOWHERE", None, "fast", "Available"),
    ):
        await garden.station(name, location_id=site, category=category, online=True)
        await garden.connector(name, status)
    for name, days, energy_wh, cost in (
        ("SLOW", 1, 1_000, 150),
        ("SLOW", 40, 9_000, 1_350),
        ("FAST", 2, 4_000, 600),
        ("BROKEN", 3, 2_000, 300),
        ("NOWHERE", 1, 7_000, 1_050),
    ):
        began = NOW - days * DAY
        await garden.transaction(
            name,
            started_at=began,
            ended_at=began + timedelta(hours=1),
            energy_wh=energy_wh,
            cost=cost,
        )
    return garden


async def heat(browser: httpx.AsyncClient, query: str) -> dict[str, float]:
    answer = await browser.get(f"/map/heat.json?{query}")
    assert answer.status_code == 200
    return {name: value for _, _, value, name in answer.json()["points"]}


async def test_the_heatmap_weighs_what_was_asked_for(
    admin: httpx.AsyncClient, island: Garden
) -> None:
    assert await heat(admin, "heat=energy") == {"FAST": 4000, "BROKEN": 2000, "SLOW": 1000}
    assert await heat(admin, "heat=energy&days=90") == {
        "SLOW": 10_000,
        "FAST": 4000,
        "BROKEN": 2000,
    }
    assert await heat(admin, "heat=revenue&days=7") == {"FAST": 600, "BROKEN": 300, "SLOW": 150}
    assert await heat(admin, "heat=sessions&days=90") == {"SLOW": 2, "FAST": 1, "BROKEN": 1}
    busy = await heat(admin, "heat=utilisation&days=7")
    # an hour of six days and fifteen and a half hours
    assert busy["FAST"] == pytest.approx(100 / (6 * 24 + 15.5))
    assert await heat(admin, "heat=nonsense&days=nonsense") == await heat(admin, "")


async def test_the_heatmap_is_narrowed_as_the_list_is(
    admin: httpx.AsyncClient, island: Garden
) -> None:
    assert set(await heat(admin, "category=fast")) == {"FAST", "BROKEN"}
    assert set(await heat(admin, "category=fast&site=north")) == {"FAST"}
    assert set(await heat(admin, "status=faulted")) == {"BROKEN"}
    assert set(await heat(admin, "box=33.4,126,34,127&q=s")) == {"SLOW", "FAST"}
    assert await heat(admin, "box=10,10,11,11") == {}


async def exported(browser: httpx.AsyncClient, query: str) -> httpx.Response:
    answer = await browser.get(f"/export/chargers?{query}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    return answer


async def test_what_is_shown_is_exported_as_json_and_geojson(
    admin: httpx.AsyncClient, island: Garden
) -> None:
    told = (await exported(admin, "format=json&site=north")).json()
    assert {each["charger_id"] for each in told["chargers"]} == {"SLOW", "FAST"}
    assert [(each["station_id"], each["total_chargers"]) for each in told["stations"]] == [
        ("north", 2)
    ]
    answer = await exported(admin, "format=geojson")
    assert answer.headers["content-type"].startswith("application/geo+json")
    features = {each["id"]: each for each in answer.json()["features"]}
    assert set(features) == {"SLOW", "FAST", "BROKEN", "NOWHERE"}
    assert features["BROKEN"]["geometry"]["coordinates"] == pytest.approx([SOUTH[1], SOUTH[0]])
    assert features["BROKEN"]["properties"]["current_status"] == "fault"
    assert features["NOWHERE"]["geometry"] is None


async def test_what_is_shown_is_exported_as_tables(
    signed_in: SignedInBrowser, island: Garden
) -> None:
    viewer = await signed_in(Role.VIEWER)
    answer = await exported(viewer, "format=csv&box=33.2,126.5,33.6,126.6&category=fast")
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert {(row["Charger"], row["Status"]) for row in rows} == {
        ("FAST", "Available"),
        ("BROKEN", "Faulted"),
    }
    assert {row["Site"] for row in rows} == {"북쪽", "'=남쪽"}
    german = await viewer.get("/export/chargers?format=csv", headers={"Accept-Language": "de"})
    assert german.content.decode("utf-8-sig").startswith("Ladestation;")
    workbook = (await exported(viewer, "format=xlsx")).content
    with zipfile.ZipFile(io.BytesIO(workbook)) as book:
        assert b"NOWHERE" in book.read("xl/sharedStrings.xml")


async def test_a_format_nobody_knows_is_refused(admin: httpx.AsyncClient) -> None:
    answer = await admin.get("/export/chargers?format=pdf")
    assert answer.status_code == 422
    assert "Choose JSON, GeoJSON, CSV or XLSX." in answer.text


async def test_the_list_and_the_links_follow_the_part_of_the_map(
    admin: httpx.AsyncClient, island: Garden
) -> None:
    html = (await admin.get("/?box=33.4,126,34,127&category=slow")).text
    assert 'id="row-SLOW"' in html
    assert 'id="row-FAST"' not in html
    assert 'id="row-BROKEN"' not in html
    assert "/export/chargers?category=slow&amp;box=33.40000%2C126.00000" in html
    assert 'id="in-view" aria-pressed="true"' in html
    assert 'id="row-BROKEN"' in (await admin.get("/?box=1,2,3")).text


async def test_the_chart_counts_only_what_is_left(admin: httpx.AsyncClient, island: Garden) -> None:
    for name, wh in (("SLOW", 90_000), ("FAST", 40_000)):
        hour = NOW.replace(minute=0)
        await island.put("energy_hour", station_id=name, hour=hour, energy_wh=wh, samples=1)
    everything = (await admin.get("/partials/hourly")).text
    assert "130.0 kWh in all" in everything
    assert "raised, above 150.0 kWh" in everything
    slow = (await admin.get("/partials/hourly?category=slow")).text
    assert "90.00 kWh in all" in slow
    assert "1 charger" in slow
    assert "high, above 62.50 kWh" in slow
    assert 'fill="url(#load-high)" x=' in slow
    assert 'fill="url(#load-high)" x=' not in everything


async def test_the_control_room_says_what_it_does_not_know(
    admin: httpx.AsyncClient, island: Garden
) -> None:
    html = (await admin.get("/partials/operations/reliability?site=north")).text
    assert "not measured yet" in html
    assert "no command was answered in this period" in html
    html = (await admin.get("/partials/operations/figures?site=north")).text
    assert "0 of 2 chargers in use" in html
    assert "Hottest charger" not in html
    number = await island.charging("FAST", power_w=50_000.0)
    await island.sample("FAST", NOW, transaction_id=number, temperature_c=44.0)
    html = (await admin.get("/partials/operations/figures?site=north")).text
    assert "44.0 <small>°C" in html
    assert "25 % load" in html
    assert (await admin.get("/partials/operations/nothing")).status_code == 404


async def test_a_passer_by_reads_no_id_token(admin: httpx.AsyncClient, island: Garden) -> None:
    await island.transaction(
        "FAST", transaction_id="x", id_token="CARD-00017", ended_at=NOW - timedelta(minutes=1)
    )
    html = (await admin.get("/operations")).text
    assert "•••017" in html
    assert "CARD-00017" not in html


async def test_more_than_can_be_drawn_is_said_as_it_is(
    admin: httpx.AsyncClient, garden: Garden
) -> None:
    """Chargers may draw more than their site's connection gives: the bar is full, the number true."""
    await garden.location("small", grid_limit_w=50_000.0)
    await garden.station("GREEDY", location_id="small", online=True)
    await garden.connector("GREEDY", "Occupied")
    await garden.charging("GREEDY", power_w=80_000.0)
    kpis = (await admin.get("/partials/kpis")).text
    assert "160 % of the available power" in kpis
    assert 'class="meter-fill" width="100"' in kpis
    figures = (await admin.get("/partials/operations/figures")).text
    assert "160 % load" in figures
    assert "160 % of the available power" in figures
    assert 'class="meter-fill" width="100"' in figures

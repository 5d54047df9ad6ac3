"""A real browser on the real thing: what a station does moves its marker, what a person does reaches the station."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from app.csms.context import Context
from app.simulator.fleet import plan_from_ids, run_fleet
from tests.factories import make_station, make_token
from tests.journeys.program import Program, program
from tests.journeys.visitor import PASSWORD, sign_in, visit
from tests.queries.planting import Garden

STATION = "emart_jeju_main_01"
MARKER = f'.mk.one[data-station="{STATION}"]'
SOON_MS = 30_000


@pytest.fixture
async def halla(context: Context, database_url: str) -> AsyncIterator[Program]:
    """The program with one station, which is simulated and waits."""
    await make_station(context, STATION)
    await make_token(context, "CARD-0001", name="Kim")
    environment = {"HALLA_DATABASE_URL": database_url, "HALLA_ADMIN_PASSWORD": PASSWORD}
    stop = asyncio.Event()
    async with program("serve", environment=environment) as running:
        plan = plan_from_ids(
            [STATION],
            url=f"ws://127.0.0.1:{running.ocpp_port}",
            version="2.0.1",
            scenario="idle",
            sample_interval_s=0.5,
        )
        fleet = asyncio.create_task(run_fleet(plan, stop=stop))
        yield running
        stop.set()
        await asyncio.wait_for(fleet, 30)


async def enter(browser: Browser, running: Program, complaints: list[str], locale: str) -> Page:
    """Sign in with a browser of one's own and open the station's drawer."""
    page = await visit(browser, complaints, locale=locale)
    base = f"http://127.0.0.1:{running.http_port}"
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((base, "data:"))
            else complaints.append(f"asked elsewhere: {request.url}")
        ),
    )
    await sign_in(page, running)
    await expect(page.locator("#map")).to_be_visible()
    await page.goto(f"{base}/?charger={STATION}")
    await expect(page.locator("#badge")).to_have_class(re.compile("is-live"), timeout=SOON_MS)
    return page


async def test_two_browsers_see_a_session_from_start_to_stop(
    browser: Browser, halla: Program
) -> None:
    complaints: list[str] = []
    kim = await enter(browser, halla, complaints, "en-US")
    lee = await enter(browser, halla, complaints, "ko-KR")
    for page in (kim, lee):
        await expect(page.locator(f"{MARKER}.s-available")).to_be_visible(timeout=SOON_MS)
    await expect(lee.locator(".leaflet-control-zoom-in")).to_have_accessible_name("확대")

    await kim.click("#start-open")
    await kim.fill("#start-token", "CARD-0001")
    await kim.press("#start-token", "Enter")
    for page in (kim, lee):
        await expect(page.locator(f"{MARKER}.s-charging")).to_be_visible(timeout=SOON_MS)
        await expect(page.locator(f"#row-{STATION}")).to_have_class(re.compile("s-charging"))
    await expect(kim.locator("#command-log")).to_contain_text("Accepted", timeout=SOON_MS)

    await kim.fill("#limit-number", "30")
    await kim.click("#limit-apply")
    accepted, measured = (f".truths div:nth-child({n}) dd" for n in (2, 3))
    for page in (kim, lee):
        await expect(page.locator(accepted)).to_have_text(
            re.compile(r"30(\.0)? kW"), timeout=SOON_MS
        )
        await expect(page.locator(measured)).to_have_text(
            re.compile(r"(30(\.0)?|[12]?\d\.\d) kW"), timeout=SOON_MS
        )

    await kim.locator("#actions form button.d").click()
    await kim.click("#ask-yes")
    for page in (kim, lee):
        # The car is still plugged in: the station is not charging, and not free either.
        await expect(page.locator("#actions form button.d")).to_be_disabled(timeout=SOON_MS)
        await expect(page.locator(f"{MARKER}.s-occupied")).to_be_visible(timeout=SOON_MS)
    assert complaints == []


async def test_when_the_program_goes_the_page_says_so_and_comes_back(
    browser: Browser, halla: Program, database_url: str
) -> None:
    page = await enter(browser, halla, [], "en-US")
    await expect(page.locator(MARKER)).to_be_visible(timeout=30_000)  # all its scripts have come
    # However long it was away: whoever watches sees it within ten seconds or so of its coming back.
    assert await page.evaluate("htmx.config.sse.reconnectMaxDelay") <= 10_000
    await halla.kill()
    await expect(page.locator("#badge")).not_to_have_class(re.compile("is-live"), timeout=30_000)
    environment = {
        "HALLA_DATABASE_URL": database_url,
        "HALLA_HTTP_PORT": str(halla.http_port),
        "HALLA_OCPP_PORT": str(halla.ocpp_port),
    }
    async with program("serve", environment=environment):
        await expect(page.locator("#badge")).to_have_class(re.compile("is-live"), timeout=30_000)
        await expect(page.locator(f"{MARKER}.s-available")).to_be_visible(timeout=30_000)


async def another_charger_with_a_fault(context: Context) -> None:
    """In the south, slow, faulted; both chargers have delivered something yesterday."""
    garden, yesterday = Garden(context.database), datetime.now(UTC) - timedelta(days=1)
    await garden.location("south", name="서귀포", name_en="South", position=(33.2432, 126.5659))
    await garden.station("south_01", location_id="south", category="slow", online=True)
    await garden.connector("south_01", "Faulted", error_code="GroundFailure", status_at=yesterday)
    for name, wh in ((STATION, 30_000), ("south_01", 10_000)):
        await garden.transaction(
            name,
            started_at=yesterday,
            ended_at=yesterday + timedelta(hours=1),
            energy_wh=wh,
        )


INK = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, at) => at % 4 === 3 && value).length;
}"""


REFETCHED = """() => new Promise(done => {
    document.addEventListener("htmx:finally:swap", event => {
        if (event.target.id === "connectors") setTimeout(() => done(document.title));
    });
    document.getElementById("live").dispatchEvent(new Event("meter"));
})"""


async def test_layers_filters_files_shares_of_power_and_alerts(
    browser: Browser, halla: Program, context: Context
) -> None:
    await another_charger_with_a_fault(context)
    complaints: list[str] = []
    page = await enter(browser, halla, complaints, "en-US")
    base = f"http://127.0.0.1:{halla.http_port}"
    here, south = page.locator(f"#row-{STATION}"), page.locator("#row-south_01")

    await page.click("#heat")
    note, scale = page.locator("#heat-note"), page.locator("#heat-legend")
    await expect(note).to_contain_text("40 kWh in all at 2 chargers", timeout=SOON_MS)
    await expect(scale).to_contain_text("30 kWh")
    assert await page.locator("canvas.heat").evaluate(INK) > 1_000
    assert "heat=energy" in page.url
    await page.select_option("#heat-weight", "sessions")
    await expect(note).to_contain_text("2 in all at 2 chargers", timeout=SOON_MS)

    await page.select_option("select[name=category]", "slow")
    await expect(here).to_have_count(0, timeout=SOON_MS)
    await expect(south).to_be_visible()
    await expect(note).to_contain_text("1 in all at 1 charger.", timeout=SOON_MS)
    await page.click("[popovertarget=export-menu]")
    async with page.expect_download() as downloading:
        await page.click("[data-export=json]")
    saved = Path(await (await downloading.value).path())
    told = json.loads(await asyncio.to_thread(saved.read_text))
    assert [each["charger_id"] for each in told["chargers"]] == ["south_01"]

    await page.goto(f"{base}/?box=33.4,126.3,33.6,126.8&charger={STATION}")
    await expect(page.locator("#in-view")).to_have_attribute("aria-pressed", "true")
    await expect(south).to_have_count(0)
    await expect(page.locator("a.mk").first).to_be_visible(timeout=SOON_MS)
    await page.click("#fit-all")
    await expect(south).to_be_visible(timeout=SOON_MS)

    tops = await page.locator(".load-legend li").evaluate_all("all => all.map(li => li.offsetTop)")
    assert len(tops) == 4
    assert len(set(tops)) == 1, "the legend is one line beside an open drawer"

    await page.click('[data-share="80"]')
    await expect(page.locator("#limit-number")).to_have_value("80")
    await expect(page.locator("#limit-output")).to_have_text("80 % = 80 kW")
    await page.click("#limit-reset")
    await expect(page.locator("#limit-number")).to_have_value("100")
    await expect(page.locator("#limit-reset")).to_be_disabled()
    await page.click('[data-share="60"]')
    await page.click("#limit-apply")
    await expect(page.locator(".truths div:nth-child(2) dd")).to_have_text(
        re.compile(r"60(\.0)? kW"), timeout=SOON_MS
    )

    await expect(page).to_have_title("(1) Overview · Halla")
    await page.goto(f"{base}/connectors")
    await expect(page).to_have_title("(1) Connectors · Halla")
    title = await page.evaluate(REFETCHED)
    assert title == "(1) Connectors · Halla", "a table that is fetched anew keeps the number"
    await page.goto(f"{base}/?charger={STATION}")
    await page.click("#bell")
    await page.click(".ack summary")
    await page.fill(".ack input[name=note]", "on my way")
    await page.keyboard.press("Enter")
    await expect(page.locator("#alerts")).to_contain_text("on my way", timeout=SOON_MS)
    await expect(page).to_have_title("Alerts · Halla")
    assert complaints == []


HURRIED = """() => new Promise(done => {
    const regions = new Set(["kpis", "rows"]);
    document.addEventListener("htmx:finally:swap", event => {
        regions.delete(event.target.id);
        if (!regions.size) done([]);
    });
    setInterval(() => document.getElementById("live").dispatchEvent(new Event("status")), 200);
    setTimeout(() => done([...regions]), 60_000);
})"""


async def test_news_that_come_faster_than_answers_leave_no_region_behind(
    browser: Browser, halla: Program
) -> None:
    page = await enter(browser, halla, [], "en-US")
    await expect(page.locator(f"{MARKER}.s-available")).to_be_visible(timeout=SOON_MS)

    async def late(route: Route) -> None:
        await asyncio.sleep(3)
        await route.continue_()

    await page.route(re.compile("/partials/(kpis|stations)"), late)
    assert await page.evaluate(HURRIED) == []
    await page.unroute_all(behavior="ignoreErrors")


async def test_the_legend_explains_an_unavailable_charger_while_there_is_one(
    browser: Browser, halla: Program
) -> None:
    page = await enter(browser, halla, [], "de-DE")
    legend = page.locator("#legend-unavailable")
    await expect(page.locator(f"{MARKER}.s-available")).to_be_visible(timeout=30_000)
    await expect(legend).to_be_hidden()
    for ask, status in (("Inoperative", "unavailable"), ("Operative", "available")):
        await page.click(".more-button")
        await page.click(f'form:has(input[value="{ask}"]) button')
        if ask == "Inoperative":
            await page.click("#ask-yes")
        await expect(page.locator(f"{MARKER}.s-{status}")).to_be_visible(timeout=SOON_MS)
        await expect(legend).to_be_visible(visible=status == "unavailable")
        widths = "all => all.every(card => card.scrollWidth <= card.clientWidth)"
        for width in (1440, 1280):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await page.locator(".kpi").evaluate_all(widths), "a card's name or note is cut"
        await page.set_viewport_size({"width": 1440, "height": 900})
    lines = await page.locator("#chart-note").evaluate("it => it.getClientRects().length")
    assert lines == 1, "the chart's note is one line beside an open drawer"
    tops = "all => new Set(all.map(it => it.getBoundingClientRect()).filter(it => it.height).map(it => it.top)).size"
    for width in (1440, 1280):
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.locator(".list .chips > .chip").evaluate_all(tops) == 1, (
            "the filters' line"
        )
        note = "it => it.scrollWidth <= it.clientWidth"
        assert await page.locator("#list-note").evaluate(note), "the list's note is cut"

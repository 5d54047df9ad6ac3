"""An admin's day in a browser: people, a session that nobody closed, the report, the log; nothing that axe minds."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from app.csms.context import Context
from tests.journeys.program import Program, program
from tests.journeys.visitor import PASSWORD, sign_in, visit
from tests.queries.planting import Garden

SOON_MS = 30_000
OUT_MS = 40_000
"""Who is signed out learns it with the next news that a page asks about; the alerts' bell asks every 20 s."""
LOOKS = (("en-GB", 1440, "light"), ("ko-KR", 390, "dark"), ("de-DE", 1440, "dark"))


@pytest.fixture
async def halla(context: Context, database_url: str) -> AsyncIterator[Program]:
    """One session of yesterday that never ended, and one that did."""
    garden = Garden(context.database)
    await garden.station("A", location_id=await garden.location(), online=False)
    await garden.put("id_token", token="card-1", name="Kim", group_id="staff", status="Accepted")
    began = datetime.now(UTC) - timedelta(days=1)
    day = {"started_at": began, "last_event_at": began + timedelta(minutes=5)}
    await garden.charging("A", **day, id_token="card-1")
    number = await garden.transaction(
        "A",
        **day,
        transaction_id="tx0",
        id_token="card-1",
        ended_at=began + timedelta(minutes=5),
        meter_wh=Decimal(8500),
    )
    for minute in range(6):
        at = began + timedelta(minutes=minute)
        await garden.sample("A", at, transaction_id=number, power_w=7000.0, energy_wh=minute)
    environment = {"HALLA_DATABASE_URL": database_url, "HALLA_ADMIN_PASSWORD": PASSWORD}
    async with program("serve", environment=environment) as running:
        yield running


async def enter(
    browser: Browser, halla: Program, locale: str, width: int, theme: str, complaints: list[str]
) -> Page:
    """Signed in, with the console listened to."""
    page = await visit(browser, complaints, locale=locale, width=width, theme=theme)
    await sign_in(page, halla, "/users")
    await expect(page.locator("#api-keys")).to_be_attached(timeout=SOON_MS)
    return page


async def test_an_admins_day(halla: Program, browser: Browser, context: Context) -> None:
    complaints: list[str] = []
    base = f"http://127.0.0.1:{halla.http_port}"
    page = await enter(browser, halla, "en-GB", 1440, "light", complaints)
    await page.fill("form[action='/users'] [name=name]", "lee")
    await page.click("form[action='/users'] button")
    await expect(page.get_by_label("Sign-in link")).to_be_visible(timeout=SOON_MS)
    link = await page.get_by_label("Sign-in link").input_value()
    guest = await (await browser.new_context()).new_page()
    await guest.goto(link)
    await expect(guest.locator("#main")).to_be_visible(timeout=SOON_MS)
    await page.get_by_role("button", name="Delete").first.click()
    await page.locator("#delete").get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("The user is gone.")).to_be_visible(timeout=SOON_MS)
    # In a page of its own: the one that is open may be on its way out already.
    again = await guest.context.new_page()
    await again.goto(base)
    assert "/sign-in" in again.url

    await page.goto(f"{base}/diagnostics")
    await page.get_by_role("button", name="Close by hand").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Close").click()
    await expect(page.get_by_text("Everything fits together.")).to_be_visible(timeout=SOON_MS)

    now = datetime.now(UTC)  # with days, because yesterday may be of another year
    since, until = (f"{now + timedelta(days=days):%Y-%m-%d}" for days in (-2, 1))
    await page.goto(f"{base}/reports/charging?since={since}&until={until}")
    await page.get_by_role("button", name="Export").click()
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="All that match, CSV").click()
    file = await (await waiting.value).path()
    assert file.read_text("utf-8-sig").splitlines()[1:] == ["staff;Kim;17;2;2550;KRW"]

    await page.goto(f"{base}/audit")
    rows = page.locator("tbody tr")
    await expect(rows.first).to_contain_text("Session closed by hand")
    await expect(guest).to_have_url(re.compile("/sign-in"), timeout=OUT_MS)
    assert complaints == []


async def test_nothing_that_axe_minds(halla: Program, browser: Browser, context: Context) -> None:
    async with context.database.read() as connection:
        found = await connection.execute("SELECT id FROM transaction WHERE ended_at IS NOT NULL")
        [(number,)] = await found.fetchall()
    complaints: list[str] = []
    for locale, width, theme in LOOKS:
        page = await enter(browser, halla, locale, width, theme, complaints)
        for path in (
            *("/users", "/users/edit?name=admin", "/account", "/sessions", f"/sessions/{number}"),
            *("/reports/charging", "/diagnostics", "/audit"),
        ):
            await page.goto(f"http://127.0.0.1:{halla.http_port}{path}")
            where = f"{path} {locale} {width} {theme}"
            minded = await Axe().run(page)
            assert minded.violations_count == 0, f"{where}: {minded.generate_report()}"
            wider = "document.documentElement.scrollWidth - innerWidth"
            assert await page.evaluate(wider) <= 0, where
        await page.context.close()
    assert complaints == []


async def test_a_phone_shows_every_button_of_a_head_whole(halla: Program, browser: Browser) -> None:
    complaints: list[str] = []
    page = await enter(browser, halla, "de-DE", 390, "light", complaints)
    for path in ("/charge-points/A/edit", "/charge-points", "/tags"):
        await page.goto(f"http://127.0.0.1:{halla.http_port}{path}")
        head = await page.locator(".page-head").bounding_box()
        assert head is not None
        for button in await page.locator(".page-head .btn").all():
            box = await button.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= head["x"] + head["width"] + 1, (path, box)
    assert complaints == []


async def test_the_top_bar_fits_every_screen_and_its_search_is_at_hand(
    halla: Program, browser: Browser
) -> None:
    complaints: list[str] = []
    page = await enter(browser, halla, "de-DE", 1440, "light", complaints)
    wider = "x => { document.getElementById('badge-text').textContent = x;" + (
        " return document.querySelector('.top').scrollWidth - innerWidth }"
    )
    for width in (360, 390, 834, 1024, 1200, 1280, 1440):
        await page.set_viewport_size({"width": width, "height": 844})
        for said in ("Verbindet neu · Stand 23:04", "Live · 11 s"):
            assert await page.evaluate(wider, said) <= 0, (width, said)
        await page.locator(".search label").click()
        await expect(page.locator("#search")).to_be_focused()
        box = await page.locator("#search").bounding_box()
        assert box is not None
        assert box["width"] >= 100, (width, box)
        await page.evaluate("document.activeElement.blur()")
    assert complaints == []

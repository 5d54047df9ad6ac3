"""Somebody who has never seen Halla starts the demo and goes from nothing to a session in a file, in each language.

Nothing but what the screen says is used: the link that the program prints, the address and the password that the page
shows, the menu's entries.
"""

import asyncio
import csv
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect
from websockets.exceptions import InvalidStatus

from app.simulator.fleet import plan_from_ids, run_fleet
from tests.browser import find_browser, launch_arguments, why_there_is_none
from tests.charger import charger
from tests.journeys.program import Program, program

STATION, TAG, OWNER = "JEJU-NEW-1", "04:A2:B3:C4", "Kim Minji"
SOON_MS = 20_000
LOCALES = {"ko": "ko-KR", "en": "en-GB", "de": "de-DE"}
WORDS = {
    "ko": ("충전기 관리", "첫 연결을 기다리는 중", "연결됨", "충전 카드", "사용 가능"),
    "en": (
        "Charge points",
        "Waits for its first connection",
        "Connected",
        "Charge tags",
        "May charge",
    ),
    "de": (
        "Ladestationen",
        "Wartet auf die erste Verbindung",
        "Verbunden",
        "Ladekarten",
        "Darf laden",
    ),
}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Headless Chromium; without one a visible skip, and with CI set a failure."""
    path = await asyncio.to_thread(find_browser)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(why_there_is_none())
        pytest.skip(why_there_is_none())
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=str(path), args=launch_arguments()
        )
        yield launched
        await launched.close()


@pytest.fixture
async def demo(database_url: str, tmp_path: Path) -> AsyncIterator[Program]:
    """What `make demo` starts."""
    environment = {"HALLA_DATABASE_URL": database_url, "HALLA_DATA_DIR": str(tmp_path)}
    async with program("demo", environment=environment) as running:
        yield running


async def choose(page: Page, path: str) -> None:
    """Open the menu for managing and take an entry."""
    await page.click("button[popovertarget=manage]")
    await page.click(f'#manage a[href="{path}"]')


async def add_charge_point(page: Page) -> tuple[str, str]:
    """Describe a charger at a new site with a new price, its place by a pin; the address and password it is given."""
    await page.click('main a[href="/charge-points/new"]')
    await page.fill("[name=station_id]", STATION)
    await page.fill("[name=max_power_kw]", "100")
    await page.select_option("[name=location_id]", "+")
    await page.fill("[name=site_name]", "새 주차장")
    await page.locator("#pin.leaflet-container").click(position={"x": 400, "y": 150})
    await page.locator("#pin .pin-icon").press("ArrowRight")
    assert re.fullmatch(r"3\d\.\d{2,6}", await page.input_value("[name=latitude]"))
    assert re.fullmatch(r"12\d\.\d{2,6}", await page.input_value("[name=longitude]"))
    await page.select_option("[name=tariff_id]", "+")
    await page.fill("[name=tariff_name]", "Tag 200")
    await page.fill("[name=tariff_price]", "200")
    await page.click("button[name=save]")
    address = await page.locator("#ocpp-url").inner_text()
    return address, await page.locator("#ocpp-password").inner_text()


async def start_and_stop(page: Page) -> None:
    """Start with the tag's name, wait until it charges, stop, confirm."""
    row = page.locator(f'tr[data-station="{STATION}"]')
    await row.locator(".starter summary").click()
    await row.locator("[name=id_token]").fill(OWNER)
    await row.locator("[name=id_token]").press("Enter")
    stop = row.locator('form[action$="/stop"] button')
    await expect(stop).to_be_visible(timeout=SOON_MS)
    await expect(row).to_contain_text(TAG.lower())
    await expect(row).to_contain_text(re.compile(r"[1-9][\d.,]* kW\b"), timeout=SOON_MS)
    await expect(row).to_contain_text(re.compile(r"0[.,]\d*[1-9]\d* kWh"), timeout=SOON_MS)
    await stop.click()
    await page.click("#ask-yes")
    await expect(row.locator(".starter summary")).to_be_visible(timeout=SOON_MS)


async def download_sessions(page: Page) -> list[dict[str, str]]:
    """The file of the sessions page, narrowed to the charger, as rows."""
    await page.click('nav a[href="/sessions"]')
    await page.fill("[name=station]", STATION)
    await page.press("[name=station]", "Enter")
    await page.click("button[popovertarget=session-files]")
    async with page.expect_download() as waiting:
        await page.locator(
            '#session-files a[href^="/sessions/export"][href*="kind=csv"]'
        ).first.click()
    path = Path(await (await waiting.value).path())
    text = await asyncio.to_thread(path.read_text, "utf-8-sig")
    return list(csv.DictReader(text.splitlines(), delimiter=";"))


@pytest.mark.parametrize("language", LOCALES)
async def test_from_make_demo_to_a_session_in_a_file(
    browser: Browser, demo: Program, language: str
) -> None:
    points, waits, connected, tags, may_charge = WORDS[language]
    complaints: list[str] = []
    visitor = await browser.new_context(
        locale=LOCALES[language], viewport={"width": 1440, "height": 900}
    )
    page = await visitor.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    link = re.search(r"http://\S+/sign-in/link/\S+", "".join(demo.said))
    assert link is not None
    await page.goto(link[0])
    await choose(page, "/charge-points")
    await expect(page.locator("h1")).to_have_text(points)
    address, password = await add_charge_point(page)
    assert address == f"ws://127.0.0.1:{demo.ocpp_port}/{STATION}"
    await expect(page.locator("#arrival")).to_contain_text(waits)
    await expect(page.locator("#badge")).to_have_class(re.compile("is-live"), timeout=SOON_MS)

    with pytest.raises(InvalidStatus, match="401"):  # somebody mistyped the password
        async with charger(demo.ocpp_port, STATION, password="not what the page said"):
            pass
    await expect(page.locator("#arrival p.s-faulted")).to_be_visible(timeout=SOON_MS)

    stop = asyncio.Event()
    plan = plan_from_ids(
        [STATION],
        url=address.removesuffix(f"/{STATION}"),
        version="2.0.1",
        scenario="idle",
        sample_interval_s=0.5,
        password=password,
    )
    fleet = asyncio.create_task(run_fleet(plan, stop=stop))
    try:
        await expect(page.locator("#arrival")).to_contain_text(connected, timeout=SOON_MS)
        await choose(page, "/tags")
        await expect(page.locator("h1")).to_have_text(tags)
        await page.click('main a[href="/tags/new"]')
        await page.fill("[name=token]", TAG)
        await page.fill("[name=name]", OWNER)
        await page.click("button[name=save]")
        await expect(page.locator("tbody tr")).to_have_count(1)
        await expect(page.locator("tbody tr")).to_contain_text(may_charge)
        await choose(page, "/connectors")
        await page.fill("main [name=q]", STATION)
        await page.press("main [name=q]", "Enter")
        await start_and_stop(page)
        rows = await download_sessions(page)
    finally:
        stop.set()
        await asyncio.wait_for(fleet, 30)
    assert len(rows) == 1
    line = ";".join(rows[0].values())
    assert OWNER in line or TAG.lower() in line.lower()
    assert complaints == []
    await visitor.close()

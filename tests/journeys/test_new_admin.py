"""Somebody who has never seen Halla starts the demo and goes from nothing to a session in a file, in each language.

Nothing but what the screen says is used: the link that the program prints, the address and the password that the page
shows, the menu's entries.
"""

import asyncio
import csv
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect
from websockets.exceptions import InvalidStatus

from app.simulator.fleet import plan_from_ids, run_fleet
from tests.charger import charger
from tests.journeys.program import Program, program
from tests.journeys.visitor import visit

SOON_MS = 30_000
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
async def demo(database_url: str, tmp_path: Path) -> AsyncIterator[Program]:
    """What `make demo` starts."""
    environment = {"HALLA_DATABASE_URL": database_url, "HALLA_DATA_DIR": str(tmp_path)}
    async with program("demo", environment=environment) as running:
        yield running


async def choose(page: Page, path: str) -> None:
    """Open the menu for managing and take an entry; there, because pages have fields of the same names."""
    await page.click("button[popovertarget=manage]")
    await page.click(f'#manage a[href="{path}"]')
    await expect(page).to_have_url(re.compile(f"{path}$"), timeout=SOON_MS)


async def add_charge_point(page: Page, station: str) -> tuple[str, str]:
    """Describe a charger at a new site with a new price, its place by a pin; the address and password it is given."""
    await page.click('main a[href="/charge-points/new"]')
    await page.fill("[name=station_id]", station)
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


async def start_and_stop(page: Page, station: str, tag: str, owner: str) -> None:
    """Start with the tag's name, wait until it charges, stop, confirm."""
    row = page.locator(f'tr[data-station="{station}"]')
    await row.locator(".starter summary").click()
    await row.locator("[name=id_token]").fill(owner)
    await row.locator("[name=id_token]").press("Enter")
    stop = row.locator('form[action$="/stop"] button')
    await expect(stop).to_be_visible(timeout=SOON_MS)
    await expect(row).to_contain_text(tag.lower())
    await expect(row).to_contain_text(re.compile(r"[1-9][\d.,]* kW\b"), timeout=SOON_MS)
    await expect(row).to_contain_text(re.compile(r"0[.,]\d*[1-9]\d* kWh"), timeout=SOON_MS)
    await stop.click()
    await page.click("#ask-yes")
    await expect(row.locator(".starter summary")).to_be_visible(timeout=SOON_MS)


async def download_sessions(page: Page, station: str) -> list[dict[str, str]]:
    """The file of the sessions page, narrowed to the charger, as rows."""
    await page.click('nav a[href="/sessions"]')
    await expect(page).to_have_url(re.compile("/sessions$"), timeout=SOON_MS)
    await page.fill("[name=station]", station)
    await page.press("[name=station]", "Enter")
    await expect(page).to_have_url(re.compile(rf"station={station}\b"), timeout=SOON_MS)
    await page.click("button[popovertarget=session-files]")
    async with page.expect_download() as waiting:
        await page.locator(
            '#session-files a[href^="/sessions/export"][href*="kind=csv"]'
        ).first.click()
    path = Path(await (await waiting.value).path())
    text = await asyncio.to_thread(path.read_text, "utf-8-sig")
    return list(csv.DictReader(text.splitlines(), delimiter=";"))


async def enter(page: Page, demo: Program, language: str) -> None:
    """By the link that works once, or with the name and the password that are printed once."""
    said = "".join(demo.said)
    link, password = (
        re.search(pattern, said)
        for pattern in (r"(http://\S+?/)sign-in/link/\S+", r"'admin' with the password (\S+)")
    )
    assert link is not None
    assert password is not None
    if language == "en":
        await page.goto(link[0])
        return
    await page.goto(link[1])
    await page.fill("[name=name]", "admin")
    await page.fill("[name=password]", password[1])
    await page.press("[name=password]", "Enter")


async def journey(browser: Browser, demo: Program, language: str) -> None:
    """One admin, one language, one charger, one tag."""
    station, tag, owner = f"JEJU-{language.upper()}-1", f"04:A2:{language}:C4", f"Kim {language}"
    points, waits, connected, tags, may_charge = WORDS[language]
    complaints: list[str] = []
    page = await visit(browser, complaints, locale=LOCALES[language])

    await enter(page, demo, language)
    await choose(page, "/charge-points")
    await expect(page.locator("h1")).to_have_text(points)
    address, password = await add_charge_point(page, station)
    assert address == f"ws://127.0.0.1:{demo.ocpp_port}/{station}"
    await expect(page.locator("#arrival")).to_contain_text(waits)
    await expect(page.locator("#badge")).to_have_class(re.compile("is-live"), timeout=SOON_MS)

    with pytest.raises(InvalidStatus, match="401"):  # somebody mistyped the password
        async with charger(demo.ocpp_port, station, password="not what the page said"):
            pass
    await expect(page.locator("#arrival p.s-faulted")).to_be_visible(timeout=SOON_MS)

    async with playing(station, address, password):
        await expect(page.locator("#arrival")).to_contain_text(connected, timeout=SOON_MS)
        await choose(page, "/tags")
        await expect(page.locator("h1")).to_have_text(tags)
        await page.click('main a[href="/tags/new"]')
        await page.fill("[name=token]", tag)
        await page.fill("[name=name]", owner)
        await page.click("button[name=save]")
        await expect(page.locator("tbody tr")).to_have_count(1)
        await expect(page.locator("tbody tr")).to_contain_text(may_charge)
        await choose(page, "/connectors")
        await page.fill("main [name=q]", station)
        await page.press("main [name=q]", "Enter")
        await expect(page).to_have_url(re.compile(rf"q={station}\b"), timeout=SOON_MS)
        await start_and_stop(page, station, tag, owner)
        rows = await download_sessions(page, station)
    assert len(rows) == 1, rows
    assert {owner, tag.lower()} & set(rows[0].values()), rows
    assert complaints == []
    await page.context.close()


@asynccontextmanager
async def playing(station: str, address: str, password: str) -> AsyncIterator[None]:
    """The charger: a virtual one that was told what the page shows."""
    stop = asyncio.Event()
    plan = plan_from_ids(
        [station],
        url=address.removesuffix(f"/{station}"),
        version="2.0.1",
        scenario="idle",
        sample_interval_s=0.5,
        password=password,
    )
    fleet = asyncio.create_task(run_fleet(plan, stop=stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(fleet, 30)


async def test_from_make_demo_to_a_session_in_a_file_in_every_language(
    browser: Browser, demo: Program
) -> None:
    """Three admins at once: one demo is started for all of them."""
    ends = await asyncio.gather(
        *(journey(browser, demo, language) for language in LOCALES), return_exceptions=True
    )
    told = {language: end for language, end in zip(LOCALES, ends, strict=True) if end is not None}
    assert told == {}

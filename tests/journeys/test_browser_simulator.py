"""The simulator's page in a real browser: a session over a real socket, and the system's commands obeyed."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from playwright.async_api import Browser, Page, WebSocket, expect

from app.csms.context import Context
from tests.factories import make_station, make_token
from tests.journeys.program import Program, program
from tests.journeys.visitor import PASSWORD, sign_in, visit

STATION = "emart_jeju_main_01"
KEY = "a-key-of-the-simulators-journey"
SOON_MS = 30_000


@pytest.fixture
async def halla(context: Context, database_url: str) -> AsyncIterator[Program]:
    await make_station(context, STATION)
    await make_token(context, "card-12345", name="Kim")
    environment = {
        "HALLA_DATABASE_URL": database_url,
        "HALLA_ADMIN_PASSWORD": PASSWORD,
        "HALLA_ADMIN_API_KEY": KEY,
    }
    async with program("serve", environment=environment) as running:
        yield running


async def opened(browser: Browser, running: Program, complaints: list[str]) -> Page:
    page = await visit(browser, complaints, locale="en-GB")
    await sign_in(page, running, "/simulator")
    await expect(page.locator("#simulator")).to_be_visible()
    return page


async def test_sessions_are_played_and_commanded(
    halla: Program, browser: Browser, context: Context
) -> None:
    complaints: list[str] = []
    page = await opened(browser, halla, complaints)
    sockets: list[WebSocket] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    for protocol in ("ocpp1.6", "ocpp2.0.1", "ocpp2.1"):
        await _play(page, halla, protocol)
    assert complaints == []
    assert len(sockets) == 3, "a double click connects once"
    async with context.database.read() as connection:
        cursor = await connection.execute(
            "SELECT id_token, ended_at IS NOT NULL, energy_wh > 0 FROM transaction"
        )
        rows = [(row[0].lower(), *row[1:]) for row in await cursor.fetchall()]
    assert rows == [("card-12345", True, True)] * 3


async def _play(page: Page, halla: Program, protocol: str) -> None:
    """Connect, charge, be limited, be stopped, send nonsense, disconnect."""
    await page.select_option("select[name=protocol]", protocol)
    await page.fill("input[name=station]", STATION)
    await page.fill("input[name=kw]", "50")
    await page.fill("input[name=every]", "1")
    await page.dblclick("button[name=connect]")
    await expect(page.locator("#sim-badge")).to_have_text("Connected", timeout=SOON_MS)
    log = page.locator("#sim-log")
    await expect(log).to_contain_text("Accepted, a heartbeat every", timeout=SOON_MS)

    await page.click("[data-send=start]")
    await expect(page.locator("#sim-state")).to_have_text("Charging", timeout=SOON_MS)
    await expect(page.locator("#sim-power")).to_have_text("50.0", timeout=SOON_MS)

    api = f"http://127.0.0.1:{halla.http_port}"
    async with httpx.AsyncClient(base_url=api, headers={"X-API-Key": KEY}, timeout=40) as client:
        limited = await client.patch(f"/chargers/{STATION}/power", json={"max_power_kw": 20})
        assert limited.status_code == 200, limited.text
        await expect(page.locator("#sim-power")).to_have_text("20.0", timeout=SOON_MS)
        stopped = await client.post(f"/chargers/{STATION}/stop", json={})
        assert stopped.status_code == 200, stopped.text
        assert stopped.json()["energy_consumed"] > 0
        cleared = await client.patch(f"/chargers/{STATION}/power", json={"max_power_kw": 50})
        assert cleared.status_code == 200, cleared.text
    await expect(page.locator("#sim-state")).to_have_text("Available", timeout=SOON_MS)

    await page.fill("#sim-frame", '[2,"free-1","NoSuchAction",{}]')
    await page.click("#sim-free-frame")
    await page.fill("#sim-filter", "free-1")
    await expect(log.locator("li")).to_have_count(2, timeout=SOON_MS)
    await expect(log).to_contain_text('[4,"free-1","Not')
    await page.fill("#sim-filter", "")
    await page.click("#sim-clear")
    await page.click("#sim-disconnect")
    await expect(page.locator("#sim-badge")).to_have_text("Disconnected", timeout=SOON_MS)
    await expect(page.locator("button[name=connect]")).to_be_enabled()
    async with asyncio.timeout(30):
        while await _is_online(halla):
            await asyncio.sleep(0.2)


async def _is_online(halla: Program) -> bool:
    url = f"http://127.0.0.1:{halla.http_port}/chargers/{STATION}"
    async with httpx.AsyncClient(headers={"X-API-Key": KEY}, timeout=20) as client:
        return bool((await client.get(url)).json()["connected"])


async def test_who_is_refused_is_told_why(
    halla: Program, browser: Browser, context: Context
) -> None:
    page = await opened(browser, halla, [])
    await page.fill("input[name=url]", "ws://127.0.0.1:1")
    await page.click("button[name=connect]")
    await expect(page.locator("#sim-log")).to_contain_text("No connection to", timeout=SOON_MS)
    async with context.database.read() as connection:
        await connection.execute(
            "INSERT INTO station_state (station_id, online) VALUES (%s, true)"
            " ON CONFLICT (station_id) DO UPDATE SET online = true",
            (STATION,),
        )
    await page.fill("input[name=url]", f"ws://127.0.0.1:{halla.ocpp_port}")
    await page.fill("input[name=station]", STATION)
    await page.click("button[name=connect]")
    await expect(page.locator("#sim-log")).to_contain_text("push it out", timeout=SOON_MS)


async def test_the_log_can_be_taken_along_without_a_clipboard(
    halla: Program, browser: Browser
) -> None:
    """On plain http, from another machine, a browser has none: the log is selected instead."""
    complaints: list[str] = []
    page = await visit(browser, complaints, locale="en-GB")
    await page.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
    )
    await sign_in(page, halla, "/simulator")
    await expect(page.locator("#sim-log")).to_contain_text("Simulator ready")
    await page.click("#sim-copy")
    await expect(page.locator("#sim-log")).to_contain_text("The log is selected: press Ctrl+C.")
    selected = await page.evaluate("getSelection().toString()")
    assert "Simulator ready" in selected
    assert complaints == []

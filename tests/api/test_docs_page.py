"""/docs in a real browser, under the dashboard's own rules: it is drawn, it can be tried, nothing is refused."""

import pytest
from playwright.async_api import async_playwright, expect

from app.api.app import add_api
from app.csms import accounts
from app.csms.audit import HALLA
from app.csms.context import Context
from app.domain.roles import Role
from app.main import serve_http
from app.web.app import create_app
from tests.browser import find_browser, launch_arguments, why_there_is_none
from tests.queries.planting import Garden

SOON_MS = 30_000


async def test_the_page_is_drawn_and_can_be_tried(context: Context, garden: Garden) -> None:
    if find_browser() is None:
        pytest.skip(why_there_is_none())
    await garden.station("A", online=True)
    await accounts.create_account(context, HALLA, "kim", "correct horse", Role.VIEWER)
    signed_in = await accounts.sign_in(context, "kim", "correct horse")
    key = await accounts.create_api_key(context, HALLA, "docs", Role.VIEWER)
    application = create_app(context)
    add_api(application, context)
    async with (
        serve_http(application, "127.0.0.1", 0) as port,
        async_playwright() as playwright,
    ):
        base = f"http://127.0.0.1:{port}"
        browser = await playwright.chromium.launch(
            executable_path=str(find_browser()), args=launch_arguments()
        )
        page = await browser.new_page(base_url=base)
        complaints: list[str] = []
        elsewhere: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else 0)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda asked: (
                None if asked.url.startswith((base, "data:")) else elsewhere.append(asked.url)
            ),
        )
        await page.context.add_cookies(
            [{"name": "halla_session", "value": signed_in.token, "url": base}]
        )
        await page.goto("/docs")
        start = page.locator("#operations-Control-start_charging_chargers__charger_id__start_post")
        await expect(start).to_be_visible(timeout=SOON_MS)
        await page.get_by_role("button", name="Authorize").click()
        await page.locator("#auth-bearer-value").fill(key)
        await page.get_by_label("Apply credentials").first.click()
        await page.get_by_role("button", name="Close", exact=True).first.click()
        listing = page.locator("#operations-Control-list_chargers_chargers_get")
        await listing.get_by_role("button").first.click()
        await listing.get_by_role("button", name="Execute").click()
        await expect(listing.locator(".live-responses-table")).to_contain_text(
            '"connected": true', timeout=SOON_MS
        )
        await browser.close()
    assert elsewhere == []
    assert complaints == []

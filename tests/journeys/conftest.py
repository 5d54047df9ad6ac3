"""The real thing: lanes, ingress and a context, on a free port; and a browser for who needs one."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from app.config import ROOT
from app.csms.context import Context
from app.csms.journal import Journal
from app.csms.lanes import Lanes
from app.ingress.server import serve
from tests.browser import find_browser, launch_arguments, why_there_is_none

# Nothing is shown later for it: it is how long a slow machine may take.
expect.set_options(timeout=30_000)


@pytest.fixture
async def ocpp_port(context: Context) -> AsyncIterator[int]:
    """An ingress over a database of one's own."""
    journal = Journal(context)
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, journal, host="127.0.0.1", port=0) as server,
    ):
        yield server.port


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
async def bare_page(browser: Browser) -> Page:
    """An empty page at the root of the static files: for a script alone, without the program."""
    host = "http://halla.test"

    async def serve(route: Route) -> None:
        path = route.request.url.removeprefix(host).lstrip("/")
        if path.endswith(".js"):
            await route.fulfill(path=ROOT / "static" / path)
        else:
            await route.fulfill(body="<!doctype html>", content_type="text/html")

    page = await browser.new_page()
    await page.route(f"{host}/**", serve)
    await page.goto(host)
    return page

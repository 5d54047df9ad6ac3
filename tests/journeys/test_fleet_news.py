"""What the map knows of chargers, alone in a browser."""

import asyncio
import json

from playwright.async_api import Page, Route

LISTENING = """async () => {
    document.body.innerHTML = '<div id="live"></div>';
    const { load, fleet } = await import("/js/fleet.js");
    window.fleet = fleet;
    load();
}"""
RESYNC = """() => document.getElementById("live").dispatchEvent(
    new CustomEvent("resync", { detail: { data: "{}" } }))"""


async def test_what_changed_while_the_snapshot_was_on_its_way_is_asked_for_again(
    bare_page: Page,
) -> None:
    """The first was read before the second charger was there; nobody speaks of it again."""
    asked, let_go = asyncio.Queue[int](), asyncio.Event()
    number = 0

    async def snapshot(route: Route) -> None:
        nonlocal number
        number += 1
        there = [{"station_id": name, "revision": 1} for name in "AB"[:number]]
        asked.put_nowait(number)
        if number == 1:
            await let_go.wait()
        body = {"now": "2026-11-20T03:00:00Z", "sites": [], "stations": there}
        await route.fulfill(body=json.dumps(body), content_type="application/json")

    await bare_page.route("**/map/stations.json", snapshot)
    await bare_page.evaluate(LISTENING)
    async with asyncio.timeout(20):
        assert await asked.get() == 1
        await bare_page.evaluate(RESYNC)
        await bare_page.evaluate(RESYNC)
        let_go.set()
        await bare_page.wait_for_function('() => window.fleet.get("B")')
    await asyncio.sleep(0.3)
    assert number == 2

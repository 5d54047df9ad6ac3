"""An original simulator, unchanged, limited from the dashboard: it accepts, and what it reports follows."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

from playwright.async_api import Browser, Page, expect

from app.csms.context import Context
from tests.factories import make_station
from tests.ingress.legacy.periods_two_z import TwoZ
from tests.journeys.program import program
from tests.journeys.test_commands import until
from tests.journeys.visitor import PASSWORD, sign_in, visit

STATION = "emart_jeju_main_01"
SOON_MS = 30_000
TICK_S = 0.25
"""Of its 5 s: its clock goes so much faster."""


@asynccontextmanager
async def charging(port: int) -> AsyncIterator[TwoZ]:
    """Simulator A with a session that somebody began at the station."""
    async with TwoZ.connected(port, STATION) as cp:
        await cp.start()

        async def go_on() -> None:
            while True:
                await asyncio.sleep(TICK_S)
                await cp.tick()

        ticking = asyncio.create_task(go_on())
        try:
            yield cp
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
        await cp.stop()


async def drag_slider(page: Page, share: float) -> float:
    """From where it stands to a share of its width; which kW it says then."""
    slider = page.locator("#limit-slider")
    await slider.scroll_into_view_if_needed()
    box = await slider.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    await page.mouse.move(box["x"] + box["width"] - 8, middle)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] * share, middle, steps=5)
    await page.mouse.up()
    return float(await page.input_value("#limit-number"))


async def test_a_limit_from_the_slider_is_accepted_by_a_and_its_power_follows(
    browser: Browser, context: Context, database_url: str
) -> None:
    await make_station(context, STATION, price="150")
    environment = {"HALLA_DATABASE_URL": database_url, "HALLA_ADMIN_PASSWORD": PASSWORD}
    complaints: list[str] = []
    async with program("serve", environment=environment) as running:
        page = await visit(browser, complaints, locale="en-US")
        await sign_in(page, running, f"/?charger={STATION}")
        await expect(page.locator("#badge")).to_have_class(re.compile("is-live"), timeout=SOON_MS)
        async with charging(running.ocpp_port) as cp:
            accepted, measured = (page.locator(f".truths div:nth-child({n}) dd") for n in (2, 3))
            await expect(measured).to_contain_text("100 kW", timeout=SOON_MS)
            kw = await drag_slider(page, 0.4)
            assert 30 <= kw <= 50
            assert cp.calls == []  # moving sends nothing
            await page.click("#limit-apply")
            said = re.compile(rf"^{kw:g}(\.0)? kW")
            await expect(accepted).to_have_text(said, timeout=SOON_MS)
            await expect(measured).to_have_text(said, timeout=SOON_MS)
            await expect(page.locator("#command-log")).to_contain_text("Accepted")
            assert cp.power == kw
            assert await until(
                context, "SELECT requested_w, accepted_w, status FROM power_limit"
            ) == (kw * 1000, kw * 1000, "accepted")
            await until(context, f"SELECT 1 FROM evse_state WHERE power_w = {kw * 1000}")
            limited = f"SELECT 1 FROM meter_sample WHERE power_w = {kw * 1000} OFFSET 2"
            await until(context, limited)
        row = await until(
            context, "SELECT energy_wh, cost FROM transaction WHERE ended_at IS NOT NULL"
        )
        assert complaints == []
        await page.close()
    assert abs(float(row[0]) - cp.kwh * 1000) < 0.001 < row[0]
    assert abs(row[1] - row[0] * 150 / 1000) <= Decimal("0.5")
    steps = await until(
        context,
        f"""SELECT min(step), max(step) FROM (
                SELECT energy_wh - lag(energy_wh) OVER (ORDER BY measured_at) AS step, power_w,
                       lag(power_w) OVER (ORDER BY measured_at) AS before_w
                FROM meter_sample) s
            WHERE power_w = {kw * 1000} AND before_w = power_w AND step > 0""",
    )
    assert [round(float(step), 3) for step in steps] == [round(kw * 1000 / 3600 * 5, 3)] * 2

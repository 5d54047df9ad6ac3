"""The badge that says how old the data is, alone in a browser."""

import pytest
from playwright.async_api import Page, expect

LOST = """async ({ page, part }) => {
    document.documentElement.dataset.zone = page;
    document.body.innerHTML = `<main>${part ? `<p data-zone="${part}"></p>` : ""}</main>
        <div id="live"></div><span id="badge"><span id="badge-text"></span></span>
        <script type="application/json" id="words">{"reconnecting": "from {time}", "stale": "from {time}"}</script>`;
    await import("/js/live.js");
    const live = document.getElementById("live");
    live.dispatchEvent(new Event("htmx:sse:after:message"));
    live.dispatchEvent(new Event("htmx:sse:close"));
}"""


@pytest.mark.parametrize(
    ("page", "part", "time"),
    [
        ("Asia/Seoul", "", "12:00"),
        ("Europe/Berlin", "", "04:00"),
        ("Asia/Seoul", "Europe/Berlin", "04:00"),
    ],
)
async def test_the_age_of_the_data_is_told_on_the_clock_of_the_page(
    bare_page: Page, page: str, part: str, time: str
) -> None:
    """A part that was narrowed to a site since has that site's clock."""
    await bare_page.clock.install(time="2026-11-20T03:00:00Z")
    await bare_page.evaluate(LOST, {"page": page, "part": part})
    await bare_page.clock.run_for(5_000)
    await expect(bare_page.locator("#badge-text")).to_have_text(f"from {time}")

"""The heatmap's numbers, computed by the browser: amounts of neighbours add up, their shares of time do not."""

from typing import Any

import pytest
from playwright.async_api import Page

MEASURED = """async ([points, mean]) => {
    const { ceilingOf, fieldOf, gather } = await import("/js/heat_field.js");
    const cells = gather(points.map(([x, y, value]) => [{ x, y }, value]));
    const ceiling = ceilingOf(cells, mean);
    const field = fieldOf(cells, { x: 0, y: 0 }, { width: 400, height: 200, ceiling, mean });
    return { ceiling, most: Math.max(...field), at: points.map(([x, y]) => ceiling * field[y * 400 + x]) };
}"""


FADED = """async count => {
    const { fieldOf, gather } = await import("/js/heat_field.js");
    const cells = gather(Array.from({ length: count }, () => [{ x: 100, y: 100 }, 30]));
    const field = fieldOf(cells, { x: 0, y: 0 }, { width: 200, height: 200, ceiling: 30, mean: true });
    return [100, 125, 140].map(x => field[100 * 200 + x]);
}"""


async def measured(page: Page, points: list[tuple[int, int, float]], *, mean: bool) -> Any:
    return await page.evaluate(MEASURED, [points, mean])


async def test_twelve_chargers_at_thirty_percent_are_thirty_percent(bare_page: Page) -> None:
    crowd = [(100 + number, 100, 30.0) for number in range(12)]
    told = await measured(bare_page, crowd, mean=True)
    assert told["ceiling"] == pytest.approx(30)
    assert told["most"] == pytest.approx(1)
    assert (await measured(bare_page, crowd, mean=False))["ceiling"] == pytest.approx(360)


async def test_shares_mix_where_they_meet_and_stay_apart_elsewhere(bare_page: Page) -> None:
    told = await measured(
        bare_page, [(100, 100, 80.0), (104, 100, 40.0), (300, 100, 20.0)], mean=True
    )
    assert told["ceiling"] == pytest.approx(60)
    assert told["at"] == pytest.approx([60, 60, 20], rel=0.01)


async def test_a_crowd_fades_with_distance_as_one_charger_does(bare_page: Page) -> None:
    alone, crowd = [await bare_page.evaluate(FADED, count) for count in (1, 12)]
    assert alone == pytest.approx([1, 0.5, 0], abs=0.01)
    assert crowd == pytest.approx(alone, abs=0.01)


async def test_amounts_add_up_whatever_is_drawn_first(bare_page: Page) -> None:
    points = [(100, 100, 1000.0), (130, 100, 3000.0), (300, 100, 2000.0)]
    told = await measured(bare_page, points, mean=False)
    assert told["at"][2] == pytest.approx(2000, rel=0.01)
    assert told["ceiling"] == pytest.approx(max(told["at"]), rel=0.01)
    assert told["at"][1] > 3000
    turned = await measured(bare_page, points[::-1], mean=False)
    assert turned["at"] == pytest.approx(told["at"][::-1])

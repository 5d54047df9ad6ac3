"""Statistics: by days of the site's own zone, a session on the day on which it began."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.domain.errors import NotFound, StationNotFound
from app.queries.dashboard_day import dashboard_day
from app.queries.statistics import charger_day, charger_period, site_period
from app.store.database import Database
from tests.queries.planting import KST_MIDNIGHT, NOW, Garden

TODAY = date(2026, 11, 20)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
YESTERDAY = TODAY - DAY


@pytest.fixture
def garden(database: Database) -> Garden:
    return Garden(database)


async def plant(garden: Garden) -> None:
    """A charger with an alias: one session yesterday that ends after midnight, one ended today, one running."""
    await garden.station("A", location_id=await garden.location(), online=True)
    await garden.put("station_alias", alias="a", station_id="A")
    await garden.transaction(
        "A", energy_wh=4_000, cost=600, started_at=KST_MIDNIGHT - HOUR, ended_at=KST_MIDNIGHT + HOUR
    )
    await garden.transaction(
        "A", energy_wh=2_000, cost=300, started_at=KST_MIDNIGHT + 2 * HOUR, ended_at=NOW - 2 * HOUR
    )
    await garden.charging("A")


async def test_a_chargers_day_is_that_of_its_site(database: Database, garden: Garden) -> None:
    await plant(garden)
    name, today = await charger_day(database, "a", None, now=NOW)
    assert name == "A"
    assert (today.day, today.sessions, today.energy_wh, today.revenue) == (TODAY, 2, 10_500, 1_575)
    assert today.average_revenue == Decimal("787.5")
    _, yesterday = await charger_day(database, "A", YESTERDAY, now=NOW)
    assert (yesterday.sessions, yesterday.energy_wh, yesterday.busy_s) == (1, 4_000, 7_200)
    _, nothing = await charger_day(database, "A", TODAY - 9 * DAY, now=NOW)
    assert (nothing.sessions, nothing.energy_wh, nothing.average_revenue) == (0, 0, 0)
    with pytest.raises(StationNotFound):
        await charger_day(database, "B", None, now=NOW)


async def test_a_charger_elsewhere_has_days_of_its_own(database: Database, garden: Garden) -> None:
    await garden.station(
        "B", location_id=await garden.location("berlin", time_zone="Europe/Berlin")
    )
    await garden.transaction("B", started_at=KST_MIDNIGHT + HOUR, ended_at=NOW)
    _, day = await charger_day(database, "B", YESTERDAY, now=NOW)
    assert day.sessions == 1, "one o'clock in Korea is five in the afternoon in Berlin"


async def test_a_period_has_all_its_days(database: Database, garden: Garden) -> None:
    await plant(garden)
    period = await charger_period(database, "a", TODAY - 2 * DAY, TODAY, now=NOW)
    assert [(day.day, day.sessions) for day in period.days] == [
        (TODAY - 2 * DAY, 0),
        (YESTERDAY, 1),
        (TODAY, 2),
    ]
    assert (period.sessions, period.energy_wh, period.revenue) == (3, 14_500, 2_175)
    assert period.currency == "KRW"


async def test_a_site_sums_its_chargers(database: Database, garden: Garden) -> None:
    await plant(garden)
    await garden.station("B", location_id="emart_jeju")
    await garden.transaction("B", currency="EUR", cost=Decimal("1.50"))
    site = await site_period(database, "emart_jeju", YESTERDAY, TODAY, now=NOW)
    assert (site.chargers, site.sessions, site.energy_wh) == (2, 4, 23_000)
    assert (site.revenue, site.currency) == (2_175, "KRW"), "euros are not added to won"
    assert site.other_revenue == (("EUR", Decimal("1.50")),)
    empty = await site_period(database, "emart_jeju", TODAY + DAY, TODAY + DAY, now=NOW)
    assert (empty.chargers, empty.sessions, empty.energy_wh) == (2, 0, 0)
    with pytest.raises(NotFound):
        await site_period(database, "nowhere", TODAY, TODAY, now=NOW)


async def test_the_dashboards_day(database: Database, garden: Garden) -> None:
    await plant(garden)
    await garden.station("B", location_id="emart_jeju", online=False)
    for hour, energy in ((0, 2_000), (2, 500), (15, 8_500)):
        at = KST_MIDNIGHT + hour * HOUR
        await garden.put("energy_hour", station_id="A", hour=at, energy_wh=energy, samples=3)
    day = await dashboard_day(database, now=NOW)
    assert (day.day, day.sites, day.chargers) == (TODAY, 1, 2)
    assert {word: count for word, count in day.statuses.items() if count} == {
        "in_use": 1,
        "offline": 1,
    }
    assert (day.sum.sessions, day.sum.energy_wh, day.sum.revenue) == (2, 10_500, 1_575)
    assert day.utilisation_percent == 50
    assert day.revenue_today == 600 + 300 + 1_275, "as the KPI: what ended today, and what runs"
    used = HOUR + (NOW - 4 * HOUR - KST_MIDNIGHT) + timedelta(minutes=20)
    assert day.time_utilisation_percent == pytest.approx(100 * used / (2 * (NOW - KST_MIDNIGHT)))
    assert len(day.hours) == 24
    assert (day.hours[2].energy_wh, day.hours[2].sessions) == (500, 1)
    assert (day.hours[3].energy_wh, day.hours[3].sessions) == (None, 0)
    assert (day.hours[15].sessions, day.hours[15].revenue) == (1, 1_275)
    before = await dashboard_day(database, YESTERDAY, now=NOW)
    assert (before.sum.sessions, before.sum.energy_wh) == (1, 4_000)
    assert (before.energy_today_wh, before.revenue_today) == (0, 0), "nothing was measured or ended"


async def test_no_currency_is_left_out_of_a_day(database: Database, garden: Garden) -> None:
    await plant(garden)
    for hours, cost in ((5, "1.50"), (4, "2.25")):
        begun = NOW - hours * HOUR
        await garden.transaction(
            "A", currency="EUR", cost=Decimal(cost), started_at=begun, ended_at=begun + HOUR
        )
    both = (("EUR", Decimal("3.75")),)
    day = await dashboard_day(database, now=NOW)
    assert (day.currency, day.revenue_today, day.other_revenue_today) == ("KRW", 2_175, both)
    assert (day.sum.revenue, day.sum.other_revenue) == (1_575, both)
    hours = {hour.hour: hour.other_revenue for hour in day.hours if hour.other_revenue}
    assert hours == {10: (("EUR", Decimal("1.50")),), 11: (("EUR", Decimal("2.25")),)}
    later = await dashboard_day(database, TODAY, now=NOW + DAY)
    assert (later.revenue_today, later.other_revenue_today) == (900, both)
    period = await charger_period(database, "A", YESTERDAY, TODAY, now=NOW)
    assert (period.revenue, period.other_revenue) == (2_175, both)
    assert [one.other_revenue for one in period.days] == [(), both]

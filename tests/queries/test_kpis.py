"""KPIs: right to the last sample, and cut at the site's own midnight."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.queries.kpis import KPIS, Number, numbers
from app.store.database import Database
from tests.queries.planting import KST_MIDNIGHT, NOW, Garden


async def read(database: Database, now: datetime) -> dict[str, Number]:
    return (await numbers(database, now)).values


async def test_every_kpi_reads_on_an_empty_database(database: Database) -> None:
    values = await read(database, NOW)
    assert set(values) == {kpi.key for kpi in KPIS}
    assert values["active_chargers"] == 0
    assert values["energy_today_wh"] == 0
    assert values["revenue_today"] == 0
    assert values["utilisation_percent"] is None


async def test_keys_are_unique_and_labels_are_plain_words() -> None:
    assert len({kpi.key for kpi in KPIS}) == len(KPIS)
    assert all(kpi.label and kpi.label[0].isupper() for kpi in KPIS)


async def test_charging_stations_are_counted_and_their_power_added(
    database: Database, garden: Garden
) -> None:
    for name in "ABCD":
        await garden.station(name, online=name != "D")
        await garden.connector(name, "Available")
    await garden.charging("A", power_w=95_000.0)
    await garden.charging("D", power_w=40_000.0)  # offline: nobody knows what it draws now
    values = await read(database, NOW)
    assert values["active_chargers"] == 1
    assert values["utilisation_percent"] == 25
    assert values["power_now_w"] == 95_000.0
    assert values["stations_available"] == 2
    assert values["stations_offline"] == 1
    assert values["stations_total"] == 4


async def test_stations_that_are_not_let_in_do_not_lower_utilisation(
    database: Database, garden: Garden
) -> None:
    await garden.station("A", online=True)
    await garden.charging("A")
    await garden.station("B", online=True, registration="pending")
    assert (await read(database, NOW))["utilisation_percent"] == 100


async def test_a_site_gives_no_more_than_its_grid(database: Database, garden: Garden) -> None:
    await garden.location("one", grid_limit_w=150_000.0)
    await garden.location("two")
    await garden.station("A", location_id="one")
    await garden.station("B", location_id="one")
    await garden.station("C", location_id="two")
    await garden.station("D")
    assert (await read(database, NOW))["power_limit_w"] == 350_000.0


async def test_today_begins_at_midnight_in_korea(database: Database, garden: Garden) -> None:
    await garden.station("A", location_id=await garden.location())
    yesterday = KST_MIDNIGHT - timedelta(seconds=1)
    ended = {"started_at": KST_MIDNIGHT - timedelta(hours=1)}
    await garden.transaction(
        "A", **ended, ended_at=yesterday, energy_wh=Decimal(1000), cost=Decimal(150)
    )
    await garden.transaction(
        "A",
        started_at=KST_MIDNIGHT,
        ended_at=KST_MIDNIGHT + timedelta(minutes=5),
        energy_wh=Decimal(2000),
        cost=Decimal(300),
    )
    values = await read(database, NOW)
    assert values["energy_today_wh"] == 2000
    assert values["revenue_today"] == 300
    assert values["sessions_today"] == 1


async def test_what_flowed_before_midnight_is_told_at_midnight_and_not_by_a_suspect_reading(
    database: Database, garden: Garden
) -> None:
    await garden.station("A", location_id=await garden.location())
    began, dropout = KST_MIDNIGHT - timedelta(hours=1), KST_MIDNIGHT - timedelta(minutes=1)
    number = await garden.charging(
        "A", started_at=began, meter_start_wh=Decimal(0), energy_wh=Decimal(6000)
    )
    aligned = {"transaction_id": number, "context": "Sample.Clock"}
    await garden.sample(
        "A", KST_MIDNIGHT - timedelta(minutes=15), energy_wh=Decimal(3000), **aligned
    )
    zero = {"energy_wh": Decimal(0), "suspect": "decreasing"}
    await garden.sample("A", dropout, transaction_id=number, **zero)
    assert (await read(database, NOW))["energy_today_wh"] == 3000
    await garden.sample("A", KST_MIDNIGHT, energy_wh=Decimal(4000), **aligned)
    assert (await read(database, NOW))["energy_today_wh"] == 2000


async def test_each_site_has_its_own_midnight(database: Database, garden: Garden) -> None:
    """21:00 UTC yesterday is six in the morning of today in Korea, and yesterday evening in London."""
    await garden.location("jeju")
    await garden.location("london", time_zone="Europe/London")
    for name, site in (("A", "jeju"), ("B", "london")):
        await garden.station(name, location_id=site)
        await garden.transaction(
            name,
            started_at=datetime(2026, 11, 19, 20, 0, tzinfo=UTC),
            ended_at=datetime(2026, 11, 19, 21, 0, tzinfo=UTC),
            energy_wh=Decimal(1000 if site == "jeju" else 50),
        )
    assert (await read(database, NOW))["energy_today_wh"] == 1000


async def test_a_session_over_midnight_counts_from_midnight_on(
    database: Database, garden: Garden
) -> None:
    await garden.station("A", online=True)
    number = await garden.charging(
        "A",
        started_at=KST_MIDNIGHT - timedelta(hours=1),
        meter_start_wh=Decimal(500_000),
        energy_wh=Decimal(9000),
        cost=Decimal(1350),
    )
    for minutes, register in ((-30, 502_000), (-1, 504_000), (30, 509_000)):
        await garden.sample(
            "A",
            KST_MIDNIGHT + timedelta(minutes=minutes),
            energy_wh=Decimal(register),
            transaction_id=number,
        )
    values = await read(database, NOW)
    assert values["energy_today_wh"] == 5000
    assert (
        values["revenue_today"] == 1350
    )  # the session is billed, in full, on the day on which it ends


async def test_a_register_that_is_not_believed_takes_nothing_from_today(
    database: Database, garden: Garden
) -> None:
    await garden.station("A", online=True)
    number = await garden.charging(
        "A",
        started_at=KST_MIDNIGHT - timedelta(hours=1),
        meter_start_wh=Decimal(500_000),
        energy_wh=Decimal(9000),
    )
    for minutes, register, suspect in ((-30, 504_000, None), (-1, 9_504_000, "jumping")):
        await garden.sample(
            "A",
            KST_MIDNIGHT + timedelta(minutes=minutes),
            energy_wh=Decimal(register),
            transaction_id=number,
            suspect=suspect,
        )
    assert (await read(database, NOW))["energy_today_wh"] == 5000


async def test_a_running_session_counts_to_its_last_sample(
    database: Database, garden: Garden
) -> None:
    await garden.station("A", online=True)
    await garden.charging("A", energy_wh=Decimal("416.666666666667"), cost=Decimal(63))
    values = await read(database, NOW)
    assert values["energy_today_wh"] == Decimal("416.666666666667")
    assert values["revenue_today"] == 63


async def test_revenue_is_won_and_other_currencies_stand_beside_it(
    database: Database, garden: Garden
) -> None:
    await garden.station("A", online=True)
    for currency, cost in (("KRW", "63"), ("EUR", "1.50"), ("EUR", "2.25"), ("JPY", "100")):
        await garden.transaction("A", transaction_id=cost, currency=currency, cost=Decimal(cost))
    await garden.transaction("A", transaction_id="free", currency=None, cost=None)
    told = await numbers(database, NOW)
    assert (told.values["revenue_today"], told.currency) == (63, "KRW")
    assert told.other_revenue == (("EUR", Decimal("3.75")), ("JPY", Decimal(100)))
    assert told.values["sessions_today"] == 5


async def test_without_won_the_only_currency_is_the_main_one(
    database: Database, garden: Garden
) -> None:
    await garden.put(
        "tariff", id="euro", name="Euro", currency="EUR", price_per_kwh=Decimal("0.49")
    )
    await garden.station("A", location_id=await garden.location(tariff_id="euro"))
    told = await numbers(database, NOW)
    assert (told.values["revenue_today"], told.currency) == (0, "EUR"), "before the first session"
    await garden.transaction("A", currency="EUR", cost=Decimal("4.90"))
    told = await numbers(database, NOW)
    assert (told.values["revenue_today"], told.currency, told.other_revenue) == (
        Decimal("4.90"),
        "EUR",
        (),
    )

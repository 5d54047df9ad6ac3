"""One station in detail; all stations, worst first."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.errors import StationNotFound
from app.domain.stations import DisplayStatus, StationCategory
from app.queries.stations import detail, listing, resolve
from app.store.database import Database
from tests.queries.planting import NOW, Garden


async def test_unknown_stations_are_not_found_by_name(database: Database) -> None:
    with pytest.raises(StationNotFound, match="nobody"):
        await detail(database, "nobody")


async def test_an_alias_leads_to_the_station(database: Database, garden: Garden) -> None:
    await garden.station("emart_jeju_main_01")
    await garden.put("station_alias", alias="emart_jeju_01", station_id="emart_jeju_main_01")
    assert await resolve(database, "emart_jeju_01") == "emart_jeju_main_01"
    found = await detail(database, "emart_jeju_01")
    assert found.marker.station_id == "emart_jeju_main_01"
    assert found.aliases == ("emart_jeju_01",)


async def test_a_detail_has_parts_sessions_limits_and_prices(
    database: Database, garden: Garden
) -> None:
    await garden.put(
        "tariff", id="standard", name="Standard", currency="KRW", price_per_kwh=Decimal(150)
    )
    await garden.location(tariff_id="standard", operator_name="한전")
    await garden.station("A", location_id="emart_jeju", online=True, vendor="ABB", model="Terra 53")
    for connector_id in (1, 2):
        await garden.put(
            "connector", station_id="A", evse_id=1, connector_id=connector_id, type="CCS1"
        )
    await garden.connector("A", "Occupied")
    number = await garden.charging("A")
    await garden.put(
        "power_limit",
        station_id="A",
        evse_id=0,
        scope="station",
        status="accepted",
        requested_w=50_000.0,
        accepted_w=50_000.0,
        requested_by="kim",
        requested_at=NOW,
    )
    found = await detail(database, "A")
    assert (found.vendor, found.model, found.operator_name) == ("ABB", "Terra 53", "한전")
    first, second = found.connectors
    assert (first.type, first.status) == ("CCS1", "Occupied")
    assert (second.type, second.status) == ("CCS1", None)
    assert [session.id for session in found.transactions] == [number]
    (limit,) = found.limits
    assert (limit.requested_w, limit.accepted_w, limit.measured_w) == (50_000, 50_000, 95_000)
    assert limit.requested_by == "kim"
    assert found.tariff is not None
    assert found.tariff.price_per_kwh == 150


async def test_a_stations_own_tariff_goes_before_its_sites(
    database: Database, garden: Garden
) -> None:
    for name, price in (("site", 150), ("own", 300)):
        await garden.put("tariff", id=name, name=name, currency="KRW", price_per_kwh=Decimal(price))
    await garden.location(tariff_id="site")
    await garden.station("A", location_id="emart_jeju", tariff_id="own")
    found = await detail(database, "A")
    assert found.tariff is not None
    assert found.tariff.id == "own"


async def test_a_bare_station_has_a_detail_too(database: Database, garden: Garden) -> None:
    await garden.station("A")
    found = await detail(database, "A")
    assert found.connectors == found.transactions == found.limits == ()
    assert found.tariff is None
    assert found.time_zone == "Asia/Seoul"


async def plant_four(garden: Garden) -> None:
    await garden.location("jeju")
    await garden.location("seogwipo", name="이마트 서귀포점", name_en="Emart Seogwipo")
    await garden.station("free", location_id="jeju", online=True, category="slow")
    await garden.connector("free", "Available")
    await garden.station("busy", location_id="jeju", online=True)
    await garden.charging("busy")
    await garden.station("lost", location_id="seogwipo", online=False)
    await garden.station("broken", location_id="seogwipo", online=True)
    await garden.connector("broken", "Faulted", status_at=NOW - timedelta(hours=1))
    await garden.put("station_alias", alias="old_name", station_id="busy")


async def test_the_worst_come_first(database: Database, garden: Garden) -> None:
    await plant_four(garden)
    found = await listing(database)
    assert [marker.station_id for marker in found] == ["broken", "lost", "busy", "free"]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"q": "BRO"}, ["broken"]),
        ({"q": "서귀포"}, ["broken", "lost"]),
        ({"q": "emart seog"}, ["broken", "lost"]),
        ({"q": "old_name"}, ["busy"]),
        ({"q": "old%name"}, []),
        ({"q": "  "}, ["broken", "lost", "busy", "free"]),
        ({"status": DisplayStatus.CHARGING}, ["busy"]),
        ({"status": [DisplayStatus.CHARGING, DisplayStatus.OFFLINE]}, ["lost", "busy"]),
        ({"location_id": "jeju"}, ["busy", "free"]),
        ({"category": StationCategory.SLOW}, ["free"]),
        ({"location_id": "jeju", "status": DisplayStatus.FAULTED}, []),
    ],
)
async def test_conditions_narrow_the_list(
    database: Database, garden: Garden, conditions: dict[str, object], expected: list[str]
) -> None:
    await plant_four(garden)
    found = await listing(database, **conditions)  # type: ignore[arg-type]
    assert [marker.station_id for marker in found] == expected

"""Taking stations and sites away: what goes, what stays, and how they come back."""

import pytest

from app.csms import provisioning, retirement
from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.work import work
from app.domain.changes import LocationsChanged, StationsRetired
from app.domain.errors import Conflict, NotFound, NotRegistered, StationNotFound
from app.domain.locations import LocationRecord, StationRecord
from app.domain.roles import Role
from app.queries import kpis, transactions
from app.queries import map as fleet
from app.queries.geo import chargers
from app.queries.stations import resolve
from app.store.database import Database
from tests.factories import NOON, make_station
from tests.queries.planting import Garden

ANNA = Actor("anna", Role.ADMIN)
SITE = "emart_jeju_main"


async def _entries(database: Database) -> list[tuple[str, str, str]]:
    async with database.read() as connection:
        cursor = await connection.execute(
            "SELECT actor, action, subject FROM audit_entry ORDER BY id"
        )
        return await cursor.fetchall()


async def test_a_station_goes_and_its_sessions_stay(context: Context) -> None:
    database, garden = context.database, Garden(context.database)
    await make_station(context, "A", password_hash="x")
    await make_station(context, "B")
    await garden.put("station_alias", alias="a", station_id="A")
    session = await garden.transaction("A", ended_at=NOON)
    async with context.bus.listen() as news:
        await retirement.retire_station(context, ANNA, "A")
        assert [await anext(news), await anext(news)] == [
            LocationsChanged(),
            StationsRetired(stations=("A",)),
        ]
    assert [marker.station_id for marker in await fleet.markers(database)] == ["B"]
    assert [place.station_id for place in await chargers(database)] == ["B"]
    assert [site.stations for site in await fleet.sites(database)] == [1]
    assert (await kpis.numbers(database, NOON)).values["stations_total"] == 1
    for name in ("A", "a"):
        with pytest.raises(StationNotFound):
            await resolve(database, name)
    with pytest.raises(NotRegistered, match="removed"):
        await provisioning.admit(context, "A")
    assert (await transactions.one(database, session)).station_id == "A"
    assert await retirement.retired_among(context, ["A", "B", "C"]) == {"A"}
    assert await _entries(database) == [("anna", "station.remove", "station:A")]
    with pytest.raises(StationNotFound):
        await retirement.retire_station(context, ANNA, "A")


async def test_not_while_a_session_runs(context: Context) -> None:
    await make_station(context, "A")
    await Garden(context.database).charging("A")
    with pytest.raises(Conflict, match="A session runs at A; stop it first"):
        await retirement.retire_station(context, ANNA, "A")
    with pytest.raises(Conflict, match="stop it first"):
        await retirement.retire_location(context, ANNA, SITE, cascade=True)
    assert [site.stations for site in await fleet.sites(context.database)] == [1]
    assert await _entries(context.database) == []


async def test_a_site_goes_with_its_stations_only_if_asked(context: Context) -> None:
    for station_id in ("A", "B"):
        await make_station(context, station_id)
    with pytest.raises(Conflict, match="2 chargers stand at"):
        await retirement.retire_location(context, ANNA, SITE)
    assert await retirement.retire_location(context, ANNA, SITE, cascade=True) == ("A", "B")
    assert await fleet.sites(context.database) == []
    assert await fleet.markers(context.database) == []
    assert [entry[1] for entry in await _entries(context.database)] == [
        "station.remove",
        "station.remove",
        "site.remove",
    ]
    with pytest.raises(NotFound):
        await retirement.retire_location(context, ANNA, SITE)


async def test_who_is_registered_again_is_back_without_its_secrets(context: Context) -> None:
    await make_station(context, "A", password_hash="x")
    await make_station(context, "B")
    await Garden(context.database).transaction("A", ended_at=NOON)
    await retirement.retire_location(context, ANNA, SITE, cascade=True)
    record = LocationRecord(id=SITE, stations=(StationRecord(id="A"),))
    made = await provisioning.register_locations(context, ANNA, [record])
    assert made.updated >= 2
    assert [marker.station_id for marker in await fleet.markers(context.database)] == ["A"]
    admission = await provisioning.admit(context, "A")
    assert (admission.password_hash, admission.registration) == (None, "accepted")
    assert len(await transactions.recent(context.database, "A")) == 1
    async with work(context) as w:  # the id of what is gone may be another station's alias
        alias = StationRecord(id="C", aliases=("B",))
        await provisioning.register_in(w, ANNA, [LocationRecord(id=SITE, stations=(alias,))])
    assert (await provisioning.admit(context, "B")).station_id == "C"
    assert await resolve(context.database, "B") == "C"

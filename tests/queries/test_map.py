"""Markers: one word for a station, and everything a marker says beside it."""

import itertools
import json
from datetime import timedelta

from app.domain.stations import ConnectorStatus, ConnectorView, DisplayStatus, display_status
from app.queries.map import Marker, marker_json, markers, sites
from app.queries.rows import fetch_dicts
from app.queries.status import display_status_sql
from app.store.database import Database
from tests.queries.planting import NOW, Garden


async def only(database: Database) -> Marker:
    found = await markers(database)
    assert len(found) == 1
    return found[0]


async def test_an_empty_database_has_an_empty_map(database: Database) -> None:
    assert await markers(database) == []
    assert await sites(database) == []


async def test_a_station_that_never_connected_is_offline_at_its_site(
    database: Database, garden: Garden
) -> None:
    await garden.station("A", location_id=await garden.location())
    marker = await only(database)
    assert marker.status is DisplayStatus.OFFLINE
    assert (marker.lat, marker.lon) == (33.5171, 126.5223)
    assert marker.location_name_en == "Emart Jeju"
    assert marker.since is None
    assert marker.revision == 0


async def test_a_station_stands_where_it_stands_not_where_its_site_is(
    database: Database, garden: Garden
) -> None:
    await garden.station("A", location_id=await garden.location(), position=(33.5, 126.5))
    assert (marker := await only(database)).lat == 33.5
    assert marker.lon == 126.5


async def test_a_station_of_no_site_has_no_position(database: Database, garden: Garden) -> None:
    await garden.station("A", online=True)
    marker = await only(database)
    assert (marker.lat, marker.lon, marker.location_id) == (None, None, None)
    assert marker.status is DisplayStatus.UNAVAILABLE


async def test_a_session_shows_its_power_energy_and_start(
    database: Database, garden: Garden
) -> None:
    await garden.station("A", online=True, revision=7)
    await garden.connector("A", "Occupied")
    number = await garden.charging("A", soc_percent=61.0)
    marker = await only(database)
    assert marker.status is DisplayStatus.CHARGING
    assert marker.transaction_id == number
    assert marker.power_w == 95_000.0
    assert marker.session_energy_wh == 8500.0
    assert marker.soc_percent == 61.0
    assert marker.charging_state == "Charging"
    assert marker.since == marker.transaction_started_at == NOW - timedelta(minutes=20)
    assert marker.revision == 7


async def test_a_session_without_any_connector_status_still_charges(
    database: Database, garden: Garden
) -> None:
    await garden.station("A", online=True)
    await garden.charging("A")
    assert (await only(database)).status is DisplayStatus.CHARGING


async def test_two_sessions_add_their_power_and_the_newest_is_named(
    database: Database, garden: Garden
) -> None:
    await garden.station("A", online=True)
    await garden.charging("A", evse_id=1, power_w=30_000.0, energy_wh=1)
    newest = await garden.charging("A", evse_id=2, power_w=20_000.0, energy_wh=2)
    marker = await only(database)
    assert marker.power_w == 50_000.0
    assert marker.transaction_id == newest
    assert marker.session_energy_wh == 2.0


async def test_power_of_an_evse_without_a_session_is_not_shown(
    database: Database, garden: Garden
) -> None:
    await garden.station("A", online=True)
    await garden.connector("A", "Available")
    await garden.put("evse_state", station_id="A", evse_id=1, power_w=95_000.0, measured_at=NOW)
    marker = await only(database)
    assert marker.power_w is None
    assert marker.status is DisplayStatus.AVAILABLE


async def test_a_fault_says_its_code_and_since_when(database: Database, garden: Garden) -> None:
    await garden.station("A", online=True)
    await garden.connector("A", "Available", evse_id=1, error_code="NoError")
    began = NOW - timedelta(hours=2)
    await garden.connector("A", "Faulted", evse_id=2, error_code="GroundFailure", status_at=began)
    marker = await only(database)
    assert marker.status is DisplayStatus.FAULTED
    assert marker.error_code == "GroundFailure"
    assert marker.since == began


async def test_offline_hides_a_fault_and_counts_since_the_line_was_lost(
    database: Database, garden: Garden
) -> None:
    lost = NOW - timedelta(minutes=3)
    await garden.station("A", online=False, disconnected_at=lost)
    await garden.connector("A", "Faulted")
    marker = await only(database)
    assert marker.status is DisplayStatus.OFFLINE
    assert marker.since == lost


async def test_the_lowest_accepted_limit_in_force_is_shown(
    database: Database, garden: Garden
) -> None:
    await garden.station("A", online=True)
    number = await garden.charging("A")
    await garden.put(
        "power_limit",
        station_id="A",
        evse_id=0,
        scope="station",
        status="rejected",
        requested_w=20_000.0,
        requested_at=NOW,
        accepted_w=50_000.0,
    )
    session = {"station_id": "A", "evse_id": 1, "scope": "session", "status": "accepted"}
    asked = NOW - timedelta(minutes=1)
    await garden.put(
        "power_limit",
        **session,
        requested_w=30_000.0,
        accepted_w=30_000.0,
        transaction_id=number,
        requested_at=asked,
    )
    marker = await only(database)
    assert marker.limit_w == 30_000.0
    assert marker.requested_limit_w == 20_000.0


async def test_the_limit_of_a_past_session_is_forgotten(database: Database, garden: Garden) -> None:
    await garden.station("A", online=True)
    await garden.charging("A")
    session = {"station_id": "A", "evse_id": 1, "scope": "session", "status": "accepted"}
    await garden.put("power_limit", **session, accepted_w=30_000.0, transaction_id=999)
    marker = await only(database)
    assert marker.limit_w is None


async def test_only_the_stations_asked_for_come_and_they_come_the_same(
    database: Database, garden: Garden
) -> None:
    for name in "ABC":
        await garden.station(name, online=True)
        await garden.connector(name, "Available")
    await garden.charging("B")
    everything = await markers(database)
    assert await markers(database, ["B", "nobody"]) == [everything[1]]
    assert await markers(database, []) == []


async def test_a_marker_is_json_with_utc_times(database: Database, garden: Garden) -> None:
    await garden.station("A", online=True)
    await garden.charging("A")
    shape = marker_json(await only(database))
    assert json.loads(json.dumps(shape)) == shape
    assert shape["status"] == "charging"
    assert shape["since"] == "2026-11-20T06:10:00.000Z"
    assert set(shape) == set(Marker.__dataclass_fields__)


async def test_the_status_in_sql_is_the_status_in_python(
    database: Database, garden: Garden
) -> None:
    """Every set of connector statuses, with and without a session, online or not."""
    words: list[ConnectorStatus] = list(ConnectorStatus)
    expected: dict[str, DisplayStatus] = {}
    cases = [
        (online, running, chosen)
        for online in (None, False, True)
        for running in (False, True)
        for size in range(4)
        for chosen in itertools.combinations(words, size)
    ]
    for number, (online, running, chosen) in enumerate(cases):
        name = f"S{number:03}"
        await garden.station(name, online=online)
        for evse_id, word in enumerate(chosen, start=1):
            await garden.connector(name, word, evse_id=evse_id)
        if running:
            await garden.charging(name, evse_id=1)
        views = [
            ConnectorView(word, running and place == 0) for place, word in enumerate(chosen)
        ] or [ConnectorView(None, running)]
        expected[name] = display_status(online=bool(online), connectors=tuple(views))
    counted = await fetch_dicts(database, display_status_sql("s.name"), {})
    assert {row["id"]: row["status"] for row in counted} == expected
    assert {marker.station_id: marker.status for marker in await markers(database)} == expected


async def test_a_site_knows_how_many_stations_it_has(database: Database, garden: Garden) -> None:
    await garden.location("one", grid_limit_w=150_000.0)
    await garden.location("two", name="비어 있음")
    await garden.station("A", location_id="one")
    await garden.station("B", location_id="one", max_power_w=50_000.0)
    by_id = {site.location_id: site for site in await sites(database)}
    assert by_id["one"].stations == 2
    assert by_id["one"].max_power_w == 150_000.0
    assert by_id["two"].stations == 0
    assert by_id["two"].max_power_w == 0.0

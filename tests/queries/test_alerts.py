"""What needs somebody, from planted rows: what is told, what is not, and what an acknowledgement holds for."""

from datetime import datetime, timedelta

import pytest

from app.csms.context import Context
from app.csms.memory import Memory
from app.csms.receive import receive
from app.domain.reports import Report, StationConnected, TransactionStarted, TransactionUpdated
from app.domain.stations import ChargingState
from app.queries import alerts
from app.queries.alerts import Alert, AlertKind, Severity
from app.store.database import Database
from app.web.alert_words import detail_of
from tests.factories import after, make_station, reading, received
from tests.queries.planting import NOW, Garden

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def garden(database: Database) -> Garden:
    return Garden(database)


async def told(database: Database) -> dict[tuple[str, str | None], Alert]:
    return {(str(each.kind), each.station_id): each for each in await alerts.listing(database, NOW)}


async def test_a_quiet_fleet_has_none(garden: Garden, database: Database) -> None:
    await garden.station("FREE", online=True)
    await garden.connector("FREE", "Available")
    await garden.station("NEVER")
    await garden.station("BLINK", online=False, disconnected_at=NOW - MINUTE)
    await garden.station("MUTE", online=True)
    await garden.charging("MUTE", started_at=NOW - 60 * MINUTE, energy_wh=0)
    await garden.station("FULL", online=True)
    await garden.charging("FULL", charging_state="SuspendedEV", started_at=NOW - 60 * MINUTE)
    assert await alerts.listing(database, NOW) == []
    assert await alerts.bell(database, NOW) == alerts.Bell(open=0, critical=0)


async def test_faults_and_lost_connections(garden: Garden, database: Database) -> None:
    await garden.location()
    await garden.station("BROKEN", online=True, location_id="emart_jeju")
    await garden.connector("BROKEN", "Faulted", error_code="GroundFailure", info="relay")
    await garden.station("AWAY", online=False, disconnected_at=NOW - 3 * MINUTE)
    await garden.connector("AWAY", "Faulted")
    await garden.station("LOST", online=False, disconnected_at=NOW - 3 * MINUTE)
    await garden.charging("LOST", energy_wh=1234)
    found = await alerts.listing(database, NOW)
    assert [(each.kind, each.station_id) for each in found] == [
        (AlertKind.OFFLINE_CHARGING, "LOST"),
        (AlertKind.FAULTED, "BROKEN"),
        (AlertKind.OFFLINE, "AWAY"),
    ]
    assert [each.severity for each in found] == [
        Severity.CRITICAL,
        Severity.CRITICAL,
        Severity.WARNING,
    ]
    assert found[0].value == 1234
    assert found[1].detail == "GroundFailure · relay"
    assert found[1].location_name_en == "Emart Jeju"
    assert await alerts.bell(database, NOW) == alerts.Bell(open=3, critical=2)


async def test_a_session_that_draws_nothing(garden: Garden, database: Database) -> None:
    for name, later_wh in (("STUCK", 500), ("GOOD", 9_000)):
        await garden.station(name, online=True)
        number = await garden.charging(
            name,
            started_at=NOW - 40 * MINUTE,
            charging_state="Charging",
            energy_wh=later_wh,
            meter_at=NOW - MINUTE,
        )
        for minutes, energy_wh in ((30, 500), (20, 500), (1, later_wh)):
            await garden.sample(
                name, NOW - minutes * MINUTE, transaction_id=number, energy_wh=energy_wh
            )
    found = await told(database)
    assert set(found) == {("no_progress", "STUCK")}
    assert found["no_progress", "STUCK"].since == NOW - 30 * MINUTE


async def test_a_session_of_power_without_energy(garden: Garden, database: Database) -> None:
    """Its register is missing, or stands still. What lasted a moment, or is metered, or long ago, is none."""
    for name, minutes, power_w, energy_wh, ago in (
        ("BLIND", 30, 7_000.0, None, MINUTE),
        ("STILL", 30, 7_000.0, 1_000, DAY),
        ("SHORT", 0.5, 7_000.0, None, MINUTE),
        ("IDLE", 30, 0.0, 1_000, MINUTE),
        ("PAST", 30, 7_000.0, None, 4 * DAY),
        ("GOOD", 30, 7_000.0, 4_000, MINUTE),
    ):
        await garden.station(name, online=True)
        began, ended = NOW - ago - 40 * MINUTE, NOW - ago
        number = await garden.transaction(
            name,
            transaction_id=f"of {name}",
            started_at=began,
            ended_at=ended,
            energy_wh=3_500 if name == "GOOD" else 0,
        )
        for at in (ended - minutes * MINUTE, ended):
            await garden.sample(
                name, at, transaction_id=number, power_w=power_w, energy_wh=energy_wh
            )
    found = await told(database)
    assert set(found) == {("unmetered", "BLIND"), ("unmetered", "STILL")}
    one = found["unmetered", "BLIND"]
    assert (one.detail, one.value, one.since, one.times) == ("of BLIND", 7_000, NOW - MINUTE, 1)
    assert one.severity == Severity.WARNING
    assert detail_of(one) == (
        "Session of BLIND: up to 7.0 kW measured, but no energy, so none is billed"
    )


async def test_a_charger_that_tells_the_same_again_and_again_draws_nothing(
    context: Context, database: Database
) -> None:
    await make_station(context)
    charging, still = ChargingState.CHARGING, "1000"
    connected = StationConnected(connection=1, protocol="ocpp2.0.1", remote_address="203.0.113.7")
    started = TransactionStarted(
        transaction="t1",
        at=after(0),
        evse_id=1,
        charging_state=charging,
        readings=(reading(after(0), still, 0.0),),
    )
    reports: list[Report] = [connected, started]
    reports += [
        TransactionUpdated(
            transaction="t1",
            at=after(60 * minute),
            evse_id=1,
            charging_state=charging,
            readings=(reading(after(60 * minute), still, 0.0),),
        )
        for minute in range(1, 31)
    ]
    memory = Memory()
    for minute, report in enumerate(reports):
        await receive(context, [received(report, at=after(60 * minute))], memory)
    assert [each.kind for each in await alerts.listing(database, after(60 * 31))] == [
        AlertKind.NO_PROGRESS
    ]
    assert await alerts.listing(database, after(60 * 60)) == [], "it tells nothing any more"


async def test_limits_that_are_refused_or_not_obeyed(garden: Garden, database: Database) -> None:
    limit = {"evse_id": 0, "scope": "station", "requested_by": "kim", "requested_w": 50_000.0}
    for name, status, accepted_w, power_w in (
        ("REFUSES", "rejected", None, 95_000.0),
        ("IGNORES", "accepted", 50_000.0, 95_000.0),
        ("OBEYS", "accepted", 50_000.0, 49_900.0),
    ):
        await garden.station(name, online=True)
        await garden.charging(name, power_w=power_w)
        await garden.put(
            "power_limit",
            station_id=name,
            status=status,
            accepted_w=accepted_w,
            accepted_at=NOW - 5 * MINUTE,
            requested_at=NOW - 5 * MINUTE,
            **limit,
        )
    found = await told(database)
    assert set(found) == {("limit_refused", "REFUSES"), ("limit_exceeded", "IGNORES")}
    assert found["limit_exceeded", "IGNORES"].value == 95_000
    assert found["limit_exceeded", "IGNORES"].threshold == 50_000


async def test_a_limit_that_is_ignored_without_the_least_change_is_told(
    garden: Garden, database: Database
) -> None:
    """The same power to the watt before and after, and no register: the EVSE's row was written only once."""
    accepted = NOW - 5 * MINUTE
    await garden.station("STOIC", online=True)
    number = await garden.transaction("STOIC", started_at=NOW - 30 * MINUTE)
    await garden.put(
        "evse_state",
        station_id="STOIC",
        evse_id=1,
        charging_state="Charging",
        transaction_id=number,
        measured_at=NOW - 20 * MINUTE,
        power_w=22_000.0,
    )
    await garden.put(
        "power_limit",
        station_id="STOIC",
        evse_id=0,
        scope="station",
        status="accepted",
        requested_w=11_000.0,
        requested_at=accepted,
        requested_by="kim",
        accepted_w=11_000.0,
        accepted_at=accepted,
    )
    for minutes in (20, 10):
        await garden.sample(
            "STOIC", NOW - minutes * MINUTE, transaction_id=number, power_w=22_000.0
        )
    assert await told(database) == {}, "it may not have measured since"
    await garden.sample("STOIC", NOW - MINUTE, transaction_id=number, power_w=22_000.0)
    assert set(await told(database)) == {("limit_exceeded", "STOIC")}


async def test_a_clock_that_is_ahead_is_told_while_the_charger_is_connected(
    garden: Garden, database: Database
) -> None:
    """Korea's time told as UTC: by readings, by a session, by a status."""
    nine = NOW + timedelta(hours=9)
    for name in ("MEASURES", "CHARGES", "IDLES", "ALMOST", "GONE"):
        await garden.station(name, online=name != "GONE", disconnected_at=NOW - MINUTE)
    async with database.read() as connection:
        await connection.execute(
            "UPDATE station_state SET connected_at = %s, last_seen_at = %s",
            (NOW - 30 * MINUTE, NOW),
        )
    await garden.put("evse_state", station_id="MEASURES", evse_id=1, measured_at=nine)
    await garden.transaction("CHARGES", started_at=nine, last_event_at=nine)
    await garden.connector("IDLES", "Available", status_at=nine)
    await garden.connector("GONE", "Available", status_at=nine)
    await garden.connector("ALMOST", "Available", status_at=NOW + 59 * MINUTE)
    found = await told(database)
    assert set(found) == {("clock_ahead", name) for name in ("MEASURES", "CHARGES", "IDLES")}
    one = found["clock_ahead", "IDLES"]
    assert (one.value, one.since) == (9 * 3600, NOW - 30 * MINUTE)


async def test_a_site_above_its_grid_limit(garden: Garden, database: Database) -> None:
    await garden.location(grid_limit_w=150_000.0)
    for name in "AB":
        await garden.station(name, online=True, location_id="emart_jeju")
        await garden.charging(name, power_w=90_000.0)
    [found] = await alerts.listing(database, NOW)
    assert (found.kind, found.station_id, found.location_id) == (
        AlertKind.OVERLOAD,
        None,
        "emart_jeju",
    )
    assert (found.value, found.threshold) == (180_000, 150_000)


async def test_security_certificates_refusals_jobs_and_events(
    garden: Garden, database: Database
) -> None:
    await garden.station("A", online=True)
    for kind, age in (
        ("TamperDetectionActivated", DAY),
        ("TamperDetectionActivated", 2 * DAY),
        ("ResetOrReboot", DAY),
        ("MemoryExhaustion", 9 * DAY),
    ):
        at = NOW - age
        await garden.put("security_event", station_id="A", type=kind, at=at, received_at=at)
    await garden.put("station_security", station_id="A", certificate_expires_at=NOW + 5 * DAY)
    for identity in ("A", "stranger"):
        await garden.put(
            "connection_refusal",
            identity=identity,
            remote_address="10.0.0.9",
            code="wrong_password",
            reason="The password is wrong.",
            times=4,
            first_at=NOW - 60 * MINUTE,
            last_at=NOW - MINUTE,
        )
    await garden.station("B", online=True)
    for status, age in (("Installed", 2 * MINUTE), ("DownloadFailed", MINUTE)):
        at = NOW - age
        await garden.put(
            "station_job",
            station_id="B",
            kind="firmware",
            status=status,
            status_at=at,
            requested_at=at,
            finished_at=at,
        )
    for number, (value, cleared) in enumerate((("90", None), ("88", None), ("40", True))):
        await garden.put(
            "station_event",
            station_id="B",
            event_id=number,
            at=NOW - (9 - number) * MINUTE,
            received_at=NOW - (9 - number) * MINUTE,
            trigger="Alerting",
            kind="HardWiredNotification",
            component="PCB" if number == 0 else "Cable",
            component_instance="",
            evse_id=0,
            connector_id=0,
            variable_instance="",
            variable="Temperature",
            actual_value=value,
            cleared=cleared,
        )
    found = await told(database)
    assert set(found) == {
        ("security", "A"),
        ("certificate", "A"),
        ("refused", "A"),
        ("job_failed", "B"),
        ("event", "B"),
    }
    assert found["security", "A"].times == 2
    assert found["security", "A"].severity == Severity.CRITICAL
    assert found["certificate", "A"].severity == Severity.CRITICAL
    assert found["refused", "A"].times == 4
    assert found["event", "B"].detail == "PCB Temperature · 90"


async def test_an_acknowledgement_holds_until_it_begins_anew(
    garden: Garden, database: Database
) -> None:
    await garden.station("A", online=True)
    await garden.connector("A", "Faulted", status_at=NOW - 10 * MINUTE)
    [found] = await alerts.listing(database, NOW)
    await garden.put(
        "alert_acknowledgement", key=found.key, at=NOW - 5 * MINUTE, actor="kim", note="on its way"
    )
    assert await alerts.listing(database, NOW) == []
    [seen] = await alerts.listing(database, NOW, acknowledged=True)
    assert (seen.acknowledged_by, seen.note) == ("kim", "on its way")
    assert (await alerts.bell(database, NOW)).open == 0
    async with database.read() as connection:
        await connection.execute("UPDATE connector_state SET status_at = %s", (NOW - MINUTE,))
    assert [each.key for each in await alerts.listing(database, NOW)] == [found.key]


async def acknowledge(garden: Garden, found: Alert, at: datetime) -> None:
    await garden.put("alert_acknowledgement", key=found.key, at=at, actor="kim", note="")


async def test_a_site_is_above_its_limit_since_its_load_rose(
    garden: Garden, database: Database
) -> None:
    """Two chargers for hours; the load rises above the limit, falls when a third session ends, and rises again."""
    await garden.location(grid_limit_w=150_000.0)
    sessions = {}
    for name in "AB":
        await garden.station(name, online=True, location_id="emart_jeju")
        sessions[name] = await garden.charging(
            name, power_w=90_000.0, started_at=NOW - 300 * MINUTE
        )
    await garden.station("C", online=True, location_id="emart_jeju")
    await garden.put("evse_state", station_id="C", evse_id=1)
    third = await garden.transaction(
        "C", started_at=NOW - 200 * MINUTE, ended_at=NOW - 110 * MINUTE
    )
    for minutes, name, number, power_w in (
        (290, "A", sessions["A"], 90_000.0),
        (280, "B", sessions["B"], 30_000.0),
        (190, "C", third, 60_000.0),  # above, until it ends
        (95, "B", sessions["B"], 90_000.0),  # above again, to stay
        (50, "A", sessions["A"], 91_000.0),
        (40, "B", sessions["B"], 89_000.0),
    ):
        await garden.sample(name, NOW - minutes * MINUTE, transaction_id=number, power_w=power_w)
    began = NOW - 95 * MINUTE
    for later in (0, 29, 31, 70, 110):  # over full hours
        [found] = await alerts.listing(database, NOW + later * MINUTE)
        assert (found.kind, found.since) == (AlertKind.OVERLOAD, began), later
    await acknowledge(garden, found, began + MINUTE)
    assert (await alerts.bell(database, NOW + 70 * MINUTE)).open == 0
    for minutes, power_w in ((71, 20_000.0), (75, 90_000.0)):
        at = NOW + minutes * MINUTE
        await garden.sample("A", at, transaction_id=sessions["A"], power_w=power_w)
    [anew] = await alerts.listing(database, NOW + 80 * MINUTE)
    assert anew.since == NOW + 75 * MINUTE
    [day] = await alerts.listing(database, NOW + 3 * DAY)
    assert day.since == NOW + 2 * DAY, "what lasts for days is told anew each day"


async def test_a_limit_that_is_exceeded_again_is_told_again(
    garden: Garden, database: Database
) -> None:
    accepted = NOW - 60 * MINUTE
    await garden.station("A", online=True)
    number = await garden.charging("A", power_w=95_000.0, started_at=NOW - 90 * MINUTE)
    await garden.put(
        "power_limit",
        station_id="A",
        evse_id=0,
        scope="station",
        status="accepted",
        requested_w=50_000.0,
        requested_at=accepted,
        requested_by="kim",
        accepted_w=50_000.0,
        accepted_at=accepted,
    )
    await garden.sample("A", NOW - 80 * MINUTE, transaction_id=number, power_w=95_000.0)
    [never] = await alerts.listing(database, NOW)
    assert never.since == accepted + MINUTE, "it has never obeyed"
    await acknowledge(garden, never, NOW - 30 * MINUTE)
    assert await alerts.listing(database, NOW) == []
    for minutes, power_w in ((20, 49_000.0), (10, 96_000.0), (5, 95_000.0)):
        await garden.sample("A", NOW - minutes * MINUTE, transaction_id=number, power_w=power_w)
    [again] = await alerts.listing(database, NOW)
    assert (again.key, again.since) == (never.key, NOW - 10 * MINUTE)


async def test_what_was_taken_away_needs_nobody(garden: Garden, database: Database) -> None:
    await garden.station("GONE", online=True, retired_at=NOW)
    await garden.connector("GONE", "Faulted")
    assert await alerts.listing(database, NOW) == []

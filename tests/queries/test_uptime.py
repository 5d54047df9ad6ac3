"""Uptime and response times: what was planted comes out, and what was not measured is None."""

from datetime import datetime, timedelta
from typing import Any

from app.csms.context import Context
from app.csms.receive import receive
from app.csms.watchdog import forget_connections
from app.domain.reports import (
    ConnectorStatusReported,
    StationConnected,
    StationDisconnected,
    TransactionEnded,
    TransactionStarted,
)
from app.domain.stations import ConnectorStatus
from app.queries import response_times, uptime
from app.store.database import Database
from tests.factories import after, make_station, received
from tests.queries.planting import NOW, Garden

HOUR = timedelta(hours=1)


async def connection(garden: Garden, station_id: str, at: datetime, online: bool) -> None:
    await garden.put("connection_history", station_id=station_id, at=at, online=online)


async def status(garden: Garden, at: datetime, word: str, **more: Any) -> None:
    columns = {"station_id": "A", "evse_id": 1, "connector_id": 1}
    await garden.put("status_history", at=at, status=word, **(columns | more))


async def plant_outages(garden: Garden) -> None:
    """Ten hours of A: the second offline; the fourth faulted at one connector, half of the fifth at another too."""
    await garden.station("A", online=True)
    begin = NOW - 10 * HOUR
    await garden.connector("A", "Available")
    await garden.connector("A", "Available", connector_id=2)
    await connection(garden, "A", begin, True)
    await connection(garden, "A", begin + 1 * HOUR, False)
    await connection(garden, "A", begin + 2 * HOUR, True)
    await status(garden, begin + 3 * HOUR, "Faulted")
    await status(garden, begin + 3.5 * HOUR, "Faulted", error_code="GroundFailure")
    await status(garden, begin + 4 * HOUR, "Available")
    await status(garden, begin + 3.5 * HOUR, "Faulted", connector_id=2)
    await status(garden, begin + 4.5 * HOUR, "Available", connector_id=2)


async def test_uptime_is_connected_and_not_faulted(database: Database, garden: Garden) -> None:
    await plant_outages(garden)
    await garden.station("B")
    (known,) = await uptime.by_station(database, NOW - 24 * HOUR, NOW)
    assert known == uptime.Uptime(
        station_id="A",
        measured_s=36_000,
        online_s=32_400,
        faulted_s=5_400,
        up_s=27_000,
        faults=2,
    )
    assert known.percent == 75


async def test_how_things_stood_before_counts(database: Database, garden: Garden) -> None:
    await plant_outages(garden)
    begin = NOW - 10 * HOUR
    (known,) = await uptime.by_station(database, begin + 1.5 * HOUR, begin + 3.75 * HOUR)
    assert (known.measured_s, known.online_s, known.faulted_s) == (8_100, 6_300, 2_700)
    assert known.faults == 2
    (fault_goes_on,) = await uptime.by_station(database, begin + 3.75 * HOUR, begin + 5 * HOUR)
    assert (fault_goes_on.faulted_s, fault_goes_on.faults) == (2_700, 0)


async def test_what_stations_say_becomes_history(context: Context, garden: Garden) -> None:
    await make_station(context)

    def said(second: float, word: ConnectorStatus) -> Any:
        report = ConnectorStatusReported(
            evse_id=1, connector_id=1, status=word, at=after(second - 5)
        )
        return received(report, at=after(second))

    began = StationConnected(connection=1, protocol="test", remote_address="127.0.0.1")
    gone = StationDisconnected(connection=1)
    available, faulted = ConnectorStatus.AVAILABLE, ConnectorStatus.FAULTED
    await receive(context, [received(began), said(10, available), said(20, available)])
    await receive(context, [said(30, faulted), said(40, available), received(gone, at=after(60))])
    (known,) = await uptime.by_station(context.database, after(0), after(100))
    assert (known.measured_s, known.online_s, known.faulted_s, known.up_s) == (100, 60, 10, 50)
    async with context.database.read() as connection:
        rows = await connection.execute(
            "SELECT at, said_at, status FROM status_history ORDER BY at"
        )
        assert await rows.fetchall() == [
            (after(10), after(5), "Available"),
            (after(30), after(25), "Faulted"),
            (after(40), after(35), "Available"),
        ]


async def test_silent_stations_and_silent_connectors_have_a_history_too(context: Context) -> None:
    await make_station(context)
    began = StationConnected(connection=1, protocol="test", remote_address="127.0.0.1")
    start = TransactionStarted(transaction="T", at=after(1), evse_id=1)
    end = TransactionEnded(transaction="T", at=after(2))
    for report, second in ((began, 0), (start, 1), (end, 2)):
        answers = await receive(context, [received(report, at=after(second))])
        assert not isinstance(answers[0], Exception)
    await forget_connections(context)
    async with context.database.read() as connection:
        rows = await connection.execute("SELECT status FROM status_history ORDER BY at")
        assert await rows.fetchall() == [("Occupied",), ("Available",)]
        rows = await connection.execute("SELECT online, at FROM connection_history ORDER BY id")
        assert await rows.fetchall() == [(True, after(0)), (False, after(0))]


async def test_response_times_are_those_of_what_left(database: Database, garden: Garden) -> None:
    await garden.station("A")
    for status_word, latency_ms, sent in (
        ("accepted", 100.0, True),
        ("rejected", 300.0, True),
        ("timed_out", 30_000.0, True),
        ("not_supported", 0.1, False),
        ("queued", None, False),
    ):
        await garden.put(
            "station_command",
            station_id="A",
            action="Reset",
            requested_by="t",
            requested_at=NOW - timedelta(minutes=30),
            sent_at=NOW if sent else None,
            status=status_word,
            latency_ms=latency_ms,
        )
    found = await response_times.of_stations(database, NOW - HOUR, NOW)
    assert (found.asked, found.answered, found.timed_out) == (3, 2, 1)
    assert (found.average_ms, found.median_ms, found.longest_ms) == (200, 200, 300)
    nothing = await response_times.of_stations(database, NOW - HOUR, NOW, "B")
    assert (nothing.asked, nothing.average_ms) == (0, None)
    assert (await response_times.of_the_csms(database, NOW - HOUR)).answered == 0

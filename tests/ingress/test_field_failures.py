"""What fails elsewhere, tried here: how the strongest open CSMS breaks, and what real stations do on the wire.

Real lanes, a real database and a journal behind a real socket, as in the program.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.bus import nats
from app.csms import lanes as lanes_module
from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.remote_control import start_charging
from app.csms.watchdog import sum_hours
from app.domain.changes import StationsChanged
from app.domain.commands import GetCompositeSchedule, OutcomeStatus, RawCall, Reset
from app.domain.roles import Role
from app.ingress import switchboard
from app.ingress.server import Server
from app.queries.map import markers
from tests.factories import make_station, make_token
from tests.ingress.conftest import ask, hear, station
from tests.ingress.test_endurance import everything
from tests.nats_server import find_nats_server, nats_server

ID = "FIELD"
TWO = "ocpp2.0.1"
BOOT = {"chargingStation": {"model": "M", "vendorName": "V"}, "reason": "PowerUp"}
BOOT_16 = {"chargePointVendor": "V", "chargePointModel": "M"}


@pytest.fixture
async def server(context: Context) -> AsyncIterator[Server]:
    await make_station(context, ID)
    await make_token(context, "CARD")
    async with everything(context) as running:
        yield running


async def rows(context: Context, query: str) -> list[tuple[Any, ...]]:
    async with context.database.read() as connection:
        return await (await connection.execute(query.encode())).fetchall()


def at(minute: int) -> str:
    return f"2026-11-20T03:{minute:02}:00Z"


def event(kind: str, minute: int, number: int = 0, **more: Any) -> dict[str, Any]:
    sample = {"value": 100.0 * minute, "unitOfMeasure": {"unit": "Wh"}}
    return {
        "eventType": kind,
        "timestamp": at(minute),
        "triggerReason": "MeterValuePeriodic",
        "seqNo": number,
        "transactionInfo": {"transactionId": "field"},
        "evse": {"id": 1, "connectorId": 1},
        "meterValue": [{"timestamp": at(minute), "sampledValue": [sample]}],
        **more,
    }


def available(minute: int, evse_id: int = 1, connector_id: int = 1) -> dict[str, Any]:
    return {
        "timestamp": at(minute),
        "connectorStatus": "Available",
        "evseId": evse_id,
        "connectorId": connector_id,
    }


# --- part 4: how others fail


async def test_two_hundred_plug_in_at_the_same_moment(context: Context, server: Server) -> None:
    """Fifty deadlock another's database pool."""
    names = [f"PLUG{number}" for number in range(200)]
    for name in names:
        await make_station(context, name)

    async def plug_in(name: str) -> Any:
        async with station(server, name, TWO) as socket:
            await ask(socket, "BootNotification", BOOT)
            ready.release()
            await go.wait()
            async with asyncio.timeout(30):
                return await ask(socket, "TransactionEvent", event("Started", 1))

    ready, go = asyncio.Semaphore(0), asyncio.Event()
    plugging = [asyncio.create_task(plug_in(name)) for name in names]
    async with asyncio.timeout(60):
        for _ in names:
            await ready.acquire()
    go.set()
    answers = await asyncio.gather(*plugging)
    assert [answer[0] for answer in answers] == [3] * 200
    assert await rows(context, "SELECT count(*), count(DISTINCT station_id) FROM transaction") == [
        (200, 200)
    ]


async def test_nobody_is_refused_when_all_come_again_at_once(
    context: Context, server: Server
) -> None:
    """After 200 reconnects within half a second another refuses every later connection."""
    names = [f"AGAIN{number}" for number in range(100)]
    for name in names:
        await make_station(context, name)

    async def come(name: str) -> Any:
        async with station(server, name, TWO) as socket:
            return (await ask(socket, "BootNotification", BOOT))[2]["status"]

    for _ in range(2):
        async with asyncio.timeout(60):
            assert set(await asyncio.gather(*(come(name) for name in names))) == {"Accepted"}
    async with station(server, ID, TWO) as later:
        assert (await ask(later, "Heartbeat", {}))[0] == 3


async def test_a_status_that_is_answered_is_stored(context: Context, server: Server) -> None:
    """Another answers first, and loses a third of them under load."""
    async with station(server, ID, TWO) as socket:
        for number in range(300):
            said = available(number % 60, connector_id=number + 1)
            await socket.send(json.dumps([2, str(number), "StatusNotification", said]))
        for number in range(300):
            assert await hear(socket) == [3, str(number), {}]
            if number == 150:
                [(stored,)] = await rows(context, "SELECT count(*) FROM connector_state")
                assert stored > 150
    assert await rows(context, "SELECT count(*) FROM connector_state") == [(300,)]


@asynccontextmanager
async def database_away(server_url: str, database_url: str) -> AsyncIterator[None]:
    """Nobody can connect, and whoever is connected is thrown out."""
    name = urlsplit(database_url).path.removeprefix("/")
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    async with await psycopg.AsyncConnection.connect(server_url, autocommit=True) as connection:
        await connection.execute(allow.format(sql.Identifier(name), sql.Literal(False)))
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        try:
            yield
        finally:
            await connection.execute(allow.format(sql.Identifier(name), sql.Literal(True)))


METERED_16 = {
    "connectorId": 1,
    "meterValue": [{"timestamp": at(1), "sampledValue": [{"value": "5", "unit": "kWh"}]}],
}


async def test_a_reading_waits_for_a_database_that_is_away(
    context: Context, server: Server, server_url: str, database_url: str
) -> None:
    """Another answers it, and loses it."""
    async with station(server, ID, "ocpp1.6") as socket:
        await ask(socket, "BootNotification", BOOT_16)
        async with database_away(server_url, database_url):
            await socket.send(json.dumps([2, "m", "MeterValues", METERED_16]))
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1.5):
                    await socket.recv()
        async with asyncio.timeout(20):
            assert json.loads(await socket.recv()) == [3, "m", {}]
    assert await rows(context, "SELECT energy_wh::int FROM meter_sample") == [(5000,)]


async def test_a_reading_that_cannot_be_stored_is_refused_so_that_it_is_sent_again(
    context: Context,
    server: Server,
    server_url: str,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes_module, "DEADLINE_S", 1.0)
    async with station(server, ID, "ocpp1.6") as socket:
        await ask(socket, "BootNotification", BOOT_16)
        async with database_away(server_url, database_url):
            await socket.send(json.dumps([2, "m", "MeterValues", METERED_16]))
            async with asyncio.timeout(25):
                refused = json.loads(await socket.recv())
            assert refused[:3] == [4, "m", "InternalError"]
        async with asyncio.timeout(25):
            while (await ask_patiently(socket, "MeterValues", METERED_16))[0] != 3:
                await asyncio.sleep(0.2)
    assert await rows(context, "SELECT energy_wh::int FROM meter_sample") == [(5000,)]


async def ask_patiently(socket: ClientConnection, action: str, payload: Any) -> Any:
    await socket.send(json.dumps([2, "again", action, payload]))
    return json.loads(await socket.recv())


async def test_an_event_that_is_sent_again_is_stored_once(context: Context, server: Server) -> None:
    """A station that got no answer sends again, after a kill of the CSMS or a cut of the network."""
    for _ in range(2):
        async with station(server, ID, TWO) as socket:
            for number, kind in enumerate(("Started", "Updated", "Ended")):
                sent = event(kind, number + 1, number)
                assert (await ask(socket, "TransactionEvent", sent))[0] == 3
                assert (await ask(socket, "TransactionEvent", sent))[0] == 3
    assert await rows(context, "SELECT count(*), min(energy_wh)::int FROM transaction") == [
        (1, 200)
    ]
    assert await rows(context, "SELECT count(*) FROM meter_sample") == [(3,)]


@pytest.mark.parametrize("subprotocol", ["ocpp1.6", TWO, "ocpp2.1"])
async def test_a_deeply_nested_frame_ends_nothing(server: Server, subprotocol: str) -> None:
    """200 KB of it end another's process."""
    deep = '{"a":' * 40_000 + "1" + "}" * 40_000
    async with station(server, ID, subprotocol) as socket:
        await socket.send(f'[2,"deep","DataTransfer",{deep}]')
        assert (await hear(socket))[:2] == [4, "deep"]
        await socket.send("[" * 200_000)
        assert (await hear(socket))[0] == 4
        await socket.send(f'[3,"deep",{deep}]')
        assert (await ask(socket, "Heartbeat", {}))[0] == 3


async def test_a_megabyte_is_answered_and_more_ends_its_own_connection(server: Server) -> None:
    data = {"vendorId": "v", "data": "d" * 1_000_000}
    async with station(server, ID) as socket:
        assert (await ask(socket, "DataTransfer", data))[0] == 3
        await socket.send("x" * 1_100_000)
        with pytest.raises(ConnectionClosed):
            await hear(socket)
    async with station(server, ID) as socket:
        assert (await ask(socket, "Heartbeat", {}))[0] == 3


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"])
async def test_a_clock_that_was_never_set_stops_no_sums(
    context: Context, server: Server, moment: str
) -> None:
    """What it tells is stored and answered, and the hours of all others are still summed up."""
    async with station(server, ID, TWO) as socket:
        await ask(socket, "BootNotification", BOOT)
        for number, kind in enumerate(("Started", "Updated")):
            unset = event(kind, number, number)
            unset["meterValue"][0]["timestamp"] = unset["timestamp"] = moment
            assert (await ask(socket, "TransactionEvent", unset, str(number)))[0] == 3
        status = {**available(0), "timestamp": moment}
        assert (await ask(socket, "StatusNotification", status, "s"))[0] == 3
    await sum_hours(context)
    await markers(context.database)
    assert await rows(context, "SELECT count(*) FROM session_hour") == [(1,)]


@pytest.mark.parametrize("kind", ["3000000000", "-70000", "40000", "9" * 30])
async def test_no_message_type_stops_the_journal(
    context: Context, server: Server, kind: str
) -> None:
    async with station(server, ID, TWO) as socket:
        await socket.send(f'[{kind},"odd"]')
        assert (await hear(socket))[:3] == [4, "odd", "MessageTypeNotSupported"]
        assert await journalled(context, 1) == [(0,)]  # so that the next one is of another write
        await ask(socket, "Heartbeat", {}, "after")
    assert await journalled(context, 2) == [(0,), (2,)]


async def journalled(context: Context, count: int) -> list[tuple[Any, ...]]:
    """The types of the station's calls, as soon as there are so many."""
    query = "SELECT message_type FROM journal WHERE direction = 'in' ORDER BY at"
    async with asyncio.timeout(20):
        while len(found := await rows(context, query)) < count:
            await asyncio.sleep(0.1)
    return found


async def test_a_clock_that_was_set_back_makes_no_connection_an_old_one(context: Context) -> None:
    """The server ran with a clock of the future; after a restart with the right one, who comes is here, and goes."""
    await make_station(context, ID)
    state = "SELECT online, protocol FROM station_state"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(switchboard.time, "time_ns", lambda: 10**18 * 3)
        async with everything(context) as server, station(server, ID, "ocpp1.6") as socket:
            await ask(socket, "BootNotification", BOOT_16)
    async with everything(context) as server:
        async with station(server, ID, TWO) as socket:
            await ask(socket, "BootNotification", BOOT)
            assert await rows(context, state) == [(True, TWO)]
        async with asyncio.timeout(20):
            while await rows(context, state) != [(False, TWO)]:
                await asyncio.sleep(0.05)


async def test_the_loss_of_the_broker_ends_nothing(context: Context) -> None:
    """Another's process ends with it."""
    program = find_nats_server()
    if program is None:
        pytest.skip("no nats-server on this machine")
    await make_station(context, ID)
    broker = nats_server(program)
    bus = await nats.connect(broker.__enter__())
    try:
        async with everything(dataclasses.replace(context, bus=bus)) as server:
            async with station(server, ID, TWO) as socket:
                assert (await ask(socket, "BootNotification", BOOT))[0] == 3
                broker.__exit__(None, None, None)
                for number in range(50):
                    status = ("Occupied", "Available")[number % 2]
                    said = {**available(number), "connectorStatus": status}
                    assert (await ask(socket, "StatusNotification", said))[0] == 3
                news = StationsChanged(stations=("x" * 40,) * 1000, status=())
                for _ in range(100):  # more than the client keeps for later
                    await bus.publish(news)
                assert (await ask(socket, "TransactionEvent", event("Started", 1)))[0] == 3
            async with station(server, ID, TWO) as again:
                assert (await ask(again, "Heartbeat", {}))[0] == 3
    finally:
        await bus.close()
    assert len(await rows(context, "SELECT 1 FROM transaction")) == 1


async def test_a_station_that_comes_again_is_heard_and_hears(
    context: Context, server: Server
) -> None:
    """Elsewhere it goes deaf when its old socket closes."""
    async with station(server, ID, TWO) as old:
        await ask(old, "Heartbeat", {})
        async with station(server, ID, TWO) as new:
            await ask(new, "Heartbeat", {})
            await old.close()
            await asyncio.sleep(0.2)
            asking = asyncio.create_task(context.bus.ask(ID, Reset(), 5))
            call = await hear(new)
            await new.send(json.dumps([3, call[1], {"status": "Accepted"}]))
            assert (await asking).status is OutcomeStatus.ACCEPTED
            assert await rows(context, "SELECT online FROM station_state") == [(True,)]


async def test_a_wrong_subprotocol_is_refused_with_a_sentence(server: Server) -> None:
    """Elsewhere it is accepted, and then met with silence."""
    for offered in (["ocpp1.5"], ["soap", "mqtt"], ["ocpp2.0"]):
        with pytest.raises(InvalidStatus) as refused:
            async with station(server, ID, *offered):
                pass
        assert refused.value.response.status_code == 400
        assert offered[0].encode() in (refused.value.response.body or b"")


async def test_twenty_calls_without_waiting_get_twenty_answers(server: Server) -> None:
    async with station(server, ID, TWO) as socket:
        for number in range(20):
            await socket.send(
                json.dumps([2, f"n{number}", "StatusNotification", available(number)])
            )
        assert [await hear(socket) for _ in range(20)] == [[3, f"n{n}", {}] for n in range(20)]


async def test_an_end_before_its_start_leaves_nothing_running(
    context: Context, server: Server
) -> None:
    """Elsewhere the transaction is active for ever."""
    async with station(server, ID, TWO) as socket:
        for kind, minute, number in (("Ended", 9, 2), ("Updated", 5, 1), ("Started", 1, 0)):
            assert (await ask(socket, "TransactionEvent", event(kind, minute, number)))[0] == 3
    [(ended, running)] = await rows(
        context,
        "SELECT ended_at IS NOT NULL, (SELECT count(transaction_id) FROM evse_state) FROM transaction",
    )
    assert (ended, running) == (True, 0)


@pytest.mark.parametrize("subprotocol", ["ocpp1.6", TWO, "ocpp2.1"])
async def test_an_unknown_action_is_not_implemented(server: Server, subprotocol: str) -> None:
    """Elsewhere it is an InternalError."""
    async with station(server, ID, subprotocol) as socket:
        for action in ("DoTheDishes", "../etc/passwd", "é", "A" * 5000):
            assert (await ask(socket, action, {}))[:3] == [4, "m", "NotImplemented"]


# --- part 3: what real stations do


async def test_answers_are_compact_and_in_the_order_of_the_schema(server: Server) -> None:
    """Some stations find members by position."""
    start = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": at(1)}
    async with station(server, ID, "ocpp1.6") as socket:
        await socket.send(json.dumps([2, "s", "StartTransaction", start]))
        text = await asyncio.wait_for(socket.recv(), 20)
        assert isinstance(text, str)
        assert ": " not in text
        assert ", " not in text
        assert text.index("idTagInfo") < text.index("transactionId")
        payload = {
            "listVersion": 1,
            "localAuthorizationList": [{"idTag": "CARD"}],
            "updateType": "Full",
        }
        asking = asyncio.create_task(
            server.board.context.bus.ask(ID, RawCall(action="SendLocalList", payload=payload), 5)
        )
        sent = await hear(socket)
        assert list(sent[3]) == ["listVersion", "localAuthorizationList", "updateType"]
        await socket.send(json.dumps([3, sent[1], {"status": "Accepted"}]))
        assert (await asking).status is OutcomeStatus.ACCEPTED


async def test_one_message_id_for_everything_even_ours(context: Context, server: Server) -> None:
    async with station(server, ID, TWO) as socket:
        await ask(socket, "Heartbeat", {}, "0")
        asking = asyncio.create_task(context.bus.ask(ID, Reset(), 5))
        call = await hear(socket)
        for _ in range(3):
            assert (await ask(socket, "Heartbeat", {}, call[1]))[:2] == [3, call[1]]
        await socket.send(json.dumps([3, "nothing that was asked", {"status": "Rejected"}]))
        await socket.send(json.dumps([3, call[1], {"status": "Accepted"}]))
        assert (await asking).status is OutcomeStatus.ACCEPTED


@pytest.mark.parametrize("length", [2, 4, 5])
async def test_a_callerror_of_any_length_settles_the_call(
    context: Context, server: Server, length: int
) -> None:
    async with station(server, ID, TWO) as socket:
        await ask(socket, "Heartbeat", {})
        asking = asyncio.create_task(context.bus.ask(ID, Reset(), 5))
        call = await hear(socket)
        await socket.send(json.dumps([4, call[1], "GenericError", "no", {}][:length]))
        assert (await asking).status is OutcomeStatus.ERROR
        assert (await ask(socket, "Heartbeat", {}))[0] == 3


async def test_a_sequence_number_that_stands_still_loses_nothing(
    context: Context, server: Server
) -> None:
    async with station(server, ID, TWO) as socket:
        for kind, minute in (("Started", 1), ("Updated", 2), ("Updated", 3), ("Ended", 4)):
            await ask(socket, "TransactionEvent", event(kind, minute, 0))
    assert await rows(context, "SELECT ended_at IS NOT NULL, energy_wh::int FROM transaction") == [
        (True, 300)
    ]
    assert await rows(context, "SELECT count(*) FROM meter_sample") == [(4,)]


async def test_a_start_that_names_only_its_remote_start(context: Context, server: Server) -> None:
    async with station(server, ID, TWO) as socket:
        await ask(socket, "BootNotification", BOOT)
        actor = Actor(name="test", role=Role.ADMIN)
        starting = asyncio.create_task(start_charging(context, actor, ID, id_token="CARD"))
        call = await hear(socket)
        await socket.send(json.dumps([3, call[1], {"status": "Accepted"}]))
        info = {
            "transactionId": "4711",
            "remoteStartId": call[3]["remoteStartId"],
        }  # no UUID either
        sent = event("Started", 1, triggerReason="RemoteStart", transactionInfo=info)
        assert (await ask(socket, "TransactionEvent", sent))[0] == 3
        result = await starting
    assert result.transaction_id == "4711"
    assert await rows(context, "SELECT id_token FROM transaction") == [("CARD",)]


async def test_a_report_of_which_only_the_end_comes(context: Context, server: Server) -> None:
    """And with names that are longer than they may be."""
    variable = {"component": {"name": "C"}, "variable": {"name": "v" * 60}}
    report = {
        "requestId": 1,
        "generatedAt": at(1),
        "seqNo": 7,
        "tbc": False,
        "reportData": [{**variable, "variableAttribute": [{"value": "1"}]}],
    }
    async with station(server, ID, TWO) as socket:
        assert await ask(socket, "NotifyReport", report) == [3, "m", {}]
    [(name,)] = await rows(context, "SELECT name FROM station_variable")
    assert name == "v" * 50


async def test_a_station_that_does_not_boot_again_after_a_restart_of_the_csms(
    context: Context,
) -> None:
    """It sends its backlog, with old times, the stop last."""
    await make_station(context, ID)
    await make_token(context, "CARD")
    start = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": at(1)}
    async with everything(context) as before, station(before, ID, "ocpp1.6") as socket:
        await ask(socket, "BootNotification", BOOT_16)
        number = (await ask(socket, "StartTransaction", start))[2]["transactionId"]
    reading = {"timestamp": at(2), "sampledValue": [{"value": "500"}]}
    async with everything(context) as after, station(after, ID, "ocpp1.6") as socket:
        metered = {"connectorId": 1, "transactionId": number, "meterValue": [reading]}
        assert await ask(socket, "MeterValues", metered) == [3, "m", {}]
        stop = {"transactionId": number, "meterStop": 900, "timestamp": at(3)}
        assert (await ask(socket, "StopTransaction", stop))[0] == 3
    assert await rows(context, "SELECT ended_at IS NOT NULL, energy_wh::int FROM transaction") == [
        (True, 900)
    ]


@pytest.mark.parametrize("connector", [1, 0])
async def test_readings_with_an_id_that_was_never_issued_end_no_session(
    context: Context, server: Server, connector: int
) -> None:
    """In 1.6 the CSMS issues the ids: such a one names nothing of ours. Its readings are of what runs there."""
    start = {"connectorId": 1, "idTag": "CARD", "meterStart": 0, "timestamp": at(1)}

    def metered(number: int, minute: int, energy: int, where: int = connector) -> dict[str, Any]:
        sample = {"timestamp": at(minute), "sampledValue": [{"value": str(energy)}]}
        return {"connectorId": where, "transactionId": number, "meterValue": [sample]}

    async with station(server, ID, "ocpp1.6") as socket:
        number = (await ask(socket, "StartTransaction", start))[2]["transactionId"]
        for payload in (metered(987654, 2, 400), metered(number, 3, 600, 1)):
            assert await ask(socket, "MeterValues", payload) == [3, "m", {}]
        assert await ask(socket, "MeterValues", metered(987654, 4, 800)) == [3, "m", {}]
        running = "SELECT transaction_id::int, ended_at, energy_wh::int FROM transaction"
        assert await rows(context, running) == [(number, None, 800)]
        stop = {"transactionId": number, "meterStop": 900, "timestamp": at(5)}
        assert (await ask(socket, "StopTransaction", stop))[0] == 3
    assert await rows(
        context, "SELECT stop_reason, energy_wh::int, ended_at IS NULL FROM transaction"
    ) == [("Local", 900, False)]
    of_what = (
        "SELECT DISTINCT evse_id, transaction_id = (SELECT id FROM transaction) FROM meter_sample"
    )
    assert await rows(context, of_what) == [(1, True)]


async def test_the_whole_station_has_a_status_and_meters_speak_beside_events(
    context: Context, server: Server
) -> None:
    sample = {"value": 5.0, "measurand": "Energy.Active.Import.Register"}
    metered = {"evseId": 1, "meterValue": [{"timestamp": at(1), "sampledValue": [sample]}]}
    async with station(server, ID, TWO) as socket:
        assert await ask(socket, "StatusNotification", available(1, 0, 0)) == [3, "m", {}]
        assert await ask(socket, "MeterValues", metered) == [3, "m", {}]
        asking = asyncio.create_task(
            context.bus.ask(ID, GetCompositeSchedule(evse_id=1, duration_s=600), 5)
        )
        call = await hear(socket)
        period = {"startPeriod": 0, "limit": -1, "numberPhases": -1}
        schedule = {
            "evseId": 1,
            "duration": 600,
            "scheduleStart": at(0),
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [period],
        }
        answer = {"status": "Accepted", "schedule": schedule}
        await socket.send(json.dumps([3, call[1], answer]))
        assert (await asking).status is OutcomeStatus.ACCEPTED
        assert (await ask(socket, "Heartbeat", {}))[0] == 3
    assert await rows(context, "SELECT count(*) FROM meter_sample") == [(1,)]


async def test_the_station_s_own_order_of_subprotocols_counts(server: Server) -> None:
    async with station(server, ID, "ocpp2.1", TWO) as socket:
        assert socket.subprotocol == "ocpp2.1"
    async with station(server, ID, "-") as socket:
        assert socket.subprotocol is None
        assert (await ask(socket, "Heartbeat", {}))[0] == 3


@pytest.mark.parametrize(
    ("registration", "word"),
    [("accepted", "Accepted"), ("pending", "Pending")],
)
@pytest.mark.parametrize(
    ("subprotocol", "boot"), [("ocpp1.6", BOOT_16), (TWO, BOOT), ("ocpp2.1", BOOT)]
)
async def test_a_boot_s_answer_has_all_that_keeps_a_station_calm(
    context: Context, subprotocol: str, boot: dict[str, Any], registration: str, word: str
) -> None:
    """Without an interval one sends heartbeats by the thousand; without a status one takes itself for rejected."""
    await make_station(context, ID, registration=registration)
    async with everything(context) as server, station(server, ID, subprotocol) as socket:
        answer = (await ask(socket, "BootNotification", boot))[2]
    assert answer["status"] == word
    assert answer["interval"] >= 10
    assert answer["currentTime"].endswith("Z")


async def test_no_answer_is_longer_than_4096_bytes(server: Server) -> None:
    """One firmware reads no more than that per frame."""
    payloads: list[tuple[str, Any]] = [
        ("BootNotification", BOOT),
        ("Heartbeat", {}),
        ("A" * 10_000, {}),
        ("Authorize", {"x" * 10_000: 1}),
        ("DataTransfer", {"vendorId": "v", "data": "d" * 10_000}),
        ("TransactionEvent", event("Started", 1)),
    ]
    async with station(server, ID, TWO) as socket:
        for action, payload in payloads:
            await socket.send(json.dumps([2, "m" * 36, action, payload]))
            text = await asyncio.wait_for(socket.recv(), 20)
            assert len(text) <= 4096, text

"""A station's socket: order, poison, takeover, and what is written down."""

from __future__ import annotations

import asyncio
import json
import struct
from socket import SO_LINGER, SOL_SOCKET

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from app.csms.context import Context
from app.domain.commands import OutcomeStatus, Reset
from app.domain.errors import NotRegistered, Unavailable
from app.domain.reports import (
    Report,
    StationBooted,
    StationConnected,
    StationDisconnected,
    StationSeen,
    TransactionReport,
)
from app.ingress import connection
from app.ingress.journal import MOST_ASKED
from app.ingress.server import Server, serve
from tests.ingress.conftest import Notebook, ask, hear, station
from tests.ingress.golden import golden_frames
from tests.ingress.test_refusals import UNREADABLE

BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}

POISON: list[str | bytes] = [
    *(frame for frame, _ in UNREADABLE if frame),
    b'[2,"x","DataTransfer",' + b'{"a":' * 40_000 + b"1" + b"}" * 40_000 + b"]",
    b"[" * 200_000,
    *(
        b'[2,"x","%s",' % action + b'{"a":' * depth + b"null" + b"}" * depth + b"]"
        for action in (b"Heartbeat", b"Authorize", b"MeterValues", b"TransactionEvent")
        for depth in (300, 600, 800, 900, 950)
    ),
    '[2,"x","BootNotification",{"chargePointVendor":"\ud7ff\U0001f50c"}]',
    '[2,"x","BootNotification",{"chargePointVendor":"\\ud800","chargePointModel":"M"}]',
    '[2,"x","MeterValues",{"connectorId":1e400,"meterValue":[]}]',
    '[2,"x","StartTransaction",{"connectorId":99999999999999999999,"idTag":"","meterStart":0,"timestamp":""}]',
    '[3,"unknown",{}]',
    "[3]",
    '[4,"unknown"]',
    '[4,"unknown","GenericError",null,null]',
    '[5,"x","InternalError","",{}]',
    '[6,"x","NotifyPeriodicEventStream",{}]',
]


@pytest.mark.parametrize("subprotocol", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
async def test_poison_never_ends_a_connection(
    server: Server, notebook: Notebook, subprotocol: str
) -> None:
    async with station(server, "CP1", subprotocol) as socket:
        for number, frame in enumerate(POISON):
            text = frame.decode("utf-8", "surrogateescape") if isinstance(frame, bytes) else frame
            binary = isinstance(frame, bytes) and b"\xff" in frame
            await socket.send(frame if binary else text)
            await socket.send(json.dumps([2, f"alive-{number}", "Heartbeat", {}]))
            while True:
                answer = await hear(socket)
                if answer[1] == f"alive-{number}":
                    break
                # a Heartbeat's unknown members are passed over, so that one may have a result
                assert answer[0] == 4 or b"Heartbeat" in bytes(text, "utf-8", "surrogateescape")
            assert answer[0] == 3


async def test_a_megabyte_is_answered(server: Server) -> None:
    async with station(server) as socket:
        data = {"vendorId": "v", "data": "d" * 1_000_000}
        assert (await ask(socket, "DataTransfer", data))[2] == {"status": "UnknownVendorId"}


async def test_a_frame_that_is_too_long_ends_its_own_connection_only(server: Server) -> None:
    async with station(server, "CP1") as one, station(server, "CP2") as two:
        await one.send("x" * (2**20 + 1))
        with pytest.raises(ConnectionClosed) as closed:
            await hear(one)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
        assert (await ask(two, "Heartbeat", {}))[0] == 3


async def test_twenty_calls_at_once_are_answered_in_order(
    server: Server, notebook: Notebook
) -> None:
    async with station(server) as socket:
        for number in range(20):
            await socket.send(json.dumps([2, f"n{number}", "Heartbeat", {}]))
        answers = [await hear(socket) for _ in range(20)]
    assert [answer[:2] for answer in answers] == [[3, f"n{number}"] for number in range(20)]


async def test_a_station_that_takes_no_answer_is_gone(
    server: Server, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sends and sends and never reads; its pings would wait behind the answer."""
    monkeypatch.setattr(connection, "SEND_S", 0.3)
    async with station(server) as socket:
        await ask(socket, "Heartbeat", {}, "1")
        server.board.sessions["CP1"].connection.pause_writing()  # as its full buffers do
        await socket.send(json.dumps([2, "2", "Heartbeat", {}]))
        async with asyncio.timeout(5):
            await socket.wait_closed()
            while server.online:
                await asyncio.sleep(0.01)
    await notebook.wait_for(StationDisconnected)


async def test_one_message_id_for_everything_is_borne(server: Server, notebook: Notebook) -> None:
    async with station(server) as socket:
        for _ in range(3):
            assert (await ask(socket, "Heartbeat", {}, "always the same"))[0] == 3
    assert len(await notebook.wait_for(StationSeen, 3)) == 3


async def test_nothing_is_answered_before_it_is_stored(server: Server, notebook: Notebook) -> None:
    async with station(server) as socket:
        await notebook.wait_for(StationConnected)
        notebook.gate.clear()
        await socket.send('[2,"1","Heartbeat",{}]')
        await notebook.wait_for(StationSeen)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await socket.recv()
        notebook.gate.set()
        assert (await hear(socket))[0] == 3


async def test_what_the_living_room_refuses_is_a_callerror(
    server: Server, notebook: Notebook
) -> None:
    def refuse(report: Report) -> Exception | None:
        if isinstance(report, TransactionReport):
            return NotRegistered()
        return ZeroDivisionError("a bug") if isinstance(report, StationBooted) else None

    notebook.refuse = refuse
    start = {"connectorId": 1, "idTag": "A", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}
    async with station(server) as socket:
        refused = await ask(socket, "StartTransaction", start)
        assert refused == [4, "m", "SecurityError", NotRegistered.__doc__, {}]
        broken = await ask(socket, "BootNotification", BOOT)
        assert broken[:3] == [4, "m", "InternalError"]
        assert "bug" not in broken[3]
        assert (await ask(socket, "Heartbeat", {}))[0] == 3


async def test_a_connection_that_cannot_be_stored_is_told_to_come_again(
    server: Server, notebook: Notebook
) -> None:
    notebook.refuse = lambda report: Unavailable() if isinstance(report, StationConnected) else None
    async with station(server) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await hear(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013


async def test_the_newest_connection_wins_and_the_old_one_s_end_harms_it_not(
    server: Server, notebook: Notebook
) -> None:
    bus = server.board.context.bus
    async with station(server) as old:
        await ask(old, "Heartbeat", {})
        async with station(server) as new:
            await ask(new, "Heartbeat", {})
            with pytest.raises(ConnectionClosed):
                await hear(old)
            [gone] = await notebook.wait_for(StationDisconnected)
            first, second = await notebook.wait_for(StationConnected, 2)
            assert isinstance(gone, StationDisconnected)
            assert isinstance(first, StationConnected)
            assert isinstance(second, StationConnected)
            assert gone.connection == first.connection < second.connection
            assert server.online == ("CP1",)
            asking = asyncio.create_task(bus.ask("CP1", Reset(), 5))
            call = await hear(new)
            assert call[2:] == ["Reset", {"type": "Soft"}]
            await new.send(json.dumps([3, call[1], {"status": "Accepted"}]))
            assert (await asking).status is OutcomeStatus.ACCEPTED
    await notebook.wait_for(StationDisconnected, 2)
    assert (await bus.ask("CP1", Reset(), 1)).status is OutcomeStatus.OFFLINE
    assert server.online == ()


async def test_a_command_whose_sending_breaks_off_is_not_called_unsent(server: Server) -> None:
    """Part of it may have left before the station's buffers were full: it may have been read, and done."""
    async with station(server) as socket:
        await ask(socket, "Heartbeat", {}, "1")
        server.board.sessions["CP1"].connection.pause_writing()  # as full buffers do
        asking = asyncio.create_task(server.board.context.bus.ask("CP1", Reset(), 5))
        assert (await hear(socket))[2] == "Reset"
        linger = struct.pack("ii", 1, 0)  # a reset, not a goodbye
        socket.transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, linger)
        socket.transport.abort()
        assert (await asking).status is OutcomeStatus.TIMED_OUT


async def test_both_directions_at_once(server: Server, notebook: Notebook) -> None:
    """A station may send its own calls while it owes us an answer."""
    bus = server.board.context.bus
    async with station(server) as socket:
        await ask(socket, "Heartbeat", {})
        asking = asyncio.create_task(bus.ask("CP1", Reset(), 5))
        call = await hear(socket)
        assert (await ask(socket, "Heartbeat", {}, call[1]))[:2] == [3, call[1]]
        await socket.send(json.dumps([3, call[1], {"status": "Rejected"}]))
        assert (await asking).status is OutcomeStatus.REJECTED


async def test_frames_are_journalled_both_ways(server: Server, notebook: Notebook) -> None:
    async with station(server) as socket:
        await ask(socket, "BootNotification", BOOT, "b1")
        await ask(socket, "Dance", {}, "d1")
    entries = [(e.direction, e.message_type, e.message_id, e.action) for e in notebook.entries]
    assert entries == [("in", 2, "b1", "BootNotification"), ("in", 2, "d1", "Dance")]
    answered, refused = notebook.entries
    assert {entry.station_id for entry in notebook.entries} == {"CP1"}
    assert json.loads(answered.answer or "")[2]["status"] == "Accepted"
    assert (answered.answer_type, refused.answer_type) == (3, 4)
    assert answered.latency_ms is not None
    assert answered.latency_ms > 0
    assert (answered.outcome, refused.outcome) == (None, "NotImplemented")


async def test_answers_of_the_station_are_journalled_with_their_calls(
    server: Server, notebook: Notebook
) -> None:
    bus = server.board.context.bus
    async with station(server) as socket:
        await ask(socket, "BootNotification", BOOT, "b1")
        for status in ("Accepted", "Rejected"):
            asking = asyncio.create_task(bus.ask("CP1", Reset(), 5))
            call = await hear(socket)
            await socket.send(json.dumps([3, call[1], {"status": status}]))
            await asking
        await socket.send(json.dumps([3, call[1], {"status": "Again"}]))
        await ask(socket, "Heartbeat", {}, "h1")
    _, accepted, rejected, again, _ = notebook.entries
    for entry, status in ((accepted, b"Accepted"), (rejected, b"Rejected")):
        assert (entry.direction, entry.action, entry.answer_type) == ("out", "Reset", 3)
        assert isinstance(entry.answer, bytes)
        assert status in entry.answer
    assert (again.direction, again.message_type, again.answer) == ("in", 3, None)


async def test_calls_that_nobody_answers_are_forgotten(server: Server, notebook: Notebook) -> None:
    """A late answer to one of the newest still finds its call; one to an older is a frame by itself."""
    async with station(server) as socket:
        await ask(socket, "BootNotification", BOOT, "b1")
        session = server.board.sessions["CP1"]
        for number in range(MOST_ASKED + 1):
            await session._send_call(b"[2]", f"c{number}", "Reset")
            await socket.recv()
        for number in (0, 1, MOST_ASKED):
            await socket.send(json.dumps([3, f"c{number}", {"status": "Accepted"}]))
        await ask(socket, "Heartbeat", {}, "h1")
        assert len(session._recording._asked) == MOST_ASKED - 2
    calls = {entry.message_id: entry for entry in notebook.entries if entry.direction == "out"}
    answered = [name for name, entry in calls.items() if entry.answer is not None]
    assert answered == ["c1", f"c{MOST_ASKED}"]
    assert [(e.message_id, e.action) for e in notebook.entries if e.message_type == 3] == [
        ("c0", None)
    ]


async def test_the_literal_frames_of_known_simulators_are_answered(
    server: Server, notebook: Notebook
) -> None:
    async with station(server, "emart_jeju_01", "ocpp2.0.1") as socket:
        for golden in golden_frames():
            if golden.name.startswith("legacy/"):
                await socket.send(golden.frame)
                answer = await hear(socket)
                assert answer[0] == 3, (golden.name, answer)


async def test_the_server_says_goodbye_when_it_stops(context: Context, notebook: Notebook) -> None:
    async with serve(context, notebook, notebook, host="127.0.0.1", port=0) as server:  # type: ignore[arg-type]
        socket = await connect(
            f"ws://127.0.0.1:{server.port}/CP1",
            subprotocols=["ocpp1.6"],  # type: ignore[list-item]
            proxy=None,
        )
        await ask(socket, "Heartbeat", {})
    assert [type(report) for report in notebook.reports()][-1] is StationDisconnected
    with pytest.raises(ConnectionClosed) as closed:
        await hear(socket)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001

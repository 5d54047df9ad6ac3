"""The live stream: what is kept, what is resumed, what cannot be; and that live equals fresh."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import httpx
import orjson
import pytest

from app.csms.audit import HALLA
from app.csms.context import Context
from app.domain.changes import CommandChanged, LocationsChanged, StationsChanged
from app.web.live import stream
from app.web.live.hub import MAX_STATIONS, Hub
from app.web.live.ring import Ring
from app.web.live.stream import LiveStream
from tests.queries.planting import Garden

Event = tuple[str, str | None, Any]


def note(number: int) -> tuple[tuple[str, bytes], ...]:
    return (("meter", b"%d" % number),)


def events(text: bytes) -> list[Event]:
    """Name, id and data of every event in a piece of the stream."""
    found: list[Event] = []
    for block in text.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "event" in lines:
            found.append((lines["event"], lines.get("id"), orjson.loads(lines["data"])))
    return found


def test_a_returning_reader_gets_what_it_missed() -> None:
    ring = Ring()
    for number in range(5):
        ring.append(note(number))
    position = ring.position_of(ring.id_of(3))
    assert position == 3
    heard = ring.after(position)
    assert [data for _, _, data in events(b"".join(heard.chunks))] == [3, 4]
    assert (heard.seq, heard.lost) == (5, False)


@pytest.mark.parametrize("last_event_id", ["", "other:3", "3", ":", "x:y:z", "²", None])
def test_a_reader_of_another_life_has_no_position(last_event_id: str | None) -> None:
    ring = Ring()
    ring.append(note(1))
    assert ring.position_of(last_event_id) is None


def test_numbers_that_were_never_given_out_have_no_position() -> None:
    ring = Ring()
    ring.append(note(1))
    for seq in ("2", "-1", "9" * 30, "١"):
        assert ring.position_of(f"{ring.boot}:{seq}") is None


def test_the_ring_is_bounded_by_number_and_by_bytes() -> None:
    few, small = Ring(capacity=3), Ring(max_bytes=200)
    for number in range(10):
        few.append(note(number))
        small.append((("meter", b'"' + b"x" * 80 + b'"'),))
    assert few.after(6).lost
    assert not few.after(7).lost
    assert few.position_of(few.id_of(6)) is None
    assert small.after(7).lost
    assert not small.after(9).lost


async def test_waiting_ends_with_news_and_with_the_program() -> None:
    ring = Ring()
    assert not await ring.wait(0, 0.01)
    waiting = asyncio.create_task(ring.wait(0, 5))
    await asyncio.sleep(0)
    ring.append(note(1))
    assert await asyncio.wait_for(waiting, 1)
    closing = asyncio.create_task(ring.wait(1, 5))
    await asyncio.sleep(0)
    ring.close()
    assert await asyncio.wait_for(closing, 1)


class Reader:
    """A browser at the other end of a stream, which reads as slowly as the test wants."""

    def __init__(self, hub: Hub, last_event_id: str | None = None, life_s: float = 5.0) -> None:
        self.got: list[bytes] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.left = asyncio.Event()
        live = LiveStream(hub, last_event_id, life_s)
        self.task = asyncio.create_task(live({"type": "http"}, self._receive, self._send))

    async def _receive(self) -> MutableMapping[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        await self.gate.wait()
        if message["type"] == "http.response.body":
            self.got.append(message["body"])

    async def until(self, count: int) -> list[Event]:
        """What came, once there are `count` events other than the server's time."""
        async with asyncio.timeout(5):
            while len(found := [each for each in self.events() if each[0] != "tick"]) < count:
                await asyncio.sleep(0.01)
        return found

    def events(self) -> list[Event]:
        return events(b"".join(self.got))


async def test_a_reader_that_takes_nothing_more_is_left(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It neither leaves nor reads: its place is given to others when its time is over."""
    monkeypatch.setattr(stream, "GRACE_S", 0.2)
    hub = Hub(context)
    reader = Reader(hub, life_s=0.3)
    while not reader.got:
        await asyncio.sleep(0.01)
    assert hub.readers == 1
    reader.gate.clear()
    hub.ring.append(note(1))
    async with asyncio.timeout(5):
        await reader.task
    assert hub.readers == 0


async def test_a_new_reader_is_greeted_and_hears_what_follows(context: Context) -> None:
    hub = Hub(context)
    hub.ring.append(note(1))
    reader = Reader(hub)
    await asyncio.sleep(0.05)
    hub.ring.append(note(2))
    assert await reader.until(1) == [("meter", hub.ring.id_of(2), 2)]
    assert reader.got[0].startswith(b"retry: ")
    reader.left.set()
    await asyncio.wait_for(reader.task, 1)
    assert hub.readers == 0


async def test_a_reader_comes_back_to_where_it_was(context: Context) -> None:
    hub = Hub(context)
    for number in (1, 2, 3):
        hub.ring.append(note(number))
    back = Reader(hub, hub.ring.id_of(1))
    assert [data for _, _, data in await back.until(2)] == [2, 3]
    stranger = Reader(hub, "0badcafe:1")
    assert (await stranger.until(1))[0] == ("resync", hub.ring.id_of(3), {"reason": "missed"})
    for reader in (back, stranger):
        reader.left.set()
        await asyncio.wait_for(reader.task, 1)


async def test_a_slow_reader_is_told_once_and_holds_nobody_up(context: Context) -> None:
    hub = Hub(context)
    hub.ring = Ring(capacity=4)
    slow, quick = Reader(hub), Reader(hub)
    await asyncio.sleep(0.05)
    slow.gate.clear()
    hub.ring.append(note(0))
    await quick.until(1)
    for number in range(1, 10):
        hub.ring.append(note(number))
        await quick.until(number + 1)
    slow.gate.set()
    heard = await slow.until(2)
    assert [name for name, _, _ in heard] == ["meter", "resync"]
    assert heard[1][1] == hub.ring.id_of(10)
    for reader in (slow, quick):
        reader.left.set()
        await asyncio.wait_for(reader.task, 1)


async def test_a_stream_ends_with_its_time_and_with_the_program(context: Context) -> None:
    hub = Hub(context)
    short, long = Reader(hub, life_s=0.05), Reader(hub, life_s=60)
    await asyncio.wait_for(short.task, 2)
    assert not long.task.done()
    hub.close()
    await asyncio.wait_for(long.task, 2)
    assert hub.readers == 0


async def test_what_is_live_equals_what_is_fresh(
    context: Context, planted: Garden, admin: httpx.AsyncClient
) -> None:
    hub = Hub(context)
    async with hub.run():
        reader = Reader(hub)
        await asyncio.sleep(0.05)
        await context.bus.publish(
            StationsChanged(stations=("BUSY", "AVAILABLE", "gone"), status=("BUSY",))
        )
        await context.bus.publish(StationsChanged(stations=("BUSY",)))
        heard = await reader.until(2)
        reader.left.set()
    fresh = {
        each["station_id"]: each
        for each in (await admin.get("/map/stations.json")).json()["stations"]
    }
    assert [(name, [each["station_id"] for each in data]) for name, _, data in heard] == [
        ("status", ["BUSY"]),
        ("meter", ["AVAILABLE"]),
    ]
    for _, _, markers in heard:
        for marker in markers:
            assert marker == fresh[marker["station_id"]]


async def test_commands_and_lost_news_are_told(context: Context) -> None:
    hub = Hub(context)
    hub.note(CommandChanged(station_id="A", command_id=7))
    await hub.flush()
    hub.note(LocationsChanged())
    await hub.flush()
    hub.note(None)
    await hub.flush()
    hub.note(StationsChanged(stations=tuple(str(n) for n in range(MAX_STATIONS + 1))))
    await hub.flush()
    told = events(b"".join(hub.ring.after(0).chunks))
    assert [(name, data) for name, _, data in told] == [
        ("command", {"station_id": "A", "command_id": 7}),
        ("resync", {"reason": "changed"}),
        ("resync", {"reason": "missed"}),
        ("resync", {"reason": "missed"}),
    ]


async def test_what_could_not_be_looked_up_is_kept_for_the_next_try(
    context: Context, planted: Garden, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = Hub(context)
    hub.note(StationsChanged(stations=("BUSY",), status=("BUSY",)))

    async def away(*_: object) -> None:
        raise ConnectionError("the database is away")

    with monkeypatch.context() as patch:
        patch.setattr("app.web.live.hub.markers", away)
        with pytest.raises(ConnectionError):
            await hub.flush()
    assert hub.ring.seq == 0
    await hub.flush()
    assert [name for name, _, _ in events(b"".join(hub.ring.after(0).chunks))] == ["status"]


async def test_the_stream_needs_a_sign_in_or_a_key(
    stranger: httpx.AsyncClient,
    admin: httpx.AsyncClient,
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from app.csms.accounts import create_api_key
    from app.domain.roles import Role

    monkeypatch.setattr("app.web.live.stream.LIFE_S", 0.01)
    assert (await stranger.get("/live", headers={"Accept": "*/*"})).status_code == 401
    key = await create_api_key(context, HALLA, "reader", Role.VIEWER)
    for browser, headers in (
        (admin, {}),
        (stranger, {"Authorization": f"Bearer {key}"}),
        (stranger, {"X-API-Key": key}),
    ):
        answer = await browser.get("/live", headers={"Accept-Encoding": "gzip", **headers})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        assert [name for name, _, _ in events(answer.content)] == ["tick"]
    wrong = await stranger.get("/live", headers={"X-API-Key": "wrong", "Accept": "*/*"})
    assert wrong.status_code == 401

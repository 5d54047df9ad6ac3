"""Stations as cheap as can be: a WebSocket client in one protocol class, so that two cores measure the server.

Frames go out with a masking key of zeros (RFC 6455 wants one, not a good one), so nothing has to be masked.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import cast

from tests.bench import messages

ANSWER_S = 30.0
CONNECT_S = 60.0
CONNECT_AT_ONCE = 50

_HANDSHAKE = (
    "GET /%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: ocpp2.0.1\r\n\r\n"
)
_PING, _CLOSE = 9, 8


class Lost(Exception):
    """The server refused a message or closed the connection; a measurement would be worthless."""


class Station(asyncio.Protocol):
    """One connection. `heard` is called with every answer."""

    def __init__(self, station_id: str, port: int) -> None:
        self.station_id, self.port = station_id, port
        self.transaction = f"{station_id}-{time.time_ns():x}"
        self.number = 0
        self.heard: Callable[[bytes], None] = lambda frame: None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost: str | None = None
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it
        self._transport.write((_HANDSHAKE % (self.station_id, self.port)).encode())

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = self.lost or f"{self.station_id}: the connection was lost ({error})"
        if not self.opened.done():
            self.opened.set_exception(Lost(self.lost))

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data if self._buffer else data
        if not self.opened.done():
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._buffer = head
                return
            if b" 101 " not in head.split(b"\r\n", 1)[0]:
                self.opened.set_exception(Lost(f"{self.station_id}: {head[:200]!r}"))
                return
            self.opened.set_result(None)
        while len(data) >= 2:
            kind, length, start = data[0] & 15, data[1], 2
            if length == 126:
                length, start = int.from_bytes(data[2:4], "big"), 4
            if len(data) < start + length:
                break
            frame, data = data[start : start + length], data[start + length :]
            if kind == _PING:
                self.send(frame, kind=0x8A)
            elif kind == _CLOSE:
                self.lost = f"{self.station_id}: closed by the server: {frame!r}"
            else:
                self.heard(frame)
        self._buffer = data

    def send(self, frame: bytes, kind: int = 0x81) -> None:
        """Send one frame."""
        if self.lost is not None:
            raise Lost(self.lost)
        assert self._transport is not None
        size = len(frame)
        head = bytes((kind, 0x80 | size)) if size < 126 else bytes((kind, 0xFE, *divmod(size, 256)))
        self._transport.write(head + b"\0\0\0\0" + frame)

    async def call(self, frame: bytes) -> bytes:
        """Send a CALL and wait for its result."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.heard = answer.set_result
        self.send(frame)
        result = await asyncio.wait_for(answer, ANSWER_S)
        if not result.startswith(b"[3,"):
            raise Lost(f"{self.station_id}: {frame[:200]!r} was answered with {result!r}")
        return result

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            with suppress(Lost):
                self.send(b"\x03\xe8", kind=0x88)
            self._transport.close()


@asynccontextmanager
async def connected(
    port: int, ids: Sequence[str], *, charging: bool = True
) -> AsyncIterator[list[Station]]:
    """Connections of these stations, each booted and, if `charging`, with a transaction that runs."""
    gate = asyncio.Semaphore(CONNECT_AT_ONCE)
    stations: list[Station] = []
    try:
        async with asyncio.timeout(CONNECT_S):
            await asyncio.gather(
                *(_open(stations, gate, each, port, charging=charging) for each in ids)
            )
        yield stations
    finally:
        for station in stations:
            station.close()
        await asyncio.sleep(0.2)


async def _open(
    stations: list[Station], gate: asyncio.Semaphore, station_id: str, port: int, *, charging: bool
) -> None:
    loop = asyncio.get_running_loop()
    async with gate:
        _, station = await loop.create_connection(
            lambda: Station(station_id, port), "127.0.0.1", port
        )
        stations.append(station)
        await asyncio.wait_for(station.opened, ANSWER_S)
        await station.call(messages.booted())
        if charging:
            await station.call(messages.occupied(messages.moment()))
            await station.call(messages.started(station.transaction, messages.moment()))


class Load:
    """Counts acknowledged messages, and how long each took in s."""

    def __init__(self) -> None:
        self.acknowledged = 0
        self.latencies_s: list[float] = []
        self.refused: str | None = None

    def forget_latencies(self) -> None:
        """Begin to measure."""
        self.latencies_s = []

    def check(self, stations: Sequence[Station]) -> None:
        """Raises Lost if anything went wrong."""
        lost = self.refused or next((each.lost for each in stations if each.lost), None)
        if lost is not None:
            raise Lost(lost)


class ClosedLoop(Load):
    """Every station sends its next message as soon as the last one is answered, until `stop`."""

    def __init__(self, stations: Sequence[Station]) -> None:
        super().__init__()
        self._stations = stations
        self._running = True
        self._idle = 0

    def start(self) -> None:
        """The first message of each."""
        for station in self._stations:
            self._send(station)

    async def stop(self) -> None:
        """No more messages; wait for the answers that are due."""
        self._running = False
        async with asyncio.timeout(ANSWER_S):
            while self._idle < len(self._stations):
                self.check(self._stations)
                await asyncio.sleep(0.01)

    def _send(self, station: Station) -> None:
        station.number += 1
        sent_at = time.perf_counter()

        def heard(answer: bytes) -> None:
            self.latencies_s.append(time.perf_counter() - sent_at)
            if not answer.startswith(b"[3,"):
                self.refused = f"{station.station_id}: {answer!r}"
            self.acknowledged += 1
            if self._running:
                self._send(station)
            else:
                self._idle += 1

        station.heard = heard
        station.send(messages.updated(station.transaction, station.number, messages.moment()))


class Paced(Load):
    """Messages at a fixed rate, the stations in turn; a late answer delays nobody else.

    `sent(station, at)` is told of each message; every `flip`-th of a station changes its charging state.
    """

    def __init__(
        self,
        stations: Sequence[Station],
        per_second: float,
        sent: Callable[[Station, str], None] = lambda station, at: None,
        flip: int = 0,
    ) -> None:
        super().__init__()
        self._stations, self._per_second, self._sent, self._flip = (
            stations,
            per_second,
            sent,
            flip,
        )
        self._due: dict[str, float] = {}
        self.skipped = 0

    async def run(self, seconds: float) -> None:
        """Send for so long, then wait for what is due."""
        clock = time.perf_counter
        for station in self._stations:
            station.heard = self._hears(station)
        began = clock()
        for number in range(int(seconds * self._per_second)):
            station = self._stations[number % len(self._stations)]
            await asyncio.sleep(max(0.0, began + number / self._per_second - clock()))
            if station.station_id in self._due:
                self.skipped += 1  # one call at a time; its latency, when it comes, says it all
            else:
                self._send(station)
            self.check(self._stations)
        async with asyncio.timeout(ANSWER_S):
            while self._due:
                self.check(self._stations)
                await asyncio.sleep(0.01)

    def _send(self, station: Station) -> None:
        station.number += 1
        at = messages.moment("milliseconds")
        suspended = bool(self._flip) and station.number // self._flip % 2 == 1
        frame = messages.updated(station.transaction, station.number, at, suspended=suspended)
        self._due[station.station_id] = time.perf_counter()
        self._sent(station, at)
        station.send(frame)

    def _hears(self, station: Station) -> Callable[[bytes], None]:
        def heard(answer: bytes) -> None:
            self.latencies_s.append(time.perf_counter() - self._due.pop(station.station_id))
            self.acknowledged += 1
            if not answer.startswith(b"[3,"):
                self.refused = f"{station.station_id}: {answer!r}"

        return heard

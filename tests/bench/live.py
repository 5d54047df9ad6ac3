"""A browser's end of the live stream: how long from a station's frame until the map hears of it."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec

from tests.bench.stations import Lost, Station

OPEN_S = 10.0


class Listener:
    """Matches what was sent with what came: a marker measured at a moment shows all that was sent until then."""

    def __init__(self) -> None:
        self.latencies_s: list[float] = []
        self.events: dict[str, int] = {}
        self._sent: dict[str, deque[tuple[str, float]]] = {}

    def sent(self, station: Station, at: str) -> None:
        """A station sends a frame that was measured `at`."""
        waiting = self._sent.setdefault(station.station_id, deque())
        waiting.append((at, time.perf_counter()))

    @property
    def missing(self) -> int:
        """Frames of which no event has told so far."""
        return sum(map(len, self._sent.values()))

    def take(self, name: str, data: bytes) -> None:
        """One server-sent event."""
        self.events[name] = self.events.get(name, 0) + 1
        if name not in ("status", "meter"):
            return
        now = time.perf_counter()
        for marker in msgspec.json.decode(data):
            waiting = self._sent.get(marker["station_id"])
            # ISO 8601 in UTC with the same digits: text sorts as time does.
            while waiting and marker["measured_at"] and waiting[0][0] <= marker["measured_at"]:
                self.latencies_s.append(now - waiting.popleft()[1])


@asynccontextmanager
async def listening(http_port: int, cookie: str) -> AsyncIterator[Listener]:
    """Hold GET /live open, signed in, and take its events as they come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", http_port, limit=2**24)
    writer.write(
        f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{http_port}\r\nCookie: {cookie}\r\n\r\n".encode()
    )
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), OPEN_S)
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        raise Lost(f"GET /live was answered with {head[:200]!r}")
    listener = Listener()
    hearing = asyncio.create_task(_hear(reader, listener))
    try:
        yield listener
        if hearing.done():
            hearing.result()
            raise Lost("the live stream ended")
    finally:
        hearing.cancel()
        with suppress(asyncio.CancelledError):
            await hearing
        writer.close()


async def _hear(reader: asyncio.StreamReader, listener: Listener) -> None:
    name = ""
    async for line in reader:  # the lines between are the chunks' sizes: neither of the two
        if line.startswith(b"event: "):
            name = line[7:].decode().strip()
        elif line.startswith(b"data: "):
            listener.take(name, line[6:])

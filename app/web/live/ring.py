"""The last events of the live stream, as bytes ready to be sent, shared by all readers.

A reader keeps only a number: how far it has read. One that falls behind the ring, or comes with a number of another
process, cannot be told what it missed; it is told to `resync`. So a slow reader costs nothing and holds nobody up.
"""

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass

CAPACITY = 4_096
MAX_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Heard:
    """What a reader is sent next: `chunks`, after which it has read up to `seq`. `lost`: something is missing."""

    chunks: tuple[bytes, ...]
    seq: int
    lost: bool = False


class Ring:
    """Bounded by number and by bytes, the oldest go first. Ids are `boot:seq`; `boot` is new in every process."""

    def __init__(self, capacity: int = CAPACITY, max_bytes: int = MAX_BYTES) -> None:
        self.boot = secrets.token_hex(4)
        self.seq = 0
        self.closed = False
        self._kept: deque[tuple[int, bytes]] = deque()
        self._capacity, self._max_bytes, self._bytes = capacity, max_bytes, 0
        self._news = asyncio.Event()

    def append(self, events: tuple[tuple[str, bytes], ...]) -> None:
        """Encode named events with their JSON as one chunk under the next id, and wake the readers."""
        self.seq += 1
        chunk = b"".join(encode(name, data, self.id_of(self.seq)) for name, data in events)
        self._kept.append((self.seq, chunk))
        self._bytes += len(chunk)
        while len(self._kept) > self._capacity or (
            self._bytes > self._max_bytes and len(self._kept) > 1
        ):
            self._bytes -= len(self._kept.popleft()[1])
        self._wake()

    def id_of(self, seq: int) -> str:
        """The event id of `seq`."""
        return f"{self.boot}:{seq}"

    def position_of(self, last_event_id: str | None) -> int | None:
        """The number a returning reader has read up to; None: of another process, garbage, or gone from the ring."""
        boot, _, text = (last_event_id or "").partition(":")
        if boot != self.boot or not text.isascii() or not text.isdigit() or len(text) > 18:
            return None
        seq = int(text)
        return seq if self._oldest() - 1 <= seq <= self.seq else None

    def after(self, seq: int) -> Heard:
        """Everything after `seq`, or `lost` when that is not kept any more."""
        if seq < self._oldest() - 1:
            return Heard((), self.seq, lost=True)
        missing = self.seq - seq
        if missing == 1:
            return Heard((self._kept[-1][1],), self.seq)
        return Heard(tuple(chunk for at, chunk in self._kept if at > seq), self.seq)

    async def wait(self, seq: int, timeout_s: float) -> bool:
        """Until there is something after `seq`, or the ring is closed; False after `timeout_s`."""
        if self.seq > seq or self.closed:
            return True
        try:
            async with asyncio.timeout(timeout_s):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Let all readers end."""
        self.closed = True
        self._wake()

    def _oldest(self) -> int:
        return self._kept[0][0] if self._kept else self.seq + 1

    def _wake(self) -> None:
        """Wake who waits now; who comes later waits for the next."""
        self._news.set()
        self._news = asyncio.Event()


def encode(name: str, data: bytes, event_id: str | None = None) -> bytes:
    """One server-sent event. `data` is JSON on one line."""
    head = f"id: {event_id}\nevent: {name}\n" if event_id else f"event: {name}\n"
    return head.encode() + b"data: " + data + b"\n\n"

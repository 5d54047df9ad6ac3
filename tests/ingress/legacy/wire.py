"""What the simulators' clients have in common: a socket, a clock of their own that jumps, and that they hear little.

A client here is an unchanged original as far as the wire goes. Time is compressed: `wait` moves the clock that its
timestamps are taken from, and takes no time itself. Only `heard` is the test's: it waits until all that was sent has
been answered, so that a test may look at the tables.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATIENCE_S = 20.0


def dotnet(number: float) -> int | float:
    """A .NET decimal made of a double: at most 15 significant digits, bare where it is whole."""
    short = float(f"{number:.15g}")
    return int(short) if short.is_integer() else short


class Simulator:
    """A client; subclasses say what they send and what they answer."""

    subprotocols: tuple[str, ...] | None = ("ocpp2.0.1",)
    separators: tuple[str, str] = (",", ":")
    reads: int | None = None
    """Bytes of one read, taken for a whole message; None: it reads messages as they are."""

    def __init__(self, charger_id: str, *, now: datetime | None = None) -> None:
        self.charger_id = charger_id
        self.now = now or datetime.now(UTC) - timedelta(minutes=5)
        self.sent: list[Any] = []
        self.calls: list[tuple[str, Any]] = []
        """(action, payload) of what the CSMS asked."""
        self.results: dict[str, Any] = {}
        self.errors: list[Any] = []
        self.misread = 0
        self._socket: ClientConnection | None = None
        self._listening: asyncio.Task[None] | None = None

    # --- the connection

    @property
    def path(self) -> str:
        return f"/{self.charger_id}"

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int, charger_id: str, **more: Any) -> AsyncIterator[Self]:
        """From the handshake to the end; what the program sends by itself is sent and answered."""
        client = cls(charger_id, **more)
        await client.open(port)
        try:
            yield client
        finally:
            await client.close()

    async def open(self, port: int) -> None:
        offered: Any = self.subprotocols
        self._socket = await connect(
            f"ws://127.0.0.1:{port}{self.path}",
            subprotocols=offered,
            compression=None,
            proxy=None,
            ping_interval=None,
        )
        await self.on_open()
        self._listening = asyncio.ensure_future(self._listen())
        await self.heard()

    async def on_open(self) -> None:
        """What is sent before anything is read."""

    async def close(self) -> None:
        """Answers to what is out are waited for; then the socket goes."""
        await self.heard()
        assert self._socket is not None
        assert self._listening is not None
        await self._socket.close()
        await self._listening

    @property
    def socket(self) -> ClientConnection:
        assert self._socket is not None
        return self._socket

    # --- sending

    def wait(self, seconds: float) -> None:
        """Let the clock go on."""
        self.now += timedelta(seconds=seconds)

    def new_id(self) -> str:
        raise NotImplementedError

    def time(self, moment: datetime | None = None) -> str:
        raise NotImplementedError

    async def call(self, action: str, payload: dict[str, Any]) -> str:
        """Send, and care no more; the message's id."""
        message_id = self.new_id()
        await self.send([2, message_id, action, payload])
        return message_id

    async def send(self, frame: Any) -> None:
        self.sent.append(frame)
        await self.socket.send(json.dumps(frame, separators=self.separators))

    async def heard(self) -> None:
        """All that was sent has been answered."""
        async with asyncio.timeout(PATIENCE_S):
            while not {f[1] for f in self.sent if f[0] == 2} <= self.results.keys():
                assert not self.errors, self.errors
                await asyncio.sleep(0.005)

    # --- listening

    async def _listen(self) -> None:
        try:
            while True:
                for message in self._read(await self.socket.recv()):
                    await self._on_message(message)
        except ConnectionClosed:
            pass

    def _read(self, message: str | bytes) -> list[Any]:
        """The messages that its way of reading makes of one."""
        raw = message.encode() if isinstance(message, str) else message
        parts = (
            [raw]
            if self.reads is None
            else [raw[at : at + self.reads] for at in range(0, len(raw), self.reads)]
        )
        found = []
        for part in parts:
            try:
                found.append(json.loads(part))
            except ValueError:
                self.misread += 1
        return found

    async def _on_message(self, frame: Any) -> None:
        kind, message_id, *rest = frame
        if kind == 2:
            action, payload = rest
            self.calls.append((action, payload))
            await self.on_call(message_id, action, payload)
        elif kind == 3:
            self.results[message_id] = rest[0]
        else:
            self.errors.append(frame)

    async def on_call(self, message_id: str, action: str, payload: Any) -> None:
        raise NotImplementedError

    async def answer(self, message_id: str, payload: dict[str, Any]) -> None:
        await self.send([3, message_id, payload])


def dashed_guid() -> str:
    """The first 12 characters of one: 8 hex, a dash, 3 hex."""
    return str(uuid.uuid4())[:12]


def hex_id(digits: int) -> str:
    return uuid.uuid4().hex[:digits]

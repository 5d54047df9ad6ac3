"""A station's socket, with a straight path for what nearly all of it is: one short text message in one frame.

`websockets` does everything else: handshake, control frames, fragments, what is malformed, closing. Its general way
costs three times as much per message in and half as much again per message out, at every message of every station.
"""

from __future__ import annotations

import asyncio
from struct import Struct

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode, apply_mask  # type: ignore[attr-defined]
from websockets.protocol import Protocol, State

from app.ingress.admission import Admitted

SEND_S = 25.0
"""How long a station may take nothing of what it is sent."""

_WHOLE_TEXT = 0x81
"""First byte of a frame: the only one of its message, text, without extensions (RFC 6455, 5.2)."""
_MASKED = 0x80
_TWO_BYTES, _EIGHT_BYTES = 126, 127
"""Where the second byte says how long, the length itself follows. Eight bytes are none of our short messages."""

_SHORT = [bytes((_WHOLE_TEXT, length)) for length in range(_TWO_BYTES)]
_LONG, _LONGEST = Struct("!BBH").pack, Struct("!BBQ").pack
"""Beginnings of our frames, by the message's length."""


class StationConnection(ServerConnection):
    """A connection that remembers what admission decided about it."""

    admitted: Admitted | None = None
    replaced = False
    """A newer connection of the station took over: what still comes here is neither stored nor answered."""
    _waiter: asyncio.Future[bytes | None] | None = None
    """Whoever waits in `receive`; None tells him that there is something which is no whole message."""

    async def receive(self) -> bytes:
        """The next message, in the order of their coming. Raises ConnectionClosed."""
        if self.protocol.state is State.OPEN and not self.recv_messages.frames:
            self._waiter = self.loop.create_future()
            try:
                message = await self._waiter
            finally:
                self._waiter = None
            if message is not None:
                return message
        if self.replaced:
            await self.wait_closed()
            raise self.protocol.close_exc
        return await self.recv(decode=False)

    def data_received(self, data: bytes) -> None:
        message = whole_text(self.protocol, data)
        if message is None:
            super().data_received(data)
            self._wake(None)
        elif not self._wake(message):
            self.process_event(Frame(Opcode.TEXT, message))

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._wake(None)

    async def send_text(self, message: bytes) -> None:
        """Send UTF-8 text. Raises ConnectionClosed."""
        if (
            self.protocol.state is not State.OPEN
            or self.send_in_progress is not None
            or self.paused
            or self.protocol.extensions
            or self.transport.is_closing()
        ):
            await self._send_patiently(message)
        else:
            self.transport.write(framed(message))

    async def _send_patiently(self, message: bytes) -> None:
        """Wait until there is room; whoever takes nothing for so long is gone, for a ping would wait behind this."""
        try:
            async with asyncio.timeout(SEND_S):
                await self.send(message, text=True)
        except TimeoutError:
            self.transport.abort()
            await self.wait_closed()
            raise self.protocol.close_exc from None

    def _wake(self, message: bytes | None) -> bool:
        """Hand `message` to who waits for one; whether somebody does. Later ones queue where reading has its bound."""
        if self._waiter is None or self._waiter.done():
            return False
        self._waiter.set_result(message)
        return True


def framed(message: bytes) -> bytes:
    """Text of ours as one frame."""
    length = len(message)
    if length < _TWO_BYTES:
        return _SHORT[length] + message
    if length < 1 << 16:
        return _LONG(_WHOLE_TEXT, _TWO_BYTES, length) + message
    return _LONGEST(_WHOLE_TEXT, _EIGHT_BYTES, length) + message


def whole_text(protocol: Protocol, data: bytes) -> bytes | None:
    """The text message that `data` is, if it is exactly one and `protocol` is in the middle of nothing."""
    if (
        len(data) < 8
        or data[0] != _WHOLE_TEXT
        or data[1] < _MASKED
        or protocol.state is not State.OPEN
        or protocol.current_size is not None
        or protocol.reader.buffer
    ):
        return None
    length, mask = data[1] - _MASKED, 2
    if length == _TWO_BYTES:
        length, mask = int.from_bytes(data[2:4], "big"), 4
    if length == _EIGHT_BYTES or len(data) != mask + 4 + length:
        return None
    return bytes(apply_mask(data[mask + 4 :], data[mask : mask + 4]))

"""The socket of the original programs: what is sent is forgotten, and a message is what one read of 4,096 bytes gives.

Answers are counted for whoever judges the CSMS; the programs themselves do not look at them.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

from ..plan import FrameLog, Payload
from ..retry import why
from .cast import Answers

__all__ = ["LegacySocket", "open_socket"]

READ_BYTES = 4096
CONNECT_S = 10.0
PONG_EVERY_S = 30.0
SEND_S = 10.0
DRAIN_S = 10.0

Answer = Callable[[str, Payload], Payload]


class LegacySocket:
    """Made by `open_socket`."""

    def __init__(
        self,
        connection: ClientConnection,
        station_id: str,
        answers: Answers,
        log: FrameLog | None,
    ) -> None:
        self._connection = connection
        self._station_id = station_id
        self._answers = answers
        self._log = log
        self._answered = asyncio.Event()
        self._asked: dict[str, str] = {}

    async def call(self, message_id: str, action: str, payload: Payload) -> None:
        """Send a CALL and think of something else. Raises ConnectionError."""
        self._asked[message_id] = action
        self._answers.calls += 1
        self._answered.clear()
        await self._send([2, message_id, action, payload])

    async def read(self, answer: Answer) -> None:
        """Read until the end, a buffer at a time; calls are answered at once."""
        try:
            async for frame in self._connection:
                if self._log is not None:
                    self._log.received("CHARGER", self._station_id, frame)
                data = frame.encode() if isinstance(frame, str) else frame
                for start in range(0, len(data), READ_BYTES):
                    await self._take(data[start : start + READ_BYTES], answer)
        except (ConnectionClosed, ConnectionError):
            return

    async def pong(self) -> None:
        """Unasked, for ever, as .NET's sockets keep alive."""
        while True:
            await asyncio.sleep(PONG_EVERY_S)
            try:
                await self._connection.pong()
            except ConnectionClosed:
                return

    async def close(self) -> None:
        """Go once everything is answered: in real time it would have been long ago."""
        try:
            async with asyncio.timeout(DRAIN_S):
                while self._asked and self._connection.close_code is None:
                    await self._answered.wait()
                    self._answered.clear()
        except TimeoutError:
            unanswered = ", ".join(sorted(set(self._asked.values())))
            self._answers.errors.append(f"{self._station_id}: not answered: {unanswered}")
        await self._connection.close()

    async def _take(self, data: bytes, answer: Answer) -> None:
        try:
            message = json.loads(data)
        except ValueError:
            return
        match message:
            case [2, str(message_id), str(action), dict(payload), *_]:
                await self._send([3, message_id, answer(action, payload)])
            case [3, str(message_id), *_]:
                self._settle(message_id)
            case [4, str(message_id), *rest]:
                action = self._asked.get(message_id, "?")
                said = " ".join(str(part) for part in rest[:2])
                self._answers.errors.append(f"{self._station_id}: {action}: {said}")
                self._settle(message_id)

    def _settle(self, message_id: str) -> None:
        if self._asked.pop(message_id, None) is not None:
            self._answers.answered += 1
            self._answered.set()

    async def _send(self, message: list[object]) -> None:
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
        if self._log is not None:
            self._log.sent("CHARGER", self._station_id, text)
        try:
            async with asyncio.timeout(SEND_S):
                await self._connection.send(text)
        except (ConnectionClosed, TimeoutError) as error:
            raise ConnectionError(f"{self._station_id}: the connection was lost") from error


async def open_socket(
    url: str,
    station_id: str,
    *,
    subprotocol: str | None,
    password: str | None,
    answers: Answers,
    log: FrameLog | None,
) -> LegacySocket:
    """Connect. Raises ConnectionError with a sentence."""
    headers = {}
    if password is not None:
        pair = base64.b64encode(f"{station_id}:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    try:
        connection = await connect(
            url,
            subprotocols=None if subprotocol is None else [Subprotocol(subprotocol)],
            additional_headers=headers,
            user_agent_header=None,
            compression=None,
            open_timeout=CONNECT_S,
            ping_interval=None,
            proxy=None,
        )
    except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
        raise ConnectionError(why(error, url)) from error
    return LegacySocket(connection, station_id, answers, log)

"""The other side for tests: a small strict CSMS that shares no code with the simulator.

It validates every frame with the `ocpp` package and remembers everything.
"""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from ocpp import messages
from ocpp.exceptions import OCPPError
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

messages.ASYNC_VALIDATION = False

Frame = tuple[str, dict[str, Any]]
Answer = Callable[[dict[str, Any]], dict[str, Any]]
PATIENCE_S = 20.0
VERSIONS = {"ocpp1.6": "1.6", "ocpp2.0.1": "2.0.1", "ocpp2.1": "2.1"}


class Refusal(Exception):
    """Raised by an answer that should become a CALLERROR."""


class Silence(Exception):
    """Raised by an answer that should never be sent."""


class Csms:
    """Serves on a free port; `answers` may be replaced per action."""

    def __init__(self) -> None:
        self.frames: dict[str, list[Frame]] = {}
        self.faults: list[str] = []
        self.errors: list[list[Any]] = []
        self.sockets: dict[str, ServerConnection] = {}
        self.headers: dict[str, str] = {}
        self.connected_at: dict[str, list[float]] = {}
        self.answers: dict[str, Answer] = {}
        self.news = asyncio.Condition()
        self._pending: dict[str, tuple[str, asyncio.Future[Any]]] = {}
        self._server: Server | None = None
        self._next_transaction = 41
        self.port = 0

    async def __aenter__(self) -> "Csms":
        await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.hang_up()

    async def listen(self) -> None:
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self.port,
            subprotocols=list(VERSIONS),
            compression=None,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def of(self, station: str, action: str) -> list[dict[str, Any]]:
        return [payload for name, payload in self.frames.get(station, []) if name == action]

    def events(self, station: str) -> list[dict[str, Any]]:
        return self.of(station, "TransactionEvent")

    async def until(self, condition: Callable[[], Any], timeout_s: float = PATIENCE_S) -> Any:
        """Wait until something received makes the condition true."""
        async with asyncio.timeout(timeout_s), self.news:
            await self.news.wait_for(condition)
        return condition()

    async def call(self, station: str, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send a CALL; returns the result, raises Refusal with the code of a CALLERROR."""
        return await self.send(station, action, [2, str(uuid4()), action, payload])

    async def send(self, station: str, action: str, frame: list[Any]) -> dict[str, Any]:
        socket = self.sockets[station]
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._pending[frame[1]] = (action, future)
        await socket.send(json.dumps(frame))
        return await asyncio.wait_for(future, PATIENCE_S)

    async def _serve(self, socket: ServerConnection) -> None:
        station = socket.request.path.rsplit("/", 1)[-1]
        self.headers = dict(socket.request.headers.raw_items())
        self.sockets[station] = socket
        self.connected_at.setdefault(station, []).append(asyncio.get_running_loop().time())
        version = VERSIONS[socket.subprotocol]
        try:
            async for text in socket:
                await self._take(socket, station, version, json.loads(text))
                async with self.news:
                    self.news.notify_all()
        except ConnectionClosed:
            pass

    async def _take(
        self, socket: ServerConnection, station: str, version: str, frame: list[Any]
    ) -> None:
        if frame[0] == 2:
            await self._take_call(socket, station, version, frame)
        elif frame[0] == 3:
            action, future = self._pending.pop(frame[1])
            result = messages.CallResult(frame[1], frame[2], action)
            self._check(result, version)
            future.set_result(frame[2])
        else:
            self.errors.append(frame)
            _, future = self._pending.pop(frame[1], ("", None))
            if future is not None:
                future.set_exception(Refusal(frame[2]))

    async def _take_call(
        self, socket: ServerConnection, station: str, version: str, frame: list[Any]
    ) -> None:
        _, message_id, action, payload = frame
        self._check(messages.Call(message_id, action, dict(payload)), version)
        try:
            result = self._answer(version, action, payload)
        except Silence:
            return
        except Refusal as refusal:
            await socket.send(json.dumps([4, message_id, str(refusal), "", {}]))
            return
        self.frames.setdefault(station, []).append((action, payload))
        await socket.send(json.dumps([3, message_id, result]))

    def _check(self, message: messages.Call | messages.CallResult, version: str) -> None:
        try:
            messages._validate_payload(message, version)
        except OCPPError as error:
            self.faults.append(f"{message.action}: {error.details}")

    def _answer(self, version: str, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        if action in self.answers:
            return self.answers[action](payload)
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        if action == "BootNotification":
            return {"status": "Accepted", "currentTime": now, "interval": 60}
        if action == "Heartbeat":
            return {"currentTime": now}
        if action == "Authorize":
            tag = "idTagInfo" if version == "1.6" else "idTokenInfo"
            return {tag: {"status": "Accepted"}}
        if action == "StartTransaction":
            self._next_transaction += 1
            return {"idTagInfo": {"status": "Accepted"}, "transactionId": self._next_transaction}
        return {}

"""One open socket that speaks OCPP-J: calls out one at a time, calls in answered in order.

A small loop of its own rather than the `ocpp` package's `ChargePoint`, because a station must
survive whatever it is sent: text that is not JSON, frames with holes, actions nobody knows. The
meaning of a call belongs to the dialects, the life of the connection to `connection`.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from . import schemas
from .plan import FrameLog, Payload, Tally, Violation

__all__ = ["CallFault", "CallRefused", "ConnectionLost", "Link", "Reply", "Unanswered"]

SEND_TIMEOUT_S = 30.0
CALL, RESULT, ERROR = 2, 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to a CALL of the CSMS, and what happens once it has been sent."""

    payload: Payload
    then: Callable[[], object] | None = None


class CallFault(Exception):
    """The CSMS's call cannot be answered with a result."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class CallRefused(Exception):
    """The CSMS answered our call with a CALLERROR."""


class Unanswered(Exception):
    """The CSMS did not answer our call in time."""


class ConnectionLost(Exception):
    """The socket ended while we waited for an answer or wanted to send."""


class Link:
    """The frames of one connection. `answer` decides about a call and must not block."""

    def __init__(
        self,
        socket: ClientConnection,
        *,
        station_id: str,
        version: str,
        answer: Callable[[str, Payload], Reply],
        tally: Tally,
        strict: bool,
        on_violation: Callable[[Violation], None],
        lacks: frozenset[str] = frozenset(),
        log: FrameLog | None = None,
    ) -> None:
        self._socket = socket
        self._station_id = station_id
        self._version = version
        self._answer = answer
        self._tally = tally
        self._strict = strict
        self._on_violation = on_violation
        self._lacks = lacks
        self._log = log
        self._one_call = asyncio.Lock()
        self._pending: dict[str, tuple[str, asyncio.Future[Payload]]] = {}
        self._given_up: deque[str] = deque(maxlen=50)

    async def call(self, action: str, payload: Payload, timeout_s: float) -> Payload:
        """Send a CALL and wait for its result.

        Raises CallRefused, Unanswered or ConnectionLost; ValueError if, in strict mode, the
        payload itself is not valid (a mistake of the simulator).
        """
        if self._strict and (fault := schemas.call_fault(self._version, action, payload)):
            raise ValueError(f"{self._station_id} would send an invalid {fault.text}")
        async with self._one_call:
            message_id = str(uuid4())
            future: asyncio.Future[Payload] = asyncio.get_running_loop().create_future()
            self._pending[message_id] = (action, future)
            began = time.perf_counter()
            try:
                await self._send([CALL, message_id, action, payload])
                self._tally.sent += 1
                result = await asyncio.wait_for(future, timeout_s)
            except TimeoutError:
                self._tally.unanswered += 1
                self._given_up.append(message_id)
                raise Unanswered(f"{action} was not answered within {timeout_s:g} s") from None
            except ConnectionLost:
                self._tally.lost += 1
                raise
            finally:
                self._pending.pop(message_id, None)
                if future.done() and not future.cancelled():
                    future.exception()  # heard, also if the socket ended while we were still sending
            self._tally.note_answer(time.perf_counter() - began)
        if self._strict and (fault := schemas.result_fault(self._version, action, result)):
            self._violated(action, "result", fault.text)
        return result

    async def read(self) -> str:
        """Read until the socket ends; returns why it did. Pending calls are lost then."""
        try:
            async for frame in self._socket:
                if self._log is not None:
                    self._log.received("CHARGER", self._station_id, frame)
                await self._take(frame)
        except ConnectionClosed:
            pass
        except ConnectionLost:
            pass
        finally:
            for _, future in self._pending.values():
                if not future.done():
                    future.set_exception(ConnectionLost("the connection ended"))
        code, reason = self._socket.close_code, self._socket.close_reason
        return f"closed with {code}" + (f" ({reason})" if reason else "")

    async def _take(self, frame: str | bytes) -> None:
        try:
            message = orjson.loads(frame)
        except orjson.JSONDecodeError:
            return await self._malformed("-1", "the frame is not JSON")
        if not isinstance(message, list) or not message or type(message[0]) is not int:
            return await self._malformed("-1", "the frame is not an OCPP message")
        kind, message_id = message[0], message[1] if len(message) > 1 else "-1"
        if kind == CALL:
            await self._take_call(message)
        elif kind in (RESULT, ERROR) and isinstance(message_id, str):
            self._settle(kind, message_id, message[2:])
        else:
            self._violated("-", "frame", f"message type {kind} is unknown")
        return None

    async def _malformed(self, message_id: str, text: str) -> None:
        self._violated("-", "frame", text)
        code = "FormationViolation" if self._version == "1.6" else "RpcFrameworkError"
        await self._send([ERROR, message_id, code, text, {}])

    async def _take_call(self, message: list[Any]) -> None:
        self._tally.calls_received += 1
        message_id = message[1] if len(message) > 1 and isinstance(message[1], str) else "-1"
        if (
            len(message) != 4
            or not isinstance(message[2], str)
            or not isinstance(message[3], dict)
            or message_id == "-1"
        ):
            return await self._malformed(message_id, "a CALL is [2, id, action, payload]")
        action: str = message[2]
        try:
            reply = self._reply(action, message[3])
        except CallFault as fault:
            if fault.code == "NotImplemented":
                self._tally.calls_not_implemented += 1
            await self._send([ERROR, message_id, fault.code, fault.text[:255], {}])
            return None
        await self._send([RESULT, message_id, reply.payload])
        if reply.then is not None:
            reply.then()
        return None

    def _reply(self, action: str, payload: Payload) -> Reply:
        """Check, then ask the dialect; whatever goes wrong becomes a CallFault."""
        if action in self._lacks or not schemas.knows(self._version, action):
            raise CallFault("NotImplemented", f"{action[:50]} is not known here.")
        if fault := schemas.call_fault(self._version, action, payload):
            self._violated(action, "call", fault.text)
            raise CallFault(fault.code, fault.text)
        try:
            reply = self._answer(action, payload)
        except (LookupError, TypeError, ValueError) as error:
            raise CallFault("InternalError", f"{action}: {error}") from error
        if self._strict and (fault := schemas.result_fault(self._version, action, reply.payload)):
            raise ValueError(f"{self._station_id} would answer an invalid {fault.text}")
        return reply

    def _settle(self, kind: int, message_id: str, rest: list[Any]) -> None:
        action, future = self._pending.get(message_id, ("", None))
        if message_id in self._given_up:
            return
        if future is None or future.done():
            self._violated("-", "frame", f"an answer to no call of ours: {message_id[:60]}")
            return
        if kind == ERROR:
            texts = [str(part) for part in rest[:2]]
            text = f"{action}: " + (" ".join(texts).strip() or "CALLERROR without a code")
            self._tally.note_error(text)
            future.set_exception(CallRefused(text))
        elif rest and isinstance(rest[0], dict):
            future.set_result(rest[0])
        else:
            self._violated(action, "result", "a CALLRESULT is [3, id, payload]")
            future.set_exception(CallRefused(f"{action}: the answer has no payload"))

    def _violated(self, action: str, kind: Any, text: str) -> None:
        violation = Violation(station_id=self._station_id, action=action, kind=kind, text=text)
        self._tally.note_violation(violation)
        self._on_violation(violation)

    async def _send(self, message: list[Any]) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                frame = orjson.dumps(message).decode()
                if self._log is not None:
                    self._log.sent("CHARGER", self._station_id, frame)
                await self._socket.send(frame)
        except (ConnectionClosed, TimeoutError) as error:
            raise ConnectionLost("the connection ended while sending") from error

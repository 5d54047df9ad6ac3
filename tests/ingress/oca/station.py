"""A strict station for the certification cases: it checks every frame it hears against the OCA's own schemas.

It keeps both directions apart as OCPP-J does: `call` sends a CALL and returns the answer; `expect` waits for a CALL
of the CSMS and `answer`s it.
"""

import asyncio
import base64
import itertools
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ocpp.messages import get_validator
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

WAIT_S = 20.0
VERSIONS = {"ocpp1.6": "1.6", "ocpp2.0.1": "2.0.1", "ocpp2.1": "2.1"}


class CallError(Exception):
    """The CSMS answered a CALL with a CALLERROR: code, description, details."""

    def __init__(self, code: str, description: str, details: Any) -> None:
        super().__init__(code, description, details)
        self.code = code
        self.description = description


@dataclass(frozen=True)
class Asked:
    """A CALL of the CSMS."""

    id: str
    action: str
    payload: dict[str, Any]


class Station:
    """One connected station. Made by `connected`."""

    def __init__(self, connection: ClientConnection, station_id: str, subprotocol: str) -> None:
        self.connection = connection
        self.station_id = station_id
        self.subprotocol = subprotocol
        self.version = VERSIONS[subprotocol]
        self.complaints: list[str] = []
        self._ids = itertools.count(1)
        self._answers: dict[str, asyncio.Future[Any]] = {}
        self._actions: dict[str, str] = {}
        self._asked: asyncio.Queue[Asked] = asyncio.Queue()

    async def call(self, action: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a CALL; its CALLRESULT's payload. Raises CallError."""
        message_id = f"s{next(self._ids)}"
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[message_id] = future
        self._actions[message_id] = action
        await self.connection.send(json.dumps([2, message_id, action, payload or {}]))
        answered: dict[str, Any] = await asyncio.wait_for(future, WAIT_S)
        return answered

    async def expect(self, action: str) -> Asked:
        """The next CALL of the CSMS, which has to be `action`."""
        asked = await asyncio.wait_for(self._asked.get(), WAIT_S)
        assert asked.action == action, f"expected {action}, heard {asked.action} {asked.payload}"
        return asked

    async def answer(self, asked: Asked, payload: dict[str, Any] | None = None) -> None:
        """Answer a CALL of the CSMS."""
        await self.connection.send(json.dumps([3, asked.id, payload or {}]))

    async def refuse(self, asked: Asked, code: str, description: str = "") -> None:
        """Answer a CALL of the CSMS with a CALLERROR."""
        await self.connection.send(json.dumps([4, asked.id, code, description, {}]))

    async def obey(self, action: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
        """`expect` and `answer`; what was asked."""
        asked = await self.expect(action)
        await self.answer(asked, payload)
        return asked.payload

    async def boot(self, reason: str = "PowerUp") -> dict[str, Any]:
        """BootNotification in the station's version."""
        if self.version == "1.6":
            return await self.call(
                "BootNotification", {"chargePointVendor": "OCA", "chargePointModel": "Case"}
            )
        station = {"vendorName": "OCA", "model": "Case"}
        return await self.call("BootNotification", {"chargingStation": station, "reason": reason})

    async def status(
        self, status: str, connector_id: int = 1, evse_id: int = 1, **more: Any
    ) -> None:
        """StatusNotification in the station's version (1.6: its connector is `connector_id`)."""
        at = "2026-11-20T03:00:00Z"
        if self.version == "1.6":
            said = {
                "connectorId": connector_id,
                "errorCode": "NoError",
                "status": status,
                "timestamp": at,
            }
        else:
            said = {
                "timestamp": at,
                "connectorStatus": status,
                "evseId": evse_id,
                "connectorId": connector_id,
            }
        assert await self.call("StatusNotification", {**said, **more}) == {}

    async def listen(self) -> None:
        """Read until the socket closes; `connected` runs it."""
        try:
            async for text in self.connection:
                self._check(json.loads(text, parse_float=Decimal))
                self._hear(json.loads(text))
        except ConnectionClosed:
            pass
        for future in self._answers.values():
            if not future.done():
                future.set_exception(ConnectionError("the CSMS closed the connection"))
                future.exception()

    def _hear(self, frame: list[Any]) -> None:
        if frame[0] == 2:
            self._asked.put_nowait(Asked(*frame[1:4]))
            return
        future = self._answers.pop(frame[1], None)
        if future is None:
            self.complaints.append(f"an answer to nothing: {frame}")
        elif frame[0] == 3:
            future.set_result(frame[2])
        else:
            if len(frame) != 5 or not isinstance(frame[4], dict):
                self.complaints.append(f"a CALLERROR has five elements: {frame}")
            future.set_exception(CallError(*frame[2:5]))

    def _check(self, frame: list[Any]) -> None:
        """Hold a CALL or CALLRESULT against its schema."""
        if frame[0] not in (2, 3):
            return
        action = frame[2] if frame[0] == 2 else self._actions.get(frame[1], "")
        try:
            # Decimal, because some schemas ask for multiples of 0.1
            validator = get_validator(frame[0], action, self.version, parse_float=Decimal)
        except OSError:
            self.complaints.append(f"{self.version} has no {action}")
            return
        for error in validator.iter_errors(frame[3] if frame[0] == 2 else frame[2]):
            self.complaints.append(f"{action}: {error.message}")


@asynccontextmanager
async def connected(
    port: int,
    station_id: str,
    subprotocol: str = "ocpp2.0.1",
    *,
    password: str | None = None,
    user: str | None = None,
    tls: ssl.SSLContext | None = None,
    strict: bool = True,
) -> AsyncIterator[Station]:
    """Connect; at the end no frame that was heard may have broken its schema (if `strict`)."""
    headers = {}
    if password is not None:
        secret = base64.b64encode(f"{user or station_id}:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {secret}"
    scheme = "wss" if tls else "ws"
    async with connect(
        f"{scheme}://127.0.0.1:{port}/{station_id}",
        subprotocols=[Subprotocol(subprotocol)],
        additional_headers=headers,
        compression=None,
        ssl=tls,
        server_hostname="localhost" if tls else None,
    ) as connection:
        station = Station(connection, station_id, subprotocol)
        listening = asyncio.create_task(station.listen())
        try:
            yield station
        finally:
            await connection.close()
            await listening
    if strict:
        assert station.complaints == [], station.complaints

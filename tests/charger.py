"""A charging station's side of a real socket, frame by frame, for tests that care about the wire."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

ANSWER_S = 20.0


class Charger:
    """Sends literal frames and hears what comes back."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._ids = count(1)

    async def send(self, frame: Any) -> None:
        """A frame as JSON, or text as it is."""
        await self.connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    async def hear(self) -> Any:
        """The next frame."""
        return json.loads(await asyncio.wait_for(self.connection.recv(), ANSWER_S))

    async def call(self, action: str, payload: dict[str, Any]) -> Any:
        """Send a CALL; the payload of its CALLRESULT (or the whole CALLERROR)."""
        message_id = str(next(self._ids))
        await self.send([2, message_id, action, payload])
        frame = await self.hear()
        assert frame[1] == message_id
        return frame[2] if frame[0] == 3 else frame


@asynccontextmanager
async def charger(
    port: int,
    station_id: str = "emart_jeju_main_01",
    subprotocol: str | None = "ocpp2.0.1",
    password: str | None = None,
) -> AsyncIterator[Charger]:
    """Connect as `station_id`."""
    headers = {}
    if password is not None:
        secret = base64.b64encode(f"{station_id}:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {secret}"
    async with connect(
        f"ws://127.0.0.1:{port}/{station_id}",
        subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
        additional_headers=headers,
        compression=None,
    ) as connection:
        yield Charger(connection)

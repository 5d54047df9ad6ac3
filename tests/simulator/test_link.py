"""The simulator's socket: how its calls end when the connection does."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from app.simulator.link import ConnectionLost, Link
from app.simulator.plan import Tally


async def test_a_socket_that_ends_while_a_call_is_being_sent_says_so_once() -> None:
    """Who calls is told; nothing is left that Python complains of when it is swept up."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, about: complaints.append(about))

    async def deaf(socket: ServerConnection) -> None:
        socket.transport.pause_reading()  # the call cannot be sent to its end
        await asyncio.sleep(0.3)
        socket.transport.abort()

    async with serve(deaf, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}", compression=None) as socket:
            link = Link(
                socket, station_id="S", version="2.0.1", answer=_never, tally=Tally(),
                strict=False, on_violation=print,
            )  # fmt: skip
            reading = asyncio.create_task(link.read())
            with pytest.raises(ConnectionLost):
                await link.call("DataTransfer", {"vendorId": "x", "data": "y" * 20_000_000}, 20)
            await reading
    del link
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []


def _never(action: str, payload: Any) -> Any:
    raise LookupError(action)

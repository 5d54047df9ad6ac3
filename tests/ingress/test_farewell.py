"""A station that is taken away loses its connection, and gets no other one."""

import asyncio

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.retirement import retire_station
from app.domain.roles import Role
from app.ingress.server import Server
from tests.charger import charger
from tests.factories import make_station


async def test_its_socket_is_closed_and_the_door_is_shut(context: Context, server: Server) -> None:
    for station_id in ("A", "B"):
        await make_station(context, station_id)
    async with charger(server.port, "A") as gone, charger(server.port, "B") as other:
        await gone.call("Heartbeat", {})
        await other.call("Heartbeat", {})
        await retire_station(context, Actor("anna", Role.ADMIN), "A")
        with pytest.raises(ConnectionClosed) as closed:
            await gone.hear()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
        assert "removed" in closed.value.rcvd.reason
        await other.call("Heartbeat", {})
    async with asyncio.timeout(5):
        with pytest.raises(InvalidStatus) as refused:
            async with charger(server.port, "A"):
                pass
    assert refused.value.response.status_code == 404
    assert b"register it again" in refused.value.response.body

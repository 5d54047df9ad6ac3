"""The waiting room: a stranger connects, is asked what it is, and hears what an admin decides, at any time."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from websockets.exceptions import InvalidStatus

from app.csms import stations
from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.journal import Journal
from app.csms.lanes import Lanes
from app.domain.roles import Role
from app.domain.stations import Registration
from app.ingress.server import Server, serve
from app.queries import device
from app.queries.stations import detail
from tests.ingress.oca.conftest import Bench
from tests.ingress.oca.station import CallError, connected

ADMIN = Actor(name="admin", role=Role.ADMIN)
ACCEPTED = {"status": "Accepted"}


@pytest.fixture
def context(context: Context) -> Context:
    """Strangers wait."""
    settings = replace(context.settings, unknown_stations="pending")
    return replace(context, settings=settings)


@pytest.fixture
async def server(context: Context) -> AsyncIterator[Server]:
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, Journal(context), host="127.0.0.1", port=0) as running,
    ):
        yield running


async def test_a_stranger_waits_is_asked_and_let_in(context: Context, server: Server) -> None:
    bench = Bench(context, server.port)
    async with connected(server.port, "NEW-16", "ocpp1.6") as station:
        assert (await station.boot())["status"] == "Pending"
        known = [{"key": "NumberOfConnectors", "readonly": True, "value": "2"}]
        assert await station.obey("GetConfiguration", {"configurationKey": known}) == {}
        await bench.until("SELECT FROM station_variable")
        (variable,) = await device.variables(context.database, "NEW-16")
        assert (variable.name, variable.value) == ("NumberOfConnectors", "2")
        with pytest.raises(CallError) as refused:
            await station.call("Authorize", {"idTag": "VALID"})
        assert refused.value.code == "SecurityError"
        # asked once: a second boot brings the answer and nothing else
        assert (await station.boot())["status"] == "Pending"
        deciding = bench.start(
            stations.write_station(
                context, ADMIN, "NEW-16", {"registration": Registration.ACCEPTED, "name": "Gate"}
            )
        )
        asked = await station.obey("TriggerMessage", ACCEPTED)
        assert asked == {"requestedMessage": "BootNotification"}
        await deciding
        assert (await station.boot())["status"] == "Accepted"
        await station.status("Available")
    shown = await detail(context.database, "NEW-16")
    assert (shown.registration_status, shown.marker.name) == ("Accepted", "Gate")
    assert [connector.status for connector in shown.connectors] == ["Available"]


async def test_a_station_that_is_rejected_hears_it_and_stays_out(
    context: Context, server: Server
) -> None:
    bench = Bench(context, server.port)
    async with connected(server.port, "NEW-2", "ocpp2.0.1") as station:
        assert (await station.boot())["status"] == "Pending"
        await station.obey("GetBaseReport", {"status": "NotSupported"})
        deciding = bench.start(
            stations.set_registration(context, ADMIN, "NEW-2", Registration.REJECTED)
        )
        await station.obey("TriggerMessage", ACCEPTED)
        await deciding
        assert (await station.boot("Triggered"))["status"] == "Rejected"
        with pytest.raises(CallError) as refused:
            await station.call("Heartbeat")
        assert refused.value.code == "SecurityError"
    with pytest.raises(InvalidStatus):
        async with connected(server.port, "NEW-2", "ocpp2.0.1"):
            pass
    await stations.set_registration(context, ADMIN, "NEW-2", Registration.ACCEPTED)
    async with connected(server.port, "NEW-2", "ocpp2.0.1") as station:
        assert (await station.boot())["status"] == "Accepted"


async def test_a_station_that_works_can_be_put_back_to_wait(
    context: Context, server: Server
) -> None:
    bench = Bench(context, server.port)
    await stations.write_station(context, ADMIN, "OLD", {}, create=True)
    async with connected(server.port, "OLD", "ocpp2.0.1") as station:
        assert (await station.boot())["status"] == "Accepted"
        await station.status("Available")
        deciding = bench.start(
            stations.set_registration(context, ADMIN, "OLD", Registration.PENDING)
        )
        await station.obey("TriggerMessage", {"status": "NotImplemented"})
        await deciding
        with pytest.raises(CallError):
            await station.call("Heartbeat")
        assert (await station.boot())["status"] == "Pending"

"""The plug is pulled under load: what was acknowledged is stored, once."""

import asyncio
import json
from datetime import timedelta
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.csms.context import Context
from tests.factories import NOON, make_station
from tests.journeys.program import Program, program

STATIONS = 12
EVENTS = 400
KILL_AFTER = 600


class Witness:
    """A station that remembers what was acknowledged, and sends again what was not."""

    def __init__(self, station_id: str) -> None:
        self.station_id = station_id
        self.acknowledged = 0

    async def play(self, port: int, heard: asyncio.Semaphore) -> None:
        async with connect(
            f"ws://127.0.0.1:{port}/{self.station_id}",
            subprotocols=[Subprotocol("ocpp2.0.1")],
            compression=None,
        ) as socket:
            while self.acknowledged < EVENTS:
                await socket.send(json.dumps([2, "same id", "TransactionEvent", self.event()]))
                answer = json.loads(await asyncio.wait_for(socket.recv(), 30))
                assert answer[0] == 3, answer
                self.acknowledged += 1
                heard.release()

    def event(self) -> dict[str, Any]:
        number = self.acknowledged
        kind = {0: "Started", EVENTS - 1: "Ended"}.get(number, "Updated")
        at = (NOON + timedelta(seconds=number)).isoformat()
        energy = {"value": float(number * 10), "measurand": "Energy.Active.Import.Register"}
        return {
            "eventType": kind,
            "timestamp": at,
            "triggerReason": "MeterValuePeriodic",
            "seqNo": number,
            "transactionInfo": {"transactionId": "crash"},
            "evse": {"id": 1, "connectorId": 1},
            "meterValue": [{"timestamp": at, "sampledValue": [energy]}],
        }


async def test_kill_under_load_loses_nothing_and_doubles_nothing(
    context: Context, database_url: str
) -> None:
    witnesses = [Witness(f"CRASH{number}") for number in range(STATIONS)]
    for witness in witnesses:
        await make_station(context, witness.station_id)
    environment = {
        "HALLA_DATABASE_URL": database_url,
        "HALLA_ADMIN_PASSWORD": "long enough to pass",
    }

    async with program("serve", environment=environment) as running:
        await _play_until_killed(running, witnesses)
    before = {witness.station_id: witness.acknowledged for witness in witnesses}
    assert 0 < sum(before.values()) < STATIONS * EVENTS
    assert await _stored(context, before) == {}, "acknowledged, and not stored"

    async with program("serve", environment=environment) as running:
        heard = asyncio.Semaphore(0)
        await asyncio.gather(*(witness.play(running.ocpp_port, heard) for witness in witnesses))
    async with context.database.read() as connection:
        cursor = await connection.execute(
            "SELECT count(*), count(DISTINCT station_id), min(energy_wh), max(energy_wh),"
            " bool_and(ended_at IS NOT NULL) FROM transaction"
        )
        energy = (EVENTS - 1) * 10
        assert await cursor.fetchone() == (STATIONS, STATIONS, energy, energy, True)
        cursor = await connection.execute("SELECT count(*) FROM meter_sample")
        assert await cursor.fetchone() == (STATIONS * EVENTS,)


async def _play_until_killed(running: Program, witnesses: list[Witness]) -> None:
    heard = asyncio.Semaphore(0)
    playing = [asyncio.create_task(witness.play(running.ocpp_port, heard)) for witness in witnesses]
    async with asyncio.timeout(60):
        for _ in range(KILL_AFTER):
            await heard.acquire()
    await running.kill()
    for ended in await asyncio.gather(*playing, return_exceptions=True):
        assert isinstance(ended, ConnectionClosed | OSError), ended


async def _stored(context: Context, acknowledged: dict[str, int]) -> dict[str, int]:
    """How many acknowledged samples of each station are missing."""
    async with context.database.read() as connection:
        cursor = await connection.execute(
            "SELECT station_id, count(*) FROM meter_sample GROUP BY station_id"
        )
        stored = dict(await cursor.fetchall())
    return {
        station: count - stored.get(station, 0)
        for station, count in acknowledged.items()
        if stored.get(station, 0) < count
    }

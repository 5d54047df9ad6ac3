"""The original simulators to the letter: what they write, how they answer, what a read of 4,096 bytes does."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from app.simulator.originals import words_a, words_b
from app.simulator.originals.cast import Part
from app.simulator.originals.clock import Clock, Line
from app.simulator.originals.habits import Habits, Reading, Wish
from app.simulator.originals.legacy import LegacyCharger
from app.simulator.originals.words_a import A
from app.simulator.originals.words_b import B

AT = datetime(2026, 1, 21, 10, 30, 54, 123456, UTC)
LOOK = Reading(transaction_id="t", state="Charging", energy_kwh=0.14, power_kw=100.0)
BOOT_A = (
    '{"chargingStation":{"model":"CSharpSimulator","vendorName":"OCPP.NET",'
    '"serialNumber":"SN-emart_jeju_01-001","firmwareVersion":"1.0.0"},"reason":"PowerUp"}'
)
STARTED_A = (
    '{"eventType":"Started","timestamp":"2026-01-21T10:30:54.1234560ZZ","triggerReason":"Authorized","seqNo":0,'
    '"transactionData":{"transactionId":"1f3a9c2e","chargingState":"Preparing","timeSpentCharging":0,"totalCost":0,'
    '"chargingPeriods":[{"startDateTime":"2026-01-21T10:30:54.1234560ZZ","dimensions":['
    '{"name":"Energy.Active.Import.Register","unit":"Wh","unitMultiplier":1,"value":0},'
    '{"name":"Power.Active.Import","unit":"W","unitMultiplier":1000,"value":0}]}]}}'
)
UPDATED_A = (
    '{"eventType":"Updated","timestamp":"2026-01-21T10:30:54.1234560ZZ","triggerReason":"Authorized","seqNo":0,'
    '"transactionData":{"transactionId":"1f3a9c2e","chargingState":"Charging","timeSpentCharging":0,'
    '"totalCost":20.8333333333333,"chargingPeriods":[{"startDateTime":"2026-01-21T10:30:54.1234560ZZ","dimensions":['
    '{"name":"Energy.Active.Import.Register","unit":"Wh","unitMultiplier":1,"value":138.888888888889},'
    '{"name":"Power.Active.Import","unit":"W","unitMultiplier":1000,"value":100}]}]}}'
)
ENDED_A = (
    '{"eventType":"Ended","timestamp":"2026-01-21T10:30:54.1234560ZZ","triggerReason":"Authorized","seqNo":0,'
    '"transactionData":{"transactionId":"1f3a9c2e","chargingState":"Finishing","timeSpentCharging":0,'
    '"stoppedReason":"Local","totalCost":62.5,"chargingPeriods":[{"startDateTime":"2026-01-21T10:30:54.1234560ZZ",'
    '"dimensions":[{"name":"Energy.Active.Import.Register","unit":"Wh","unitMultiplier":1,"value":416.666666666667},'
    '{"name":"Power.Active.Import","unit":"W","unitMultiplier":1000,"value":100}]}]}}'
)
UPDATED_B = (
    '{"eventType":"Updated","timestamp":"2026-01-21T10:30:54.1234560Z","triggerReason":"Authorized","seqNo":0,'
    '"transactionData":{"transactionId":"7ac1f00d","chargingState":"Charging","timeSpentCharging":0,'
    '"stoppedReason":null,"totalCost":8.33,"chargingPeriods":[{"startDateTime":"2026-01-21T10:29:54.1234560Z",'
    '"dimensions":[{"name":"Energy.Active.Import.Register","unit":"Wh","unitMultiplier":1,"value":55.55555555555556},'
    '{"name":"Power.Active.Import","unit":"W","unitMultiplier":1000,"value":100}]}]}}'
)


def written(payload: object) -> str:
    return json.dumps(payload, separators=(",", ":"))


def reading(transaction_id: str, state: str, kwh: float, kw: float) -> Reading:
    return Reading(transaction_id=transaction_id, state=state, energy_kwh=kwh, power_kw=kw)


def test_a_writes_what_the_original_wrote() -> None:
    tick = 100.0 / 3600.0 * 5.0
    assert written(words_a.boot("emart_jeju_01")) == BOOT_A
    assert written(words_a.heartbeat(AT)) == '{"currentTime":"2026-01-21T10:30:54.1234560ZZ"}'
    for kind, look, literal in (
        ("Started", reading("1f3a9c2e", "Preparing", 0.0, 0.0), STARTED_A),
        ("Updated", reading("1f3a9c2e", "Charging", tick, 100.0), UPDATED_A),
        ("Ended", reading("1f3a9c2e", "Finishing", tick + tick + tick, 100.0), ENDED_A),
    ):
        assert written(words_a.event(kind, AT, look)) == literal
    assert len(A.message_id()) == 12
    assert A.message_id()[8] == "-"


def test_b_writes_what_the_original_wrote() -> None:
    look = reading("7ac1f00d", "Charging", 0.05555555555555556, 100.0)
    told = words_b.event("Updated", AT, look)
    assert written(told) == UPDATED_B
    assert words_b.boot("emart_shinjeju_01")["chargingStation"]["vendorName"] == "Siemens"
    assert words_b.boot("other")["chargingStation"]["model"] == "EVBox Home"
    assert len(B.message_id()) == 12
    assert "-" not in B.message_id()


PERIODS = {"chargingSchedulePeriod": [{"startPeriod": 0, "limit": 50_000}]}


@pytest.mark.parametrize(
    ("habits", "action", "payload", "status", "wish"),
    [
        (A, "RequestStartTransaction", {"idToken": {"idToken": "x"}}, "Accepted", Wish(start=True)),
        (A, "RequestStopTransaction", {"transactionId": "no such"}, "Accepted", Wish(stop=True)),
        (
            A,
            "SetChargingProfile",
            {"chargingProfile": {"chargingSchedule": PERIODS}},
            "Accepted",
            Wish(limit_kw=50.0),
        ),
        (
            A,
            "SetChargingProfile",
            {"chargingProfile": {"chargingSchedule": [PERIODS]}},
            "Rejected",
            Wish(),
        ),
        (A, "SetChargingProfile", {}, "Accepted", Wish()),
        (A, "Reset", {"type": "Immediate"}, "Accepted", Wish()),
        (B, "RequestStartTransaction", {"idToken": "x"}, "Accepted", Wish(start=True)),
        (B, "RequestStartTransaction", {"idToken": {"idToken": "x"}}, "Rejected", Wish()),
        (
            B,
            "SetChargingProfile",
            {"chargingSchedule": {"chargingSchedulePeriod": [{"limit": 50}]}},
            "Accepted",
            Wish(limit_kw=50.0),
        ),
        (
            B,
            "SetChargingProfile",
            {"chargingProfile": {"chargingSchedule": [PERIODS]}},
            "Rejected",
            Wish(),
        ),
        (B, "Reset", {"type": "Immediate"}, "Rejected", Wish()),
    ],
)
def test_commands_are_answered_as_the_originals_do(
    habits: Habits, action: str, payload: dict[str, Any], status: str, wish: Wish
) -> None:
    assert habits.answer(action, payload, LOOK) == ({"status": status}, wish)


def test_b_tells_its_variables_in_its_own_form() -> None:
    assert B.answer("GetVariables", {"getVariableData": []}, LOOK)[0] == {
        "variableData": [
            {"variableName": "State", "value": "Charging"},
            {"variableName": "Power", "value": "100"},
            {"variableName": "EnergyAccumulated", "value": "0.14"},
        ]
    }


async def test_a_read_is_a_message_and_a_limit_is_obeyed_at_once() -> None:
    heard: asyncio.Queue[list[Any]] = asyncio.Queue()
    sockets: list[ServerConnection] = []

    async def csms(socket: ServerConnection) -> None:
        sockets.append(socket)
        async for frame in socket:
            message = json.loads(frame)
            if message[0] == 2:
                await socket.send(json.dumps([3, message[1], {}]))
            await heard.put(message)

    async def next_of(kind: int) -> list[Any]:
        async with asyncio.timeout(20):
            while (message := await heard.get())[0] != kind:
                pass
            return message

    async with serve(csms, "127.0.0.1", 0, subprotocols=["ocpp2.0.1"]) as server:  # type: ignore[list-item]
        port = server.sockets[0].getsockname()[1]
        line = Line(clock=Clock(begins=AT, speed=100.0))
        charger = LegacyCharger(
            A, Part(station_id="cp"), line, lambda *_: None, url=f"ws://127.0.0.1:{port}"
        )
        await charger.connect()
        assert (await next_of(2))[2] == "BootNotification"
        await sockets[0].send(json.dumps([2, "long", "Reset", {"padding": "x" * 4200}]))
        profile = {"chargingProfile": {"chargingSchedule": PERIODS}}
        await charger.start("token_user_001")
        await sockets[0].send(json.dumps([2, "short", "SetChargingProfile", profile]))
        assert await next_of(3) == [3, "short", {"status": "Accepted"}]  # "long" was never one
        await charger.charge(5.0)
        await charger.stop()
        await charger.disconnect()
    assert charger.look.energy_kwh == pytest.approx(50.0 / 3600.0 * 5.0)
    assert charger.answers.errors == []

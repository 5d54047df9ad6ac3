"""The clients are what they play: they send, to the byte, the frames that the originals were seen to send."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.ingress.legacy.nameless import Nameless
from tests.ingress.legacy.periods_two_z import TwoZ
from tests.ingress.legacy.python_ones import SamplesAtRoot
from tests.ingress.legacy.wire import Simulator


def at(clock: str, micros: int = 123456) -> datetime:
    hour, minute, second = map(int, clock.split(":"))
    return datetime(2026, 1, 21, hour, minute, second, micros, tzinfo=UTC)


class Paper:
    """A socket that keeps what is written on it."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def send(self, text: str) -> None:
        self.texts.append(text)

    async def ping(self) -> Any:
        async def pong() -> None:
            pass

        return pong()


def on_paper(client: Simulator, message_id: str) -> Paper:
    paper = Paper()
    client._socket = paper  # type: ignore[assignment]
    client.new_id = lambda: message_id  # type: ignore[method-assign]
    return paper


A_BOOT = (
    '[2,"3f2c9a1e-7b0","BootNotification",{"chargingStation":{"model":"CSharpSimulator","vendorName":"OCPP.NET",'
    '"serialNumber":"SN-emart_jeju_01-001","firmwareVersion":"1.0.0"},"reason":"PowerUp"}]'
)
A_HEARTBEAT = '[2,"3f2c9a1e-7b0","Heartbeat",{"currentTime":"2026-01-21T10:31:15.1234567ZZ"}]'
A_STATUS = (
    '[2,"3f2c9a1e-7b0","StatusNotification",{"timestamp":"2026-01-21T10:30:47.1234567ZZ",'
    '"connectorStatus":"Charging","evseId":1,"connectorId":1}]'
)
A_EVENT = (
    '[2,"3f2c9a1e-7b0","TransactionEvent",{"eventType":"%s","timestamp":"2026-01-21T%sZZ",'
    '"triggerReason":"Authorized","seqNo":0,"transactionData":{"transactionId":"1f3a9c2e","chargingState":"%s",'
    '"timeSpentCharging":0,%s"chargingPeriods":[{"startDateTime":"2026-01-21T%sZZ","dimensions":['
    '{"name":"Energy.Active.Import.Register","unit":"Wh","unitMultiplier":1,"value":%s},'
    '{"name":"Power.Active.Import","unit":"W","unitMultiplier":1000,"value":%s}]}]}}]'
)
A_STARTED = A_EVENT % (
    *("Started", "10:30:47.1234567", "Preparing", '"totalCost":0,', "10:30:47.1234567", "0", "0"),
)
A_UPDATED = A_EVENT % (
    *("Updated", "10:30:54.1234567", "Charging", '"totalCost":20.8333333333333,'),
    *("10:30:54.1234567", "138.888888888889", "100"),
)
A_ENDED = A_EVENT % (
    *("Ended", "10:31:05.1234567", "Finishing", '"stoppedReason":"Local","totalCost":62.5,'),
    *("10:31:05.1234567", "416.666666666667", "100"),
)


async def test_periods_with_two_z() -> None:
    cp = TwoZ("emart_jeju_01", now=at("10:30:47"))
    paper = on_paper(cp, "3f2c9a1e-7b0")
    await cp.on_open()
    await cp.status("Charging")
    await cp.start("1f3a9c2e")
    await cp.tick()
    await cp.tick()
    await cp.tick()
    cp.wait(0)
    await cp.stop()
    sent = paper.texts
    assert [sent[0], sent[1], sent[2]] == [A_BOOT, A_STATUS, A_STARTED]
    assert sent[4] == A_UPDATED
    assert sent[-1] == A_ENDED
    cp.now = at("10:31:15")
    await cp.call("Heartbeat", {"currentTime": cp.time()})
    assert paper.texts[-1] == A_HEARTBEAT


async def test_nameless() -> None:
    cp = Nameless("emart_jeju_01", model="ABB Terra 53", vendor="ABB")
    paper = on_paper(cp, "9b1f0c77aa12")
    await cp.on_open()
    assert paper.texts == [
        '[2,"9b1f0c77aa12","BootNotification",{"chargingStation":{"model":"ABB Terra 53","vendorName":"ABB",'
        '"serialNumber":"SN-emart_jeju_01-001","firmwareVersion":"1.0.0"},"reason":"PowerUp"}]'
    ]
    cp.now = at("10:30:52")
    cp.transaction, cp.state, cp.kwh, cp.power = "7ac1f00d", "Charging", 0.05555555555555556, 100
    await cp.event("Updated")
    assert paper.texts[-1] == (
        '[2,"9b1f0c77aa12","TransactionEvent",{"eventType":"Updated","timestamp":"2026-01-21T10:30:52.1234567Z",'
        '"triggerReason":"Authorized","seqNo":0,"transactionData":{"transactionId":"7ac1f00d",'
        '"chargingState":"Charging","timeSpentCharging":0,"stoppedReason":null,"totalCost":8.33,"chargingPeriods":'
        '[{"startDateTime":"2026-01-21T10:29:52.1234567Z","dimensions":[{"name":"Energy.Active.Import.Register",'
        '"unit":"Wh","unitMultiplier":1,"value":55.55555555555556},{"name":"Power.Active.Import","unit":"W",'
        '"unitMultiplier":1000,"value":100}]}]}}]'
    )


async def test_samples_at_the_root() -> None:
    cp = SamplesAtRoot("emart_jeju_01", now=at("16:01:25", 365767) - timedelta(days=2))
    paper = on_paper(cp, "527dc446-5898-418c-99b4-cbf91ffed827")
    cp.transaction_id, cp.current = "7db49e33-9772-4fcb-bd7d-7945cbf20ea6", 16.0
    await cp.event("Started")
    assert paper.texts == [
        '[2, "527dc446-5898-418c-99b4-cbf91ffed827", "TransactionEvent", {"eventType": "Started",'
        ' "timestamp": "2026-01-19T16:01:25.365767Z", "transactionInfo": {"transactionId":'
        ' "7db49e33-9772-4fcb-bd7d-7945cbf20ea6", "chargingState": "Charging"}, "evseId": 1, "connectorId": 1,'
        ' "meterValue": [{"timestamp": "2026-01-19T16:01:25.365767Z", "sampledValue": [{"value": 0.0,'
        ' "context": "Sample.Periodic", "measurand": "Energy.Active.Import.Register", "unit": "kWh"},'
        ' {"value": 400.0, "measurand": "Voltage", "unit": "V"},'
        ' {"value": 16.0, "measurand": "Current.Import", "unit": "A"}]}]}]'
    ]
    await cp.on_call("x", "Reset", {})
    assert json.loads(paper.texts[-1]) == [
        *(4, "x", "NotImplemented", "Action Reset not implemented"),
    ]

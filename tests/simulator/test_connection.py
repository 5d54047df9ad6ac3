"""Registration, loss of the network, and what is sent afterwards."""

import asyncio
from datetime import UTC, datetime
from random import Random

import pytest

from app.simulator.equipment import Vehicle
from app.simulator.outbox import Outbox, Outgoing
from app.simulator.retry import BackOff
from tests.simulator.conftest import MakeStation
from tests.simulator.csms import Answer, Csms, Refusal, Silence

SOON_S = 20.0


def boots(*statuses: str, interval: int = 1) -> Answer:
    """Answers of BootNotification, the last one for ever."""
    left = list(statuses)

    def answer(_: dict) -> dict:
        status = left.pop(0) if len(left) > 1 else left[0]
        return {"status": status, "currentTime": "2026-01-01T00:00:00Z", "interval": interval}

    return answer


def test_waits_double_up_to_a_bound() -> None:
    calm = BackOff(first_s=1, most_s=60, jitter=0)
    waits = [calm.wait_s(attempt, Random(1)) for attempt in range(1, 9)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    jittery = BackOff(first_s=1, most_s=60, jitter=0.5)
    spread = {round(jittery.wait_s(3, Random(seed)), 3) for seed in range(20)}
    assert len(spread) > 10
    assert all(4 <= wait <= 6 for wait in spread)


async def test_a_station_without_a_csms_keeps_trying(csms: Csms, station: MakeStation) -> None:
    await csms.hang_up()
    one = await station("2.0.1", connect=False)
    one.live()
    async with asyncio.timeout(SOON_S):
        while one.tally.refused_connections < 2:
            await asyncio.sleep(0.01)
    await csms.listen()
    await asyncio.wait_for(one.connection.registered.wait(), SOON_S)
    assert one.tally.connections == 1


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_nothing_is_said_before_registration(
    csms: Csms, station: MakeStation, version: str
) -> None:
    answers, online = boots("Rejected", "Accepted"), []

    def answer(payload: dict) -> dict:
        online.append(one.online)
        return answers(payload)

    csms.answers["BootNotification"] = answer
    one = await station(version, connect=False)
    one.live()
    one.plug_in(1)
    await asyncio.wait_for(one.connection.registered.wait(), SOON_S)
    assert await one.flush()
    actions = [action for action, _ in csms.frames["SIM-1"]]
    assert actions[:2] == ["BootNotification"] * 2
    assert "BootNotification" not in actions[2:]
    assert online == [False, False]
    assert csms.faults == []


async def test_while_pending_the_csms_may_look_around(csms: Csms, station: MakeStation) -> None:
    csms.answers["BootNotification"] = boots("Pending", "Accepted", interval=60)
    one = await station("2.0.1", connect=False)
    one.live()
    await csms.until(lambda: csms.frames)
    report = {"requestId": 1, "reportBase": "SummaryInventory"}
    assert (await csms.call("SIM-1", "GetBaseReport", report))["status"] == "Accepted"
    await csms.until(lambda: csms.of("SIM-1", "NotifyReport"))
    start = {"idToken": {"idToken": "A", "type": "Central"}, "remoteStartId": 1}
    answer = await csms.call("SIM-1", "RequestStartTransaction", start)
    assert answer["status"] == "Rejected"
    again = {"requestedMessage": "BootNotification"}
    assert await csms.call("SIM-1", "TriggerMessage", again) == {"status": "Accepted"}
    await asyncio.wait_for(one.connection.registered.wait(), SOON_S)
    assert csms.faults == []


async def test_heartbeats_follow_the_interval(csms: Csms, station: MakeStation) -> None:
    csms.answers["BootNotification"] = boots("Accepted", interval=1)
    await station("1.6")
    await csms.until(lambda: len(csms.of("SIM-1", "Heartbeat")) == 2, SOON_S)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_an_outage_delays_the_transaction_and_loses_nothing(
    csms: Csms, station: MakeStation, car: Vehicle, version: str
) -> None:
    one = await station(version, sample_interval_s=5.0)
    one.plug_in(1, car)
    await one.start(1)
    one.tick(5.0)
    assert await one.flush()
    await one.go_offline(60.0)
    assert not one.online
    ticked = []
    for _ in range(3):
        one.tick(5.0)
        ticked.append(datetime.now(UTC))
        await asyncio.sleep(0.02)
    one.stop(1)
    back = datetime.now(UTC)
    await asyncio.sleep(0.02)
    assert await one.connection.come_back(SOON_S)
    assert await one.flush()

    assert len(csms.of("SIM-1", "BootNotification")) == 1
    assert len(csms.connected_at["SIM-1"]) == 2
    if version == "1.6":
        samples = [p["meterValue"][0] for p in csms.of("SIM-1", "MeterValues")]
        ended = csms.of("SIM-1", "StopTransaction")[0]["timestamp"]
    else:
        events = csms.events("SIM-1")
        assert [event["seqNo"] for event in events] == list(range(len(events)))
        assert [event["offline"] for event in events] == [False] * 3 + [True] * 4
        samples = [e["meterValue"][0] for e in events[2:-1]]
        ended = events[-1]["timestamp"]
    stamps = [datetime.fromisoformat(sample["timestamp"]) for sample in samples]
    assert len(stamps) == 4
    assert stamps == sorted(stamps)
    # As they were when it happened, not when they were sent; a stamp has whole milliseconds.
    assert all(stamp <= at for stamp, at in zip(stamps[1:], ticked, strict=True))
    assert datetime.fromisoformat(ended) <= back
    assert csms.of("SIM-1", "StatusNotification")
    assert csms.faults == []


async def test_a_whole_1_6_session_offline_gets_its_id_later(
    csms: Csms, station: MakeStation, car: Vehicle
) -> None:
    one = await station("1.6", sample_interval_s=5.0)
    await one.go_offline(60.0)
    one.plug_in(1, car)
    assert await one.start(1)
    one.tick(5.0)
    one.stop(1)
    assert await one.connection.come_back(SOON_S)
    assert await one.flush()
    kept = [a for a, _ in csms.frames["SIM-1"] if a in _TRANSACTION_ACTIONS]
    assert kept == ["StartTransaction", "MeterValues", "StopTransaction"]
    assert csms.of("SIM-1", "MeterValues")[0]["transactionId"] == 42
    assert csms.of("SIM-1", "StopTransaction")[0]["transactionId"] == 42
    assert csms.faults == []


async def test_a_station_that_is_away_can_be_called_back(csms: Csms, station: MakeStation) -> None:
    one = await station("2.0.1")
    await one.go_offline(60.0)
    assert not one.online
    assert await one.connection.come_back(SOON_S)
    assert one.online


_TRANSACTION_ACTIONS = ("StartTransaction", "MeterValues", "StopTransaction")


async def test_a_transaction_message_answered_with_an_error_is_sent_again(
    csms: Csms, station: MakeStation, car: Vehicle
) -> None:
    refused: list[int] = []

    def answer(payload: dict) -> dict:
        if len(refused) < 2:
            refused.append(payload["seqNo"])
            raise Refusal("InternalError")
        return {}

    csms.answers["TransactionEvent"] = answer
    one = await station("2.0.1")
    one.plug_in(1, car)
    await one.start(1)
    one.tick(5.0)
    one.stop(1)
    assert await one.flush()
    assert refused == [0, 0]
    assert [event["seqNo"] for event in csms.events("SIM-1")] == [0, 1, 2]
    assert one.tally.errors == 2


async def test_a_call_without_an_answer_is_counted_and_life_goes_on(
    csms: Csms, station: MakeStation
) -> None:
    def silent_once(_: dict) -> dict:
        del csms.answers["StatusNotification"]
        raise Silence

    one = await station("2.0.1", call_timeout_s=0.2)
    csms.answers["StatusNotification"] = silent_once
    one.plug_in(1)
    assert await one.flush()
    assert one.tally.unanswered == 1
    one.unplug(1)
    assert await one.flush()
    assert csms.of("SIM-1", "StatusNotification")[-1]["connectorStatus"] == "Available"
    assert len(csms.connected_at["SIM-1"]) == 1


def test_a_full_outbox_gives_up_samples_first() -> None:
    box = Outbox(max_waiting=4)

    def message(action: str, **more: bool) -> Outgoing:
        return Outgoing(action=action, build=dict, **more)

    box.put(message("Started", keep=True))
    for number in range(5):
        box.put(message(f"Sample{number}", keep=True, sample=True))
    box.put(message("Ended", keep=True))
    assert [one.action for one in box.waiting] == ["Started", "Sample3", "Sample4", "Ended"]
    assert box.dropped == 3

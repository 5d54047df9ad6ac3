"""One charging session in each version: valid frames, in order, with exact energy."""

from typing import Any

import pytest

from app.simulator.equipment import Vehicle
from tests.simulator.conftest import MakeStation
from tests.simulator.csms import Csms

KWH_5S = 100_000 * 5 / 3600


def reading(value: dict[str, Any], measurand: str) -> float:
    return next(
        float(one["value"]) for one in value["sampledValue"] if one["measurand"] == measurand
    )


def energy(value: dict[str, Any]) -> float:
    return reading(value, "Energy.Active.Import.Register")


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_session_is_told_by_transaction_events(
    csms: Csms, station: MakeStation, car: Vehicle, version: str
) -> None:
    one = await station(version, sample_interval_s=5.0)
    one.plug_in(1, car)
    assert await one.start(1, "CARD-7")
    for _ in range(3):
        one.tick(5.0)
    assert one.stop(1)
    one.unplug(1)
    assert await one.flush()

    events = csms.events("SIM-1")
    assert [event["eventType"] for event in events] == ["Started"] + ["Updated"] * 4 + ["Ended"]
    assert [event["seqNo"] for event in events] == list(range(6))
    assert [event["triggerReason"] for event in events] == [
        "Authorized",
        "ChargingStateChanged",
        "MeterValuePeriodic",
        "MeterValuePeriodic",
        "MeterValuePeriodic",
        "StopAuthorized",
    ]
    assert events[0]["idToken"] == {"idToken": "CARD-7", "type": "ISO14443"}
    assert events[0]["evse"] == {"id": 1, "connectorId": 1}
    assert not any(event["offline"] for event in events)
    assert len({event["transactionInfo"]["transactionId"] for event in events}) == 1
    metered = [energy(event["meterValue"][0]) for event in events if "meterValue" in event]
    assert metered == [0, round(KWH_5S, 3), round(2 * KWH_5S, 3), 416.667, 416.667]
    assert reading(events[2]["meterValue"][0], "Power.Active.Import") == 100_000
    assert events[-1]["transactionInfo"]["stoppedReason"] == "Local"
    assert events[-1]["transactionInfo"]["timeSpentCharging"] == 15

    statuses = [one["connectorStatus"] for one in csms.of("SIM-1", "StatusNotification")]
    assert statuses == ["Available", "Occupied", "Available"]
    assert csms.frames["SIM-1"][0][0] == "BootNotification"
    assert csms.faults == []
    assert one.tally.violation_count == 0


async def test_a_1_6_session_uses_the_transaction_id_of_the_csms(
    csms: Csms, station: MakeStation, car: Vehicle
) -> None:
    one = await station("1.6", sample_interval_s=5.0)
    one.plug_in(1, car)
    assert await one.start(1, "CARD-7")
    for _ in range(3):
        one.tick(5.0)
    one.stop(1)
    one.unplug(1)
    assert await one.flush()

    frames = csms.frames["SIM-1"]
    assert [(a, p.get("connectorId"), p.get("status")) for a, p in frames] == [
        ("BootNotification", None, None),
        ("StatusNotification", 0, "Available"),
        ("StatusNotification", 1, "Available"),
        ("StatusNotification", 1, "Preparing"),
        ("Authorize", None, None),
        ("StartTransaction", 1, None),
        ("StatusNotification", 1, "Charging"),
        ("MeterValues", 1, None),
        ("MeterValues", 1, None),
        ("MeterValues", 1, None),
        ("StopTransaction", None, None),
        ("StatusNotification", 1, "Finishing"),
        ("StatusNotification", 1, "Available"),
    ]
    start, stop = csms.of("SIM-1", "StartTransaction")[0], csms.of("SIM-1", "StopTransaction")[0]
    assert (start["meterStart"], stop["meterStop"], stop["reason"]) == (0, 417, "Local")
    assert stop["transactionId"] == 42
    assert [energy(value) for value in stop["transactionData"]] == [0, 416.667]
    samples = csms.of("SIM-1", "MeterValues")
    assert {sample["transactionId"] for sample in samples} == {42}
    assert [energy(sample["meterValue"][0]) for sample in samples] == [138.889, 277.778, 416.667]
    assert reading(samples[0]["meterValue"][0], "SoC") > 20
    assert csms.faults == []


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_the_register_goes_on_over_sessions(
    csms: Csms, station: MakeStation, car: Vehicle, version: str
) -> None:
    one = await station(version)
    one.plug_in(1, car)
    for _ in range(2):
        assert await one.start(1)
        one.tick(36.0)
        one.stop(1)
    assert await one.flush()
    if version == "1.6":
        starts = [p["meterStart"] for p in csms.of("SIM-1", "StartTransaction")]
        stops = [p["meterStop"] for p in csms.of("SIM-1", "StopTransaction")]
    else:
        events = [e for e in csms.events("SIM-1") if e["eventType"] != "Updated"]
        both = [energy(event["meterValue"][0]) for event in events]
        starts, stops = both[::2], both[1::2]
    assert starts == [0, 1000]
    assert stops == [1000, 2000]


@pytest.mark.parametrize(
    ("version", "words"),
    [("1.6", "SuspendedEV"), ("2.0.1", "SuspendedEV")],
)
async def test_a_full_vehicle_suspends_and_takes_nothing_more(
    csms: Csms, station: MakeStation, car: Vehicle, version: str, words: str
) -> None:
    car.soc = 0.99
    one = await station(version)
    one.plug_in(1, car)
    await one.start(1)
    one.tick(3600.0)
    register = one.evse(1).register_wh
    one.tick(3600.0)
    assert await one.flush()
    assert one.evse(1).register_wh == register
    assert register == pytest.approx(0.01 * 100_000 / 0.95)
    if version == "1.6":
        shown = [p["status"] for p in csms.of("SIM-1", "StatusNotification")]
        assert shown[-1] == words
        assert reading(csms.of("SIM-1", "MeterValues")[-1]["meterValue"][0], "SoC") == 100
    else:
        states = [e["transactionInfo"]["chargingState"] for e in csms.events("SIM-1")]
        assert states[-1] == words
    assert csms.faults == []


@pytest.mark.parametrize("version", ["1.6", "2.1"])
async def test_a_refused_token_starts_nothing(
    csms: Csms, station: MakeStation, car: Vehicle, version: str
) -> None:
    tag = "idTagInfo" if version == "1.6" else "idTokenInfo"
    csms.answers["Authorize"] = lambda _: {tag: {"status": "Blocked"}}
    one = await station(version)
    one.plug_in(1, car)
    assert not await one.start(1)
    assert one.tally.transactions_started == 0
    assert one.evse(1).transaction is None


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_start_that_the_csms_refuses_is_ended(
    csms: Csms, station: MakeStation, car: Vehicle, version: str
) -> None:
    bad = {"status": "Invalid"}
    csms.answers["StartTransaction"] = lambda _: {"idTagInfo": bad, "transactionId": 7}
    csms.answers["TransactionEvent"] = lambda p: (
        {"idTokenInfo": bad} if p["eventType"] == "Started" else {}
    )
    one = await station(version)
    one.plug_in(1, car)
    assert await one.start(1)
    assert await one.flush()
    assert one.evse(1).transaction is None
    if version == "1.6":
        assert csms.of("SIM-1", "StopTransaction")[0]["reason"] == "DeAuthorized"
    else:
        ended = csms.events("SIM-1")[-1]
        assert ended["eventType"] == "Ended"
        assert ended["triggerReason"] == "Deauthorized"
        assert ended["transactionInfo"]["stoppedReason"] == "DeAuthorized"
    assert csms.faults == []


async def test_a_password_is_sent_as_basic_authentication(csms: Csms, station: MakeStation) -> None:
    await station("2.0.1", plan={"password": "0123456789abcdef"})
    assert csms.headers["Authorization"] == "Basic U0lNLTE6MDEyMzQ1Njc4OWFiY2RlZg=="


async def test_an_answer_that_breaks_its_schema_is_counted(
    csms: Csms, station: MakeStation
) -> None:
    csms.answers["Heartbeat"] = lambda _: {"currentTime": "yesterday"}
    one = await station("2.0.1")
    await csms.call("SIM-1", "TriggerMessage", {"requestedMessage": "Heartbeat"})
    await csms.until(lambda: csms.of("SIM-1", "Heartbeat"))
    assert await one.flush()
    assert [(v.action, v.kind) for v in one.tally.violations] == [("Heartbeat", "result")]

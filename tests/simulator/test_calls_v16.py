"""What a 1.6 station does when the CSMS calls."""

from typing import Any

import pytest

from app.simulator.equipment import Vehicle
from app.simulator.station import VirtualStation
from tests.simulator.conftest import MakeStation
from tests.simulator.csms import Csms, Refusal


def profile(limit: float, *, purpose: str = "TxProfile", **more: Any) -> dict[str, Any]:
    return {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative" if purpose == "TxProfile" else "Absolute",
        "chargingSchedule": {
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        },
        **more,
    }


def power(payload: dict[str, Any]) -> float:
    values = payload["meterValue"][0]["sampledValue"]
    return next(float(v["value"]) for v in values if v["measurand"] == "Power.Active.Import")


def shown(csms: Csms) -> list[str]:
    return [
        one["status"] for one in csms.of("SIM-1", "StatusNotification") if one["connectorId"] == 1
    ]


async def charging(station: MakeStation, car: Vehicle) -> VirtualStation:
    one = await station("1.6")
    one.plug_in(1, car)
    assert await one.start(1)
    one.tick(10.0)
    assert await one.flush()
    return one


async def test_remote_start_and_stop(csms: Csms, station: MakeStation) -> None:
    one = await station("1.6")
    ask = {"idTag": "APP-1", "connectorId": 1}
    assert await csms.call("SIM-1", "RemoteStartTransaction", ask) == {"status": "Accepted"}
    await csms.until(lambda: csms.of("SIM-1", "StartTransaction"))
    one.tick(36.0)
    assert await one.flush()
    assert await csms.call("SIM-1", "RemoteStartTransaction", ask) == {"status": "Rejected"}
    stop = {"transactionId": 42}
    assert await csms.call("SIM-1", "RemoteStopTransaction", stop) == {"status": "Accepted"}
    await csms.until(lambda: csms.of("SIM-1", "StopTransaction"))
    assert csms.of("SIM-1", "StopTransaction")[0]["reason"] == "Remote"
    assert await csms.call("SIM-1", "RemoteStopTransaction", stop) == {"status": "Rejected"}
    assert await one.flush()
    assert shown(csms) == ["Available", "Preparing", "Charging", "Finishing"]
    assert csms.faults == []


async def test_a_limit_is_obeyed_at_once_and_shown(
    csms: Csms, station: MakeStation, car: Vehicle
) -> None:
    one = await charging(station, car)
    answer = await csms.call(
        "SIM-1",
        "SetChargingProfile",
        {"connectorId": 1, "csChargingProfiles": profile(21_000.4, transactionId=42)},
    )
    assert answer == {"status": "Accepted"}
    await csms.until(lambda: power(csms.of("SIM-1", "MeterValues")[-1]) == 21_000.4)
    zero = {"connectorId": 1, "csChargingProfiles": profile(0)}
    assert await csms.call("SIM-1", "SetChargingProfile", zero) == {"status": "Accepted"}
    await csms.until(lambda: shown(csms)[-1] == "SuspendedEVSE")
    assert await csms.call("SIM-1", "ClearChargingProfile", {"id": 1}) == {"status": "Accepted"}
    await csms.until(lambda: shown(csms)[-1] == "Charging")
    assert one.evse(1).register_wh > 0
    wrong = {"connectorId": 1, "csChargingProfiles": profile(1, transactionId=999)}
    assert await csms.call("SIM-1", "SetChargingProfile", wrong) == {"status": "Rejected"}
    assert csms.faults == []


async def test_the_station_maximum_is_shared_by_its_connectors(
    csms: Csms, station: MakeStation
) -> None:
    one = await station("1.6", plan={"evses": 2})
    most = {
        "connectorId": 0,
        "csChargingProfiles": profile(60_000, purpose="ChargePointMaxProfile"),
    }
    assert await csms.call("SIM-1", "SetChargingProfile", most) == {"status": "Accepted"}
    for evse in (1, 2):
        one.plug_in(evse)
        await one.start(evse)
    one.tick(1.0)
    assert [place.power_w for place in one.evses] == [30_000, 30_000]
    answer = await csms.call("SIM-1", "GetCompositeSchedule", {"connectorId": 0, "duration": 60})
    assert answer["chargingSchedule"]["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 60_000}
    ]
    assert csms.faults == []


@pytest.mark.parametrize(("kind", "reason"), [("Hard", "HardReset"), ("Soft", "SoftReset")])
async def test_a_reset_ends_reconnects_and_boots(
    csms: Csms, station: MakeStation, car: Vehicle, kind: str, reason: str
) -> None:
    await charging(station, car)
    assert await csms.call("SIM-1", "Reset", {"type": kind}) == {"status": "Accepted"}
    await csms.until(lambda: len(csms.of("SIM-1", "BootNotification")) == 2)
    assert csms.of("SIM-1", "StopTransaction")[0]["reason"] == reason


async def test_unlocking_ends_the_transaction(
    csms: Csms, station: MakeStation, car: Vehicle
) -> None:
    await charging(station, car)
    answer = await csms.call("SIM-1", "UnlockConnector", {"connectorId": 1})
    assert answer == {"status": "Unlocked"}
    await csms.until(lambda: csms.of("SIM-1", "StopTransaction"))
    assert csms.of("SIM-1", "StopTransaction")[0]["reason"] == "UnlockCommand"
    nowhere = await csms.call("SIM-1", "UnlockConnector", {"connectorId": 3})
    assert nowhere == {"status": "NotSupported"}


async def test_a_fault_has_an_error_code(csms: Csms, station: MakeStation) -> None:
    one = await station("1.6")
    one.break_down(1)
    one.repair(1)
    assert await one.flush()
    told = csms.of("SIM-1", "StatusNotification")[-2:]
    assert [(p["status"], p["errorCode"]) for p in told] == [
        ("Faulted", "ConnectorLockFailure"),
        ("Available", "NoError"),
    ]


async def test_availability_and_triggers(csms: Csms, station: MakeStation, car: Vehicle) -> None:
    one = await charging(station, car)
    down = {"connectorId": 0, "type": "Inoperative"}
    assert await csms.call("SIM-1", "ChangeAvailability", down) == {"status": "Scheduled"}
    one.stop(1)
    await csms.until(lambda: shown(csms)[-1] == "Unavailable")
    for asked in ("Heartbeat", "BootNotification", "MeterValues", "StatusNotification"):
        before = len(csms.of("SIM-1", asked))
        answer = await csms.call("SIM-1", "TriggerMessage", {"requestedMessage": asked})
        assert answer == {"status": "Accepted"}
        await csms.until(lambda name=asked, n=before: len(csms.of("SIM-1", name)) == n + 1)
    assert csms.faults == []


async def test_configuration_is_read_and_changed_with_effect(
    csms: Csms, station: MakeStation
) -> None:
    one = await station("1.6", plan={"evses": 2})
    asked = {"key": ["NumberOfConnectors", "Nonsense", "heartbeatinterval"]}
    read = await csms.call("SIM-1", "GetConfiguration", asked)
    assert read["unknownKey"] == ["Nonsense"]
    assert read["configurationKey"] == [
        {"key": "NumberOfConnectors", "readonly": True, "value": "2"},
        {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
    ]
    everything = await csms.call("SIM-1", "GetConfiguration", {})
    assert "AuthorizationKey" not in [one["key"] for one in everything["configurationKey"]]

    async def change(key: str, value: str) -> str:
        payload = {"key": key, "value": value}
        return str((await csms.call("SIM-1", "ChangeConfiguration", payload))["status"])

    assert await change("MeterValueSampleInterval", "3") == "Accepted"
    assert await change("NumberOfConnectors", "3") == "Rejected"
    assert await change("MeterValueSampleInterval", "often") == "Rejected"
    assert await change("Nonsense", "1") == "NotSupported"
    assert one.sample_interval_s == 3
    assert await change("AuthorizationKey", "a-new-long-password") == "Accepted"
    await csms.until(lambda: len(csms.connected_at["SIM-1"]) == 2)
    assert "Authorization" in csms.headers
    assert csms.faults == []


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("MakeCoffee", {}, "NotImplemented"),
        ("Reset", {}, "OccurenceConstraintViolation"),
        ("Reset", {"type": "Hard", "soon": True}, "FormationViolation"),
    ],
)
async def test_calls_that_cannot_be_answered_get_an_error(
    csms: Csms, station: MakeStation, action: str, payload: dict[str, Any], code: str
) -> None:
    await station("1.6")
    with pytest.raises(Refusal, match=code):
        await csms.call("SIM-1", action, payload)

"""What a 2.x station does when the CSMS calls: answers that are true and effects that follow."""

import asyncio
from typing import Any

import pytest

from app.simulator.equipment import Vehicle
from app.simulator.station import VirtualStation
from tests.simulator.conftest import MakeStation
from tests.simulator.csms import Csms, Refusal

TOKEN = {"idToken": "APP-1", "type": "Central"}


def profile(limit: float, *, purpose: str = "TxProfile", unit: str = "W", **more: Any) -> dict:
    return {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative" if purpose == "TxProfile" else "Absolute",
        "chargingSchedule": [
            {
                "id": 1,
                "chargingRateUnit": unit,
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
                **({} if purpose == "TxProfile" else {"startSchedule": "2026-01-01T00:00:00Z"}),
            }
        ],
        **more,
    }


def last_power(csms: Csms) -> float:
    values = [e["meterValue"][0] for e in csms.events("SIM-1") if "meterValue" in e]
    return next(
        one["value"]
        for one in values[-1]["sampledValue"]
        if one["measurand"] == "Power.Active.Import"
    )


async def charging(station: MakeStation, car: Vehicle, **options: Any) -> VirtualStation:
    one = await station("2.0.1", **options)
    one.plug_in(1, car)
    assert await one.start(1)
    one.tick(10.0)
    assert await one.flush()
    return one


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_remote_start_plugs_a_vehicle_and_echoes_its_id(
    csms: Csms, station: MakeStation, version: str
) -> None:
    one = await station(version)
    answer = await csms.call(
        "SIM-1", "RequestStartTransaction", {"idToken": TOKEN, "remoteStartId": 77, "evseId": 1}
    )
    assert answer == {"status": "Accepted"}
    await csms.until(lambda: csms.events("SIM-1"))
    started = csms.events("SIM-1")[0]
    assert started["triggerReason"] == "RemoteStart"
    assert started["transactionInfo"]["remoteStartId"] == 77
    assert started["idToken"] == TOKEN
    assert csms.of("SIM-1", "StatusNotification")[-1]["connectorStatus"] == "Occupied"

    again = await csms.call(
        "SIM-1", "RequestStartTransaction", {"idToken": TOKEN, "remoteStartId": 78}
    )
    assert again["status"] == "Rejected"
    one.tick(10.0)
    stop = {"transactionId": started["transactionInfo"]["transactionId"]}
    assert await csms.call("SIM-1", "RequestStopTransaction", stop) == {"status": "Accepted"}
    await csms.until(lambda: csms.events("SIM-1")[-1]["eventType"] == "Ended")
    ended = csms.events("SIM-1")[-1]
    assert ended["triggerReason"] == "RemoteStop"
    assert ended["transactionInfo"]["stoppedReason"] == "Remote"
    assert (await csms.call("SIM-1", "RequestStopTransaction", stop))["status"] == "Rejected"
    assert csms.faults == []


async def test_a_start_is_rejected_where_nobody_can_charge(
    csms: Csms, station: MakeStation
) -> None:
    one = await station("2.0.1", plan={"evses": 2})
    one.break_down(1)
    await csms.call(
        "SIM-1",
        "ChangeAvailability",
        {"operationalStatus": "Inoperative", "evse": {"id": 2}},
    )
    await csms.until(
        lambda: (
            "Unavailable" in [p["connectorStatus"] for p in csms.of("SIM-1", "StatusNotification")]
        )
    )
    codes = []
    for evse in (1, 2, 3):
        answer = await csms.call(
            "SIM-1",
            "RequestStartTransaction",
            {"idToken": TOKEN, "remoteStartId": evse, "evseId": evse},
        )
        codes.append((answer["status"], answer["statusInfo"]["reasonCode"]))
    assert codes == [
        ("Rejected", "Faulted"),
        ("Rejected", "Inoperative"),
        ("Rejected", "UnknownEvse"),
    ]
    shown = {p["evseId"]: p["connectorStatus"] for p in csms.of("SIM-1", "StatusNotification")}
    assert shown == {1: "Faulted", 2: "Unavailable"}


async def test_a_limit_is_obeyed_at_once_and_shown(
    csms: Csms, station: MakeStation, car: Vehicle
) -> None:
    one = await charging(station, car)
    transaction = one.evse(1).transaction
    assert transaction is not None
    assert one.evse(1).power_w == 100_000
    answer = await csms.call(
        "SIM-1",
        "SetChargingProfile",
        {"evseId": 1, "chargingProfile": profile(30_000, transactionId=transaction.id)},
    )
    assert answer == {"status": "Accepted"}
    await csms.until(lambda: csms.events("SIM-1")[-1]["triggerReason"] == "ChargingRateChanged")
    assert last_power(csms) == 30_000
    before = one.evse(1).register_wh
    one.tick(36.0)
    assert one.evse(1).register_wh - before == pytest.approx(300)

    cleared = {"chargingProfileCriteria": {"chargingProfilePurpose": "TxProfile"}}
    assert await csms.call("SIM-1", "ClearChargingProfile", cleared) == {"status": "Accepted"}
    await csms.until(lambda: one.evse(1).transaction.limit_w == 100_000 and csms.frames)
    one.tick(1.0)
    assert one.evse(1).power_w == 100_000
    assert await csms.call("SIM-1", "ClearChargingProfile", cleared) == {"status": "Unknown"}
    assert csms.faults == []


async def test_a_limit_of_zero_suspends_and_the_next_session_is_free_of_it(
    csms: Csms, station: MakeStation, car: Vehicle
) -> None:
    one = await charging(station, car)
    transaction = one.evse(1).transaction
    await csms.call(
        "SIM-1",
        "SetChargingProfile",
        {"evseId": 1, "chargingProfile": profile(0, transactionId=transaction.id)},
    )
    await csms.until(
        lambda: csms.events("SIM-1")[-1]["transactionInfo"]["chargingState"] == "SuspendedEVSE"
    )
    assert last_power(csms) == 0
    one.stop(1)
    assert one.installed == []


async def test_profiles_that_may_not_be_set_are_rejected(
    csms: Csms, station: MakeStation, car: Vehicle
) -> None:
    one = await charging(station, car)
    transaction = one.evse(1).transaction
    refused = [
        (0, profile(1, purpose="ChargingStationExternalConstraints")),
        (1, profile(1, purpose="ChargingStationMaxProfile")),
        (1, profile(1, transactionId="another")),
        (1, profile(1)),
        (7, profile(1, purpose="TxDefaultProfile")),
        (1, profile(-5, transactionId=transaction.id)),
    ]
    for evse, raw in refused:
        answer = await csms.call(
            "SIM-1", "SetChargingProfile", {"evseId": evse, "chargingProfile": raw}
        )
        assert answer["status"] == "Rejected", raw
    assert one.installed == []


async def test_a_profile_that_comes_with_a_start_limits_from_the_start(
    csms: Csms, station: MakeStation
) -> None:
    one = await station("2.0.1", plan={"max_power_w": 11_000})
    await csms.call(
        "SIM-1",
        "RequestStartTransaction",
        {
            "idToken": TOKEN,
            "remoteStartId": 1,
            "chargingProfile": profile(8, unit="A"),
        },
    )
    await csms.until(lambda: csms.events("SIM-1"))
    one.tick(10.0)
    assert one.evse(1).power_w == 8 * 220 * 3


async def test_the_composite_schedule_tells_what_will_be_allowed(
    csms: Csms, station: MakeStation
) -> None:
    await station("2.0.1")
    raw = profile(50_000, purpose="TxDefaultProfile")
    await csms.call("SIM-1", "SetChargingProfile", {"evseId": 1, "chargingProfile": raw})
    answer = await csms.call("SIM-1", "GetCompositeSchedule", {"evseId": 1, "duration": 600})
    assert answer["schedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 50_000}]
    assert answer["schedule"]["chargingRateUnit"] == "W"
    other = await csms.call("SIM-1", "GetCompositeSchedule", {"evseId": 9, "duration": 600})
    assert other["status"] == "Rejected"
    assert csms.faults == []


async def test_a_reset_ends_reconnects_and_boots(
    csms: Csms, station: MakeStation, car: Vehicle
) -> None:
    one = await charging(station, car)
    assert await csms.call("SIM-1", "Reset", {"type": "Immediate"}) == {"status": "Accepted"}
    await csms.until(lambda: len(csms.of("SIM-1", "BootNotification")) == 2)
    assert csms.of("SIM-1", "BootNotification")[1]["reason"] == "RemoteReset"
    ended = csms.events("SIM-1")[-1]
    assert ended["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    assert ended["triggerReason"] == "ResetCommand"
    assert len(csms.connected_at["SIM-1"]) == 2
    assert await one.flush()
    assert csms.of("SIM-1", "StatusNotification")[-1]["connectorStatus"] == "Occupied"
    assert csms.faults == []


async def test_a_reset_on_idle_waits_for_the_driver(
    csms: Csms, station: MakeStation, car: Vehicle
) -> None:
    one = await charging(station, car)
    assert await csms.call("SIM-1", "Reset", {"type": "OnIdle"}) == {"status": "Scheduled"}
    await asyncio.sleep(0.1)
    assert len(csms.of("SIM-1", "BootNotification")) == 1
    one.stop(1)
    await csms.until(lambda: len(csms.of("SIM-1", "BootNotification")) == 2)
    assert csms.of("SIM-1", "BootNotification")[1]["reason"] == "ScheduledReset"


async def test_availability_waits_for_a_running_transaction(
    csms: Csms, station: MakeStation, car: Vehicle
) -> None:
    one = await charging(station, car)
    down = {"operationalStatus": "Inoperative"}
    assert await csms.call("SIM-1", "ChangeAvailability", down) == {"status": "Scheduled"}
    assert one.evse(1).operative
    one.stop(1)
    one.unplug(1)
    assert await one.flush()
    assert csms.of("SIM-1", "StatusNotification")[-1]["connectorStatus"] == "Unavailable"
    up = {"operationalStatus": "Operative"}
    assert await csms.call("SIM-1", "ChangeAvailability", up) == {"status": "Accepted"}
    await csms.until(
        lambda: csms.of("SIM-1", "StatusNotification")[-1]["connectorStatus"] == "Available"
    )


async def test_unlocking_spares_a_running_transaction(
    csms: Csms, station: MakeStation, car: Vehicle
) -> None:
    one = await charging(station, car)
    ask = {"evseId": 1, "connectorId": 1}
    answer = await csms.call("SIM-1", "UnlockConnector", ask)
    assert answer == {"status": "OngoingAuthorizedTransaction"}
    one.stop(1)
    assert await csms.call("SIM-1", "UnlockConnector", ask) == {"status": "Unlocked"}
    nowhere = await csms.call("SIM-1", "UnlockConnector", {"evseId": 1, "connectorId": 4})
    assert nowhere == {"status": "UnknownConnector"}


async def test_triggered_messages_come(csms: Csms, station: MakeStation, car: Vehicle) -> None:
    one = await charging(station, car)
    for asked, action in (
        ("Heartbeat", "Heartbeat"),
        ("MeterValues", "MeterValues"),
        ("StatusNotification", "StatusNotification"),
        ("TransactionEvent", "TransactionEvent"),
    ):
        before = len(csms.of("SIM-1", action))
        answer = await csms.call("SIM-1", "TriggerMessage", {"requestedMessage": asked})
        assert answer == {"status": "Accepted"}
        await csms.until(lambda name=action, n=before: len(csms.of("SIM-1", name)) == n + 1)
    assert csms.events("SIM-1")[-1]["triggerReason"] == "Trigger"
    boot = await csms.call("SIM-1", "TriggerMessage", {"requestedMessage": "BootNotification"})
    assert boot["status"] == "Rejected"
    publish = {"requestedMessage": "PublishFirmwareStatusNotification"}
    assert await csms.call("SIM-1", "TriggerMessage", publish) == {"status": "NotImplemented"}
    assert await one.flush()
    assert csms.faults == []


async def test_variables_are_read_and_written_with_effect(csms: Csms, station: MakeStation) -> None:
    one = await station("2.1")

    def of(component: str, variable: str, **more: Any) -> dict[str, Any]:
        return {"component": {"name": component}, "variable": {"name": variable}, **more}

    asked = [
        of("OCPPCommCtrlr", "HeartbeatInterval"),
        of("SecurityCtrlr", "BasicAuthPassword"),
        of("OCPPCommCtrlr", "Nonsense"),
        of("Nonsense", "HeartbeatInterval"),
    ]
    read = await csms.call("SIM-1", "GetVariables", {"getVariableData": asked})
    assert [one["attributeStatus"] for one in read["getVariableResult"]] == [
        "Accepted",
        "Rejected",
        "UnknownVariable",
        "UnknownComponent",
    ]
    written = await csms.call(
        "SIM-1",
        "SetVariables",
        {
            "setVariableData": [
                of("OCPPCommCtrlr", "HeartbeatInterval", attributeValue="1"),
                of("SampledDataCtrlr", "TxUpdatedInterval", attributeValue="7"),
                of("ChargingStation", "Model", attributeValue="Other"),
                of("SampledDataCtrlr", "TxUpdatedInterval", attributeValue="soon"),
            ]
        },
    )
    assert [one["attributeStatus"] for one in written["setVariableResult"]] == [
        "Accepted",
        "Accepted",
        "Rejected",
        "Rejected",
    ]
    assert one.sample_interval_s == 7
    await csms.until(lambda: len(csms.of("SIM-1", "Heartbeat")) >= 2)
    assert csms.faults == []


async def test_a_base_report_follows_in_parts(csms: Csms, station: MakeStation) -> None:
    one = await station("2.0.1")
    answer = await csms.call(
        "SIM-1", "GetBaseReport", {"requestId": 5, "reportBase": "FullInventory"}
    )
    assert answer == {"status": "Accepted"}
    await csms.until(
        lambda: (csms.of("SIM-1", "NotifyReport") or [{"tbc": True}])[-1]["tbc"] is False
    )
    reports = csms.of("SIM-1", "NotifyReport")
    assert [report["seqNo"] for report in reports] == list(range(len(reports)))
    assert len(reports) > 1
    assert {report["requestId"] for report in reports} == {5}
    assert sum(len(report["reportData"]) for report in reports) == sum(
        1 for variable in one.variables if variable.component
    )
    assert csms.faults == []


@pytest.mark.parametrize(
    ("action", "payload", "code"),
    [
        ("UnpublishFirmware", {"checksum": "0" * 32}, "NotImplemented"),
        ("MakeCoffee", {}, "NotImplemented"),
        ("Reset", {}, "OccurrenceConstraintViolation"),
        ("Reset", {"type": 5}, "TypeConstraintViolation"),
        ("Reset", {"type": "Gently"}, "PropertyConstraintViolation"),
        ("Reset", {"type": "OnIdle", "soon": True}, "FormatViolation"),
    ],
)
async def test_calls_that_cannot_be_answered_get_an_error(
    csms: Csms, station: MakeStation, action: str, payload: dict[str, Any], code: str
) -> None:
    await station("2.0.1")
    with pytest.raises(Refusal, match=code):
        await csms.call("SIM-1", action, payload)


@pytest.mark.parametrize(
    "text",
    ["no json", "[]", "{}", '[2,"1",{},{}]', '[2,"1","Reset"]', "[3]", '[9,"1"]', "[" * 5000],
)
async def test_poison_frames_do_not_end_the_connection(
    csms: Csms, station: MakeStation, text: str
) -> None:
    one = await station("2.0.1")
    await csms.sockets["SIM-1"].send(text)
    answer = await csms.call("SIM-1", "TriggerMessage", {"requestedMessage": "Heartbeat"})
    assert answer == {"status": "Accepted"}
    assert one.tally.violation_count >= 1
    assert len(csms.connected_at["SIM-1"]) == 1


async def test_a_reset_that_would_resume_is_rejected(csms: Csms, station: MakeStation) -> None:
    one = await station("2.1")
    answer = await csms.call("SIM-1", "Reset", {"type": "ImmediateAndResume"})
    assert answer["status"] == "Rejected"
    assert one.online
    assert csms.faults == []

"""B: booting, variables, reports, network profiles, resets."""

from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from app.csms import device, entrance, remote_control, stations, variables
from app.csms.audit import HALLA
from app.domain.commands import OutcomeStatus, ResetKind
from app.domain.device import SetNetworkProfile
from app.domain.reports import Variable
from app.domain.stations import Registration
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.sessions import AT, begin, end
from tests.ingress.oca.station import Asked, CallError, Station

INTERVAL = Variable(component="OCPPCommCtrlr", name="HeartbeatInterval", value="30")
OFFLINE = Variable(component="OCPPCommCtrlr", name="OfflineThreshold", value="120")
ACCEPTED = {"status": "Accepted"}


def got(asked: Asked, *values: str) -> dict[str, Any]:
    """The answer to GetVariables: all are known."""
    return {
        "getVariableResult": [
            {**data, "attributeStatus": "Accepted", "attributeValue": value}
            for data, value in zip(asked.payload["getVariableData"], values, strict=True)
        ]
    }


def taken(asked: Asked, status: str = "Accepted") -> dict[str, Any]:
    """The answer to SetVariables: all alike."""
    return {
        "setVariableResult": [
            {
                "component": data["component"],
                "variable": data["variable"],
                "attributeStatus": status,
            }
            for data in asked.payload["setVariableData"]
        ]
    }


def report_data(component: str, name: str, value: str) -> dict[str, Any]:
    """One variable as NotifyReport tells it."""
    return {
        "component": {"name": component},
        "variable": {"name": name},
        "variableAttribute": [{"type": "Actual", "value": value, "mutability": "ReadWrite"}],
        "variableCharacteristics": {"dataType": "integer", "supportsMonitoring": True},
    }


async def report(station: Station, request_id: int, seq_no: int, more: bool, data: Any) -> None:
    """One part of a report."""
    answer = await station.call(
        "NotifyReport",
        {
            "requestId": request_id,
            "generatedAt": AT,
            "seqNo": seq_no,
            "tbc": more,
            "reportData": [data],
        },
    )
    assert answer == {}


async def stored_variables(bench: Bench) -> list[Any]:
    return await bench.rows("SELECT component, name, value FROM station_variable ORDER BY 1, 2")


async def command(bench: Bench) -> tuple[Any, ...]:
    """How the last command ended."""
    return await bench.until(
        "SELECT action, status, detail FROM station_command"
        " WHERE answered_at IS NOT NULL ORDER BY id DESC LIMIT 1"
    )


@pytest.mark.oca("TC_B_01")
async def test_tc_b_01(bench: Bench) -> None:
    """A cold boot is accepted; the interval is positive; statuses and heartbeats are taken."""
    async with bench.connect() as station:
        answer = await station.boot()
        assert answer["status"] == "Accepted"
        assert answer["interval"] > 0
        await station.status("Available")
        assert "currentTime" in await station.call("Heartbeat")
    assert await bench.rows("SELECT vendor, model FROM station WHERE id = 'CS001'") == [
        ("OCA", "Case")
    ]
    assert await bench.rows("SELECT status FROM connector_state") == [("Available",)]


@pytest.mark.oca("TC_B_02")
async def test_tc_b_02(bench: Bench) -> None:
    """A station that waits is answered Pending and asked what it is made of; once accepted it is let in."""
    await entrance.set_registration(bench.context, HALLA, ID, Registration.PENDING)
    async with bench.connect() as station:
        answer = await station.boot()
        assert answer["status"] == "Pending"
        assert answer["interval"] > 0
        asked = await station.obey("GetBaseReport", ACCEPTED)
        assert asked["reportBase"] == "FullInventory"
        data = report_data("OCPPCommCtrlr", "HeartbeatInterval", "30")
        await report(station, asked["requestId"], 0, False, data)
        assert await stored_variables(bench) == [("OCPPCommCtrlr", "HeartbeatInterval", "30")]
        # and it can be set up while it waits
        task = bench.start(variables.set_variables(bench.context, bench.actor, ID, [INTERVAL]))
        setting = await station.expect("SetVariables")
        await station.answer(setting, taken(setting))
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
        await entrance.set_registration(bench.context, HALLA, ID, Registration.ACCEPTED)
        assert (await station.boot())["status"] == "Accepted"
        await station.status("Available")
    assert await bench.rows("SELECT registration FROM station WHERE id = %s", ID) == [("accepted",)]


@pytest.mark.oca("TC_B_06")
async def test_tc_b_06(bench: Bench) -> None:
    """One variable is asked for; its value is kept."""
    async with bench.connect() as station:
        await station.boot()
        task = bench.start(variables.get_variables(bench.context, bench.actor, ID, [INTERVAL]))
        asked = await station.expect("GetVariables")
        assert asked.payload["getVariableData"] == [
            {
                "attributeType": "Actual",
                "component": {"name": "OCPPCommCtrlr"},
                "variable": {"name": "HeartbeatInterval"},
            }
        ]
        await station.answer(asked, got(asked, "300"))
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
    assert await stored_variables(bench) == [("OCPPCommCtrlr", "HeartbeatInterval", "300")]


@pytest.mark.oca("TC_B_07")
async def test_tc_b_07(bench: Bench) -> None:
    """Two variables are asked for in one call; both values are kept."""
    async with bench.connect() as station:
        await station.boot()
        task = bench.start(
            variables.get_variables(bench.context, bench.actor, ID, [INTERVAL, OFFLINE])
        )
        asked = await station.expect("GetVariables")
        names = [data["variable"]["name"] for data in asked.payload["getVariableData"]]
        assert names == ["HeartbeatInterval", "OfflineThreshold"]
        await station.answer(asked, got(asked, "300", "60"))
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
    assert await stored_variables(bench) == [
        ("OCPPCommCtrlr", "HeartbeatInterval", "300"),
        ("OCPPCommCtrlr", "OfflineThreshold", "60"),
    ]


@pytest.mark.oca("TC_B_08")
async def test_tc_b_08(bench: Bench) -> None:
    """No call asks for more variables than the station said it takes; all are asked for."""
    wanted = [Variable(component="SampledDataCtrlr", name=f"V{n}", value=None) for n in range(5)]
    async with bench.connect() as station:
        await station.boot()
        most = report_data("DeviceDataCtrlr", "ItemsPerMessage", "2")
        most["variable"]["instance"] = "GetVariables"
        await report(station, 1, 0, False, most)
        task = bench.start(variables.get_variables(bench.context, bench.actor, ID, wanted))
        sizes = []
        for _ in range(3):
            asked = await station.expect("GetVariables")
            sizes.append(len(asked.payload["getVariableData"]))
            await station.answer(asked, got(asked, *"xy"[: sizes[-1]]))
        outcome = (await task).outcome
        assert sizes == [2, 2, 1]
        assert outcome.status is OutcomeStatus.ACCEPTED
        assert len(outcome.payload["getVariableResult"]) == 5
    assert len(await stored_variables(bench)) == 6


@pytest.mark.oca("TC_B_09")
async def test_tc_b_09(bench: Bench) -> None:
    """One variable is set; the value that the station took is kept."""
    async with bench.connect() as station:
        await station.boot()
        task = bench.start(variables.set_variables(bench.context, bench.actor, ID, [INTERVAL]))
        asked = await station.expect("SetVariables")
        assert [data["attributeValue"] for data in asked.payload["setVariableData"]] == ["30"]
        await station.answer(asked, taken(asked))
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
    assert await stored_variables(bench) == [("OCPPCommCtrlr", "HeartbeatInterval", "30")]


@pytest.mark.oca("TC_B_10")
async def test_tc_b_10(bench: Bench) -> None:
    """Two variables are set in one call; the one that was refused keeps no value."""
    async with bench.connect() as station:
        await station.boot()
        task = bench.start(
            variables.set_variables(bench.context, bench.actor, ID, [INTERVAL, OFFLINE])
        )
        asked = await station.expect("SetVariables")
        answer = taken(asked)
        assert len(answer["setVariableResult"]) == 2
        answer["setVariableResult"][1]["attributeStatus"] = "Rejected"
        await station.answer(asked, answer)
        outcome = (await task).outcome
        assert (outcome.status, outcome.detail) == (OutcomeStatus.REJECTED, "Rejected")
    assert await stored_variables(bench) == [("OCPPCommCtrlr", "HeartbeatInterval", "30")]


@pytest.mark.parametrize(
    "base",
    [
        pytest.param("ConfigurationInventory", marks=pytest.mark.oca("TC_B_12")),
        pytest.param("FullInventory", marks=pytest.mark.oca("TC_B_13")),
        pytest.param("SummaryInventory", marks=pytest.mark.oca("TC_B_14")),
    ],
)
async def test_a_base_report_is_asked_for_and_kept(bench: Bench, base: str) -> None:
    """B07: the report comes in parts; each is answered and kept."""
    async with bench.connect() as station:
        await station.boot()
        task = bench.start(device.get_base_report(bench.context, bench.actor, ID, base))
        asked = await station.obey("GetBaseReport", ACCEPTED)
        assert asked["reportBase"] == base
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
        first = report_data("OCPPCommCtrlr", "HeartbeatInterval", "30")
        await report(station, asked["requestId"], 0, True, first)
        second = report_data("OCPPCommCtrlr", "OfflineThreshold", "60")
        await report(station, asked["requestId"], 1, False, second)
    assert await bench.rows("SELECT effect FROM station_command") == [("The report is complete.",)]
    assert await stored_variables(bench) == [
        ("OCPPCommCtrlr", "HeartbeatInterval", "30"),
        ("OCPPCommCtrlr", "OfflineThreshold", "60"),
    ]
    assert await bench.rows("SELECT DISTINCT mutability, data_type FROM station_variable") == [
        ("ReadWrite", "integer")
    ]


@pytest.mark.oca("TC_B_18")
async def test_tc_b_18(bench: Bench) -> None:
    """A report of what has a problem, among a component's variables."""
    async with bench.connect() as station:
        await station.boot()
        wanted = Variable(component="EVSE", evse_id=1, name="AvailabilityState", value=None)
        task = bench.start(
            device.get_report(
                bench.context, bench.actor, ID, criteria=["Available"], variables=[wanted]
            )
        )
        asked = await station.obey("GetReport", ACCEPTED)
        assert asked["componentCriteria"] == ["Available"]
        assert asked["componentVariable"] == [
            {
                "component": {"name": "EVSE", "evse": {"id": 1}},
                "variable": {"name": "AvailabilityState"},
            }
        ]
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
        data = report_data("EVSE", "AvailabilityState", "Available")
        data["component"]["evse"] = {"id": 1}
        await report(station, asked["requestId"], 0, False, data)
    assert await stored_variables(bench) == [("EVSE", "AvailabilityState", "Available")]
    assert await bench.rows("SELECT evse_id FROM station_variable") == [(1,)]


@pytest.mark.parametrize(
    ("kind", "charging", "evse_id", "word"),
    [
        pytest.param("OnIdle", False, None, "Accepted", marks=pytest.mark.oca("TC_B_20")),
        pytest.param("OnIdle", True, None, "Scheduled", marks=pytest.mark.oca("TC_B_21")),
        pytest.param("Immediate", True, None, "Accepted", marks=pytest.mark.oca("TC_B_22")),
        pytest.param("OnIdle", False, 1, "Accepted", marks=pytest.mark.oca("TC_B_25")),
        pytest.param("OnIdle", True, 1, "Scheduled", marks=pytest.mark.oca("TC_B_26")),
        pytest.param("Immediate", True, 1, "Accepted", marks=pytest.mark.oca("TC_B_27")),
    ],
)
async def test_a_reset(
    bench: Bench, kind: str, charging: bool, evse_id: int | None, word: str
) -> None:
    """B11, B12: of the station or of an EVSE, at once or when nothing charges any more."""
    async with bench.connect() as station:
        await station.boot()
        if charging:
            await begin(station)
        task = bench.start(
            remote_control.reset(bench.context, bench.actor, ID, ResetKind(kind), evse_id)
        )
        asked = await station.obey("Reset", {"status": word})
        assert asked == {"type": kind} | ({"evseId": evse_id} if evse_id else {})
        outcome = (await task).outcome
        assert (outcome.status, outcome.detail) == (OutcomeStatus.ACCEPTED, word)
        if charging:
            immediate = kind == "Immediate"
            await end(
                station,
                reason="ImmediateReset" if immediate else "EVDisconnected",
                trigger="ResetCommand" if immediate else "EVCommunicationLost",
            )
        if evse_id is None:
            reason = "ScheduledReset" if word == "Scheduled" else "RemoteReset"
            assert (await station.boot(reason))["status"] == "Accepted"
        await station.status("Available")
    if evse_id is None:
        assert await bench.rows("SELECT boot_reason FROM station_state") == [(reason,)]
    assert await command(bench) == ("Reset", "accepted", word)
    ended = await bench.rows("SELECT ended_at IS NOT NULL FROM transaction")
    assert ended == ([(True,)] if charging else [])
    assert await bench.rows("SELECT status FROM connector_state") == [("Available",)]


@pytest.mark.oca("TC_B_30")
async def test_tc_b_30(bench: Bench) -> None:
    """What a waiting station says without being asked is answered SecurityError, and not stored."""
    await entrance.set_registration(bench.context, HALLA, ID, Registration.PENDING)
    async with bench.connect() as station:
        assert (await station.boot())["status"] == "Pending"
        await station.obey("GetBaseReport", ACCEPTED)
        for attempt in (
            station.status("Available"),
            station.call("Heartbeat"),
            begin(station),
        ):
            with pytest.raises(CallError) as refused:
                await attempt
            assert refused.value.code == "SecurityError"
    assert await bench.rows("SELECT FROM connector_state") == []
    assert await bench.rows("SELECT FROM transaction") == []


@pytest.mark.oca("TC_B_31")
async def test_tc_b_31(bench: Bench) -> None:
    """A waiting station that is accepted is asked to boot again; then it is let in."""
    await entrance.set_registration(bench.context, HALLA, ID, Registration.PENDING)
    async with bench.connect() as station:
        assert (await station.boot())["status"] == "Pending"
        await station.obey("GetBaseReport", ACCEPTED)
        # what it is asked for, it may say
        task = bench.start(
            remote_control.trigger(bench.context, bench.actor, ID, "StatusNotification", 1)
        )
        await station.obey("TriggerMessage", ACCEPTED)
        await task
        await station.status("Available")
        task = bench.start(
            stations.set_registration(bench.context, bench.actor, ID, Registration.ACCEPTED)
        )
        asked = await station.obey("TriggerMessage", ACCEPTED)
        assert asked == {"requestedMessage": "BootNotification"}
        await task
        assert (await station.boot("Triggered"))["status"] == "Accepted"
        await station.status("Occupied")
    assert await bench.rows("SELECT status FROM connector_state") == [("Occupied",)]
    assert await command(bench) == ("TriggerMessage", "accepted", "Accepted")


@pytest.mark.parametrize(
    ("word", "status", "kept"),
    [
        pytest.param("Accepted", "accepted", 1, marks=pytest.mark.oca("TC_B_42")),
        pytest.param("Failed", "rejected", 0, marks=pytest.mark.oca("TC_B_44")),
    ],
)
async def test_a_network_profile(bench: Bench, word: str, status: str, kept: int) -> None:
    """B09: the profile is kept only if the station took it."""
    profile = SetNetworkProfile(slot=1, url="wss://csms.example/ocpp", security_profile=2)
    async with bench.connect() as station:
        await station.boot()
        task = bench.start(device.set_network_profile(bench.context, bench.actor, ID, profile))
        asked = await station.obey("SetNetworkProfile", {"status": word})
        assert asked == {
            "configurationSlot": 1,
            "connectionData": {
                "ocppVersion": "OCPP20",
                "ocppTransport": "JSON",
                "ocppCsmsUrl": "wss://csms.example/ocpp",
                "messageTimeout": 30,
                "securityProfile": 2,
                "ocppInterface": "Wired0",
            },
        }
        await task
    found = await bench.rows("SELECT slot, profile ->> 'ocppCsmsUrl' FROM network_profile")
    assert found == [(1, "wss://csms.example/ocpp")] * kept
    assert await command(bench) == ("SetNetworkProfile", status, word)


@pytest.mark.oca("TC_B_58")
async def test_tc_b_58(bench: Bench) -> None:
    """The first subprotocol of the station's list that is spoken is chosen; none of them is a refusal."""

    async def chosen(*offered: str) -> str | None:
        async with connect(
            f"ws://127.0.0.1:{bench.port}/{ID}",
            subprotocols=[Subprotocol(name) for name in offered],
            compression=None,
        ) as connection:
            return connection.subprotocol

    assert await chosen("ocpp0.1", "ocpp2.0.1") == "ocpp2.0.1"
    assert await chosen("ocpp2.0.1", "ocpp1.6") == "ocpp2.0.1"
    with pytest.raises(InvalidStatus) as refused:
        await chosen("ocpp0.1")
    assert refused.value.response.status_code == 400
    await bench.until("SELECT FROM station_state WHERE protocol = 'ocpp2.0.1'")

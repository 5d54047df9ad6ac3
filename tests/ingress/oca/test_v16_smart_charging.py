"""1.6: messages on request, and smart charging."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.csms import charging_profiles, remote_control, smart_charging
from app.domain.charging_profiles import ProfileCriteria
from app.domain.commands import OutcomeStatus
from app.domain.smart_charging import ChargingProfile, ProfilePurpose, SchedulePeriod
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.station import Station

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
AT = "2026-11-20T03:00:00Z"
V16 = "ocpp1.6"
DEFAULT = ChargingProfile(
    id=5,
    purpose=ProfilePurpose.TX_DEFAULT,
    stack_level=1,
    start_at=NOON,
    duration_s=3600,
    periods=(SchedulePeriod(start_s=0, limit_w=11_000.0, phases=3),),
)
FOR_ONE = replace(DEFAULT, id=6, purpose=ProfilePurpose.TX, start_at=None)
KNOWN = "SELECT evse_id, profile_id, purpose, stack_level FROM charging_profile ORDER BY 2"


async def begin(station: Station) -> int:
    """StartTransaction at connector 1; its id."""
    answer = await station.call(
        "StartTransaction",
        {"connectorId": 1, "idTag": "VALID", "meterStart": 0, "timestamp": AT},
    )
    assert answer["idTagInfo"]["status"] == "Accepted"
    return int(answer["transactionId"])


async def trigger(
    bench: Bench, station: Station, message: str, evse_id: int | None, status: str
) -> dict[str, Any]:
    """TriggerMessage; what was on the wire."""
    task = bench.start(remote_control.trigger(bench.context, bench.actor, ID, message, evse_id))
    asked = await station.obey("TriggerMessage", {"status": status})
    assert (await task).outcome.detail == status
    return asked


@pytest.mark.oca("TC_054_CSMS")
async def test_tc_054(bench: Bench) -> None:
    """Every message that 1.6 can be asked for is asked for, comes, and is answered."""
    async with bench.connect(subprotocol=V16) as station:
        asked = await trigger(bench, station, "MeterValues", 1, "Accepted")
        assert asked == {"requestedMessage": "MeterValues", "connectorId": 1}
        value = [{"timestamp": AT, "sampledValue": [{"value": "10", "context": "Trigger"}]}]
        assert await station.call("MeterValues", {"connectorId": 1, "meterValue": value}) == {}
        asked = await trigger(bench, station, "Heartbeat", None, "Accepted")
        assert asked == {"requestedMessage": "Heartbeat"}
        assert "currentTime" in await station.call("Heartbeat")
        asked = await trigger(bench, station, "StatusNotification", 1, "Accepted")
        assert asked == {"requestedMessage": "StatusNotification", "connectorId": 1}
        await station.status("Available")
        asked = await trigger(bench, station, "LogStatusNotification", None, "Accepted")
        assert asked == {"requestedMessage": "DiagnosticsStatusNotification"}
        assert await station.call("DiagnosticsStatusNotification", {"status": "Idle"}) == {}
        asked = await trigger(bench, station, "FirmwareStatusNotification", None, "Accepted")
        assert asked == {"requestedMessage": "FirmwareStatusNotification"}
        assert await station.call("FirmwareStatusNotification", {"status": "Idle"}) == {}
    assert await bench.rows("SELECT energy_wh FROM meter_sample") == [(10,)]
    assert await bench.rows("SELECT status FROM connector_state") == [("Available",)]
    assert await bench.rows("SELECT DISTINCT status, count(*) FROM station_command GROUP BY 1") == [
        ("accepted", 5)
    ]


@pytest.mark.oca("TC_055_CSMS")
async def test_tc_055(bench: Bench) -> None:
    """The station will not: its no is the outcome."""
    async with bench.connect(subprotocol=V16) as station:
        await trigger(bench, station, "MeterValues", 1, "Rejected")
    assert await bench.rows("SELECT status, detail FROM station_command") == [
        ("rejected", "Rejected")
    ]


async def install(
    bench: Bench, station: Station, profile: ChargingProfile, evse_id: int
) -> dict[str, Any]:
    """SetChargingProfile; what was on the wire."""
    task = bench.start(
        charging_profiles.set_profile(bench.context, bench.actor, ID, profile, evse_id)
    )
    asked = await station.obey("SetChargingProfile", {"status": "Accepted"})
    assert (await task).outcome.status is OutcomeStatus.ACCEPTED
    return asked


@pytest.mark.oca("TC_056_CSMS")
async def test_tc_056(bench: Bench) -> None:
    """A default schedule for transactions to come; one of the same level takes its place."""
    async with bench.connect(subprotocol=V16) as station:
        asked = await install(bench, station, DEFAULT, 1)
        assert asked == {
            "connectorId": 1,
            "csChargingProfiles": {
                "chargingProfileId": 5,
                "stackLevel": 1,
                "chargingProfilePurpose": "TxDefaultProfile",
                "chargingProfileKind": "Absolute",
                "chargingSchedule": {
                    "duration": 3600,
                    "startSchedule": "2026-11-20T03:00:00.000Z",
                    "chargingRateUnit": "W",
                    "chargingSchedulePeriod": [
                        {"startPeriod": 0, "limit": 11000.0, "numberPhases": 3}
                    ],
                },
            },
        }
        assert await bench.rows(KNOWN) == [(1, 5, "TxDefaultProfile", 1)]
        await install(bench, station, replace(DEFAULT, id=55), 1)
        most = replace(DEFAULT, id=56, purpose=ProfilePurpose.STATION_MAX)
        asked = await install(bench, station, most, 0)
        assert asked["csChargingProfiles"]["chargingProfilePurpose"] == "ChargePointMaxProfile"
    assert await bench.rows(KNOWN) == [
        (1, 55, "TxDefaultProfile", 1),
        (0, 56, "ChargingStationMaxProfile", 1),
    ]


@pytest.mark.oca("TC_057_CSMS")
async def test_tc_057(bench: Bench) -> None:
    """A schedule for the running transaction names its number."""
    async with bench.connect(subprotocol=V16) as station:
        number = await begin(station)
        asked = await install(bench, station, FOR_ONE, 1)
        profile = asked["csChargingProfiles"]
        assert profile["transactionId"] == number
        assert profile["chargingProfilePurpose"] == "TxProfile"
    assert await bench.rows("SELECT purpose, transaction_id FROM charging_profile") == [
        ("TxProfile", str(number))
    ]


@pytest.mark.oca("TC_059_CSMS")
async def test_tc_059(bench: Bench) -> None:
    """A remote start brings its profile along; the command resolves to the transaction."""
    async with bench.connect(subprotocol=V16) as station:
        task = bench.start(
            remote_control.start_charging(
                bench.context, bench.actor, ID, id_token="VALID", evse_id=1, profile=FOR_ONE
            )
        )
        asked = await station.obey("RemoteStartTransaction", {"status": "Accepted"})
        assert (asked["connectorId"], asked["idTag"]) == (1, "VALID")
        assert asked["chargingProfile"]["chargingProfilePurpose"] == "TxProfile"
        assert "transactionId" not in asked["chargingProfile"]
        answer = await station.call("Authorize", {"idTag": "VALID"})
        assert answer["idTagInfo"]["status"] == "Accepted"
        number = await begin(station)
        await station.status("Charging")
        result = await task
    assert result.transaction_id == str(number)
    assert await bench.rows("SELECT profile_id, transaction_id FROM charging_profile") == [
        (6, str(number))
    ]
    assert await bench.rows("SELECT effect, transaction_id FROM station_command") == [
        ("The transaction has started.", result.transaction_no)
    ]


@pytest.mark.oca("TC_066_CSMS")
async def test_tc_066(bench: Bench) -> None:
    """The schedule that the station says it will follow is kept in one shape for all versions."""
    periods = [{"startPeriod": 0, "limit": 11000.0}]
    async with bench.connect(subprotocol=V16) as station:
        task = bench.start(
            smart_charging.composite_schedule(bench.context, bench.actor, ID, 1, 300)
        )
        asked = await station.obey(
            "GetCompositeSchedule",
            {
                "status": "Accepted",
                "connectorId": 1,
                "scheduleStart": AT,
                "chargingSchedule": {
                    "duration": 300,
                    "chargingRateUnit": "W",
                    "chargingSchedulePeriod": periods,
                },
            },
        )
        assert asked == {"connectorId": 1, "duration": 300, "chargingRateUnit": "W"}
        outcome = await task
    assert outcome.status is OutcomeStatus.ACCEPTED
    assert await bench.rows(
        "SELECT evse_id, start_at, duration_s, unit, periods FROM composite_schedule"
    ) == [(1, NOON, 300, "W", periods)]


@pytest.mark.oca("TC_067_CSMS")
async def test_tc_067(bench: Bench) -> None:
    """Cleared by id, then by connector, purpose and level."""
    async with bench.connect(subprotocol=V16) as station:
        await install(bench, station, DEFAULT, 1)
        await install(bench, station, replace(DEFAULT, id=15, stack_level=2), 1)
        for criteria, wire, left in (
            (ProfileCriteria(profile_ids=(5,)), {"id": 5}, [(15,)]),
            (
                ProfileCriteria(evse_id=1, purpose="TxDefaultProfile", stack_level=2),
                {
                    "connectorId": 1,
                    "chargingProfilePurpose": "TxDefaultProfile",
                    "stackLevel": 2,
                },
                [],
            ),
        ):
            task = bench.start(
                charging_profiles.clear_profiles(bench.context, bench.actor, ID, criteria)
            )
            asked = await station.obey("ClearChargingProfile", {"status": "Accepted"})
            assert asked == wire
            assert (await task).outcome.status is OutcomeStatus.ACCEPTED
            assert await bench.rows("SELECT profile_id FROM charging_profile") == left


async def test_profiles_cannot_be_read_back_in_1_6(bench: Bench) -> None:
    """1.6 has no such call: said plainly, and nothing leaves."""
    async with bench.connect(subprotocol=V16) as station:
        result = await charging_profiles.get_profiles(bench.context, bench.actor, ID)
        assert station._asked.empty()
    assert result.outcome.status is OutcomeStatus.NOT_SUPPORTED
    assert await bench.rows("SELECT status, sent_at FROM station_command") == [
        ("not_supported", None)
    ]

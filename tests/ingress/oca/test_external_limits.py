"""K: limits of other systems, and vehicles that speak ISO 15118."""

from typing import Any

import pytest

from app.csms import charging_profiles, remote_control, smart_charging
from app.csms.effects import STARTED
from app.domain.commands import OutcomeStatus
from app.domain.smart_charging import LimitScope
from tests.ingress.oca.charging import AT, TX, charge, event
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.station import Station

LIMITS = "SELECT evse_id, source, is_grid_critical FROM charging_limit ORDER BY 1, 2"
NEEDS: dict[str, Any] = {
    "evseId": 1,
    "maxScheduleTuples": 3,
    "chargingNeeds": {
        "requestedEnergyTransfer": "DC",
        "dcChargingParameters": {"evMaxCurrent": 200, "evMaxVoltage": 400, "evMaxPower": 60_000},
    },
}


def schedule(limit_w: float) -> dict[str, Any]:
    """A schedule in W with one period."""
    return {
        "id": 1,
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit_w}],
    }


async def limited(station: Station, evse_id: int | None = None, **more: Any) -> None:
    """NotifyChargingLimit of the energy management system."""
    said = {"chargingLimit": {"chargingLimitSource": "EMS", "isGridCritical": False}, **more}
    if evse_id is not None:
        said["evseId"] = evse_id
    assert await station.call("NotifyChargingLimit", said) == {}


@pytest.mark.oca("TC_K_48")
async def test_tc_k_48(bench: Bench) -> None:
    """Another system limits the station, then again: acknowledged, and known as it is now."""
    async with bench.connect() as station:
        await limited(station, chargingSchedule=[schedule(20_000)])
        await limited(station, chargingSchedule=[schedule(10_000)])
    assert await bench.rows(LIMITS) == [(0, "EMS", False)]
    assert await bench.rows("SELECT schedules FROM charging_limit") == [([schedule(10_000)],)]


@pytest.mark.parametrize(
    "charging",
    [
        pytest.param(False, marks=pytest.mark.oca("TC_K_50")),
        pytest.param(True, marks=pytest.mark.oca("TC_K_51")),
    ],
)
async def test_tc_k_50_and_51(bench: Bench, charging: bool) -> None:
    """The limit of another system is released, whether or not somebody charges."""
    async with bench.connect() as station:
        if charging:
            await charge(station)
        await limited(station, 1)
        await limited(station, 2)
        assert await bench.rows(LIMITS) == [(1, "EMS", False), (2, "EMS", False)]
        said = {"chargingLimitSource": "EMS", "evseId": 1}
        assert await station.call("ClearedChargingLimit", said) == {}
        if charging:
            answer = await event(station, "Updated", "ChargingRateChanged", state="Charging")
            assert answer == {}
    assert await bench.rows(LIMITS) == [(2, "EMS", False)]


@pytest.mark.oca("TC_K_52")
async def test_tc_k_52(bench: Bench) -> None:
    """A report names the limit of another system as such; it is known with its source, and not as ours."""
    async with bench.connect() as station:
        await limited(station, 1)
        task = bench.start(charging_profiles.get_profiles(bench.context, bench.actor, ID))
        asked = await station.obey("GetChargingProfiles", {"status": "Accepted"})
        await task
        profile = {
            "id": 90,
            "stackLevel": 0,
            "chargingProfilePurpose": "ChargingStationExternalConstraints",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": [schedule(7000)],
        }
        report = {
            "requestId": asked["requestId"],
            "chargingLimitSource": "EMS",
            "evseId": 1,
            "chargingProfile": [profile],
        }
        assert await station.call("ReportChargingProfiles", report) == {}
    assert await bench.rows("SELECT profile_id, purpose, source, origin FROM charging_profile") == [
        (90, "ChargingStationExternalConstraints", "EMS", "reported")
    ]


async def planned(station: Station, limit_w: float) -> dict[str, Any]:
    """The schedule that the CSMS answers needs with."""
    asked = await station.obey("SetChargingProfile", {"status": "Accepted"})
    profile = asked["chargingProfile"]
    assert asked["evseId"] == 1
    assert profile["chargingProfilePurpose"] == "TxProfile"
    assert profile["transactionId"] == TX
    [one] = profile["chargingSchedule"]
    assert one["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": limit_w}]
    return one


async def chosen(station: Station, limit_w: float) -> None:
    """NotifyEVChargingSchedule: the vehicle says how it will charge."""
    said = {"timeBase": AT, "evseId": 1, "chargingSchedule": schedule(limit_w)}
    assert await station.call("NotifyEVChargingSchedule", said) == {"status": "Accepted"}


async def judged(bench: Bench, within: bool) -> None:
    """Whether the vehicle's schedule was found within the limits."""
    await bench.until(
        "SELECT 1 FROM ev_charging_need WHERE evse_id = 1 AND within_limits = %s", within
    )


@pytest.mark.oca("TC_K_53")
async def test_tc_k_53(bench: Bench) -> None:
    """Needs are answered with a schedule: what the vehicle takes, under the limit, until it leaves."""
    async with bench.connect() as station:
        await charge(station)
        assert await station.call("NotifyEVChargingNeeds", NEEDS) == {"status": "Accepted"}
        one = await planned(station, 60_000)
        assert one["duration"] == 86_400
        await chosen(station, 50_000)
        await judged(bench, True)
        assert await event(station, "Updated", "ChargingStateChanged", state="Charging") == {}
    [(transfer, tuples, needs, number, told)] = await bench.rows(
        "SELECT energy_transfer, max_schedule_tuples, needs, transaction_id, schedule FROM ev_charging_need"
    )
    assert (transfer, tuples, told) == ("DC", 3, schedule(50_000))
    assert needs == NEEDS["chargingNeeds"]
    assert [(number,)] == await bench.rows("SELECT id FROM transaction")
    assert await bench.rows("SELECT purpose, transaction_id FROM charging_profile") == [
        ("TxProfile", TX)
    ]


@pytest.mark.oca("TC_K_55")
async def test_tc_k_55(bench: Bench) -> None:
    """A schedule of the vehicle beyond the limits is read, found so, and answered with the limits again."""
    async with bench.connect() as station:
        await charge(station)
        await limited(station, 1, chargingSchedule=[schedule(30_000)])
        assert await station.call("NotifyEVChargingNeeds", NEEDS) == {"status": "Accepted"}
        await planned(station, 30_000)
        await chosen(station, 45_000)
        await planned(station, 30_000)
        await judged(bench, False)
        await chosen(station, 30_000)
        await judged(bench, True)
    sent = "SELECT count(*) FROM station_command WHERE action = 'InstallChargingProfile'"
    assert await bench.rows(sent) == [(2,)]


@pytest.mark.oca("TC_K_57")
async def test_tc_k_57(bench: Bench) -> None:
    """The vehicle renegotiates: new needs, a new schedule."""
    async with bench.connect() as station:
        await charge(station)
        await station.call("NotifyEVChargingNeeds", NEEDS)
        await planned(station, 60_000)
        await chosen(station, 60_000)
        needs = {**NEEDS["chargingNeeds"], "departureTime": "2999-01-01T00:00:00Z"}
        needs["dcChargingParameters"] = {"evMaxCurrent": 50, "evMaxVoltage": 400}
        said = {"evseId": 1, "chargingNeeds": needs}
        assert await station.call("NotifyEVChargingNeeds", said) == {"status": "Accepted"}
        one = await planned(station, 20_000)
        assert one["duration"] > 86_400
        assert await bench.rows("SELECT needs, schedule FROM ev_charging_need") == [(needs, None)]
        await chosen(station, 18_000)
        await judged(bench, True)


@pytest.mark.parametrize(
    "needs_again",
    [
        pytest.param(False, marks=pytest.mark.oca("TC_K_58")),
        pytest.param(True, marks=pytest.mark.oca("TC_K_59")),
    ],
)
async def test_tc_k_58_and_59(bench: Bench, needs_again: bool) -> None:
    """The CSMS renegotiates: a lower limit for the session; the vehicle follows, maybe with new needs first."""
    async with bench.connect() as station:
        await charge(station)
        await station.call("NotifyEVChargingNeeds", NEEDS)
        await planned(station, 60_000)
        await chosen(station, 60_000)
        await judged(bench, True)
        task = bench.start(
            smart_charging.set_power_limit(
                bench.context, bench.actor, ID, 15_000, LimitScope.SESSION
            )
        )
        await planned(station, 15_000)
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
        await bench.until("SELECT 1 FROM power_limit WHERE accepted_w = 15000")
        if needs_again:
            assert await station.call("NotifyEVChargingNeeds", NEEDS) == {"status": "Accepted"}
            await planned(station, 15_000)
        await chosen(station, 15_000)
        await judged(bench, True)
    assert await bench.rows("SELECT profile_id, stack_level FROM charging_profile ORDER BY 1") == [
        (101, 1),
        (102, 0),
    ]


async def test_needs_before_the_transaction(bench: Bench) -> None:
    """Nothing runs yet: the needs are kept, and said to be worked on."""
    async with bench.connect() as station:
        assert await station.call("NotifyEVChargingNeeds", NEEDS) == {"status": "Processing"}
    assert await bench.rows("SELECT transaction_id, needs FROM ev_charging_need") == [
        (None, NEEDS["chargingNeeds"])
    ]


async def test_a_raw_start_has_its_effect_too(bench: Bench) -> None:
    """RequestStartTransaction as a raw call resolves to its transaction like the command does."""
    payload = {"idToken": {"idToken": "VALID", "type": "Central"}, "remoteStartId": 77, "evseId": 1}
    async with bench.connect() as station:
        task = bench.start(
            remote_control.call(bench.context, bench.actor, ID, "RequestStartTransaction", payload)
        )
        await station.obey("RequestStartTransaction", {"status": "Accepted"})
        await task
        await event(station, "Started", "RemoteStart", evse=1, token="VALID", start_id=77)
        found = await bench.until(
            "SELECT effect, t.transaction_id FROM station_command c JOIN transaction t ON t.id = c.transaction_id"
        )
    assert found == (STARTED, TX)

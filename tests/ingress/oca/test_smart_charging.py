"""K: profiles set, read, cleared; composite schedules; a remote start that brings a profile along."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.csms import charging_profiles, remote_control, smart_charging
from app.domain.charging_profiles import ProfileCriteria
from app.domain.commands import OutcomeStatus
from app.domain.errors import Conflict, Invalid
from app.domain.smart_charging import (
    ChargingProfile,
    ProfilePurpose,
    RateUnit,
    Recurrency,
    SchedulePeriod,
)
from tests.ingress.oca.charging import TX, charge, event
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.station import Station

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
DEFAULT = ChargingProfile(
    id=7,
    purpose=ProfilePurpose.TX_DEFAULT,
    stack_level=0,
    start_at=NOON,
    duration_s=3600,
    unit=RateUnit.AMPERE,
    periods=(SchedulePeriod(start_s=0, limit_w=6.0), SchedulePeriod(start_s=600, limit_w=8.5)),
)
MOST = replace(DEFAULT, id=8, purpose=ProfilePurpose.STATION_MAX)
FOR_ONE = replace(DEFAULT, id=9, purpose=ProfilePurpose.TX, start_at=None)
KNOWN = (
    "SELECT evse_id, profile_id, purpose, stack_level, origin FROM charging_profile ORDER BY 1, 2"
)
REPORTED: dict[str, Any] = {
    "id": 7,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Absolute",
    "chargingSchedule": [
        {
            "id": 7,
            "startSchedule": "2026-11-20T03:00:00Z",
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6.0}],
        }
    ],
}


async def install(
    bench: Bench,
    station: Station,
    profile: ChargingProfile,
    evse_id: int,
    answer: dict[str, Any] | None = None,
) -> tuple[Any, dict[str, Any]]:
    """SetChargingProfile; the command's result and what was on the wire."""
    task = bench.start(
        charging_profiles.set_profile(bench.context, bench.actor, ID, profile, evse_id)
    )
    asked = await station.obey("SetChargingProfile", answer or {"status": "Accepted"})
    assert asked["evseId"] == evse_id
    assert asked["chargingProfile"]["id"] == profile.id
    return await task, asked["chargingProfile"]


@pytest.mark.parametrize(
    ("profile", "evse_id"),
    [
        pytest.param(DEFAULT, 1, marks=pytest.mark.oca("TC_K_01")),
        pytest.param(DEFAULT, 0, marks=pytest.mark.oca("TC_K_10")),
        pytest.param(MOST, 0, marks=pytest.mark.oca("TC_K_03")),
    ],
)
async def test_a_profile_is_set(bench: Bench, profile: ChargingProfile, evse_id: int) -> None:
    """A default for one EVSE, for all, and the station's maximum: on the wire in full, then known."""
    async with bench.connect() as station:
        result, wire = await install(bench, station, profile, evse_id)
    assert result.outcome.status is OutcomeStatus.ACCEPTED
    assert wire == {
        "id": profile.id,
        "stackLevel": 0,
        "chargingProfilePurpose": profile.purpose.value,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [
            {
                "id": profile.id,
                "startSchedule": "2026-11-20T03:00:00.000Z",
                "duration": 3600,
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [
                    {"startPeriod": 0, "limit": 6.0},
                    {"startPeriod": 600, "limit": 8.5},
                ],
            }
        ],
    }
    assert await bench.rows(KNOWN) == [(evse_id, profile.id, profile.purpose.value, 0, "installed")]
    assert await bench.rows("SELECT profile FROM charging_profile") == [(wire,)]


@pytest.mark.oca("TC_K_04")
async def test_tc_k_04(bench: Bench) -> None:
    """The same id again replaces the profile, at another EVSE too: the station has one of each id."""
    async with bench.connect() as station:
        await install(bench, station, DEFAULT, 1)
        other = replace(DEFAULT, periods=(SchedulePeriod(start_s=0, limit_w=16.0),))
        await install(bench, station, other, 1)
        limits = "SELECT profile#>'{chargingSchedule,0,chargingSchedulePeriod,0,limit}' FROM charging_profile"
        assert await bench.rows(limits) == [(16.0,)]
        await install(bench, station, replace(other, stack_level=2), 2)
    assert await bench.rows(KNOWN) == [(2, 7, "TxDefaultProfile", 2, "installed")]


@pytest.mark.oca("TC_K_15")
async def test_tc_k_15(bench: Bench) -> None:
    """A station without smart charging answers an error; its words reach who asked, and nothing is believed."""
    async with bench.connect() as station:
        task = bench.start(
            charging_profiles.set_profile(bench.context, bench.actor, ID, DEFAULT, 1)
        )
        asked = await station.expect("SetChargingProfile")
        await station.refuse(asked, "NotSupported", "no smart charging here")
        outcome = (await task).outcome
    assert (outcome.status, outcome.detail) == (OutcomeStatus.NOT_SUPPORTED, "NotSupported")
    assert await bench.rows(KNOWN) == []
    assert await bench.rows("SELECT status, detail, description, answer FROM station_command") == [
        ("not_supported", "NotSupported", "no smart charging here", {})
    ]


@pytest.mark.oca("TC_K_19")
async def test_tc_k_19(bench: Bench) -> None:
    """A recurring profile says how often, and since when it holds."""
    daily = replace(DEFAULT, recurrency=Recurrency.DAILY, valid_from=NOON)
    async with bench.connect() as station:
        _, wire = await install(bench, station, daily, 1)
    assert wire["chargingProfileKind"] == "Recurring"
    assert wire["recurrencyKind"] == "Daily"
    assert wire["validFrom"] == "2026-11-20T03:00:00.000Z"
    assert await bench.rows("SELECT kind, valid_from FROM charging_profile") == [
        ("Recurring", NOON)
    ]


@pytest.mark.oca("TC_K_60")
async def test_tc_k_60(bench: Bench) -> None:
    """A TxProfile names the transaction that runs at its EVSE."""
    async with bench.connect() as station:
        await charge(station)
        result, wire = await install(bench, station, FOR_ONE, 1)
    assert result.outcome.status is OutcomeStatus.ACCEPTED
    assert (wire["transactionId"], wire["chargingProfileKind"]) == (TX, "Relative")
    assert await bench.rows("SELECT purpose, transaction_id FROM charging_profile") == [
        ("TxProfile", TX)
    ]


@pytest.mark.oca("TC_K_02")
async def test_tc_k_02(bench: Bench) -> None:
    """Without a transaction there is no TxProfile; for one that the station does not know it says no."""
    async with bench.connect() as station:
        with pytest.raises(Conflict):
            await charging_profiles.set_profile(bench.context, bench.actor, ID, FOR_ONE, 1)
        refused = {"status": "Rejected", "statusInfo": {"reasonCode": "TxNotFound"}}
        result, wire = await install(
            bench, station, replace(FOR_ONE, transaction="gone"), 1, refused
        )
    assert wire["transactionId"] == "gone"
    assert result.outcome.status is OutcomeStatus.REJECTED
    assert result.outcome.description == "TxNotFound"
    assert await bench.rows(KNOWN) == []


@pytest.mark.oca("TC_K_70")
async def test_tc_k_70(bench: Bench) -> None:
    """Several profiles, one after the other: each has its id, its level, its purpose; all are known."""
    async with bench.connect() as station:
        await charge(station)
        for profile, evse_id in ((MOST, 0), (DEFAULT, 1), (FOR_ONE, 1)):
            await install(bench, station, profile, evse_id)
    assert await bench.rows(KNOWN) == [
        (0, 8, "ChargingStationMaxProfile", 0, "installed"),
        (1, 7, "TxDefaultProfile", 0, "installed"),
        (1, 9, "TxProfile", 0, "installed"),
    ]


async def test_what_is_not_ours_to_set_never_leaves(bench: Bench) -> None:
    """ChargingStationExternalConstraints belongs to other systems: refused with a sentence, as a raw call too."""
    payload = {
        "evseId": 0,
        "chargingProfile": {
            **REPORTED,
            "chargingProfilePurpose": "ChargingStationExternalConstraints",
        },
    }
    async with bench.connect() as station:
        outcome = await remote_control.call(
            bench.context, bench.actor, ID, "SetChargingProfile", payload
        )
        assert outcome.status is OutcomeStatus.INVALID
        assert "other systems" in (outcome.description or "")
        with pytest.raises(Invalid):
            await charging_profiles.set_profile(bench.context, bench.actor, ID, MOST, 1)
        assert station._asked.empty()


async def test_a_raw_call_teaches_the_same(bench: Bench) -> None:
    """A profile that a program set in OCPP's own words is known like any other."""
    payload = {"evseId": 1, "chargingProfile": REPORTED}
    async with bench.connect() as station:
        task = bench.start(
            remote_control.call(bench.context, bench.actor, ID, "SetChargingProfile", payload)
        )
        await station.obey("SetChargingProfile", {"status": "Accepted"})
        await task
    assert await bench.rows(KNOWN) == [(1, 7, "TxDefaultProfile", 0, "installed")]


# --- clearing


async def clear(
    bench: Bench, station: Station, criteria: ProfileCriteria, status: str
) -> dict[str, Any]:
    """ClearChargingProfile; what was on the wire."""
    task = bench.start(charging_profiles.clear_profiles(bench.context, bench.actor, ID, criteria))
    asked = await station.obey("ClearChargingProfile", {"status": status})
    assert (await task).outcome.detail == status
    return asked


@pytest.mark.oca("TC_K_05")
async def test_tc_k_05(bench: Bench) -> None:
    """Cleared by its id: only that one is gone."""
    async with bench.connect() as station:
        await install(bench, station, DEFAULT, 1)
        await install(bench, station, MOST, 0)
        asked = await clear(bench, station, ProfileCriteria(profile_ids=(7,)), "Accepted")
    assert asked == {"chargingProfileId": 7}
    assert await bench.rows("SELECT profile_id FROM charging_profile") == [(8,)]


@pytest.mark.oca("TC_K_06")
async def test_tc_k_06(bench: Bench) -> None:
    """Cleared by purpose, level and EVSE."""
    async with bench.connect() as station:
        await install(bench, station, DEFAULT, 1)
        await install(bench, station, replace(DEFAULT, id=17, stack_level=1), 1)
        criteria = ProfileCriteria(evse_id=1, purpose="TxDefaultProfile", stack_level=0)
        asked = await clear(bench, station, criteria, "Accepted")
    assert asked == {
        "chargingProfileCriteria": {
            "evseId": 1,
            "chargingProfilePurpose": "TxDefaultProfile",
            "stackLevel": 0,
        }
    }
    assert await bench.rows("SELECT profile_id FROM charging_profile") == [(17,)]


@pytest.mark.oca("TC_K_08")
async def test_tc_k_08(bench: Bench) -> None:
    """Nothing there to clear: Unknown is no failure of ours, and nothing is believed to be there."""
    async with bench.connect() as station:
        await install(bench, station, DEFAULT, 1)
        await clear(bench, station, ProfileCriteria(profile_ids=(7,)), "Unknown")
    assert await bench.rows(KNOWN) == []
    assert await bench.rows(
        "SELECT status, detail FROM station_command WHERE action = 'ClearChargingProfile'"
    ) == [("rejected", "Unknown")]


# --- reading


@pytest.mark.parametrize(
    ("criteria", "wire"),
    [
        pytest.param(
            ProfileCriteria(evse_id=0),
            {"evseId": 0, "chargingProfile": {}},
            marks=pytest.mark.oca("TC_K_29"),
        ),
        pytest.param(
            ProfileCriteria(evse_id=1),
            {"evseId": 1, "chargingProfile": {}},
            marks=pytest.mark.oca("TC_K_30"),
        ),
        pytest.param(ProfileCriteria(), {"chargingProfile": {}}, marks=pytest.mark.oca("TC_K_31")),
        pytest.param(
            ProfileCriteria(profile_ids=(7,)),
            {"chargingProfile": {"chargingProfileId": [7]}},
            marks=pytest.mark.oca("TC_K_32"),
        ),
        pytest.param(
            ProfileCriteria(evse_id=1, stack_level=0),
            {"evseId": 1, "chargingProfile": {"stackLevel": 0}},
            marks=pytest.mark.oca("TC_K_33"),
        ),
        pytest.param(
            ProfileCriteria(evse_id=1, sources=("CSO",)),
            {"evseId": 1, "chargingProfile": {"chargingLimitSource": ["CSO"]}},
            marks=pytest.mark.oca("TC_K_34"),
        ),
        pytest.param(
            ProfileCriteria(evse_id=1, purpose="TxDefaultProfile"),
            {"evseId": 1, "chargingProfile": {"chargingProfilePurpose": "TxDefaultProfile"}},
            marks=pytest.mark.oca("TC_K_35"),
        ),
        pytest.param(
            ProfileCriteria(evse_id=1, purpose="TxDefaultProfile", stack_level=0),
            {
                "evseId": 1,
                "chargingProfile": {
                    "chargingProfilePurpose": "TxDefaultProfile",
                    "stackLevel": 0,
                },
            },
            marks=pytest.mark.oca("TC_K_36"),
        ),
    ],
)
async def test_profiles_are_read(
    bench: Bench, criteria: ProfileCriteria, wire: dict[str, Any]
) -> None:
    """Asked by every kind of criterion; what is reported is known, what was meant and not named is gone."""
    evse_id = criteria.evse_id if criteria.evse_id is not None else 1
    gone = replace(DEFAULT, stack_level=0) if criteria.profile_ids else replace(DEFAULT, id=70)
    kept = replace(MOST, id=80) if evse_id else replace(DEFAULT, id=80)
    async with bench.connect() as station:
        await install(bench, station, gone, evse_id)
        if criteria != ProfileCriteria():
            await install(bench, station, kept, 0 if evse_id else 1)
        task = bench.start(charging_profiles.get_profiles(bench.context, bench.actor, ID, criteria))
        asked = await station.obey("GetChargingProfiles", {"status": "Accepted"})
        request_id = asked.pop("requestId")
        assert asked == wire
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
        assert await bench.rows("SELECT request_id FROM station_question") == [(request_id,)]
        for profile, more in ((REPORTED, True), ({**REPORTED, "id": 71, "stackLevel": 1}, False)):
            report = {
                "requestId": request_id,
                "chargingLimitSource": "CSO",
                "evseId": evse_id,
                "tbc": more,
                "chargingProfile": [profile],
            }
            assert await station.call("ReportChargingProfiles", report) == {}
    known = {row[1]: row for row in await bench.rows(KNOWN)}
    assert known[7] == (evse_id, 7, "TxDefaultProfile", 0, "reported")
    assert known[71] == (evse_id, 71, "TxDefaultProfile", 1, "reported")
    assert 70 not in known
    assert (80 in known) == (criteria != ProfileCriteria())
    assert await bench.rows("SELECT request_id FROM station_question") == []


async def test_no_profiles(bench: Bench) -> None:
    """The station has none of these: neither are they believed to be there."""
    async with bench.connect() as station:
        await install(bench, station, DEFAULT, 1)
        task = bench.start(charging_profiles.get_profiles(bench.context, bench.actor, ID))
        await station.obey("GetChargingProfiles", {"status": "NoProfiles"})
        assert (await task).outcome.detail == "NoProfiles"
    assert await bench.rows(KNOWN) == []


# --- composite schedules and the remote start


@pytest.mark.parametrize(
    "evse_id",
    [
        pytest.param(1, marks=pytest.mark.oca("TC_K_43")),
        pytest.param(0, marks=pytest.mark.oca("TC_K_44")),
    ],
)
async def test_tc_k_43_and_44(bench: Bench, evse_id: int) -> None:
    """What the station says it will do, at one EVSE or as a whole, is kept as it last said it."""
    async with bench.connect() as station:
        task = bench.start(
            smart_charging.composite_schedule(bench.context, bench.actor, ID, evse_id, 300)
        )
        periods = [{"startPeriod": 0, "limit": 6.0, "numberPhases": 3}]
        schedule = {
            "evseId": evse_id,
            "duration": 300,
            "scheduleStart": "2026-11-20T03:00:00Z",
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": periods,
        }
        asked = await station.obey(
            "GetCompositeSchedule", {"status": "Accepted", "schedule": schedule}
        )
        assert (asked["evseId"], asked["duration"]) == (evse_id, 300)
        outcome = await task
    assert outcome.payload == {"status": "Accepted", "schedule": schedule}
    assert await bench.rows(
        "SELECT evse_id, start_at, duration_s, unit, periods FROM composite_schedule"
    ) == [(evse_id, NOON, 300, "A", periods)]


@pytest.mark.oca("TC_K_37")
async def test_tc_k_37(bench: Bench) -> None:
    """A remote start brings a TxProfile along; once the transaction runs, the profile is its."""
    async with bench.connect() as station:
        task = bench.start(
            remote_control.start_charging(
                bench.context, bench.actor, ID, id_token="VALID", evse_id=1, profile=FOR_ONE
            )
        )
        asked = await station.obey("RequestStartTransaction", {"status": "Accepted"})
        profile = asked["chargingProfile"]
        assert profile["chargingProfilePurpose"] == "TxProfile"
        assert "transactionId" not in profile
        await event(
            station,
            "Started",
            "RemoteStart",
            evse=1,
            token="VALID",
            start_id=asked["remoteStartId"],
        )
        assert (await task).transaction_id == TX
    assert await bench.rows("SELECT evse_id, profile_id, transaction_id FROM charging_profile") == [
        (1, 9, TX)
    ]
    with pytest.raises(Invalid):
        await remote_control.start_charging(
            bench.context, bench.actor, ID, id_token="VALID", evse_id=1, profile=DEFAULT
        )

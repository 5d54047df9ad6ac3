"""Smart charging of 2.x: profiles, schedules, limits of others, needs of vehicles (block K)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import msgspec

from app.domain.charging_profiles import (
    ChargingLimitCleared,
    ChargingLimitNotified,
    CompositeScheduleReported,
    EvNeedsAnswer,
    EvNeedsNotified,
    EvScheduleAnswer,
    EvScheduleNotified,
    ProfileCriteria,
    ProfileInstalled,
    ProfilesAsked,
    ProfilesCleared,
    ProfilesReported,
)
from app.domain.commands import (
    ClearChargingProfile,
    GetChargingProfiles,
    GetCompositeSchedule,
    InstallChargingProfile,
)
from app.domain.errors import Invalid
from app.domain.reports import Answer, Report
from app.domain.smart_charging import ChargingProfile
from app.ingress.block import (
    ChecksTable,
    LearnsTable,
    Payload,
    Receives,
    ReceivesTable,
    Sends,
    SendsTable,
    empty,
    outcome_of,
)
from app.ingress.wire import utc, wire_time

EXTERNAL = "ChargingStationExternalConstraints"


def profile_payload(profile: ChargingProfile) -> Payload:
    """ChargingProfileType with one schedule."""
    schedule: Payload = {"id": profile.id}
    if profile.start_at is not None:
        schedule["startSchedule"] = wire_time(profile.start_at)
    if profile.duration_s is not None:
        schedule["duration"] = profile.duration_s
    schedule["chargingRateUnit"] = profile.unit.value
    schedule["chargingSchedulePeriod"] = [
        {"startPeriod": period.start_s, "limit": period.limit_w}
        | ({} if period.phases is None else {"numberPhases": period.phases})
        for period in profile.periods
    ]
    if profile.min_rate is not None:
        schedule["minChargingRate"] = profile.min_rate
    payload: Payload = {
        "id": profile.id,
        "stackLevel": profile.stack_level,
        "chargingProfilePurpose": profile.purpose.value,
        "chargingProfileKind": profile.kind,
    }
    if profile.recurrency is not None:
        payload["recurrencyKind"] = profile.recurrency.value
    if profile.valid_from is not None:
        payload["validFrom"] = wire_time(profile.valid_from)
    if profile.valid_to is not None:
        payload["validTo"] = wire_time(profile.valid_to)
    payload["chargingSchedule"] = [schedule]
    if profile.transaction is not None:
        payload["transactionId"] = profile.transaction
    return payload


def _install(command: InstallChargingProfile) -> Payload:
    return {"evseId": command.evse_id, "chargingProfile": profile_payload(command.profile)}


def _clear(command: ClearChargingProfile) -> Payload:
    if command.profile_id is not None:
        return {"chargingProfileId": command.profile_id}
    criteria = {
        "evseId": command.evse_id,
        "chargingProfilePurpose": command.purpose,
        "stackLevel": command.stack_level,
    }
    return {"chargingProfileCriteria": {k: v for k, v in criteria.items() if v is not None}}


def _get(command: GetChargingProfiles) -> Payload:
    payload: Payload = {"requestId": command.request_id}
    if command.evse_id is not None:
        payload["evseId"] = command.evse_id
    criteria: Payload = {}
    if command.purpose is not None:
        criteria["chargingProfilePurpose"] = command.purpose
    if command.stack_level is not None:
        criteria["stackLevel"] = command.stack_level
    if command.profile_ids:
        criteria["chargingProfileId"] = list(command.profile_ids)
    if command.sources:
        criteria["chargingLimitSource"] = list(command.sources)
    return {**payload, "chargingProfile": criteria}


def _composite(command: GetCompositeSchedule) -> Payload:
    return {
        "duration": command.duration_s,
        "chargingRateUnit": "W",
        "evseId": command.evse_id,
    }


# --- what comes in


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)


def _reported(payload: Any, _at: datetime) -> tuple[Report, ...]:
    return (
        ProfilesReported(
            request_id=payload.requestId,
            evse_id=payload.evseId,
            source=payload.chargingLimitSource,
            profiles=tuple(_plain(profile) for profile in payload.chargingProfile),
            more_follows=payload.tbc is True,
        ),
    )


def _limit(payload: Any, _at: datetime) -> tuple[Report, ...]:
    return (
        ChargingLimitNotified(
            evse_id=payload.evseId or 0,
            source=payload.chargingLimit.chargingLimitSource,
            is_grid_critical=payload.chargingLimit.isGridCritical,
            schedules=tuple(_plain(schedule) for schedule in payload.chargingSchedule or ()),
        ),
    )


def _limit_cleared(payload: Any, _at: datetime) -> tuple[Report, ...]:
    return (ChargingLimitCleared(evse_id=payload.evseId, source=payload.chargingLimitSource),)


def _needs(payload: Any, _at: datetime) -> tuple[Report, ...]:
    needs = payload.chargingNeeds
    return (
        EvNeedsNotified(
            evse_id=payload.evseId,
            needs=_plain(needs),
            energy_transfer=needs.requestedEnergyTransfer,
            departure_at=None if needs.departureTime is None else utc(needs.departureTime),
            max_schedule_tuples=payload.maxScheduleTuples,
        ),
    )


def _needs_answer(answer: Answer) -> Payload:
    return {"status": cast(EvNeedsAnswer, answer).status}


def _schedule(payload: Any, _at: datetime) -> tuple[Report, ...]:
    return (
        EvScheduleNotified(
            evse_id=payload.evseId,
            time_base=utc(payload.timeBase),
            schedule=_plain(payload.chargingSchedule),
        ),
    )


def _schedule_answer(answer: Answer) -> Payload:
    return {"status": cast(EvScheduleAnswer, answer).status}


# --- what answers to us teach


def _installed(asked: Payload, answered: Payload, at: datetime) -> tuple[Report, ...]:
    if answered["status"] != "Accepted":
        return ()
    return (ProfileInstalled(evse_id=asked["evseId"], profile=asked["chargingProfile"], at=at),)


def started_with(asked: Payload, answered: Payload, at: datetime) -> tuple[Report, ...]:
    """RequestStartTransaction: the profile that went with it is the station's now (K05)."""
    profile = asked.get("chargingProfile")
    if profile is None or answered["status"] != "Accepted":
        return ()
    if answered.get("transactionId"):
        profile = {**profile, "transactionId": answered["transactionId"]}
    return (ProfileInstalled(evse_id=asked.get("evseId") or 0, profile=profile, at=at),)


def _cleared(asked: Payload, answered: Payload, _at: datetime) -> tuple[Report, ...]:
    """Unknown teaches the same as Accepted: there is none (any more)."""
    if answered["status"] not in ("Accepted", "Unknown"):
        return ()
    profile_id, criteria = asked.get("chargingProfileId"), asked.get("chargingProfileCriteria", {})
    return (
        ProfilesCleared(
            criteria=ProfileCriteria(
                evse_id=criteria.get("evseId"),
                purpose=criteria.get("chargingProfilePurpose"),
                stack_level=criteria.get("stackLevel"),
                profile_ids=() if profile_id is None else (profile_id,),
                sources=("CSO",),  # the others' are not ours to clear
            )
        ),
    )


def _asked(asked: Payload, answered: Payload, at: datetime) -> tuple[Report, ...]:
    of = asked["chargingProfile"]
    criteria = ProfileCriteria(
        evse_id=asked.get("evseId"),
        purpose=of.get("chargingProfilePurpose"),
        stack_level=of.get("stackLevel"),
        profile_ids=tuple(of.get("chargingProfileId", ())),
        sources=tuple(of.get("chargingLimitSource", ())),
    )
    if answered["status"] == "NoProfiles":
        return (ProfilesCleared(criteria=criteria),)
    return (ProfilesAsked(request_id=asked["requestId"], criteria=criteria, at=at),)


def _composite_reported(asked: Payload, answered: Payload, at: datetime) -> tuple[Report, ...]:
    schedule = answered.get("schedule")
    if answered["status"] != "Accepted" or schedule is None:
        return ()
    start = schedule.get("scheduleStart")
    return (
        CompositeScheduleReported(
            evse_id=schedule["evseId"],
            start_at=None if start is None else utc(datetime.fromisoformat(start)),
            duration_s=schedule["duration"],
            unit=schedule["chargingRateUnit"],
            periods=tuple(schedule["chargingSchedulePeriod"]),
            at=at,
        ),
    )


# --- what no schema says


def _ours(payload: Payload) -> None:
    """Raises Invalid for a purpose that only other systems may set (K01.FR.22)."""
    if (payload.get("chargingProfile") or {}).get("chargingProfilePurpose") == EXTERNAL:
        raise Invalid(
            f"{EXTERNAL} is set by other systems, never by a CSMS; "
            "use ChargingStationMaxProfile, TxDefaultProfile or TxProfile."
        )


def _startable(payload: Payload) -> None:
    """Raises Invalid for a profile that a start may not bring along (F01.FR.08)."""
    profile = payload.get("chargingProfile")
    if profile is not None and profile.get("chargingProfilePurpose") != "TxProfile":
        raise Invalid("A remote start takes a TxProfile, no other purpose.")


RECEIVES: ReceivesTable = {
    "ReportChargingProfiles": Receives(_reported, empty),
    "NotifyChargingLimit": Receives(_limit, empty),
    "ClearedChargingLimit": Receives(_limit_cleared, empty),
    "NotifyEVChargingNeeds": Receives(_needs, _needs_answer),
    "NotifyEVChargingSchedule": Receives(_schedule, _schedule_answer),
}
SENDS: SendsTable = {
    InstallChargingProfile: Sends("SetChargingProfile", _install, outcome_of),
    ClearChargingProfile: Sends("ClearChargingProfile", _clear, outcome_of),
    GetChargingProfiles: Sends("GetChargingProfiles", _get, outcome_of),
    GetCompositeSchedule: Sends("GetCompositeSchedule", _composite, outcome_of),
}
LEARNS: LearnsTable = {
    "SetChargingProfile": _installed,
    "RequestStartTransaction": started_with,
    "ClearChargingProfile": _cleared,
    "GetChargingProfiles": _asked,
    "GetCompositeSchedule": _composite_reported,
}
CHECKS: ChecksTable = {"SetChargingProfile": _ours, "RequestStartTransaction": _startable}

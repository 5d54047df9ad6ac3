"""Smart charging of 1.6: profiles are set, cleared and read back as a composite schedule (5.16, 5.5, 5.7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.charging_profiles import (
    CompositeScheduleReported,
    ProfileCriteria,
    ProfileInstalled,
    ProfilesCleared,
)
from app.domain.commands import (
    ClearChargingProfile,
    GetCompositeSchedule,
    InstallChargingProfile,
    Outcome,
)
from app.domain.errors import Invalid
from app.domain.reports import Report
from app.domain.smart_charging import ChargingProfile, ProfilePurpose
from app.ingress.block import (
    ChecksTable,
    LearnsTable,
    Payload,
    Sends,
    SendsTable,
    outcome_of,
    worded,
)
from app.ingress.wire import utc, wire_time

_PURPOSES: dict[str, str] = {
    ProfilePurpose.STATION_MAX: "ChargePointMaxProfile",
    ProfilePurpose.TX_DEFAULT: "TxDefaultProfile",
    ProfilePurpose.TX: "TxProfile",
}
_WORDS: dict[str | None, str] = {"ChargePointMaxProfile": "ChargingStationMaxProfile"}


def profile_payload(profile: ChargingProfile) -> Payload:
    """ChargingProfile; limits have one decimal in 1.6. Raises Invalid for a transaction id that is no number."""
    schedule: Payload = {}
    if profile.duration_s is not None:
        schedule["duration"] = profile.duration_s
    if profile.start_at is not None:
        schedule["startSchedule"] = wire_time(profile.start_at)
    schedule["chargingRateUnit"] = profile.unit.value
    schedule["chargingSchedulePeriod"] = [
        {"startPeriod": period.start_s, "limit": round(period.limit_w, 1)}
        | ({} if period.phases is None else {"numberPhases": period.phases})
        for period in profile.periods
    ]
    if profile.min_rate is not None:
        schedule["minChargingRate"] = round(profile.min_rate, 1)
    payload: Payload = {"chargingProfileId": profile.id}
    if profile.transaction is not None:
        payload["transactionId"] = transaction_number(profile.transaction)
    payload["stackLevel"] = profile.stack_level
    payload["chargingProfilePurpose"] = _PURPOSES[profile.purpose]
    payload["chargingProfileKind"] = profile.kind
    if profile.recurrency is not None:
        payload["recurrencyKind"] = profile.recurrency.value
    if profile.valid_from is not None:
        payload["validFrom"] = wire_time(profile.valid_from)
    if profile.valid_to is not None:
        payload["validTo"] = wire_time(profile.valid_to)
    payload["chargingSchedule"] = schedule
    return payload


def transaction_number(transaction: str) -> int:
    """1.6's transaction ids are numbers. Raises Invalid for another's."""
    try:
        return int(transaction)
    except ValueError:
        raise Invalid(f"{transaction!r} is no transaction of this station.") from None


def _install(command: InstallChargingProfile) -> Payload:
    return {
        "connectorId": command.evse_id,
        "csChargingProfiles": profile_payload(command.profile),
    }


def _clear(command: ClearChargingProfile) -> Payload:
    purpose = None if command.purpose is None else _PURPOSES.get(command.purpose, command.purpose)
    criteria = {
        "id": command.profile_id,
        "connectorId": command.evse_id,
        "chargingProfilePurpose": purpose,
        "stackLevel": command.stack_level,
    }
    return {name: value for name, value in criteria.items() if value is not None}


def _composite(command: GetCompositeSchedule) -> Payload:
    return {
        "connectorId": command.evse_id,
        "duration": command.duration_s,
        "chargingRateUnit": "W",
    }


def _schedule(payload: Payload, command: GetCompositeSchedule) -> Outcome:
    """In the words of 2.0.1's CompositeScheduleType."""
    schedule: dict[str, Any] | None = payload.get("chargingSchedule")
    answer: Payload = {"status": payload["status"]}
    if schedule is not None:
        answer["schedule"] = {
            "evseId": payload.get("connectorId", command.evse_id),
            "duration": schedule.get("duration", command.duration_s),
            "chargingRateUnit": schedule["chargingRateUnit"],
            "chargingSchedulePeriod": schedule["chargingSchedulePeriod"],
        }
        start = payload.get("scheduleStart") or schedule.get("startSchedule")
        if start is not None:
            answer["schedule"]["scheduleStart"] = start
    return worded(payload["status"], answer)


def _in_two(profile: Payload) -> Payload:
    """ChargingProfile of 1.6 as 2.0.1's ChargingProfileType."""
    schedule = {"id": profile["chargingProfileId"], **profile["chargingSchedule"]}
    purpose = profile["chargingProfilePurpose"]
    made: Payload = {
        "id": profile["chargingProfileId"],
        "stackLevel": profile["stackLevel"],
        "chargingProfilePurpose": _WORDS.get(purpose, purpose),
        "chargingProfileKind": profile["chargingProfileKind"],
        **{k: profile[k] for k in ("recurrencyKind", "validFrom", "validTo") if k in profile},
        "chargingSchedule": [schedule],
    }
    if profile.get("transactionId") is not None:
        made["transactionId"] = str(profile["transactionId"])
    return made


def _installed(asked: Payload, answered: Payload, at: datetime) -> tuple[Report, ...]:
    if answered["status"] != "Accepted":
        return ()
    profile = _in_two(asked["csChargingProfiles"])
    evse_id = asked["connectorId"]
    return (ProfileInstalled(evse_id=evse_id, profile=profile, at=at, replaces_level=True),)


def _started_with(asked: Payload, answered: Payload, at: datetime) -> tuple[Report, ...]:
    profile = asked.get("chargingProfile")
    if profile is None or answered["status"] != "Accepted":
        return ()
    evse_id = asked.get("connectorId") or 0
    return (
        ProfileInstalled(evse_id=evse_id, profile=_in_two(profile), at=at, replaces_level=True),
    )


def _cleared(asked: Payload, answered: Payload, _at: datetime) -> tuple[Report, ...]:
    """Unknown teaches the same as Accepted: there is none (any more)."""
    if answered["status"] not in ("Accepted", "Unknown"):
        return ()
    purpose = asked.get("chargingProfilePurpose")
    criteria = ProfileCriteria(
        evse_id=asked.get("connectorId"),
        purpose=_WORDS.get(purpose, purpose),
        stack_level=asked.get("stackLevel"),
        profile_ids=(asked["id"],) if "id" in asked else (),
    )
    return (ProfilesCleared(criteria=criteria),)


def _composite_reported(asked: Payload, answered: Payload, at: datetime) -> tuple[Report, ...]:
    schedule = answered.get("chargingSchedule")
    if answered["status"] != "Accepted" or schedule is None:
        return ()
    start = answered.get("scheduleStart") or schedule.get("startSchedule")
    return (
        CompositeScheduleReported(
            evse_id=answered["connectorId"] if "connectorId" in answered else asked["connectorId"],
            start_at=None if start is None else utc(datetime.fromisoformat(start)),
            duration_s=schedule.get("duration", asked["duration"]),
            unit=schedule["chargingRateUnit"],
            periods=tuple(schedule["chargingSchedulePeriod"]),
            at=at,
        ),
    )


def _startable(payload: Payload) -> None:
    """Raises Invalid for a profile that a start may not bring along (1.6, 5.11)."""
    profile = payload.get("chargingProfile")
    if profile is not None and profile.get("chargingProfilePurpose") != "TxProfile":
        raise Invalid("A remote start takes a TxProfile, no other purpose.")


LEARNS: LearnsTable = {
    "SetChargingProfile": _installed,
    "RemoteStartTransaction": _started_with,
    "ClearChargingProfile": _cleared,
    "GetCompositeSchedule": _composite_reported,
}
CHECKS: ChecksTable = {"RemoteStartTransaction": _startable}
SENDS: SendsTable = {
    InstallChargingProfile: Sends("SetChargingProfile", _install, outcome_of),
    ClearChargingProfile: Sends("ClearChargingProfile", _clear, outcome_of),
    GetCompositeSchedule: Sends("GetCompositeSchedule", _composite, _schedule),
}

"""Smart charging of 1.6: profiles are set, cleared and read back as a composite schedule (5.16, 5.5, 5.7)."""

from __future__ import annotations

from typing import Any

from app.domain.commands import (
    ClearChargingProfile,
    GetCompositeSchedule,
    InstallChargingProfile,
    Outcome,
)
from app.domain.errors import Invalid
from app.domain.smart_charging import ChargingProfile, ProfilePurpose
from app.ingress.block import Payload, Sends, SendsTable, outcome_of, worded
from app.ingress.wire import wire_time

_PURPOSES = {
    ProfilePurpose.STATION_MAX: "ChargePointMaxProfile",
    ProfilePurpose.TX_DEFAULT: "TxDefaultProfile",
    ProfilePurpose.TX: "TxProfile",
}


def profile_payload(profile: ChargingProfile) -> Payload:
    """ChargingProfile in W; limits have one decimal in 1.6. Raises Invalid for a transaction id that is no number."""
    schedule: Payload = {}
    if profile.duration_s is not None:
        schedule["duration"] = profile.duration_s
    if profile.start_at is not None:
        schedule["startSchedule"] = wire_time(profile.start_at)
    schedule["chargingRateUnit"] = "W"
    schedule["chargingSchedulePeriod"] = [
        {"startPeriod": period.start_s, "limit": round(period.limit_w, 1)}
        for period in profile.periods
    ]
    payload: Payload = {"chargingProfileId": profile.id}
    if profile.transaction is not None:
        payload["transactionId"] = transaction_number(profile.transaction)
    payload["stackLevel"] = profile.stack_level
    payload["chargingProfilePurpose"] = _PURPOSES[profile.purpose]
    payload["chargingProfileKind"] = "Relative" if profile.start_at is None else "Absolute"
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
    return {"id": command.profile_id}


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


SENDS: SendsTable = {
    InstallChargingProfile: Sends("SetChargingProfile", _install, outcome_of),
    ClearChargingProfile: Sends("ClearChargingProfile", _clear, outcome_of),
    GetCompositeSchedule: Sends("GetCompositeSchedule", _composite, _schedule),
}

"""Smart charging of 2.x: profiles are set, cleared and read back as a composite schedule (K01, K08, K10)."""

from __future__ import annotations

from app.domain.commands import ClearChargingProfile, GetCompositeSchedule, InstallChargingProfile
from app.domain.smart_charging import ChargingProfile
from app.ingress.block import Payload, Sends, SendsTable, outcome_of
from app.ingress.wire import wire_time


def profile_payload(profile: ChargingProfile) -> Payload:
    """ChargingProfileType with one schedule, in W.

    Relative when it says no start (it then counts from the start of the transaction), else Absolute.
    """
    schedule: Payload = {"id": profile.id}
    if profile.start_at is not None:
        schedule["startSchedule"] = wire_time(profile.start_at)
    if profile.duration_s is not None:
        schedule["duration"] = profile.duration_s
    schedule["chargingRateUnit"] = "W"
    schedule["chargingSchedulePeriod"] = [
        {"startPeriod": period.start_s, "limit": period.limit_w} for period in profile.periods
    ]
    payload: Payload = {
        "id": profile.id,
        "stackLevel": profile.stack_level,
        "chargingProfilePurpose": profile.purpose.value,
        "chargingProfileKind": "Relative" if profile.start_at is None else "Absolute",
        "chargingSchedule": [schedule],
    }
    if profile.transaction is not None:
        payload["transactionId"] = profile.transaction
    return payload


def _install(command: InstallChargingProfile) -> Payload:
    return {"evseId": command.evse_id, "chargingProfile": profile_payload(command.profile)}


def _clear(command: ClearChargingProfile) -> Payload:
    return {"chargingProfileId": command.profile_id}


def _composite(command: GetCompositeSchedule) -> Payload:
    return {
        "duration": command.duration_s,
        "chargingRateUnit": "W",
        "evseId": command.evse_id,
    }


SENDS: SendsTable = {
    InstallChargingProfile: Sends("SetChargingProfile", _install, outcome_of),
    ClearChargingProfile: Sends("ClearChargingProfile", _clear, outcome_of),
    GetCompositeSchedule: Sends("GetCompositeSchedule", _composite, outcome_of),
}

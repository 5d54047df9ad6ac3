"""OCPP 2.0.1 and 2.1: how a station answers calls about charging profiles, and obeys them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ocpp.v201.enums import (
    Action,
    ChargingProfilePurposeEnumType,
    ChargingProfileStatusEnumType,
    ClearChargingProfileStatusEnumType,
    GenericStatusEnumType,
)

from . import profiles
from .dialect import stamp
from .link import Reply
from .metering import composite
from .plan import Payload

if TYPE_CHECKING:
    from .station import VirtualStation

__all__ = ["ANSWERS", "profile_of", "refused"]

PURPOSES = {
    ChargingProfilePurposeEnumType.charging_station_max_profile: profiles.STATION_MAX,
    ChargingProfilePurposeEnumType.tx_default_profile: profiles.TX_DEFAULT,
    ChargingProfilePurposeEnumType.tx_profile: profiles.TX,
}


def refused(status: str, code: str, text: str = "") -> Reply:
    """A negative answer with its reason."""
    info: Payload = {"reasonCode": code}
    if text:
        info["additionalInfo"] = text
    return Reply(payload={"status": status, "statusInfo": info})


def profile_of(raw: Payload) -> profiles.Profile:
    return profiles.read_profile(raw, id_key="id", purposes=PURPOSES)


def _set_profile(station: VirtualStation, payload: Payload) -> Reply:
    """K01; external constraints may not be set by a CSMS (K01.FR.22)."""
    rejected = ChargingProfileStatusEnumType.rejected
    evse: int = payload["evseId"]
    try:
        profile = profile_of(payload["chargingProfile"])
    except ValueError as error:
        return refused(rejected, str(error)[:20])
    if not 0 <= evse <= len(station.evses):
        return refused(rejected, "UnknownEvse")
    if profile.purpose == profiles.STATION_MAX and evse != 0:
        return refused(rejected, "InvalidProfile", "the station's maximum belongs to EVSE 0")
    if profile.purpose == profiles.TX:
        transaction = station.evse(evse).transaction if evse else None
        if transaction is None or profile.transaction_id != transaction.id:
            return refused(rejected, "TxNotFound", "a TxProfile needs the running transaction")
    new = profiles.Installed(evse=evse, profile=profile)
    return Reply(
        payload={"status": ChargingProfileStatusEnumType.accepted},
        then=lambda: station.keep_profiles(profiles.install(station.installed, new)),
    )


def _clear_profile(station: VirtualStation, payload: Payload) -> Reply:
    criteria = payload.get("chargingProfileCriteria", {})
    left = profiles.clear(
        station.installed,
        profile_id=payload.get("chargingProfileId"),
        evse=criteria.get("evseId"),
        purpose=criteria.get("chargingProfilePurpose"),
        stack_level=criteria.get("stackLevel"),
    )
    if len(left) == len(station.installed):
        return Reply(payload={"status": ClearChargingProfileStatusEnumType.unknown})
    return Reply(
        payload={"status": ClearChargingProfileStatusEnumType.accepted},
        then=lambda: station.keep_profiles(left),
    )


def _composite_schedule(station: VirtualStation, payload: Payload) -> Reply:
    evse: int = payload["evseId"]
    unit = payload.get("chargingRateUnit", "W")
    if not 0 <= evse <= len(station.evses):
        return refused(GenericStatusEnumType.rejected, "UnknownEvse")
    steps = composite(station, evse, payload["duration"], unit)
    now = stamp(station.now)
    return Reply(
        payload={
            "status": GenericStatusEnumType.accepted,
            "schedule": {
                "evseId": evse,
                "duration": payload["duration"],
                "scheduleStart": now,
                "chargingRateUnit": unit,
                "chargingSchedulePeriod": [
                    {"startPeriod": offset_s, "limit": round(limit, 1)} for offset_s, limit in steps
                ],
            },
        }
    )


ANSWERS: dict[str, Callable[[VirtualStation, Payload], Reply]] = {
    Action.set_charging_profile: _set_profile,
    Action.clear_charging_profile: _clear_profile,
    Action.get_composite_schedule: _composite_schedule,
}

"""OCPP 1.6: how a station answers the calls of the CSMS, each with its real effect.

An answer is decided at once; the effect runs after the answer has been sent. What is not in
`ANSWERS` is answered NotImplemented.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ocpp.v16.enums import (
    Action,
    AvailabilityStatus,
    ChargingProfilePurposeType,
    ChargingProfileStatus,
    ClearChargingProfileStatus,
    ConfigurationStatus,
    DataTransferStatus,
    GetCompositeScheduleStatus,
    MessageTrigger,
    RemoteStartStopStatus,
    ResetStatus,
    ResetType,
    TriggerMessageStatus,
    UnlockStatus,
)

from . import profiles, transactions, v16_records
from .dialect import stamp
from .equipment import Evse, Token
from .link import CallFault, Reply
from .memory import Job
from .metering import composite
from .outbox import Outgoing
from .plan import Payload
from .variables import find_key, number_fits

if TYPE_CHECKING:
    from .station import VirtualStation

__all__ = ["ANSWERS", "answer"]

PURPOSES = {
    ChargingProfilePurposeType.charge_point_max_profile: profiles.STATION_MAX,
    ChargingProfilePurposeType.tx_default_profile: profiles.TX_DEFAULT,
    ChargingProfilePurposeType.tx_profile: profiles.TX,
}


def answer(station: VirtualStation, action: str, payload: Payload) -> Reply:
    """Reply to a schema-valid call. Raises CallFault for what this station cannot do."""
    if action not in ANSWERS:
        raise CallFault("NotImplemented", f"This station does not implement {action}.")
    return ANSWERS[action](station, payload)


def _remote_start(station: VirtualStation, payload: Payload) -> Reply:
    rejected = Reply(payload={"status": RemoteStartStopStatus.rejected})
    place = _place_to_start(station, payload.get("connectorId"), payload["idTag"])
    if place is None or not station.online:
        return rejected
    profile = None
    if "chargingProfile" in payload:
        try:
            profile = _profile(payload["chargingProfile"])
        except ValueError:
            return rejected
        if profile.purpose != profiles.TX:
            return rejected
    token = Token(value=payload["idTag"])

    def begin() -> None:
        if place.vehicle is None:
            station.plug_in(place.id)
        transactions.begin(station, place, token, trigger="RemoteStart", profile=profile)

    return Reply(payload={"status": RemoteStartStopStatus.accepted}, then=begin)


def _place_to_start(station: VirtualStation, connector: int | None, token: str) -> Evse | None:
    """The asked connector, or the first free one, where this token may begin a transaction."""
    wanted = [one for one in station.evses if connector in (None, one.id)]
    return next((one for one in wanted if station.open_to(one, token)), None)


def _remote_stop(station: VirtualStation, payload: Payload) -> Reply:
    number: int = payload["transactionId"]
    place = next((one for one in station.evses if _number(one) == number), None)
    if place is None:
        return Reply(payload={"status": RemoteStartStopStatus.rejected})
    return Reply(
        payload={"status": RemoteStartStopStatus.accepted},
        then=lambda: transactions.end(station, place, "Remote", "RemoteStop"),
    )


def _number(place: Evse) -> int | None:
    return place.transaction.number if place.transaction else None


def _profile(raw: Payload) -> profiles.Profile:
    return profiles.read_profile(raw, id_key="chargingProfileId", purposes=PURPOSES)


def _set_profile(station: VirtualStation, payload: Payload) -> Reply:
    rejected = Reply(payload={"status": ChargingProfileStatus.rejected})
    connector: int = payload["connectorId"]
    try:
        profile = _profile(payload["csChargingProfiles"])
    except ValueError:
        return rejected
    if not 0 <= connector <= len(station.evses):
        return rejected
    if (profile.purpose == profiles.STATION_MAX) != (connector == 0) and (
        profile.purpose != profiles.TX_DEFAULT
    ):
        return rejected
    if profile.purpose == profiles.TX:
        transaction = station.evse(connector).transaction
        if transaction is None or profile.transaction_id not in (None, transaction.id):
            return rejected
    new = profiles.Installed(evse=connector, profile=profile)
    return Reply(
        payload={"status": ChargingProfileStatus.accepted},
        then=lambda: station.keep_profiles(profiles.install(station.installed, new)),
    )


def _clear_profile(station: VirtualStation, payload: Payload) -> Reply:
    purpose = payload.get("chargingProfilePurpose")
    left = profiles.clear(
        station.installed,
        profile_id=payload.get("id"),
        evse=payload.get("connectorId"),
        purpose=None if purpose is None else PURPOSES[purpose],
        stack_level=payload.get("stackLevel"),
    )
    if len(left) == len(station.installed):
        return Reply(payload={"status": ClearChargingProfileStatus.unknown})
    return Reply(
        payload={"status": ClearChargingProfileStatus.accepted},
        then=lambda: station.keep_profiles(left),
    )


def _composite_schedule(station: VirtualStation, payload: Payload) -> Reply:
    connector: int = payload["connectorId"]
    unit = payload.get("chargingRateUnit", "W")
    duration_s: int = payload["duration"]
    if not 0 <= connector <= len(station.evses):
        return Reply(payload={"status": GetCompositeScheduleStatus.rejected})
    now = stamp(station.now)
    steps = composite(station, connector, duration_s, unit)
    return Reply(
        payload={
            "status": GetCompositeScheduleStatus.accepted,
            "connectorId": connector,
            "scheduleStart": now,
            "chargingSchedule": {
                "duration": duration_s,
                "startSchedule": now,
                "chargingRateUnit": unit,
                "chargingSchedulePeriod": [
                    {"startPeriod": offset_s, "limit": round(limit, 1)} for offset_s, limit in steps
                ],
            },
        }
    )


def _reset(station: VirtualStation, payload: Payload) -> Reply:
    stop = "HardReset" if payload["type"] == ResetType.hard else "SoftReset"
    return Reply(
        payload={"status": ResetStatus.accepted},
        then=lambda: station.spawn(station.reboot("RemoteReset", stop)),
    )


def _unlock(station: VirtualStation, payload: Payload) -> Reply:
    connector: int = payload["connectorId"]
    if not 1 <= connector <= len(station.evses):
        return Reply(payload={"status": UnlockStatus.not_supported})
    place = station.evse(connector)
    if place.fault == "ConnectorLockFailure":
        return Reply(payload={"status": UnlockStatus.unlock_failed})
    return Reply(
        payload={"status": UnlockStatus.unlocked},
        then=lambda: transactions.end(station, place, "UnlockCommand", "UnlockCommand"),
    )


def _change_availability(station: VirtualStation, payload: Payload) -> Reply:
    connector: int = payload["connectorId"]
    if not 0 <= connector <= len(station.evses):
        return Reply(payload={"status": AvailabilityStatus.rejected})
    places = station.evses if connector == 0 else [station.evse(connector)]
    operative = payload["type"] == "Operative"
    waits = not operative and any(place.transaction is not None for place in places)
    return Reply(
        payload={"status": AvailabilityStatus.scheduled if waits else AvailabilityStatus.accepted},
        then=lambda: station.switch(places, operative=operative),
    )


def _trigger(station: VirtualStation, payload: Payload) -> Reply:
    asked = payload["requestedMessage"]
    connector = payload.get("connectorId")
    if connector is not None and not 0 < connector <= len(station.evses):
        return Reply(payload={"status": TriggerMessageStatus.rejected})
    places = [one for one in station.evses if connector in (None, one.id)]
    effects: dict[str, Callable[[], None]] = {
        MessageTrigger.boot_notification: station.connection.boot_again,
        MessageTrigger.heartbeat: lambda: station.send(
            [Outgoing(action=Action.heartbeat, build=dict, early=True)]
        ),
        MessageTrigger.status_notification: lambda: station.report_all(places),
        MessageTrigger.meter_values: lambda: station.read_meters(places),
        MessageTrigger.firmware_status_notification: lambda: station.send(
            v16_records.firmware_status(*_under_way(station.memory.update))
        ),
        MessageTrigger.diagnostics_status_notification: lambda: station.send(
            [v16_records.diagnostics_status(*_under_way(station.memory.log))]
        ),
        "LogStatusNotification": lambda: station.send(
            [v16_records.log_status(*_under_way(station.memory.log))]
        ),
        "SignChargePointCertificate": lambda: v16_records.sign(station),
    }
    if asked not in effects:
        return Reply(payload={"status": TriggerMessageStatus.not_implemented})
    return Reply(payload={"status": TriggerMessageStatus.accepted}, then=effects[asked])


def _under_way(job: Job) -> tuple[str, Job]:
    """What is said of a job when it is asked for."""
    return (job.status if job.running else "Idle"), job


def _get_configuration(station: VirtualStation, payload: Payload) -> Reply:
    asked = payload.get("key") or [one.key for one in station.variables if one.key]
    known: list[Payload] = []
    unknown: list[str] = []
    for key in asked:
        variable = find_key(station.variables, key)
        if variable is None:
            unknown.append(key)
        elif variable.readable:
            known.append(
                {"key": variable.key, "readonly": not variable.writable, "value": variable.value}
            )
    result: Payload = {"configurationKey": known}
    if unknown:
        result["unknownKey"] = unknown
    return Reply(payload=result)


def _change_configuration(station: VirtualStation, payload: Payload) -> Reply:
    variable = find_key(station.variables, payload["key"])
    value: str = payload["value"]
    if variable is None:
        return Reply(payload={"status": ConfigurationStatus.not_supported})
    if not variable.writable or not number_fits(variable, value):
        return Reply(payload={"status": ConfigurationStatus.rejected})
    return Reply(
        payload={"status": ConfigurationStatus.accepted},
        then=lambda: station.set_variable(variable, value),
    )


def _data_transfer(station: VirtualStation, payload: Payload) -> Reply:
    return Reply(payload={"status": DataTransferStatus.unknown_vendor_id})


def _clear_cache(station: VirtualStation, payload: Payload) -> Reply:
    """This station has no cache, so there is nothing left to clear."""
    return Reply(payload={"status": "Accepted"})


ANSWERS: dict[str, Callable[[VirtualStation, Payload], Reply]] = {
    Action.remote_start_transaction: _remote_start,
    Action.remote_stop_transaction: _remote_stop,
    Action.set_charging_profile: _set_profile,
    Action.clear_charging_profile: _clear_profile,
    Action.get_composite_schedule: _composite_schedule,
    Action.reset: _reset,
    Action.unlock_connector: _unlock,
    Action.change_availability: _change_availability,
    Action.trigger_message: _trigger,
    Action.get_configuration: _get_configuration,
    Action.change_configuration: _change_configuration,
    Action.data_transfer: _data_transfer,
    Action.clear_cache: _clear_cache,
    "ExtendedTriggerMessage": _trigger,
    **v16_records.ANSWERS,
}

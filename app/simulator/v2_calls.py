"""OCPP 2.0.1 and 2.1: how a station answers the calls of the CSMS, each with its real effect.

An answer is decided at once; the effect runs after the answer has been sent. What is not in
`ANSWERS` is answered NotImplemented. Charging profiles (`v2_profiles`) and the device model (`v2_variables`)
have their own files.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ocpp.v201.enums import (
    Action,
    ChangeAvailabilityStatusEnumType,
    DataTransferStatusEnumType,
    MessageTriggerEnumType,
    RequestStartStopStatusEnumType,
    ResetEnumType,
    ResetStatusEnumType,
    TriggerMessageStatusEnumType,
    UnlockStatusEnumType,
)

from . import profiles, transactions, v2_profiles, v2_records, v2_upkeep
from .equipment import Evse, Token
from .link import CallFault, Reply
from .outbox import Outgoing
from .plan import Payload
from .v2_profiles import profile_of, refused
from .v2_variables import get_base_report, get_report, get_variables, set_variables

if TYPE_CHECKING:
    from .station import VirtualStation

__all__ = ["ANSWERS", "answer"]


def answer(station: VirtualStation, action: str, payload: Payload) -> Reply:
    """Reply to a schema-valid call. Raises CallFault for what this station cannot do."""
    if action not in ANSWERS:
        raise CallFault("NotImplemented", f"This station does not implement {action}.")
    return ANSWERS[action](station, payload)


def _start(station: VirtualStation, payload: Payload) -> Reply:
    """F01, F02: start where the driver is wanted; a vehicle drives up if none is plugged."""
    rejected = RequestStartStopStatusEnumType.rejected
    if not station.online:
        return refused(rejected, "NotRegistered")
    asked = payload.get("evseId")
    if asked is not None and not 1 <= asked <= len(station.evses):
        return refused(rejected, "UnknownEvse")
    wanted = [one for one in station.evses if asked in (None, one.id)]
    value: str = payload["idToken"]["idToken"]
    group: str = payload.get("groupIdToken", {}).get("idToken", value)
    place = next(
        (p for p in wanted if station.open_to(p, value) or station.open_to(p, group)), None
    )
    if place is None:
        return refused(rejected, _why_not(wanted[0]))
    profile = None
    if "chargingProfile" in payload:
        try:
            profile = profile_of(payload["chargingProfile"])
        except ValueError as error:
            return refused(rejected, str(error)[:20])
        if profile.purpose != profiles.TX:
            return refused(rejected, "InvalidProfile", "only a TxProfile may come with a start")
    token = Token(value=value, kind=payload["idToken"]["type"])
    remote_start_id: int = payload["remoteStartId"]

    def begin() -> None:
        if place.vehicle is None:
            station.plug_in(place.id)
        transactions.begin(
            station,
            place,
            token,
            trigger="RemoteStart",
            remote_start_id=remote_start_id,
            profile=profile,
        )

    return Reply(payload={"status": RequestStartStopStatusEnumType.accepted}, then=begin)


def _why_not(place: Evse) -> str:
    if place.fault is not None:
        return "Faulted"
    if place.transaction is not None:
        return "TxInProgress"
    return "Reserved" if place.free else "Inoperative"


def _stop(station: VirtualStation, payload: Payload) -> Reply:
    place = _place_of(station, payload["transactionId"])
    if place is None:
        return refused(RequestStartStopStatusEnumType.rejected, "TxNotFound")
    return Reply(
        payload={"status": RequestStartStopStatusEnumType.accepted},
        then=lambda: transactions.end(station, place, "Remote", "RemoteStop"),
    )


def _place_of(station: VirtualStation, transaction_id: str) -> Evse | None:
    for place in station.evses:
        if place.transaction is not None and place.transaction.id == transaction_id:
            return place
    return None


def _transaction_status(station: VirtualStation, payload: Payload) -> Reply:
    asked = payload.get("transactionId")
    result: Payload = {"messagesInQueue": any(one.keep for one in station.outbox.waiting)}
    if asked is not None:
        result["ongoingIndicator"] = _place_of(station, asked) is not None
    return Reply(payload=result)


def _reset(station: VirtualStation, payload: Payload) -> Reply:
    """B11, B12: of the station, or of one EVSE, now or when nobody charges any more."""
    if payload["type"] not in set(ResetEnumType):
        return refused(ResetStatusEnumType.rejected, "UnsupportedRequest", "cannot resume")
    accepted = Reply(payload={"status": ResetStatusEnumType.accepted})
    evse = payload.get("evseId")
    on_idle = payload["type"] == ResetEnumType.on_idle
    if evse is not None:
        if not 1 <= evse <= len(station.evses):
            return refused(ResetStatusEnumType.rejected, "UnknownEvse")
        if on_idle and station.evse(evse).transaction is not None:
            return refused(ResetStatusEnumType.rejected, "TxInProgress")
        place = station.evse(evse)
        return Reply(
            payload=accepted.payload,
            then=lambda: transactions.end(station, place, "ImmediateReset", "ResetCommand"),
        )
    if on_idle and station.busy:
        return Reply(
            payload={"status": ResetStatusEnumType.scheduled}, then=station.reset_once_idle
        )
    reason = "ScheduledReset" if on_idle else "RemoteReset"
    return Reply(
        payload=accepted.payload,
        then=lambda: station.spawn(station.reboot(reason, "ImmediateReset")),
    )


def _unlock(station: VirtualStation, payload: Payload) -> Reply:
    """F05: never under a running transaction."""
    if not 1 <= payload["evseId"] <= len(station.evses):
        return Reply(payload={"status": UnlockStatusEnumType.unknown_connector})
    place = station.evse(payload["evseId"])
    if not 1 <= payload["connectorId"] <= place.connectors:
        return Reply(payload={"status": UnlockStatusEnumType.unknown_connector})
    if place.transaction is not None:
        return Reply(payload={"status": UnlockStatusEnumType.ongoing_authorized_transaction})
    if place.fault == "ConnectorLockFailure":
        return Reply(payload={"status": UnlockStatusEnumType.unlock_failed})
    return Reply(payload={"status": UnlockStatusEnumType.unlocked})


def _change_availability(station: VirtualStation, payload: Payload) -> Reply:
    evse = payload.get("evse", {}).get("id", 0)
    if not 0 <= evse <= len(station.evses):
        return refused(ChangeAvailabilityStatusEnumType.rejected, "UnknownEvse")
    places = station.evses if evse == 0 else [station.evse(evse)]
    operative = payload["operationalStatus"] == "Operative"
    waits = not operative and any(place.transaction is not None for place in places)
    words = ChangeAvailabilityStatusEnumType
    return Reply(
        payload={"status": words.scheduled if waits else words.accepted},
        then=lambda: station.switch(places, operative=operative),
    )


def _trigger(station: VirtualStation, payload: Payload) -> Reply:
    """F06. A station that is accepted does not boot again for the asking (F06.FR.17)."""
    words, asked = MessageTriggerEnumType, payload["requestedMessage"]
    evse = payload.get("evse", {}).get("id")
    if evse is not None and not 1 <= evse <= len(station.evses):
        return refused(TriggerMessageStatusEnumType.rejected, "UnknownEvse")
    if asked == words.boot_notification and station.online:
        return refused(TriggerMessageStatusEnumType.rejected, "Registered")
    places = [one for one in station.evses if evse in (None, one.id)]
    effects: dict[str, Callable[[], None]] = {
        words.boot_notification: station.connection.boot_again,
        words.heartbeat: lambda: station.send(
            [Outgoing(action=Action.heartbeat, build=dict, early=True)]
        ),
        words.status_notification: lambda: station.report_all(places),
        words.meter_values: lambda: station.read_meters(places),
        words.transaction_event: lambda: _tell_transactions(station, places),
        words.log_status_notification: lambda: station.send([_log_status(station)]),
        words.firmware_status_notification: lambda: station.send([_firmware_status(station)]),
        words.sign_charging_station_certificate: lambda: v2_upkeep.sign(
            station, "ChargingStationCertificate"
        ),
        words.sign_v2g_certificate: lambda: v2_upkeep.sign(station, "V2GCertificate"),
    }
    if asked not in effects:
        return Reply(payload={"status": TriggerMessageStatusEnumType.not_implemented})
    if asked == words.transaction_event and not any(one.transaction for one in places):
        return refused(TriggerMessageStatusEnumType.rejected, "TxNotFound")
    return Reply(payload={"status": TriggerMessageStatusEnumType.accepted}, then=effects[asked])


def _log_status(station: VirtualStation) -> Outgoing:
    """What is under way, or that nothing is (N01.FR.13)."""
    job = station.memory.log
    return v2_upkeep.log_status(job.status if job.running else "Idle", job)


def _firmware_status(station: VirtualStation) -> Outgoing:
    """What is under way; after the last one, that it is installed, or nothing (L01.FR.25)."""
    job = station.memory.update
    return v2_upkeep.firmware_status(job.status if job.running else "Idle", job)


def _tell_transactions(station: VirtualStation, places: list[Evse]) -> None:
    for place in places:
        transactions.sample(station, place, "Trigger", "Trigger")


def _data_transfer(station: VirtualStation, payload: Payload) -> Reply:
    return Reply(payload={"status": DataTransferStatusEnumType.unknown_vendor_id})


def _clear_cache(station: VirtualStation, payload: Payload) -> Reply:
    """This station has no cache, so there is nothing left to clear."""
    return Reply(payload={"status": "Accepted"})


ANSWERS: dict[str, Callable[[VirtualStation, Payload], Reply]] = {
    Action.request_start_transaction: _start,
    Action.request_stop_transaction: _stop,
    Action.get_transaction_status: _transaction_status,
    **v2_profiles.ANSWERS,
    Action.reset: _reset,
    Action.unlock_connector: _unlock,
    Action.change_availability: _change_availability,
    Action.trigger_message: _trigger,
    Action.get_variables: get_variables,
    Action.set_variables: set_variables,
    Action.get_base_report: get_base_report,
    Action.get_report: get_report,
    **v2_records.ANSWERS,
    **v2_upkeep.ANSWERS,
    Action.data_transfer: _data_transfer,
    Action.clear_cache: _clear_cache,
}

"""OCPP 1.6 as a station speaks it: what it says. (`v16_calls` answers what it is asked.)

1.6 gives transactions their id in the answer to StartTransaction, so every later message about
one is built when its turn to be sent comes. Connector n is EVSE n.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ocpp.v16.enums import (
    Action,
    AuthorizationStatus,
    ChargePointErrorCode,
    ChargePointStatus,
    Measurand,
    Reason,
    UnitOfMeasure,
)

from . import transactions
from .dialect import Dialect, stamp
from .equipment import Evse, Sample, Token, Transaction
from .outbox import Outgoing
from .plan import Payload
from .v16_calls import answer

if TYPE_CHECKING:
    from .station import VirtualStation

__all__ = ["V16"]

_STATES = {
    "Charging": ChargePointStatus.charging,
    "SuspendedEV": ChargePointStatus.suspended_ev,
    "SuspendedEVSE": ChargePointStatus.suspended_evse,
    "EVConnected": ChargePointStatus.preparing,
    "Idle": ChargePointStatus.preparing,
}
_REASONS = {
    "Local": Reason.local,
    "Remote": Reason.remote,
    "EVDisconnected": Reason.ev_disconnected,
    "DeAuthorized": Reason.de_authorized,
    "HardReset": Reason.hard_reset,
    "SoftReset": Reason.soft_reset,
    "Reboot": Reason.reboot,
    "PowerLoss": Reason.power_loss,
    "UnlockCommand": Reason.unlock_command,
    "EmergencyStop": Reason.emergency_stop,
}


def _boot(station: VirtualStation, reason: str) -> tuple[str, Payload]:
    plan = station.plan
    return Action.boot_notification, {
        "chargePointVendor": plan.vendor[:20],
        "chargePointModel": plan.model[:20],
        "chargePointSerialNumber": _serial(station),
        "firmwareVersion": station.memory.firmware,
        "meterType": "Virtual",
    }


def _serial(station: VirtualStation) -> str:
    return (station.plan.serial_number or f"SN-{station.plan.station_id}")[:25]


def _authorize(station: VirtualStation, token: Token) -> tuple[str, Payload]:
    return Action.authorize, {"idTag": token.value[:20]}


def _accepted(payload: Payload) -> bool:
    return _tag_status(payload) == str(AuthorizationStatus.accepted)


def _tag_status(payload: Payload) -> str:
    """The verdict in an answer; an answer without one accepts nothing."""
    tag = payload.get("idTagInfo")
    return str(tag.get("status", "")) if isinstance(tag, dict) else ""


def _status_word(place: Evse) -> str:
    if place.fault is not None:
        return str(ChargePointStatus.faulted)
    if place.transaction is not None:
        return str(_STATES[place.transaction.charging_state])
    if not place.operative:
        return str(ChargePointStatus.unavailable)
    if place.vehicle is None:
        return str(ChargePointStatus.available)
    return str(ChargePointStatus.finishing if place.finished else ChargePointStatus.preparing)


def _status(station: VirtualStation, place: Evse, connector: int, word: str) -> Outgoing:
    return _status_of(place.id, word, place.fault, station.now)


def _station_status(station: VirtualStation) -> list[Outgoing]:
    """Connector 0 is the charge point itself; it knows three states only."""
    operative = any(place.operative for place in station.evses)
    word = ChargePointStatus.available if operative else ChargePointStatus.unavailable
    return [_status_of(0, word, None, station.now)]


def _status_of(connector: int, word: str, fault: str | None, at: datetime) -> Outgoing:
    payload: Payload = {
        "connectorId": connector,
        "errorCode": fault or ChargePointErrorCode.no_error,
        "status": word,
        "timestamp": stamp(at),
    }
    return Outgoing(action=Action.status_notification, build=lambda: payload)


def _started(
    station: VirtualStation, place: Evse, transaction: Transaction, trigger: str, sample: Sample
) -> list[Outgoing]:
    payload: Payload = {
        "connectorId": place.id,
        "idTag": transaction.token.value[:20],
        "meterStart": round(sample.energy_wh),
        "timestamp": stamp(transaction.started_at),
    }
    if transaction.reservation is not None:
        payload["reservationId"] = transaction.reservation

    def take(result: Payload) -> None:
        number = result.get("transactionId")
        if isinstance(number, int):
            transaction.number = number
            transaction.id = str(number)
        if _tag_status(result) != AuthorizationStatus.accepted and place.transaction is transaction:
            transactions.end(station, place, "DeAuthorized", "Deauthorized")

    return [
        Outgoing(action=Action.start_transaction, build=lambda: payload, keep=True, on_answer=take)
    ]


def _updated(
    station: VirtualStation,
    place: Evse,
    transaction: Transaction,
    trigger: str,
    sample: Sample | None,
) -> list[Outgoing]:
    """A change of state alone is told by StatusNotification; a reading by MeterValues."""
    if sample is None:
        return []

    def build() -> Payload:
        payload: Payload = {"connectorId": place.id}
        if transaction.number is not None:
            payload["transactionId"] = transaction.number
        payload["meterValue"] = [_meter_value(sample)]
        return payload

    return [Outgoing(action=Action.meter_values, build=build, keep=True, sample=True)]


def _meter(station: VirtualStation, place: Evse, sample: Sample) -> list[Outgoing]:
    """MeterValues that TriggerMessage asks for, with the transaction if one runs."""
    number = place.transaction.number if place.transaction else None
    payload: Payload = {"connectorId": place.id, "meterValue": [_meter_value(sample)]}
    if number is not None:
        payload["transactionId"] = number
    return [Outgoing(action=Action.meter_values, build=lambda: payload)]


def _ended(
    station: VirtualStation,
    place: Evse,
    transaction: Transaction,
    trigger: str,
    sample: Sample,
    reason: str,
) -> list[Outgoing]:
    """`meterStop` is a whole number, so the exact reading goes along as transactionData."""

    def build() -> Payload:
        payload: Payload = {
            "meterStop": round(sample.energy_wh),
            "timestamp": stamp(sample.at),
            "transactionId": -1 if transaction.number is None else transaction.number,
            "reason": _REASONS.get(reason, Reason.other),
            "transactionData": [
                _meter_value(one) for one in (transaction.first_sample, sample) if one
            ],
        }
        if trigger == "StopAuthorized":
            payload["idTag"] = transaction.token.value[:20]
        return payload

    return [Outgoing(action=Action.stop_transaction, build=build, keep=True)]


def _meter_value(sample: Sample) -> Payload:
    def value(number: float, measurand: str, unit: str) -> Payload:
        return {
            "value": f"{number:.3f}".rstrip("0").rstrip("."),
            "context": sample.context,
            "measurand": measurand,
            "unit": unit,
        }

    values = [
        value(sample.energy_wh, Measurand.energy_active_import_register, UnitOfMeasure.wh),
        value(sample.power_w, Measurand.power_active_import, UnitOfMeasure.w),
        value(sample.current_a, Measurand.current_import, UnitOfMeasure.a),
        value(sample.voltage_v, Measurand.voltage, UnitOfMeasure.v),
    ]
    if sample.soc_percent is not None:
        values.append(value(sample.soc_percent, Measurand.soc, UnitOfMeasure.percent))
    return {"timestamp": stamp(sample.at), "sampledValue": values}


V16 = Dialect(
    version="1.6",
    subprotocol="ocpp1.6",
    boot=_boot,
    authorize=_authorize,
    accepted=_accepted,
    status_word=_status_word,
    status=_status,
    station_status=_station_status,
    started=_started,
    updated=_updated,
    ended=_ended,
    meter=_meter,
    reservation_over=lambda _number, _why: [],
    answer=answer,
)

"""OCPP 2.0.1 and 2.1 as a station speaks them: what it says. (`v2_calls` answers.)

Whatever a 2.0.1 station says is also valid 2.1, so one set of functions serves both; the version
only chooses the subprotocol and the schemas.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from ocpp.v201.enums import (
    Action,
    AuthorizationStatusEnumType,
    ConnectorStatusEnumType,
    MeasurandEnumType,
    StandardizedUnitsOfMeasureType,
    TransactionEventEnumType,
)

from . import transactions
from .dialect import Dialect, stamp
from .equipment import Evse, Sample, Token, Transaction
from .outbox import Outgoing
from .plan import Payload
from .v2_calls import answer

if TYPE_CHECKING:
    from .station import VirtualStation

__all__ = ["V21", "V201"]


def _boot(station: VirtualStation, reason: str) -> tuple[str, Payload]:
    plan = station.plan
    return Action.boot_notification, {
        "reason": reason,
        "chargingStation": {
            "model": plan.model[:20],
            "vendorName": plan.vendor[:50],
            "serialNumber": (plan.serial_number or f"SN-{plan.station_id}")[:25],
            "firmwareVersion": station.memory.firmware,
        },
    }


def _authorize(station: VirtualStation, token: Token) -> tuple[str, Payload]:
    return Action.authorize, {"idToken": _id_token(token)}


def _accepted(payload: Payload) -> bool:
    return _token_status(payload) == str(AuthorizationStatusEnumType.accepted)


def _token_status(payload: Payload) -> str | None:
    """The verdict in an answer, None when the CSMS says nothing about the token."""
    info = payload.get("idTokenInfo")
    return str(info.get("status", "")) if isinstance(info, dict) else None


def _id_token(token: Token) -> Payload:
    return {"idToken": token.value[:36], "type": token.kind}


def _status_word(place: Evse) -> str:
    if place.fault is not None:
        return str(ConnectorStatusEnumType.faulted)
    if place.transaction is not None:
        return str(ConnectorStatusEnumType.occupied)
    if not place.operative:
        return str(ConnectorStatusEnumType.unavailable)
    if place.vehicle is not None:
        return str(ConnectorStatusEnumType.occupied)
    return str(ConnectorStatusEnumType.available)


def _status(station: VirtualStation, place: Evse, connector: int, word: str) -> Outgoing:
    payload: Payload = {
        "timestamp": stamp(station.now),
        "connectorStatus": word,
        "evseId": place.id,
        "connectorId": connector,
    }
    return Outgoing(action=Action.status_notification, build=lambda: payload)


def _station_status(station: VirtualStation) -> list[Outgoing]:
    """2.x reports connectors only."""
    return []


def _started(
    station: VirtualStation, place: Evse, transaction: Transaction, trigger: str, sample: Sample
) -> list[Outgoing]:
    payload = _event(
        station, transaction, TransactionEventEnumType.started, trigger, sample.at, sample
    )
    payload["evse"] = {"id": place.id, "connectorId": place.plug}
    payload["idToken"] = _id_token(transaction.token)
    if transaction.reservation is not None:
        payload["reservationId"] = transaction.reservation

    def take(result: Payload) -> None:
        status = _token_status(result)
        refused = status not in (None, AuthorizationStatusEnumType.accepted)
        if refused and place.transaction is transaction:
            transactions.end(station, place, "DeAuthorized", "Deauthorized")

    return [
        Outgoing(action=Action.transaction_event, build=lambda: payload, keep=True, on_answer=take)
    ]


def _updated(
    station: VirtualStation,
    place: Evse,
    transaction: Transaction,
    trigger: str,
    sample: Sample | None,
) -> list[Outgoing]:
    at = sample.at if sample else station.now
    payload = _event(station, transaction, TransactionEventEnumType.updated, trigger, at, sample)
    payload["evse"] = {"id": place.id, "connectorId": place.plug}
    return [
        Outgoing(
            action=Action.transaction_event,
            build=lambda: payload,
            keep=True,
            sample=trigger == "MeterValuePeriodic",
        )
    ]


def _ended(
    station: VirtualStation,
    place: Evse,
    transaction: Transaction,
    trigger: str,
    sample: Sample,
    reason: str,
) -> list[Outgoing]:
    payload = _event(
        station, transaction, TransactionEventEnumType.ended, trigger, sample.at, sample
    )
    payload["evse"] = {"id": place.id, "connectorId": place.plug}
    payload["transactionInfo"]["stoppedReason"] = reason
    if trigger == "StopAuthorized":
        payload["idToken"] = _id_token(transaction.token)
    return [Outgoing(action=Action.transaction_event, build=lambda: payload, keep=True)]


def _event(
    station: VirtualStation,
    transaction: Transaction,
    kind: str,
    trigger: str,
    at: datetime,
    sample: Sample | None,
) -> Payload:
    """The part all TransactionEvents have in common; takes the next sequence number."""
    info: Payload = {
        "transactionId": transaction.id,
        "chargingState": transaction.charging_state,
        "timeSpentCharging": int(transaction.charged_s),
    }
    if transaction.remote_start_id is not None:
        info["remoteStartId"] = transaction.remote_start_id
    payload: Payload = {
        "eventType": kind,
        "timestamp": stamp(at),
        "triggerReason": trigger,
        "seqNo": transaction.seq_no,
        "offline": not station.online,
        "transactionInfo": info,
    }
    transaction.seq_no += 1
    if sample is not None:
        payload["meterValue"] = [_meter_value(sample)]
    return payload


def _reservation_over(number: int, why: str) -> list[Outgoing]:
    payload: Payload = {"reservationId": number, "reservationUpdateStatus": why}
    return [Outgoing(action=Action.reservation_status_update, build=lambda: payload)]


def _meter(station: VirtualStation, place: Evse, sample: Sample) -> list[Outgoing]:
    """MeterValues outside of TransactionEvent, as TriggerMessage asks for."""
    payload: Payload = {"evseId": place.id, "meterValue": [_meter_value(sample)]}
    return [Outgoing(action=Action.meter_values, build=lambda: payload)]


def _meter_value(sample: Sample) -> Payload:
    def value(number: float, measurand: str, unit: str) -> Payload:
        return {
            "value": number,
            "context": sample.context,
            "measurand": measurand,
            "unitOfMeasure": {"unit": unit},
        }

    names, units = MeasurandEnumType, StandardizedUnitsOfMeasureType
    values = [
        value(sample.energy_wh, names.energy_active_import_register, units.wh),
        value(sample.power_w, names.power_active_import, units.w),
        value(sample.current_a, names.current_import, units.a),
        value(sample.voltage_v, names.voltage, units.v),
    ]
    if sample.soc_percent is not None:
        values.append(value(sample.soc_percent, names.soc, units.percent))
    return {"timestamp": stamp(sample.at), "sampledValue": values}


V201 = Dialect(
    version="2.0.1",
    subprotocol="ocpp2.0.1",
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
    reservation_over=_reservation_over,
    answer=answer,
)
V21 = replace(V201, version="2.1", subprotocol="ocpp2.1")

"""Reservation of 2.x: ReserveNow, CancelReservation, ReservationStatusUpdate (H01 to H04)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.reports import Report
from app.domain.reservations import (
    CancelReservation,
    ReservationEnded,
    ReservationMade,
    ReservationStatus,
    ReserveNow,
)
from app.ingress.block import (
    LearnsTable,
    Payload,
    Receives,
    ReceivesTable,
    Sends,
    SendsTable,
    empty,
    outcome_of,
)
from app.ingress.v2.tokens import group_token, id_token
from app.ingress.wire import instant_of, wire_time

_STATUSES = {
    "Expired": ReservationStatus.EXPIRED,
    "Removed": ReservationStatus.REMOVED,
    "NoTransaction": ReservationStatus.EXPIRED,  # 2.1: it was used, but nobody began to charge
}


def _status(payload: Any, _at: datetime) -> tuple[ReservationEnded, ...]:
    status = _STATUSES[payload.reservationUpdateStatus]
    return (ReservationEnded(reservation_id=payload.reservationId, status=status),)


def _reserve(command: ReserveNow) -> Payload:
    payload: Payload = {
        "id": command.reservation_id,
        "expiryDateTime": wire_time(command.expires_at),
    }
    if command.connector_type is not None:
        payload["connectorType"] = command.connector_type
    payload["idToken"] = id_token(command.id_token, command.token_type)
    if command.evse_id is not None:
        payload["evseId"] = command.evse_id
    if command.group is not None:
        payload["groupIdToken"] = group_token(command.group)
    return payload


def _cancel(command: CancelReservation) -> Payload:
    return {"reservationId": command.reservation_id}


def _made(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    if answered.get("status") != "Accepted":
        return ()
    group = asked.get("groupIdToken")
    return (
        ReservationMade(
            reservation_id=asked["id"],
            id_token=asked["idToken"]["idToken"],
            token_type=asked["idToken"]["type"],
            expires_at=instant_of(asked["expiryDateTime"]),
            evse_id=asked.get("evseId"),
            connector_type=asked.get("connectorType"),
            group=group["idToken"] if group else None,
        ),
    )


def cancelled(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    """The station let go of it."""
    if answered.get("status") != "Accepted":
        return ()
    number = asked["reservationId"]
    return (ReservationEnded(reservation_id=number, status=ReservationStatus.CANCELLED),)


RECEIVES: ReceivesTable = {"ReservationStatusUpdate": Receives(_status, empty)}
SENDS: SendsTable = {
    ReserveNow: Sends("ReserveNow", _reserve, outcome_of),
    CancelReservation: Sends("CancelReservation", _cancel, outcome_of),
}
LEARNS: LearnsTable = {"ReserveNow": _made, "CancelReservation": cancelled}

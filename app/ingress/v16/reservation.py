"""Reservation of 1.6: ReserveNow (5.13), CancelReservation (5.3). That one has expired, a 1.6 station does not tell."""

from __future__ import annotations

from datetime import datetime

from app.domain.errors import NotSupported
from app.domain.reports import Report
from app.domain.reservations import (
    CancelReservation,
    ReservationEnded,
    ReservationMade,
    ReservationStatus,
    ReserveNow,
)
from app.ingress.block import LearnsTable, Payload, Sends, SendsTable, outcome_of
from app.ingress.v16.tokens import LONGEST
from app.ingress.wire import instant_of, wire_time


def _reserve(command: ReserveNow) -> Payload:
    """Connector 0 leaves the choice to the station."""
    if command.connector_type is not None:
        raise NotSupported("This station's protocol reserves a connector, not a type of plug.")
    payload: Payload = {
        "connectorId": command.evse_id or 0,
        "expiryDate": wire_time(command.expires_at),
        "idTag": command.id_token,
    }
    if command.group is not None:
        payload["parentIdTag"] = command.group[:LONGEST]
    payload["reservationId"] = command.reservation_id
    return payload


def _cancel(command: CancelReservation) -> Payload:
    return {"reservationId": command.reservation_id}


def _made(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    if answered.get("status") != "Accepted":
        return ()
    return (
        ReservationMade(
            reservation_id=asked["reservationId"],
            id_token=asked["idTag"],
            expires_at=instant_of(asked["expiryDate"]),
            evse_id=asked["connectorId"] or None,
            group=asked.get("parentIdTag"),
        ),
    )


def _cancelled(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    if answered.get("status") != "Accepted":
        return ()
    number = asked["reservationId"]
    return (ReservationEnded(reservation_id=number, status=ReservationStatus.CANCELLED),)


SENDS: SendsTable = {
    ReserveNow: Sends("ReserveNow", _reserve, outcome_of),
    CancelReservation: Sends("CancelReservation", _cancel, outcome_of),
}
LEARNS: LearnsTable = {"ReserveNow": _made, "CancelReservation": _cancelled}

"""Availability of 2.x: StatusNotification (G01) in, ChangeAvailability (G03, G04) out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.commands import ChangeAvailability
from app.domain.device import AvailabilityAgreed
from app.domain.reports import ConnectorStatusReported
from app.domain.stations import Availability, ConnectorStatus
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
from app.ingress.wire import utc


def _status(payload: Any, _at: datetime) -> tuple[ConnectorStatusReported, ...]:
    return (
        ConnectorStatusReported(
            evse_id=payload.evseId,
            connector_id=payload.connectorId,
            status=ConnectorStatus(payload.connectorStatus),
            at=utc(payload.timestamp),
        ),
    )


def _change_availability(command: ChangeAvailability) -> Payload:
    payload: Payload = {"operationalStatus": command.availability.value}
    if command.evse_id:
        payload["evse"] = {"id": command.evse_id}
        if command.connector_id:
            payload["evse"]["connectorId"] = command.connector_id
    return payload


def _learn(asked: Payload, answered: Payload, _now: datetime) -> tuple[AvailabilityAgreed, ...]:
    if answered["status"] == "Rejected":
        return ()
    evse = asked.get("evse") or {}
    return (
        AvailabilityAgreed(
            availability=Availability(asked["operationalStatus"]),
            evse_id=evse.get("id", 0),
            connector_id=evse.get("connectorId", 0),
            scheduled=answered["status"] == "Scheduled",
        ),
    )


RECEIVES: ReceivesTable = {"StatusNotification": Receives(_status, empty)}
SENDS: SendsTable = {
    ChangeAvailability: Sends("ChangeAvailability", _change_availability, outcome_of)
}
LEARNS: LearnsTable = {"ChangeAvailability": _learn}

"""Availability of 1.6: StatusNotification (4.9) with its nine states in, ChangeAvailability (5.2) out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.commands import ChangeAvailability
from app.domain.device import AvailabilityAgreed
from app.domain.reports import ConnectorStatusReported
from app.domain.stations import Availability, ChargingState, ConnectorStatus
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

_OCCUPIED = ConnectorStatus.OCCUPIED
_STATES: dict[str, tuple[ConnectorStatus, ChargingState | None]] = {
    "Available": (ConnectorStatus.AVAILABLE, None),
    "Preparing": (_OCCUPIED, ChargingState.EV_CONNECTED),
    "Charging": (_OCCUPIED, ChargingState.CHARGING),
    "SuspendedEV": (_OCCUPIED, ChargingState.SUSPENDED_EV),
    "SuspendedEVSE": (_OCCUPIED, ChargingState.SUSPENDED_EVSE),
    "Finishing": (_OCCUPIED, ChargingState.EV_CONNECTED),
    "Reserved": (ConnectorStatus.RESERVED, None),
    "Unavailable": (ConnectorStatus.UNAVAILABLE, None),
    "Faulted": (ConnectorStatus.FAULTED, None),
}


def _status(payload: Any, at: datetime) -> tuple[ConnectorStatusReported, ...]:
    status, charging_state = _STATES[payload.status]
    return (
        ConnectorStatusReported(
            evse_id=payload.connectorId,
            connector_id=1 if payload.connectorId else 0,
            status=status,
            at=at if payload.timestamp is None else utc(payload.timestamp),
            charging_state=charging_state,
            error_code=None if payload.errorCode == "NoError" else payload.errorCode,
            info=payload.info or None,
            vendor_error_code=payload.vendorErrorCode or None,
        ),
    )


def _change_availability(command: ChangeAvailability) -> Payload:
    return {"connectorId": command.evse_id, "type": command.availability.value}


def _learn(asked: Payload, answered: Payload, _now: datetime) -> tuple[AvailabilityAgreed, ...]:
    """A connector of 1.6 is an EVSE of ours, whole."""
    if answered["status"] == "Rejected":
        return ()
    return (
        AvailabilityAgreed(
            availability=Availability(asked["type"]),
            evse_id=asked["connectorId"],
            scheduled=answered["status"] == "Scheduled",
        ),
    )


RECEIVES: ReceivesTable = {"StatusNotification": Receives(_status, empty)}
SENDS: SendsTable = {
    ChangeAvailability: Sends("ChangeAvailability", _change_availability, outcome_of)
}
LEARNS: LearnsTable = {"ChangeAvailability": _learn}

"""Transactions of 2.x: TransactionEvent (use cases E01 to E15)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from app.domain.reports import (
    Answer,
    TransactionAnswer,
    TransactionEnded,
    TransactionReport,
    TransactionStarted,
    TransactionUpdated,
)
from app.domain.stations import ChargingState
from app.ingress.block import Payload, Receives, ReceivesTable
from app.ingress.v2.metering import readings
from app.ingress.v2.tokens import id_token_info, presented
from app.ingress.wire import number, utc

_STATES = {state.value: state for state in ChargingState}
_KINDS = {"Started": TransactionStarted, "Updated": TransactionUpdated, "Ended": TransactionEnded}


def _transaction_event(payload: Any, _at: datetime) -> tuple[TransactionReport, ...]:
    info, evse = payload.transactionInfo, payload.evse
    token, token_type = presented(payload.idToken)
    kind = payload.eventType
    make: Any = _KINDS[kind]
    if kind == "Ended":  # "MAY only be omitted when Reason is Local" (ReasonEnumType)
        make = partial(make, stop_reason=info.stoppedReason or "Local")
    return (
        make(
            transaction=info.transactionId,
            at=utc(payload.timestamp),
            evse_id=None if evse is None else evse.id,
            connector_id=None if evse is None else evse.connectorId,
            charging_state=_STATES.get(info.chargingState),
            seq_no=payload.seqNo,
            offline=payload.offline is True,
            trigger=payload.triggerReason,
            id_token=token,
            token_type=token_type,
            readings=readings(payload.meterValue),
            remote_start_id=info.remoteStartId,
            reservation_id=payload.reservationId,
        ),
    )


def _transaction_answer(answer: Answer) -> Payload:
    """The cost only once it is known, the token only if one was presented (E01.FR.11, I02)."""
    payload: Payload = {}
    if isinstance(answer, TransactionAnswer):
        if answer.cost is not None:
            payload["totalCost"] = number(answer.cost)
        if answer.token is not None:
            payload["idTokenInfo"] = id_token_info(answer.token)
    return payload


RECEIVES: ReceivesTable = {"TransactionEvent": Receives(_transaction_event, _transaction_answer)}

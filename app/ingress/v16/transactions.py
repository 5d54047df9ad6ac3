"""Transactions of 1.6: StartTransaction (4.8), whose id the CSMS issues, and StopTransaction (4.10)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from app.domain.authorization import TokenInfo, TokenStatus
from app.domain.reports import Answer, TransactionAnswer, TransactionEnded, TransactionStarted
from app.ingress.block import Payload, Receives, ReceivesTable
from app.ingress.v16.metering import doubts, named, readings
from app.ingress.v16.tokens import TOKEN_TYPE, id_tag_info
from app.ingress.wire import utc

_LET_IN = TokenInfo(status=TokenStatus.ACCEPTED)


def _start(payload: Any, _at: datetime) -> tuple[TransactionStarted, ...]:
    return (
        TransactionStarted(
            transaction=None,
            at=utc(payload.timestamp),
            evse_id=payload.connectorId,
            connector_id=1,
            id_token=payload.idTag or None,
            token_type=TOKEN_TYPE,
            meter_start_wh=Decimal(payload.meterStart),
            reservation_id=payload.reservationId,
        ),
    )


def _started(answer: Answer) -> Payload:
    """idTagInfo comes first: one firmware reads the answer by position."""
    transaction = cast(TransactionAnswer, answer)
    return {
        "idTagInfo": id_tag_info(transaction.token or _LET_IN),
        "transactionId": int(transaction.transaction),
    }


def _stop(payload: Any, _at: datetime) -> tuple[TransactionEnded, ...]:
    return (
        TransactionEnded(
            transaction=named(payload.transactionId),
            at=utc(payload.timestamp),
            id_token=payload.idTag or None,
            token_type=TOKEN_TYPE,
            meter_stop_wh=Decimal(payload.meterStop),
            # "MAY only be omitted when the Reason is Local" (6.53)
            stop_reason=payload.reason or "Local",
            readings=readings(payload.transactionData),
        ),
    )


def _stopped(answer: Answer) -> Payload:
    token = answer.token if isinstance(answer, TransactionAnswer) else None
    return {} if token is None else {"idTagInfo": id_tag_info(token)}


RECEIVES: ReceivesTable = {
    "StartTransaction": Receives(_start, _started),
    "StopTransaction": Receives(_stop, _stopped, doubts),
}

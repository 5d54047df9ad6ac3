"""Running transactions of 2.x: GetTransactionStatus (E14), CostUpdated (I02)."""

from __future__ import annotations

from datetime import datetime

from app.domain.commands import Outcome, OutcomeStatus
from app.domain.reports import Report
from app.domain.session_checks import CostUpdated, GetTransactionStatus, TransactionChecked
from app.ingress.block import LearnsTable, Payload, Sends, SendsTable, outcome_of
from app.ingress.wire import number


def _status(command: GetTransactionStatus) -> Payload:
    return {} if command.transaction is None else {"transactionId": command.transaction}


def _answer(payload: Payload, _command: object) -> Outcome:
    """Both of its yes and no are good answers."""
    words = []
    if "ongoingIndicator" in payload:
        words.append("ongoing" if payload["ongoingIndicator"] else "ended")
    words.append("messages wait" if payload["messagesInQueue"] else "nothing waits")
    return Outcome(status=OutcomeStatus.ACCEPTED, detail=", ".join(words), payload=payload)


def _checked(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    return (
        TransactionChecked(
            transaction=asked.get("transactionId"),
            ongoing=answered.get("ongoingIndicator"),
            messages_in_queue=answered["messagesInQueue"],
        ),
    )


def _cost(command: CostUpdated) -> Payload:
    return {"totalCost": number(command.total_cost), "transactionId": command.transaction}


SENDS: SendsTable = {
    GetTransactionStatus: Sends("GetTransactionStatus", _status, _answer),
    CostUpdated: Sends("CostUpdated", _cost, outcome_of),
}
LEARNS: LearnsTable = {"GetTransactionStatus": _checked}

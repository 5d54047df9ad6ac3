"""What 2.1 adds to TransactionEvent: its answer tells the running cost as well (I02)."""

from __future__ import annotations

from app.domain.reports import Answer, TransactionAnswer
from app.ingress.block import Payload, Receives, ReceivesTable
from app.ingress.v2 import transactions
from app.ingress.wire import number

_V2 = transactions.RECEIVES["TransactionEvent"]


def _answer(answer: Answer) -> Payload:
    payload = _V2.answer(answer)
    if isinstance(answer, TransactionAnswer) and answer.running_cost is not None:
        return {"totalCost": number(answer.running_cost), **payload}
    return payload


RECEIVES: ReceivesTable = {"TransactionEvent": Receives(_V2.reports, _answer)}

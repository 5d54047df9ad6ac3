"""Vendor data of 1.6: DataTransfer, both ways (4.3, 5.6). Its data is text."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

import msgspec

from app.domain.commands import SendVendorData
from app.domain.reports import Answer, Report, VendorDataAnswer, VendorDataSent
from app.domain.vendor_data import VendorDataExchanged
from app.ingress.block import (
    LearnsTable,
    Payload,
    Receives,
    ReceivesTable,
    Sends,
    SendsTable,
    outcome_of,
)


def _data_transfer(payload: Any, _at: datetime) -> tuple[VendorDataSent, ...]:
    return (VendorDataSent(vendor=payload.vendorId, message=payload.messageId, data=payload.data),)


def _status(answer: Answer) -> Payload:
    return {"status": cast(VendorDataAnswer, answer).status}


def _send(command: SendVendorData) -> Payload:
    payload: Payload = {"vendorId": command.vendor}
    if command.message is not None:
        payload["messageId"] = command.message
    if command.data is not None:
        text = isinstance(command.data, str)
        payload["data"] = command.data if text else msgspec.json.encode(command.data).decode()
    return payload


def _exchanged(asked: Payload, answered: Payload, at: datetime) -> tuple[Report, ...]:
    return (
        VendorDataExchanged(
            vendor=asked["vendorId"],
            message=asked.get("messageId"),
            data=asked.get("data"),
            status=answered["status"],
            answer=answered.get("data"),
            at=at,
        ),
    )


RECEIVES: ReceivesTable = {"DataTransfer": Receives(_data_transfer, _status)}
SENDS: SendsTable = {SendVendorData: Sends("DataTransfer", _send, outcome_of)}
LEARNS: LearnsTable = {"DataTransfer": _exchanged}

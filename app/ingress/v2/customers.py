"""Customer information of 2.x: told and forgotten (N09, N10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.customers import CustomerAsked, CustomerInformation, CustomerTold
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


def _ask(command: CustomerInformation) -> Payload:
    payload: Payload = {}
    if command.certificate is not None:
        payload["customerCertificate"] = {
            "hashAlgorithm": command.certificate.hash_algorithm,
            "issuerNameHash": command.certificate.issuer_name_hash,
            "issuerKeyHash": command.certificate.issuer_key_hash,
            "serialNumber": command.certificate.serial_number,
        }
    if command.id_token is not None:
        payload["idToken"] = {"idToken": command.id_token, "type": command.token_type}
    payload |= {
        "requestId": command.request_id,
        "report": command.report,
        "clear": command.clear,
    }
    if command.customer_identifier is not None:
        payload["customerIdentifier"] = command.customer_identifier
    return payload


def _told(payload: Any, _at: datetime) -> tuple[CustomerTold, ...]:
    return (
        CustomerTold(
            request_id=payload.requestId,
            seq_no=payload.seqNo,
            data=payload.data,
            generated_at=utc(payload.generatedAt),
            more_follows=payload.tbc is True,
        ),
    )


def _learn(asked: Payload, answered: Payload, _now: datetime) -> tuple[CustomerAsked, ...]:
    token = asked.get("idToken")
    return (
        CustomerAsked(
            request_id=asked["requestId"],
            report=asked["report"],
            clear=asked["clear"],
            status=answered["status"],
            id_token=token["idToken"] if token else None,
            customer_identifier=asked.get("customerIdentifier"),
            certificate=asked.get("customerCertificate"),
        ),
    )


RECEIVES: ReceivesTable = {"NotifyCustomerInformation": Receives(_told, empty)}
SENDS: SendsTable = {CustomerInformation: Sends("CustomerInformation", _ask, outcome_of)}
LEARNS: LearnsTable = {"CustomerInformation": _learn}

"""Authorization of 2.x: Authorize (use cases C01 to C08)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from app.domain.certificates import OcspQuestion
from app.domain.contracts import ContractAsked
from app.domain.reports import Answer, AuthorizationAnswer, AuthorizationAsked
from app.ingress.block import Payload, Receives, ReceivesTable
from app.ingress.v2.tokens import id_token_info, presented


def _authorize(payload: Any, _at: datetime) -> tuple[AuthorizationAsked, ...]:
    token, kind = presented(payload.idToken)
    if payload.certificate is None and not payload.iso15118CertificateHashData:
        return (AuthorizationAsked(id_token=token or "", token_type=kind),)
    return (
        ContractAsked(
            id_token=token or "",
            token_type=kind,
            certificate=payload.certificate,
            hashes=tuple(map(_question, payload.iso15118CertificateHashData or ())),
        ),
    )


def _question(data: Any) -> OcspQuestion:
    return OcspQuestion(
        hash_algorithm=data.hashAlgorithm,
        issuer_name_hash=data.issuerNameHash,
        issuer_key_hash=data.issuerKeyHash,
        serial_number=data.serialNumber,
        responder_url=data.responderURL,
    )


def _decision(answer: Answer) -> Payload:
    decided = cast(AuthorizationAnswer, answer)
    payload: Payload = {"idTokenInfo": id_token_info(decided.token)}
    if decided.certificate_status is not None:
        payload["certificateStatus"] = decided.certificate_status
    return payload


RECEIVES: ReceivesTable = {"Authorize": Receives(_authorize, _decision)}

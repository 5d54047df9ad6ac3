"""Certificates of 2.x: signed for the station, installed, listed, deleted; and what cars and stations ask about
theirs (use cases A02, A03, M01 to M06).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from app.domain.certificates import (
    AskForSigningRequest,
    CertificateDeleted,
    CertificateHash,
    CertificateInstalled,
    CertificatesListed,
    CertificateStatusAnswer,
    CertificateStatusAsked,
    ChainAnswered,
    DeleteCertificate,
    EvCertificateAnswer,
    EvCertificateAsked,
    GetInstalledCertificates,
    InstallCertificate,
    ListedCertificate,
    OcspQuestion,
    SendSignedCertificate,
    SigningAnswer,
    SigningAsked,
    SigningUse,
)
from app.domain.reports import Answer, Report
from app.ingress.block import (
    LearnsTable,
    Payload,
    Receives,
    ReceivesTable,
    Sends,
    SendsTable,
    outcome_of,
)

_TRIGGERS = {
    SigningUse.STATION: "SignChargingStationCertificate",
    SigningUse.V2G: "SignV2GCertificate",
    SigningUse.V2G20: "SignV2G20Certificate",
    SigningUse.COMBINED: "SignCombinedCertificate",
}


def _sign(payload: Any, _at: datetime) -> tuple[SigningAsked, ...]:
    """Without a type it is one certificate for both uses (A02.FR.12)."""
    return (
        SigningAsked(
            csr=payload.csr,
            use=SigningUse(payload.certificateType or SigningUse.COMBINED),
            request_id=getattr(payload, "requestId", None),
        ),
    )


def _signing(answer: Answer) -> Payload:
    signing = cast(SigningAnswer, answer)
    return _status(signing.accepted, signing.reason, no="Rejected", code="InvalidCSR")


def _status(yes: bool, reason: str | None, *, no: str, code: str) -> Payload:
    payload: Payload = {"status": "Accepted" if yes else no}
    if not yes and reason:
        payload["statusInfo"] = {"reasonCode": code, "additionalInfo": reason[:512]}
    return payload


def _status_asked(payload: Any, _at: datetime) -> tuple[CertificateStatusAsked, ...]:
    return (CertificateStatusAsked(question=question_in(payload.ocspRequestData)),)


def question_in(content: Any) -> OcspQuestion:
    """OCSPRequestDataType."""
    return OcspQuestion(
        hash_algorithm=content.hashAlgorithm,
        issuer_name_hash=content.issuerNameHash,
        issuer_key_hash=content.issuerKeyHash,
        serial_number=content.serialNumber,
        responder_url=content.responderURL,
    )


def _certificate_status(answer: Answer) -> Payload:
    found = cast(CertificateStatusAnswer, answer)
    if found.ocsp is None:
        return _status(False, found.reason, no="Failed", code="NoOCSPResponse")
    return {"status": "Accepted", "ocspResult": found.ocsp}


def _ev_asked(payload: Any, _at: datetime) -> tuple[EvCertificateAsked, ...]:
    return (
        EvCertificateAsked(
            schema=payload.iso15118SchemaVersion,
            action=payload.action,
            exi=payload.exiRequest,
            maximum_chains=getattr(payload, "maximumContractCertificateChains", None),
            prioritized=tuple(getattr(payload, "prioritizedEMAIDs", None) or ()),
        ),
    )


def _ev_certificate(answer: Answer) -> Payload:
    found = cast(EvCertificateAnswer, answer)
    payload = _status(found.accepted, found.reason, no="Failed", code="NoEVCertificate")
    payload["exiResponse"] = found.exi
    if found.remaining is not None:
        payload["remainingContracts"] = found.remaining
    return payload


def _install(command: InstallCertificate) -> Payload:
    return {"certificateType": command.use.value, "certificate": command.certificate}


def _delete(command: DeleteCertificate) -> Payload:
    return {"certificateHashData": hash_payload(command.hash)}


def hash_payload(named: CertificateHash) -> Payload:
    """CertificateHashDataType, members in the schema's order."""
    return {
        "hashAlgorithm": named.hash_algorithm,
        "issuerNameHash": named.issuer_name_hash,
        "issuerKeyHash": named.issuer_key_hash,
        "serialNumber": named.serial_number,
    }


def hash_in(payload: Payload) -> CertificateHash:
    """The same, read."""
    return CertificateHash(
        hash_algorithm=payload["hashAlgorithm"],
        issuer_name_hash=payload["issuerNameHash"],
        issuer_key_hash=payload["issuerKeyHash"],
        serial_number=payload["serialNumber"],
    )


def _installed(command: GetInstalledCertificates) -> Payload:
    return {"certificateType": [use.value for use in command.uses]} if command.uses else {}


def _send_signed(command: SendSignedCertificate) -> Payload:
    payload: Payload = {"certificateChain": command.chain}
    if command.use is not SigningUse.COMBINED:
        payload["certificateType"] = command.use.value
    if command.request_id is not None:
        payload["requestId"] = command.request_id
    return payload


def _ask_for_request(command: AskForSigningRequest) -> Payload:
    return {"requestedMessage": _TRIGGERS[command.use]}


def _learn_installed(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    """The list as it is now; NotFound is an empty one."""
    listed = tuple(
        ListedCertificate(
            use=entry["certificateType"],
            hash=hash_in(entry["certificateHashData"]),
            children=tuple(hash_in(child) for child in entry.get("childCertificateHashData", ())),
        )
        for entry in answered.get("certificateHashDataChain", ())
    )
    return (CertificatesListed(uses=tuple(asked.get("certificateType", ())), certificates=listed),)


def _learn_install(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    if answered["status"] != "Accepted":
        return ()
    return (CertificateInstalled(use=asked["certificateType"], certificate=asked["certificate"]),)


def learn_delete(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    """NotFound says the same as Accepted: it is not there."""
    if answered["status"] == "Failed":
        return ()
    return (CertificateDeleted(hash=hash_in(asked["certificateHashData"])),)


def learn_signed(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    """Whether the station took its certificate."""
    return (
        ChainAnswered(
            chain=asked["certificateChain"],
            use=SigningUse(asked.get("certificateType", SigningUse.COMBINED)),
            accepted=answered["status"] == "Accepted",
        ),
    )


RECEIVES: ReceivesTable = {
    "SignCertificate": Receives(_sign, _signing),
    "GetCertificateStatus": Receives(_status_asked, _certificate_status),
    "Get15118EVCertificate": Receives(_ev_asked, _ev_certificate),
}
SENDS: SendsTable = {
    InstallCertificate: Sends("InstallCertificate", _install, outcome_of),
    DeleteCertificate: Sends("DeleteCertificate", _delete, outcome_of),
    GetInstalledCertificates: Sends("GetInstalledCertificateIds", _installed, outcome_of),
    SendSignedCertificate: Sends("CertificateSigned", _send_signed, outcome_of),
    AskForSigningRequest: Sends("TriggerMessage", _ask_for_request, outcome_of),
}
LEARNS: LearnsTable = {
    "GetInstalledCertificateIds": _learn_installed,
    "InstallCertificate": _learn_install,
    "DeleteCertificate": learn_delete,
    "CertificateSigned": learn_signed,
}

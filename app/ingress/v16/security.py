"""Security of 1.6, as its security whitepaper adds it: passwords, profiles, certificates, security events.

It has two kinds of root certificates and one of its own. Words are translated to 2.0.1's here.
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
    CertificateUse,
    ChainAnswered,
    DeleteCertificate,
    GetInstalledCertificates,
    InstallCertificate,
    ListedCertificate,
    OfferSecurityProfile,
    SecurityEventReported,
    SendSignedCertificate,
    SetStationPassword,
    SigningAnswer,
    SigningAsked,
    SigningUse,
)
from app.domain.errors import NotSupported
from app.domain.reports import Answer, Report
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

_USES = {
    CertificateUse.CSMS_ROOT: "CentralSystemRootCertificate",
    CertificateUse.MANUFACTURER_ROOT: "ManufacturerRootCertificate",
}
_MEANT = {word: use for use, word in _USES.items()}


def _event(payload: Any, _at: datetime) -> tuple[SecurityEventReported, ...]:
    return (
        SecurityEventReported(
            type=payload.type, at=utc(payload.timestamp), tech_info=payload.techInfo or ""
        ),
    )


def _sign(payload: Any, _at: datetime) -> tuple[SigningAsked, ...]:
    return (SigningAsked(csr=payload.csr, use=SigningUse.STATION),)


def _signing(answer: Answer) -> Payload:
    return {"status": "Accepted" if cast(SigningAnswer, answer).accepted else "Rejected"}


def _password(command: SetStationPassword) -> Payload:
    return {"key": "AuthorizationKey", "value": command.password}


def _profile(command: OfferSecurityProfile) -> Payload:
    """The station changes over by itself (whitepaper, A05)."""
    return {"key": "SecurityProfile", "value": str(command.profile)}


def _word(use: CertificateUse) -> str:
    word = _USES.get(use)
    if word is None:
        raise NotSupported(f"This station's protocol knows no {use}.")
    return word


def _install(command: InstallCertificate) -> Payload:
    return {"certificateType": _word(command.use), "certificate": command.certificate}


def _delete(command: DeleteCertificate) -> Payload:
    named = command.hash
    return {
        "certificateHashData": {
            "hashAlgorithm": named.hash_algorithm,
            "issuerNameHash": named.issuer_name_hash,
            "issuerKeyHash": named.issuer_key_hash,
            "serialNumber": named.serial_number,
        }
    }


def _hash(payload: Payload) -> CertificateHash:
    return CertificateHash(
        hash_algorithm=payload["hashAlgorithm"],
        issuer_name_hash=payload["issuerNameHash"],
        issuer_key_hash=payload["issuerKeyHash"],
        serial_number=payload["serialNumber"],
    )


def _installed(command: GetInstalledCertificates) -> Payload:
    if len(command.uses) != 1:
        raise NotSupported("This station's protocol lists one kind of certificate at a time.")
    return {"certificateType": _word(command.uses[0])}


def _send_signed(command: SendSignedCertificate) -> Payload:
    return {"certificateChain": command.chain}


def _ask_for_request(command: AskForSigningRequest) -> Payload:
    if command.use is not SigningUse.STATION:
        raise NotSupported(f"This station's protocol knows no {command.use}.")
    return {"requestedMessage": "SignChargePointCertificate"}


def _learn_installed(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    use = _MEANT[asked["certificateType"]].value
    listed = tuple(
        ListedCertificate(use=use, hash=_hash(entry))
        for entry in answered.get("certificateHashData", ())
    )
    return (CertificatesListed(uses=(use,), certificates=listed),)


def _learn_install(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    if answered["status"] != "Accepted":
        return ()
    use = _MEANT[asked["certificateType"]].value
    return (CertificateInstalled(use=use, certificate=asked["certificate"]),)


def _learn_delete(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    if answered["status"] == "Failed":
        return ()
    return (CertificateDeleted(hash=_hash(asked["certificateHashData"])),)


def _learn_signed(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    return (
        ChainAnswered(
            chain=asked["certificateChain"],
            use=SigningUse.STATION,
            accepted=answered["status"] == "Accepted",
        ),
    )


RECEIVES: ReceivesTable = {
    "SecurityEventNotification": Receives(_event, empty),
    "SignCertificate": Receives(_sign, _signing),
}
SENDS: SendsTable = {
    SetStationPassword: Sends("ChangeConfiguration", _password, outcome_of),
    OfferSecurityProfile: Sends("ChangeConfiguration", _profile, outcome_of),
    InstallCertificate: Sends("InstallCertificate", _install, outcome_of),
    DeleteCertificate: Sends("DeleteCertificate", _delete, outcome_of),
    GetInstalledCertificates: Sends("GetInstalledCertificateIds", _installed, outcome_of),
    SendSignedCertificate: Sends("CertificateSigned", _send_signed, outcome_of),
    AskForSigningRequest: Sends("ExtendedTriggerMessage", _ask_for_request, outcome_of),
}
LEARNS: LearnsTable = {
    "GetInstalledCertificateIds": _learn_installed,
    "InstallCertificate": _learn_install,
    "DeleteCertificate": _learn_delete,
    "CertificateSigned": _learn_signed,
}

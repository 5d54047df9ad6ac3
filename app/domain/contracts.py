"""Contracts that cars bring along as certificates (ISO 15118, use case C07)."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.certificates import OcspQuestion
from app.domain.reports import AuthorizationAsked


class ContractStatus(StrEnum):
    """The decision about a contract's certificate (AuthorizeCertificateStatusEnumType)."""

    ACCEPTED = "Accepted"
    SIGNATURE_ERROR = "SignatureError"
    EXPIRED = "CertificateExpired"
    REVOKED = "CertificateRevoked"
    NONE = "NoCertificateAvailable"
    CHAIN_ERROR = "CertChainError"
    CANCELLED = "ContractCancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractAsked(AuthorizationAsked):
    """Authorize with a contract: `hashes` where the station checked the certificate, else the chain itself, PEM."""

    certificate: str | None = None
    hashes: tuple[OcspQuestion, ...] = ()

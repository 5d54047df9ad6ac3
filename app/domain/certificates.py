"""Certificates of stations: which there are, what is asked about them, and what a station tells of its security.

Words are 2.0.1's. What is inside a certificate is the living room's business: here it is text (PEM) and hashes.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.commands import Command
from app.domain.reports import Answer, Report


class CertificateUse(StrEnum):
    """What a certificate is for. The last is the station's own; no listing names it."""

    V2G_ROOT = "V2GRootCertificate"
    MO_ROOT = "MORootCertificate"
    CSMS_ROOT = "CSMSRootCertificate"
    MANUFACTURER_ROOT = "ManufacturerRootCertificate"
    OEM_ROOT = "OEMRootCertificate"
    V2G_CHAIN = "V2GCertificateChain"
    STATION = "ChargingStationCertificate"


class SigningUse(StrEnum):
    """What a station wants signed."""

    STATION = "ChargingStationCertificate"
    V2G = "V2GCertificate"
    V2G20 = "V2G20Certificate"
    COMBINED = "CombinedCertificate"


class SigningStatus(StrEnum):
    """How far a signing request has come: pending, signed (on its way), or how it ended."""

    PENDING = "pending"
    SIGNED = "signed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"
    REFUSED = "refused"


class CertificateStatus(StrEnum):
    """What an OCSP responder says of a certificate; UNREACHABLE: none that may be asked said anything."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateHash:
    """How OCPP names a certificate (CertificateHashDataType): hexadecimal text throughout."""

    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspQuestion(CertificateHash):
    """OCSPRequestDataType: a certificate, and who knows about it."""

    responder_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCertificate:
    """One entry of a station's list. `children`: those that hang below, the leaf's sub-CAs."""

    use: str
    hash: CertificateHash
    children: tuple[CertificateHash, ...] = ()


# --- reports -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningAsked(Report):
    """SignCertificate (A02, A03)."""

    csr: str
    use: SigningUse
    request_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateStatusAsked(Report):
    """GetCertificateStatus (M06)."""

    question: OcspQuestion


@dataclass(frozen=True, slots=True, kw_only=True)
class EvCertificateAsked(Report):
    """Get15118EVCertificate (M01, M02). `exi`: the car's request, Base64."""

    schema: str
    action: str
    exi: str
    maximum_chains: int | None = None
    prioritized: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEventReported(Report):
    """SecurityEventNotification (A04)."""

    type: str
    at: datetime
    tech_info: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordTaken(Report):
    """The station took a new password (A01), however it was sent."""

    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatesListed(Report):
    """The station told which it has (M03). `uses`: what was asked for, none meaning all."""

    uses: tuple[str, ...]
    certificates: tuple[ListedCertificate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateInstalled(Report):
    """The station took a root certificate (M05), PEM."""

    use: str
    certificate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateDeleted(Report):
    """The station has it no more (M04)."""

    hash: CertificateHash


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainAnswered(Report):
    """The station took, or refused, the certificate that was signed for it (A02)."""

    chain: str
    use: SigningUse
    accepted: bool


# --- answers -----------------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class SigningAnswer(Answer):
    """Whether the request will be looked at. `number` is ours; `reason` says why not."""

    accepted: bool
    number: int | None = None
    reason: str | None = None


@dataclass(slots=True, kw_only=True)
class CertificateStatusAnswer(Answer):
    """`ocsp`: the responder's own response, DER in Base64; None when none could be had, and `reason` says why."""

    ocsp: str | None = None
    reason: str | None = None


@dataclass(slots=True, kw_only=True)
class EvCertificateAnswer(Answer):
    """`exi`: the response for the car, Base64, empty if there is none."""

    accepted: bool
    exi: str = ""
    reason: str | None = None
    remaining: int | None = None


# --- commands ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallCertificate(Command):
    """M05. `certificate`: PEM."""

    use: CertificateUse
    certificate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteCertificate(Command):
    """M04."""

    hash: CertificateHash


@dataclass(frozen=True, slots=True, kw_only=True)
class GetInstalledCertificates(Command):
    """M03. No uses: all."""

    uses: tuple[CertificateUse, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSignedCertificate(Command):
    """A02. `chain`: PEM, the leaf first."""

    chain: str
    use: SigningUse
    request_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskForSigningRequest(Command):
    """A02: have the station ask for a new certificate."""

    use: SigningUse = SigningUse.STATION


@dataclass(frozen=True, slots=True, kw_only=True)
class SetStationPassword(Command):
    """A01. Never stored in clear."""

    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSecurityProfile(Command):
    """A05: have the station know the way in with a higher profile. `url` and `slot` where connections have slots."""

    profile: int
    url: str | None = None
    slot: int = 1
    message_timeout_s: int = 30
    interface: str = "Wired0"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferNetworkProfiles(Command):
    """A05, B10: which connection slots the station tries, in order."""

    slots: tuple[int, ...]

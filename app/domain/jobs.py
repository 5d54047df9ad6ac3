"""What takes a station a while and is reported step by step: firmware updates, published firmware, logs."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.commands import Command
from app.domain.reports import Report


class JobKind(StrEnum):
    """What a job is about."""

    FIRMWARE = "firmware"
    PUBLISHED_FIRMWARE = "published_firmware"
    LOG = "log"


_ENDS: dict[JobKind, str] = {
    JobKind.FIRMWARE: (
        "Installed DownloadFailed InstallationFailed InstallVerificationFailed InvalidSignature"
        " Rejected InvalidCertificate RevokedCertificate Canceled"
    ),
    JobKind.PUBLISHED_FIRMWARE: (
        "Published DownloadFailed InvalidChecksum PublishFailed Rejected Unpublished"
    ),
    JobKind.LOG: (
        "Uploaded UploadFailure BadMessage NotSupportedOperation PermissionDenied AcceptedCanceled"
        " Rejected NotAvailable Canceled"
    ),
}


def is_end(kind: JobKind, status: str) -> bool:
    """Whether nothing more is expected after this word."""
    return status in _ENDS[kind].split()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAsked(Report):
    """We asked for a job and the station answered `status`. `request_id` None: its protocol has none.

    `replaces`: the station gave up an ongoing job of this kind for it.
    """

    kind: JobKind
    status: str
    request_id: int | None = None
    location: str | None = None
    asked: dict[str, object] = field(default_factory=dict)
    replaces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgressed(Report):
    """How far a job is (L01, L03, N01). `request_id` None: the one that goes on."""

    kind: JobKind
    status: str
    request_id: int | None = None
    locations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareUnpublished(Report):
    """A local controller offers this firmware no more (L04)."""

    checksum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateFirmware(Command):
    """L01, L02: fetch firmware at `location` from `retrieve_at` on, install it from `install_at` on."""

    request_id: int
    location: str
    retrieve_at: datetime
    install_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateSignedFirmware(Command):
    """L01: firmware whose maker signed it. `signing_certificate` is PEM, `signature` base64."""

    request_id: int
    location: str
    retrieve_at: datetime
    signing_certificate: str
    signature: str
    install_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishFirmware(Command):
    """L03: have a local controller fetch firmware and offer it to its stations. `checksum` is MD5, in hexadecimal."""

    request_id: int
    location: str
    checksum: str
    retries: int | None = None
    retry_interval_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpublishFirmware(Command):
    """L04."""

    checksum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetDiagnostics(Command):
    """N01: upload the diagnostics to `location`, those between `since` and `until` if that is said."""

    request_id: int
    location: str
    since: datetime | None = None
    until: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetSecurityLog(Command):
    """N01: upload the log of security events."""

    request_id: int
    location: str
    since: datetime | None = None
    until: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None

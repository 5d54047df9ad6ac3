"""Security of stations: profiles, passwords, certificates, events, and who was refused."""

from typing import Literal

from pydantic import Field

from app.api.schemas.common import Instant, Output, StrictInput
from app.domain.certificates import CertificateUse, SigningStatus, SigningUse


class Security(Output):
    """How a station proves who it is."""

    station_id: str
    minimum_profile: int = Field(description="A connection with less is refused.")
    wanted_profile: int | None = Field(description="An upgrade under way; then the minimum.")
    has_password: bool
    password_changing: bool = Field(description="It was given one that it has not used yet.")
    profile: int | None = Field(description="Of its last connection.")
    certificate_serial: str | None
    certificate_expires_at: Instant | None
    seen_at: Instant | None


class SetSecurity(StrictInput):
    """The security profile that its connection must have at least."""

    minimum_profile: int = Field(ge=0, le=3)


class Rotate(StrictInput):
    """A new password; none: one is made up, and nobody has to know it."""

    password: str | None = Field(default=None, min_length=16, max_length=40)


class Upgrade(StrictInput):
    """A higher security profile. All but the profile is for connections that have slots (2.x)."""

    profile: Literal[1, 2, 3]
    url: str | None = Field(
        default=None, max_length=512, examples=["wss://csms.example.com:9443/ocpp"]
    )
    slot: int = Field(default=1, ge=0, le=100)
    slots: list[int] = Field(default=[], max_length=20, description="All, in order of preference.")
    message_timeout_s: int = Field(default=30, ge=1, le=3600)
    interface: str = Field(default="Wired0", max_length=20)


class Certificate(Output):
    """A certificate of a station, by its hashes; its text if it came from here."""

    id: int
    use: str
    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str
    children: list[dict[str, str]] | None
    certificate: str | None
    subject: str | None
    expires_at: Instant | None
    seen_at: Instant


class Install(StrictInput):
    """A root certificate, PEM; none: that of Halla's own authority, as CSMSRootCertificate."""

    use: CertificateUse
    certificate: str | None = Field(default=None, min_length=1, max_length=10_000)


class Refresh(StrictInput):
    """Which kinds to list; none: all."""

    uses: list[CertificateUse] = Field(default=[], max_length=10)


class Renew(StrictInput):
    """What for."""

    use: SigningUse = SigningUse.STATION


class SigningRequest(Output):
    """A station's wish for a certificate, and what became of it."""

    id: int
    use: str | None
    requested_at: Instant
    status: SigningStatus
    reason: str | None
    csr: str
    chain: str | None
    expires_at: Instant | None
    settled_at: Instant | None


class SecurityEvent(Output):
    """What a station told of its security; `at` by its own clock."""

    id: int
    station_id: str
    type: str
    at: Instant
    tech_info: str
    received_at: Instant


class SecurityEventPage(Output):
    """Some events, newest first."""

    items: list[SecurityEvent]
    next: int | None = Field(description="Ask for the rest with `before`; null: that was all.")


class Refusal(Output):
    """Somebody who may not come in, why, and how often it was tried."""

    id: int
    identity: str = Field(description="As it called itself; empty if it got no further than TLS.")
    remote_address: str
    code: str
    reason: str
    times: int
    first_at: Instant
    last_at: Instant


class RefusalPage(Output):
    """Some refusals, the latest first."""

    items: list[Refusal]
    next: int | None = Field(description="Ask for the rest with `before`; null: that was all.")

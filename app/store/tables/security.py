"""What keeps stations and their connections safe: credentials, certificates, security events, and who was refused."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index, SmallInteger, text
from sqlmodel import Field, SQLModel

from app.domain.certificates import SigningStatus
from app.store.tables.columns import document, instant, one_of, word


def _number() -> Column[Any]:
    return Column(BigInteger, Identity(always=False), primary_key=True)


class StationSecurity(SQLModel, table=True):
    """How a station has to prove who it is, and how it did so last. No row: nothing is asked beyond its password.

    `minimum_profile`: a connection with less is refused. `wanted_profile`: becomes the minimum once it was seen.
    `next_password_hash`: valid beside the station's password until it was seen. `pinned_certificate`: SHA-256 of the
    one certificate that it may show, in lower-case hexadecimal digits; null: any good one in its name.
    """

    __tablename__ = "station_security"

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    minimum_profile: int = Field(
        default=0, sa_column=Column(SmallInteger, nullable=False, server_default="0")
    )
    wanted_profile: int | None = Field(default=None, sa_column=Column(SmallInteger))
    next_password_hash: str | None = None
    pinned_certificate: str | None = None
    profile: int | None = Field(default=None, sa_column=Column(SmallInteger))
    certificate_serial: str | None = None
    certificate_expires_at: datetime | None = Field(default=None, sa_column=instant())
    seen_at: datetime | None = Field(default=None, sa_column=instant())


class InstalledCertificate(SQLModel, table=True):
    """A certificate that a station has, as it lists it or as it accepted it from us (then with its text).

    `use` is 2.0.1's word; ChargingStationCertificate is the station's own, which no listing names.
    """

    __tablename__ = "installed_certificate"
    __table_args__ = (Index("installed_certificate_station", "station_id", "use"),)

    id: int | None = Field(default=None, sa_column=_number())
    station_id: str = Field(foreign_key="station.id", ondelete="CASCADE")
    use: str
    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str
    children: Any = Field(default=None, sa_column=document())
    certificate: str | None = None
    subject: str | None = None
    expires_at: datetime | None = Field(default=None, sa_column=instant())
    seen_at: datetime = Field(sa_column=instant(now=True))


class SigningRequest(SQLModel, table=True):
    """A station asked for a certificate (A02, A03); how far that has come."""

    __tablename__ = "signing_request"
    __table_args__ = (
        one_of("signing_request", "status", SigningStatus),
        Index("signing_request_station", "station_id", text("id DESC")),
    )

    id: int | None = Field(default=None, sa_column=_number())
    station_id: str = Field(foreign_key="station.id", ondelete="CASCADE")
    use: str | None = None
    csr: str
    request_id: int | None = None
    requested_at: datetime = Field(sa_column=instant(now=True))
    status: str = Field(sa_column=word())
    reason: str | None = None
    chain: str | None = None
    expires_at: datetime | None = Field(default=None, sa_column=instant())
    settled_at: datetime | None = Field(default=None, sa_column=instant())


class SecurityEvent(SQLModel, table=True):
    """SecurityEventNotification. The same event told twice is one."""

    __tablename__ = "security_event"
    __table_args__ = (
        Index("security_event_once", "station_id", "type", "at", "tech_info", unique=True),
        Index("security_event_received", "received_at"),
    )

    id: int | None = Field(default=None, sa_column=_number())
    station_id: str = Field(foreign_key="station.id", ondelete="CASCADE")
    type: str
    at: datetime = Field(sa_column=instant(nullable=False))
    tech_info: str = Field(default="", sa_column_kwargs={"server_default": ""})
    received_at: datetime = Field(sa_column=instant(now=True))


class ConnectionRefusal(SQLModel, table=True):
    """Somebody who wanted to connect and might not. The same refusal again is counted, not added.

    `identity` is what it called itself ("" if it got no further than TLS): no reference, strangers knock too.
    """

    __tablename__ = "connection_refusal"
    __table_args__ = (
        Index("connection_refusal_once", "identity", "remote_address", "code", unique=True),
        Index("connection_refusal_last", text("last_at DESC")),
    )

    id: int | None = Field(default=None, sa_column=_number())
    identity: str
    remote_address: str
    code: str
    reason: str
    times: int = Field(default=1, sa_column=Column(BigInteger, nullable=False, server_default="1"))
    first_at: datetime = Field(sa_column=instant(nullable=False))
    last_at: datetime = Field(sa_column=instant(nullable=False))

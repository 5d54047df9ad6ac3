"""What a station keeps about a customer, told or forgotten (N09, N10)."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.commands import Command
from app.domain.reports import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateHash:
    """A customer's certificate, by the hashes that name it."""

    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerInformation(Command):
    """N09 (`report`), N10 (`clear`). The customer is named in exactly one of the three ways."""

    request_id: int
    report: bool
    clear: bool
    id_token: str | None = None
    token_type: str = "ISO14443"
    customer_identifier: str | None = None
    certificate: CertificateHash | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAsked(Report):
    """We asked about a customer and the station answered `status`."""

    request_id: int
    report: bool
    clear: bool
    status: str
    id_token: str | None = None
    customer_identifier: str | None = None
    certificate: dict[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerTold(Report):
    """NotifyCustomerInformation: a part of the answer."""

    request_id: int
    seq_no: int
    data: str
    generated_at: datetime
    more_follows: bool = False

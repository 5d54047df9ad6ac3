"""Certificates that stations have, and those that they asked for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRow:
    """A certificate of a station. `certificate` (PEM), `subject` and `expires_at`: if it came from here."""

    id: int
    use: str
    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str
    children: Any
    certificate: str | None
    subject: str | None
    expires_at: datetime | None
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningRequestRow:
    """A station's wish for a certificate. `status`: pending, signed (on its way), accepted, rejected (by the station),
    refused (by us) or failed; `reason` says why."""

    id: int
    use: str | None
    requested_at: datetime
    status: str
    reason: str | None
    csr: str
    chain: str | None
    expires_at: datetime | None
    settled_at: datetime | None


async def installed(database: Database, station_id: str) -> list[CertificateRow]:
    """What is known of a station's certificates, by use."""
    return await fetch(database, CertificateRow, _INSTALLED, {"id": station_id})


async def signing_requests(
    database: Database, station_id: str, *, limit: int = 20
) -> list[SigningRequestRow]:
    """A station's signing requests, newest first."""
    return await fetch(database, SigningRequestRow, _REQUESTS, {"id": station_id, "limit": limit})


_INSTALLED = """
SELECT id, use, hash_algorithm, issuer_name_hash, issuer_key_hash, serial_number, children, certificate, subject,
       expires_at, seen_at
FROM installed_certificate WHERE station_id = %(id)s ORDER BY use, id
"""

_REQUESTS = """
SELECT id, use, requested_at, status, reason, csr, chain, expires_at, settled_at
FROM signing_request WHERE station_id = %(id)s ORDER BY id DESC LIMIT %(limit)s
"""

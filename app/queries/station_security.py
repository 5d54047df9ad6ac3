"""How a station proves who it is, its certificates, what it told of its security, and who was not let in."""

from dataclasses import dataclass
from datetime import datetime

from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialState:
    """`offered`: a new password was sent and not used yet. `profile`: of the last connection; None: not known."""

    has_password: bool
    offered: bool
    minimum_profile: int
    wanted_profile: int | None
    profile: int | None
    certificate_serial: str | None
    certificate_expires_at: datetime | None
    seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRow:
    """One certificate that a station has. `held`: its text is known, because it was installed from here."""

    id: int
    use: str
    hash_algorithm: str
    serial_number: str
    issuer_name_hash: str
    subject: str | None
    expires_at: datetime | None
    seen_at: datetime
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningRow:
    """A certificate that the station asked for."""

    id: int
    use: str | None
    requested_at: datetime
    status: str
    reason: str | None
    expires_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEventRow:
    """One SecurityEventNotification."""

    id: int
    type: str
    at: datetime
    tech_info: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRow:
    """Somebody who was not let in, `times` since `first_at`. `identity` "": it did not get so far as to say it."""

    id: int
    identity: str
    remote_address: str
    code: str
    reason: str
    times: int
    first_at: datetime
    last_at: datetime


async def credentials(database: Database, station_id: str) -> CredentialState:
    """Of a station that exists."""
    [found] = await fetch(database, CredentialState, _CREDENTIALS, {"id": station_id})
    return found


async def certificates(database: Database, station_id: str) -> list[CertificateRow]:
    """By use, the newest first."""
    return await fetch(database, CertificateRow, _CERTIFICATES, {"id": station_id})


async def signing_requests(
    database: Database, station_id: str, limit: int = 20
) -> list[SigningRow]:
    """Newest first."""
    return await fetch(database, SigningRow, _SIGNING, {"id": station_id, "limit": limit})


async def security_events(
    database: Database, station_id: str, limit: int = 50
) -> list[SecurityEventRow]:
    """Newest first."""
    return await fetch(database, SecurityEventRow, _EVENTS, {"id": station_id, "limit": limit})


async def refusals(
    database: Database, station_id: str | None = None, *, unknown: bool = False, limit: int = 50
) -> list[RefusalRow]:
    """The newest first: of a station and its aliases, of all, or (`unknown`) of those that no station is called."""
    values = {"id": station_id, "unknown": unknown, "limit": limit}
    return await fetch(database, RefusalRow, _REFUSALS, values)


_CREDENTIALS = """
SELECT s.password_hash IS NOT NULL AS has_password, x.next_password_hash IS NOT NULL AS offered,
       coalesce(x.minimum_profile, 0) AS minimum_profile, x.wanted_profile, x.profile, x.certificate_serial,
       x.certificate_expires_at, x.seen_at
FROM station s LEFT JOIN station_security x ON x.station_id = s.id WHERE s.id = %(id)s
"""

_CERTIFICATES = """
SELECT id, use, hash_algorithm, serial_number, issuer_name_hash, subject, expires_at, seen_at,
       certificate IS NOT NULL AS held
FROM installed_certificate WHERE station_id = %(id)s ORDER BY use, id DESC
"""

_SIGNING = """
SELECT id, use, requested_at, status, reason, expires_at, settled_at
FROM signing_request WHERE station_id = %(id)s ORDER BY id DESC LIMIT %(limit)s
"""

_EVENTS = """
SELECT id, type, at, tech_info, received_at
FROM security_event WHERE station_id = %(id)s ORDER BY at DESC, id DESC LIMIT %(limit)s
"""

_REFUSALS = """
SELECT id, identity, remote_address, code, reason, times, first_at, last_at
FROM connection_refusal r
WHERE (%(id)s::text IS NULL OR identity = %(id)s
       OR identity IN (SELECT alias FROM station_alias WHERE station_id = %(id)s))
  AND (NOT %(unknown)s OR NOT EXISTS (SELECT FROM station WHERE id = r.identity
       UNION ALL SELECT FROM station_alias WHERE alias = r.identity))
ORDER BY last_at DESC, id DESC LIMIT %(limit)s
"""

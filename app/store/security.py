"""What keeps connections safe: how stations proved who they are, their security events, and who was refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from app.store.upserts import columns_of

MOST_REFUSALS = 10_000
"""Different refusals that are kept; the oldest go first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRow:
    """How a station connected."""

    station_id: str
    profile: int
    certificate_serial: str | None
    certificate_expires_at: datetime | None
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """A security event."""

    station_id: str
    type: str
    at: datetime
    tech_info: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRow:
    """Some refusals of one kind."""

    identity: str
    remote_address: str
    code: str
    reason: str
    times: int
    first_at: datetime
    last_at: datetime


_CREDENTIALS = """
INSERT INTO station_security AS s (station_id, profile, certificate_serial, certificate_expires_at, seen_at)
SELECT DISTINCT ON (1) * FROM unnest(%b::text[], %b::int[], %b::text[], %b::timestamptz[], %b::timestamptz[])
    AS said(station_id, profile, serial, expires_at, seen_at) ORDER BY 1, 5 DESC
ON CONFLICT (station_id) DO UPDATE SET
    profile = excluded.profile, certificate_serial = excluded.certificate_serial,
    certificate_expires_at = excluded.certificate_expires_at, seen_at = excluded.seen_at,
    minimum_profile = CASE WHEN s.wanted_profile <= excluded.profile
                           THEN greatest(s.minimum_profile, s.wanted_profile) ELSE s.minimum_profile END,
    wanted_profile = CASE WHEN s.wanted_profile <= excluded.profile THEN NULL ELSE s.wanted_profile END
"""

_PASSWORDS = """
WITH used AS (
    UPDATE station_security s SET next_password_hash = NULL
    FROM unnest(%b::text[], %b::text[]) AS used(id, hash)
    WHERE s.station_id = used.id AND s.next_password_hash = used.hash
    RETURNING s.station_id, used.hash
)
UPDATE station SET password_hash = used.hash FROM used WHERE station.id = used.station_id
"""

_EVENTS = """
INSERT INTO security_event (station_id, type, at, tech_info, received_at)
SELECT * FROM unnest(%b::text[], %b::text[], %b::timestamptz[], %b::text[], %b::timestamptz[])
ON CONFLICT DO NOTHING
"""

_REFUSALS = """
INSERT INTO connection_refusal AS r (identity, remote_address, code, reason, times, first_at, last_at)
SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::int[], %b::timestamptz[], %b::timestamptz[])
ON CONFLICT (identity, remote_address, code) DO UPDATE SET
    reason = excluded.reason, times = r.times + excluded.times, last_at = excluded.last_at
"""

_PRUNE = """
DELETE FROM connection_refusal WHERE id IN (
    SELECT id FROM connection_refusal ORDER BY last_at DESC OFFSET %s)
"""


async def save_credentials(connection: AsyncConnection[Any], rows: Sequence[CredentialRow]) -> None:
    """How stations connected. A higher profile that was waited for becomes the least that they need."""
    await connection.execute(_CREDENTIALS, columns_of(rows))


async def save_passwords(connection: AsyncConnection[Any], rows: Sequence[tuple[str, str]]) -> None:
    """(station, hash): a new password was used, the old one counts no more."""
    await connection.execute(_PASSWORDS, [list(column) for column in zip(*rows, strict=True)])


async def save_events(connection: AsyncConnection[Any], rows: Sequence[EventRow]) -> None:
    """Security events; one that is told again changes nothing."""
    await connection.execute(_EVENTS, columns_of(rows))


async def save_refusals(connection: AsyncConnection[Any], rows: Sequence[RefusalRow]) -> None:
    """Refusals, at most MOST_REFUSALS different ones in all."""
    await connection.execute(_REFUSALS, columns_of(rows))
    await connection.execute(_PRUNE, (MOST_REFUSALS,))

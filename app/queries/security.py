"""How stations prove who they are, what they tell of attacks, and who knocked in vain."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import StationNotFound
from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSecurity:
    """One station. `minimum_profile`: a connection with less is refused; `wanted_profile`: an upgrade that was not seen
    yet; `password_changing`: it was given a password that it has not used yet; `profile` and `certificate_...`: of its
    last connection."""

    station_id: str
    minimum_profile: int
    wanted_profile: int | None
    has_password: bool
    password_changing: bool
    profile: int | None
    certificate_serial: str | None
    certificate_expires_at: datetime | None
    seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityEventRow:
    """What a station told. `at`: by its own clock."""

    id: int
    station_id: str
    type: str
    at: datetime
    tech_info: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRow:
    """Who was refused, as it called itself ("" if it got no further than TLS), why, and how often.

    `code`: not_registered, wrong_password, wrong_certificate, profile_too_low, subprotocol, tls, proxy, busy,
    not_allowed.
    """

    id: int
    identity: str
    remote_address: str
    code: str
    reason: str
    times: int
    first_at: datetime
    last_at: datetime


async def station_security(database: Database, station_id: str) -> StationSecurity:
    """Of one station, by its id. Raises StationNotFound."""
    rows = await fetch(database, StationSecurity, _STATION, {"id": station_id})
    if not rows:
        raise StationNotFound(f"There is no charging station {station_id}.", station_id=station_id)
    return rows[0]


async def events(
    database: Database,
    station_id: str | None = None,
    *,
    limit: int = 50,
    before: int | None = None,
) -> list[SecurityEventRow]:
    """Security events, newest first; the next page is `before` the last number of this one."""
    values = {"station": station_id, "limit": limit, "before": before}
    return await fetch(database, SecurityEventRow, _EVENTS, values)


async def connection_refusals(
    database: Database,
    identity: str | None = None,
    *,
    strangers: bool = False,
    limit: int = 50,
    before: int | None = None,
) -> list[RefusalRow]:
    """Refusals, the latest first, of one identity (an alias counts as its station) or of all.

    `strangers`: only of those that no station is called. The next page is `before` the last number of this one.
    """
    values = {"identity": identity, "strangers": strangers, "limit": limit, "before": before}
    return await fetch(database, RefusalRow, _REFUSALS, values)


_STATION = """
SELECT s.id AS station_id, coalesce(x.minimum_profile, 0) AS minimum_profile, x.wanted_profile,
       s.password_hash IS NOT NULL AS has_password, x.next_password_hash IS NOT NULL AS password_changing,
       x.profile, x.certificate_serial, x.certificate_expires_at, x.seen_at
FROM station s LEFT JOIN station_security x ON x.station_id = s.id
WHERE s.id = %(id)s
"""

_EVENTS = """
SELECT id, station_id, type, at, tech_info, received_at FROM security_event
WHERE (%(station)s::text IS NULL OR station_id = %(station)s) AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s
"""

_REFUSALS = """
SELECT id, identity, remote_address, code, reason, times, first_at, last_at FROM connection_refusal r
WHERE (%(identity)s::text IS NULL OR identity = %(identity)s
       OR identity IN (SELECT alias FROM station_alias WHERE station_id = %(identity)s))
  AND (NOT %(strangers)s OR NOT EXISTS (SELECT FROM station WHERE id = r.identity AND retired_at IS NULL
       UNION ALL SELECT FROM station_alias WHERE alias = r.identity))
  AND (%(before)s::bigint IS NULL
       OR (last_at, id) < (SELECT last_at, id FROM connection_refusal WHERE id = %(before)s))
ORDER BY last_at DESC, id DESC LIMIT %(limit)s
"""

"""Charging profiles, composite schedules, limits of others and needs of vehicles, saved for a whole batch.

What a station says replaces what was known: an installed profile, a finished series of reports, a limit.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb


class ProfileRow(NamedTuple):
    """One profile of one station; the columns of `charging_profile` in their order here."""

    station_id: str
    evse_id: int
    profile_id: int
    purpose: str
    kind: str
    stack_level: int
    transaction_id: str | None
    valid_from: datetime | None
    valid_to: datetime | None
    source: str
    profile: Jsonb
    origin: str
    request_id: int | None
    at: datetime


class CriteriaRow(NamedTuple):
    """Which profiles of a station; None or empty: any."""

    station_id: str
    evse_id: int | None
    purpose: str | None
    stack_level: int | None
    profile_ids: list[int]
    sources: list[str]


# Two rows of one batch may name the same profile: the later one holds.
_SAVE = """
INSERT INTO charging_profile (station_id, evse_id, profile_id, purpose, kind, stack_level, transaction_id, valid_from,
    valid_to, source, profile, origin, request_id, installed_at, reported_at)
SELECT DISTINCT ON (station_id, evse_id, profile_id) station_id, evse_id, profile_id, purpose, kind, stack_level,
    transaction_id, valid_from, valid_to, source, profile, origin, request_id,
    CASE WHEN origin = 'installed' THEN at END, CASE WHEN origin = 'reported' THEN at END
FROM unnest(%t::text[], %t::int[], %t::int[], %t::text[], %t::text[], %t::int[], %t::text[], %t::timestamptz[],
    %t::timestamptz[], %t::text[], %t::jsonb[], %t::text[], %t::bigint[], %t::timestamptz[]) WITH ORDINALITY
    r(station_id, evse_id, profile_id, purpose, kind, stack_level, transaction_id, valid_from, valid_to, source,
      profile, origin, request_id, at, nth)
ORDER BY station_id, evse_id, profile_id, nth DESC
ON CONFLICT (station_id, evse_id, profile_id) DO UPDATE SET
    purpose = excluded.purpose, kind = excluded.kind, stack_level = excluded.stack_level,
    transaction_id = excluded.transaction_id, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
    source = excluded.source, profile = excluded.profile, request_id = excluded.request_id,
    origin = CASE WHEN charging_profile.profile = excluded.profile AND charging_profile.origin = 'installed'
                  THEN 'installed' ELSE excluded.origin END,
    installed_at = CASE WHEN excluded.origin = 'installed' THEN excluded.installed_at
                        WHEN charging_profile.profile = excluded.profile THEN charging_profile.installed_at END,
    reported_at = coalesce(excluded.reported_at, charging_profile.reported_at)
"""

# K01.FR.05: an id is a station's, so the same one elsewhere is the same profile; 1.6 also replaces by level.
_REPLACE = """
DELETE FROM charging_profile p
USING unnest(%t::text[], %t::int[], %t::int[], %t::text[], %t::int[], %t::bool[])
    r(station_id, evse_id, profile_id, purpose, stack_level, by_level)
WHERE p.station_id = r.station_id AND p.source = 'CSO'
  AND CASE WHEN r.by_level
      THEN p.evse_id = r.evse_id AND p.purpose = r.purpose AND p.stack_level = r.stack_level
           AND p.profile_id <> r.profile_id
      ELSE p.profile_id = r.profile_id AND p.evse_id <> r.evse_id END
"""

_FORGET = """
DELETE FROM charging_profile p
WHERE p.station_id = %s AND p.evse_id = coalesce(%s, p.evse_id) AND p.purpose = coalesce(%s, p.purpose)
  AND p.stack_level = coalesce(%s, p.stack_level)
  AND (cardinality(%s::int[]) = 0 OR p.profile_id = ANY (%s))
  AND (cardinality(%s::text[]) = 0 OR p.source = ANY (%s))
"""

_SETTLE = """
WITH settled AS (
    DELETE FROM station_question q
    USING unnest(%t::text[], %t::bigint[]) r(station_id, request_id)
    WHERE q.station_id = r.station_id AND q.request_id = r.request_id AND q.subject = 'profiles'
    RETURNING q.station_id, q.request_id, q.criteria c, q.asked_at
)
DELETE FROM charging_profile p USING settled s
WHERE p.station_id = s.station_id AND p.request_id IS DISTINCT FROM s.request_id
  AND coalesce(p.installed_at, s.asked_at) <= s.asked_at
  AND p.evse_id = coalesce((s.c->>'evse_id')::int, p.evse_id)
  AND p.purpose = coalesce(s.c->>'purpose', p.purpose)
  AND p.stack_level = coalesce((s.c->>'stack_level')::int, p.stack_level)
  AND (jsonb_array_length(s.c->'profile_ids') = 0 OR s.c->'profile_ids' @> to_jsonb(p.profile_id))
  AND (jsonb_array_length(s.c->'sources') = 0 OR s.c->'sources' ? p.source)
"""

_ASK = """
INSERT INTO station_question (station_id, subject, request_id, criteria, asked_at)
SELECT DISTINCT ON (1, 2, 3) * FROM unnest(%t::text[], %t::text[], %t::bigint[], %t::jsonb[], %t::timestamptz[])
ON CONFLICT (station_id, subject, request_id) DO UPDATE SET criteria = excluded.criteria, asked_at = excluded.asked_at
"""

_COMPOSITE = """
INSERT INTO composite_schedule (station_id, evse_id, start_at, duration_s, unit, periods, reported_at)
SELECT DISTINCT ON (1, 2) *
FROM unnest(%t::text[], %t::int[], %t::timestamptz[], %t::int[], %t::text[], %t::jsonb[], %t::timestamptz[])
ON CONFLICT (station_id, evse_id) DO UPDATE SET start_at = excluded.start_at, duration_s = excluded.duration_s,
    unit = excluded.unit, periods = excluded.periods, reported_at = excluded.reported_at
"""

_LIMIT = """
INSERT INTO charging_limit (station_id, evse_id, source, is_grid_critical, schedules, notified_at)
SELECT DISTINCT ON (1, 2, 3) *
FROM unnest(%t::text[], %t::int[], %t::text[], %t::bool[], %t::jsonb[], %t::timestamptz[])
ON CONFLICT (station_id, evse_id, source) DO UPDATE SET is_grid_critical = excluded.is_grid_critical,
    schedules = excluded.schedules, notified_at = excluded.notified_at
"""

_UNLIMIT = """
DELETE FROM charging_limit l USING unnest(%t::text[], %t::int[], %t::text[]) r(station_id, evse_id, source)
WHERE l.station_id = r.station_id AND l.source = r.source AND l.evse_id = coalesce(r.evse_id, l.evse_id)
"""

_NEEDS = """
INSERT INTO ev_charging_need (station_id, evse_id, transaction_id, energy_transfer, departure_at, max_schedule_tuples,
                              needs, needs_at)
SELECT DISTINCT ON (1, 2) *
FROM unnest(%t::text[], %t::int[], %t::bigint[], %t::text[], %t::timestamptz[], %t::int[], %t::jsonb[],
            %t::timestamptz[])
ON CONFLICT (station_id, evse_id) DO UPDATE SET transaction_id = excluded.transaction_id,
    energy_transfer = excluded.energy_transfer, departure_at = excluded.departure_at,
    max_schedule_tuples = excluded.max_schedule_tuples, needs = excluded.needs, needs_at = excluded.needs_at,
    schedule = NULL, schedule_at = NULL, time_base = NULL, within_limits = NULL
"""

_SCHEDULE = """
INSERT INTO ev_charging_need (station_id, evse_id, transaction_id, time_base, schedule, schedule_at)
SELECT DISTINCT ON (1, 2) *
FROM unnest(%t::text[], %t::int[], %t::bigint[], %t::timestamptz[], %t::jsonb[], %t::timestamptz[])
ON CONFLICT (station_id, evse_id) DO UPDATE SET
    transaction_id = coalesce(excluded.transaction_id, ev_charging_need.transaction_id),
    time_base = excluded.time_base, schedule = excluded.schedule, schedule_at = excluded.schedule_at,
    within_limits = NULL
"""

Rows = Sequence[tuple[Any, ...]]


def _columns(rows: Rows) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


async def save_profiles(connection: AsyncConnection[Any], rows: Sequence[ProfileRow]) -> None:
    """Store what was installed or reported."""
    await connection.execute(_SAVE, _columns(rows))


async def replace_profiles(connection: AsyncConnection[Any], rows: Rows) -> None:
    """Forget what these replace: (station, evse, profile, purpose, stack level, whether by level)."""
    await connection.execute(_REPLACE, _columns(rows))


async def forget_profiles(connection: AsyncConnection[Any], rows: Sequence[CriteriaRow]) -> None:
    """Forget all profiles that meet any of these criteria; they are few and seldom."""
    for row in rows:
        await connection.execute(
            _FORGET, (*row[:4], row.profile_ids, row.profile_ids, row.sources, row.sources)
        )


async def settle_profiles(connection: AsyncConnection[Any], rows: Rows) -> None:
    """(station, request id): the series is whole, so what it was asked for and did not name is gone."""
    await connection.execute(_SETTLE, _columns(rows))


async def ask_series(connection: AsyncConnection[Any], rows: Rows) -> None:
    """(station, subject, request id, criteria, when)."""
    await connection.execute(_ASK, _columns(rows))


async def save_composite_schedules(connection: AsyncConnection[Any], rows: Rows) -> None:
    """(station, evse, start, duration, unit, periods, when)."""
    await connection.execute(_COMPOSITE, _columns(rows))


async def save_limits(connection: AsyncConnection[Any], rows: Rows) -> None:
    """(station, evse, source, grid critical, schedules, when)."""
    await connection.execute(_LIMIT, _columns(rows))


async def forget_limits(connection: AsyncConnection[Any], rows: Rows) -> None:
    """(station, evse or None, source)."""
    await connection.execute(_UNLIMIT, _columns(rows))


async def save_needs(connection: AsyncConnection[Any], rows: Rows) -> None:
    """(station, evse, transaction, energy transfer, departure, tuples, needs, when)."""
    await connection.execute(_NEEDS, _columns(rows))


async def save_schedules(connection: AsyncConnection[Any], rows: Rows) -> None:
    """(station, evse, transaction, time base, schedule, when)."""
    await connection.execute(_SCHEDULE, _columns(rows))

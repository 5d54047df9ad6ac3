"""What stations agreed to be: network profiles and availability, saved for a whole batch."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection

from app.domain.device import AvailabilityAgreed, NetworkProfileSet

_SAVE_PROFILES = """
INSERT INTO network_profile (station_id, slot, profile, set_at)
SELECT DISTINCT ON (1, 2) s.station_id, s.slot, s.profile::jsonb, s.at
FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::timestamptz[]) AS s(station_id, slot, profile, at)
ORDER BY 1, 2, 4 DESC
ON CONFLICT (station_id, slot) DO UPDATE SET profile = excluded.profile, set_at = excluded.set_at
"""

# What is agreed for a whole holds for its parts: the whole's word replaces theirs.
_SAVE_AVAILABILITY = """
WITH said AS (
    SELECT DISTINCT ON (1, 2, 3) *
    FROM unnest(%b::text[], %b::int[], %b::int[], %b::text[], %b::bool[], %b::timestamptz[])
        AS s(station_id, evse_id, connector_id, availability, scheduled, at)
    ORDER BY 1, 2, 3, at DESC
), parts AS (
    DELETE FROM asked_availability a USING said s
    WHERE a.station_id = s.station_id AND s.connector_id = 0
      AND (s.evse_id = 0 AND a.evse_id > 0 OR a.evse_id = s.evse_id AND a.connector_id > 0)
), whole AS (
    UPDATE station SET availability = s.availability
    FROM said s WHERE station.id = s.station_id AND s.evse_id = 0
)
INSERT INTO asked_availability (station_id, evse_id, connector_id, availability, scheduled, asked_at)
SELECT * FROM said
ON CONFLICT (station_id, evse_id, connector_id) DO UPDATE SET
    availability = excluded.availability, scheduled = excluded.scheduled, asked_at = excluded.asked_at
"""

_TRIGGERED = """
SELECT station_id, coalesce(request ->> 'message', request #>> '{payload,requestedMessage}')
FROM station_command
WHERE station_id = ANY(%s::text[]) AND action = 'TriggerMessage'
  AND requested_at > clock_timestamp() - interval '2 minutes'
"""

_SAVE_FULFILLED = """
UPDATE station_command c SET effect = s.effect, effect_at = s.at
FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::timestamptz[]) AS s(station_id, request_id, effect, at)
WHERE c.station_id = s.station_id AND c.effect_at IS NULL AND c.requested_at > s.at - interval '7 days'
  AND s.request_id::text IN (c.request ->> 'request_id', c.request #>> '{payload,requestId}')
"""


async def save_fulfilled(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, int, str, datetime]]
) -> None:
    """(station, number of a request, what came of it, when): note it with the command that asked."""
    await connection.execute(_SAVE_FULFILLED, _columns(rows))


async def load_triggered(
    connection: AsyncConnection[Any], station_ids: Sequence[str]
) -> dict[str, list[str]]:
    """The messages that these stations were lately asked for (F06)."""
    triggered: dict[str, list[str]] = {}
    cursor = await connection.execute(_TRIGGERED, (list(station_ids),))
    for station_id, message in await cursor.fetchall():
        triggered.setdefault(station_id, []).append(message)
    return triggered


async def save_network_profiles(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, NetworkProfileSet, datetime]]
) -> None:
    """Store (station, profile, when)."""
    values = [
        (station_id, told.slot, msgspec.json.encode(told.profile).decode(), at)
        for station_id, told, at in rows
    ]
    await connection.execute(_SAVE_PROFILES, _columns(values))


async def save_availability(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, AvailabilityAgreed, datetime]]
) -> None:
    """Store (station, what was agreed, when)."""
    values = [
        (
            station_id,
            agreed.evse_id,
            agreed.connector_id,
            agreed.availability.value,
            agreed.scheduled,
            at,
        )
        for station_id, agreed, at in rows
    ]
    await connection.execute(_SAVE_AVAILABILITY, _columns(values))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]

"""Jobs of stations and their progress: one statement for all reports of a kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection

from app.domain.masks import without_secrets

_GIVE_WAY = """
UPDATE station_job j SET status = 'Canceled', status_at = s.at, finished_at = s.at
FROM unnest(%b::text[], %b::text[], %b::timestamptz[]) AS s(station_id, kind, at)
WHERE j.station_id = s.station_id AND j.kind = s.kind AND j.finished_at IS NULL AND j.asked IS NOT NULL
"""

# A station may tell its first step before we have written down that it said yes: that row is then completed.
_SAVE_ASKED = """
WITH said AS (
    SELECT * FROM unnest(%b::text[], %b::text[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::timestamptz[],
                         %b::bool[]) WITH ORDINALITY
        AS s(station_id, kind, request_id, status, location, asked, at, ended, n)
), completed AS (
    UPDATE station_job j SET asked = s.asked::jsonb, location = s.location
    FROM said s
    WHERE j.station_id = s.station_id AND j.kind = s.kind AND j.asked IS NULL
      AND j.request_id IS NOT DISTINCT FROM s.request_id AND j.requested_at > s.at - interval '10 seconds'
    RETURNING s.n
)
INSERT INTO station_job (station_id, kind, request_id, status, location, asked, status_at, requested_at, finished_at)
SELECT station_id, kind, request_id, status, location, asked::jsonb, at, at, CASE WHEN ended THEN at END
FROM said WHERE n NOT IN (SELECT n FROM completed) ORDER BY n
"""

_SAVE_PROGRESS = """
WITH said AS (
    SELECT s.*, (
        SELECT j.id FROM station_job j
        WHERE j.station_id = s.station_id AND j.kind = s.kind
          AND (s.request_id IS NULL OR j.request_id = s.request_id)
          AND (s.request_id IS NOT NULL OR j.finished_at IS NULL OR j.status = s.status)
        ORDER BY j.id DESC LIMIT 1) AS known
    FROM unnest(%b::text[], %b::text[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[], %b::bool[])
        WITH ORDINALITY AS s(station_id, kind, request_id, status, location, at, ended, n)
), made AS (
    INSERT INTO station_job (station_id, kind, request_id, status, location, status_at, requested_at, finished_at)
    SELECT DISTINCT ON (station_id, kind, request_id)
           station_id, kind, request_id, status, location, at, at, CASE WHEN ended THEN at END
    FROM said WHERE known IS NULL AND status <> 'Idle' ORDER BY station_id, kind, request_id, n DESC
    RETURNING id, station_id, kind, request_id
), steps AS (
    SELECT coalesce(s.known, m.id) AS job_id, s.status, s.location, s.at, s.ended, s.n
    FROM said s LEFT JOIN made m ON s.known IS NULL AND m.station_id = s.station_id AND m.kind = s.kind
        AND m.request_id IS NOT DISTINCT FROM s.request_id
    WHERE s.known IS NOT NULL OR m.id IS NOT NULL
), noted AS (
    INSERT INTO job_progress (job_id, status, at) SELECT job_id, status, at FROM steps ORDER BY n
)
UPDATE station_job j SET status = s.status, status_at = s.at, location = coalesce(s.location, j.location),
    finished_at = CASE WHEN s.ended THEN s.at END
FROM (SELECT DISTINCT ON (job_id) * FROM steps ORDER BY job_id, n DESC) s
WHERE j.id = s.job_id AND NOT (s.status = 'Idle' AND j.finished_at IS NOT NULL)
"""

_UNPUBLISH = """
UPDATE station_job j SET status = 'Unpublished', status_at = s.at, finished_at = s.at
FROM unnest(%b::text[], %b::text[], %b::timestamptz[]) AS s(station_id, checksum, at)
WHERE j.station_id = s.station_id AND j.kind = 'published_firmware' AND j.asked ->> 'checksum' = s.checksum
"""


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A job as it was asked for. `ended`: the answer was a no."""

    station_id: str
    kind: str
    request_id: int | None
    status: str
    location: str | None
    asked: dict[str, object]
    at: datetime
    ended: bool


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """One word about a job."""

    station_id: str
    kind: str
    request_id: int | None
    status: str
    location: str | None
    at: datetime
    ended: bool


async def give_way(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, str, datetime]]
) -> None:
    """(station, kind, when): what was going on gave way to something newer."""
    await connection.execute(_GIVE_WAY, _columns(rows))


async def save_asked(connection: AsyncConnection[Any], rows: Sequence[AskedRow]) -> None:
    """New jobs; the names and passwords of file servers are not kept."""
    values = [
        (
            row.station_id,
            row.kind,
            row.request_id,
            row.status,
            without_secrets(row.location) if row.location else None,
            without_secrets(msgspec.json.encode(row.asked).decode()),
            row.at,
            row.ended,
        )
        for row in rows
    ]
    await connection.execute(_SAVE_ASKED, _columns(values))


async def save_progress(connection: AsyncConnection[Any], rows: Sequence[ProgressRow]) -> None:
    """Steps of jobs; a step of a job that nobody asked for makes one, Idle does not."""
    values = [
        (r.station_id, r.kind, r.request_id, r.status, r.location, r.at, r.ended) for r in rows
    ]
    await connection.execute(_SAVE_PROGRESS, _columns(values))


async def unpublish(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, str, datetime]]
) -> None:
    """(station, checksum, when): this firmware is offered no more."""
    await connection.execute(_UNPUBLISH, _columns(rows))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]

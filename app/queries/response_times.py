"""How fast stations answer us, and we them: measured at the socket, command by command, frame by frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.queries.rows import fetch
from app.store.database import Database

NEWEST_FRAMES = 2_000
"""Of our own answers only the newest are looked at: the journal may hold millions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTimes:
    """Milliseconds; None where nothing was answered. `asked`: how many questions ended, `answered`: how many by an
    answer (of whatever content), `timed_out`: how many by waiting in vain."""

    asked: int
    answered: int
    timed_out: int
    average_ms: float | None
    median_ms: float | None
    p95_ms: float | None
    longest_ms: float | None


async def of_stations(
    database: Database,
    since: datetime,
    until: datetime,
    station_id: str | None = None,
    *,
    station_ids: Sequence[str] | None = None,
) -> ResponseTimes:
    """How fast stations (one, those of `station_ids`, or all) answered what was asked from `since` to `until`
    (excluded)."""
    named = [station_id] if station_id is not None else station_ids
    ids = None if named is None else list(named)
    values = {"since": since, "until": until, "ids": ids}
    return (await fetch(database, ResponseTimes, _OF_STATIONS, values))[0]


async def of_the_csms(
    database: Database, since: datetime, station_id: str | None = None
) -> ResponseTimes:
    """How long stations waited for our answers since `since`, by the newest frames of the journal."""
    values = {"since": since, "station_id": station_id, "newest": NEWEST_FRAMES}
    where = "station_id = %(station_id)s AND " if station_id is not None else ""
    return (await fetch(database, ResponseTimes, _OF_CSMS.format(where=where), values))[0]


_MEASURES = """
count(*) FILTER (WHERE latency_ms IS NOT NULL AND status <> 'timed_out') AS answered,
count(*) FILTER (WHERE status = 'timed_out') AS timed_out,
avg(latency_ms) FILTER (WHERE status <> 'timed_out')::float8 AS average_ms
"""

_QUANTILES = """
percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms) FILTER (WHERE status <> 'timed_out')
    AS median_ms,
percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) FILTER (WHERE status <> 'timed_out')
    AS p95_ms,
max(latency_ms) FILTER (WHERE status <> 'timed_out') AS longest_ms
"""

_OF_STATIONS = f"""
SELECT count(*) FILTER (WHERE latency_ms IS NOT NULL OR status = 'timed_out') AS asked,
       {_MEASURES}, {_QUANTILES}
FROM station_command
WHERE requested_at >= %(since)s AND requested_at < %(until)s
  AND sent_at IS NOT NULL AND status NOT IN ('queued', 'sent')
  AND (%(ids)s::text[] IS NULL OR station_id = ANY(%(ids)s::text[]))
"""

_OF_CSMS = f"""
SELECT count(*) AS asked, {_MEASURES}, {_QUANTILES}
FROM (
    SELECT latency_ms, 'answered' AS status FROM journal
    WHERE {{where}}at >= %(since)s AND latency_ms IS NOT NULL
      AND (direction = 'in' AND answer_type IS NOT NULL OR direction = 'out' AND answer_type IS NULL)
    ORDER BY at DESC LIMIT %(newest)s
) answer
"""

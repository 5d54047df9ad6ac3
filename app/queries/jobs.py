"""What takes stations a while, and how far they are: firmware, published firmware, logs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.errors import NotFound
from app.domain.jobs import JobKind
from app.queries.rows import fetch, fetch_dicts
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One word of the station about a job."""

    status: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """One job. `status`: the station's last word; `asked`: the request as it was sent, None: its own doing."""

    id: int
    station_id: str
    kind: str
    request_id: int | None
    status: str
    status_at: datetime
    location: str | None
    filename: str | None
    asked: Any
    requested_at: datetime
    finished_at: datetime | None
    progress: tuple[Step, ...]


async def recent(
    database: Database,
    station_id: str | None = None,
    kind: JobKind | None = None,
    *,
    limit: int = 20,
    before: int | None = None,
) -> list[JobRow]:
    """Jobs, newest first; the next page is `before` the last number of this one."""
    values = {"station": station_id, "kind": kind, "limit": limit, "before": before}
    return await _jobs(database, _RECENT, values)


async def one(database: Database, job_id: int) -> JobRow:
    """The job with this number. Raises NotFound."""
    rows = await _jobs(database, _COLUMNS + "WHERE id = %(id)s", {"id": job_id})
    if not rows:
        raise NotFound(f"There is no job {job_id}.", id=job_id)
    return rows[0]


async def _jobs(database: Database, sql: str, values: dict[str, Any]) -> list[JobRow]:
    found = await fetch_dicts(database, sql, values)
    steps = await fetch(database, _StepOf, _STEPS, {"jobs": [row["id"] for row in found]})
    return [
        JobRow(
            progress=tuple(Step(status=s.status, at=s.at) for s in steps if s.job_id == row["id"]),
            **row,
        )
        for row in found
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _StepOf:
    job_id: int
    status: str
    at: datetime


_COLUMNS = """
SELECT id, station_id, kind, request_id, status, status_at, location, asked ->> 'filename' AS filename, asked,
       requested_at, finished_at
FROM station_job
"""

_RECENT = (
    _COLUMNS
    + """
WHERE (%(station)s::text IS NULL OR station_id = %(station)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s) AND (%(before)s::bigint IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s
"""
)

_STEPS = "SELECT job_id, status, at FROM job_progress WHERE job_id = ANY(%(jobs)s) ORDER BY id"

"""What was asked of the stations, by whom, and how it ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.errors import NotFound
from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRow:
    """One command. `status` is queued, sent, or how it ended; `detail` the station's own word; `effect` what came."""

    id: int
    station_id: str
    evse_id: int | None
    action: str
    request: Any
    requested_by: str
    requested_at: datetime
    status: str
    detail: str | None
    description: str | None
    answer: Any
    answered_at: datetime | None
    latency_ms: float | None
    transaction_id: int | None
    sent_at: datetime | None
    effect: str | None
    effect_at: datetime | None


async def recent(
    database: Database,
    station_id: str | None = None,
    limit: int = 20,
    before: int | None = None,
) -> list[CommandRow]:
    """Commands, newest first; the next page is `before` the last number of this one."""
    conditions = ["true"]
    if station_id is not None:
        conditions.append("station_id = %(station_id)s")
    if before is not None:
        conditions.append("id < %(before)s")
    sql = _SELECT.format(where=" AND ".join(conditions)) + "ORDER BY id DESC LIMIT %(limit)s"
    values = {"station_id": station_id, "before": before, "limit": limit}
    return await fetch(database, CommandRow, sql, values)


async def one(database: Database, command_id: int) -> CommandRow:
    """The command with this number. Raises NotFound."""
    rows = await fetch(
        database, CommandRow, _SELECT.format(where="id = %(id)s"), {"id": command_id}
    )
    if not rows:
        raise NotFound(f"There is no command {command_id}.", id=command_id)
    return rows[0]


_SELECT = """
SELECT id, station_id, evse_id, action, request, requested_by, requested_at, status, detail,
       description, answer, answered_at, latency_ms, transaction_id, sent_at,
       effect, effect_at
FROM station_command WHERE {where}
"""

"""Rows of the original's tables, for programs that read them over the API instead of with psql: the views' own rows."""

from datetime import date
from typing import Any

from app.queries.rows import fetch_dicts
from app.store.database import Database


async def usage_logs(
    database: Database,
    *,
    charger_id: str | None = None,
    station_id: str | None = None,
    start: date | None = None,
    end: date | None = None,
    status: str | None = None,
    limit: int = 100,
    before: int | None = None,
) -> list[dict[str, Any]]:
    """Sessions as `charger_usage_log` has them, newest first; both days belong to the period."""
    return await _rows(
        database,
        "charger_usage_log",
        {
            "charger_id = %(charger_id)s": charger_id,
            "station_id = %(station_id)s": station_id,
            "session_date >= %(start)s": start,
            "session_date <= %(end)s": end,
            "status = %(status)s": status,
            "id < %(before)s": before,
        },
        order="id DESC",
        limit=limit,
    )


async def hourly_stats(
    database: Database,
    *,
    charger_id: str | None = None,
    start: date | None = None,
    end: date | None = None,
    limit: int = 1000,
) -> list[dict[str, Any]]:
    """Hours as `hourly_charger_stats` has them, newest first."""
    return await _rows(
        database,
        "hourly_charger_stats",
        {
            "charger_id = %(charger_id)s": charger_id,
            "stats_hour >= %(start)s::date": start,
            "stats_hour < %(end)s::date + 1": end,
        },
        order="stats_hour DESC, charger_id",
        limit=limit,
    )


async def _rows(
    database: Database, view: str, conditions: dict[str, Any], *, order: str, limit: int
) -> list[dict[str, Any]]:
    """Those that meet all conditions whose value is not None; each condition holds one placeholder."""
    meant = {text: value for text, value in conditions.items() if value is not None}
    values = {text.split("%(")[1].split(")")[0]: value for text, value in meant.items()}
    where = " AND ".join(["true", *meant])
    sql = f"SELECT * FROM {view} WHERE {where} ORDER BY {order} LIMIT %(limit)s::int"
    return await fetch_dicts(database, sql, {**values, "limit": limit})

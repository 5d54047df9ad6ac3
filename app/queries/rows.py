"""How a window is opened: one SELECT in, rows or dataclasses out. The SQL itself lives with each noun."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from psycopg.rows import class_row, dict_row

from app.store.database import Database

T = TypeVar("T")


async def fetch(database: Database, row: type[T], sql: str, values: Mapping[str, Any]) -> list[T]:
    """All rows of `sql`, each as a `row`: the columns bear the names of its fields."""
    async with (
        database.read() as connection,
        connection.cursor(row_factory=class_row(row)) as cursor,
    ):
        await cursor.execute(sql.encode(), values)
        return await cursor.fetchall()


async def fetch_dicts(
    database: Database, sql: str, values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """All rows of `sql` by column name, for windows that still have to decide something."""
    async with (
        database.read() as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        await cursor.execute(sql.encode(), values)
        return await cursor.fetchall()


def utc_text(at: datetime | None) -> str | None:
    """A moment as programs read it: ISO 8601 in UTC, to the millisecond."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def pattern_of(text: str) -> str:
    """`text` as an ILIKE pattern that finds it anywhere; its own % and _ mean themselves."""
    escaped = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"

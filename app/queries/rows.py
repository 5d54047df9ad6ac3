"""How a window is opened: one SELECT in, rows or dataclasses out. The SQL itself lives with each noun."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from psycopg import AsyncCursor, DataError
from psycopg.rows import AsyncRowFactory, class_row, dict_row

from app.domain.errors import Invalid
from app.store.database import Database

T = TypeVar("T")


async def fetch(database: Database, row: type[T], sql: str, values: Mapping[str, Any]) -> list[T]:
    """All rows of `sql`, each as a `row`: the columns bear the names of its fields."""
    async with _looking(database, class_row(row), sql, values) as cursor:
        return await cursor.fetchall()


async def fetch_dicts(
    database: Database, sql: str, values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """All rows of `sql` by column name, for windows that still have to decide something."""
    async with _looking(database, dict_row, sql, values) as cursor:
        return await cursor.fetchall()


@asynccontextmanager
async def _looking(
    database: Database, factory: AsyncRowFactory[T], sql: str, values: Mapping[str, Any]
) -> AsyncIterator[AsyncCursor[T]]:
    """A cursor that has executed `sql`. Raises Invalid for values that no column can hold (a NUL, a huge number)."""
    async with database.read() as connection, connection.cursor(row_factory=factory) as cursor:
        try:
            await cursor.execute(sql.encode(), values)
        except DataError as error:
            raise Invalid(
                "What was asked for holds a character or a number that cannot be looked up."
            ) from error
        yield cursor


def utc_text(at: datetime | None) -> str | None:
    """A moment as programs read it: ISO 8601 in UTC, to the millisecond."""
    return None if at is None else _text(at, "milliseconds")


def exact_text(at: datetime) -> str:
    """The same to the microsecond, as it is stored."""
    return _text(at, "microseconds")


def _text(at: datetime, timespec: str) -> str:
    return at.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def pattern_of(text: str) -> str:
    """`text` as an ILIKE pattern that finds it anywhere; its own % and _ mean themselves."""
    escaped = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"

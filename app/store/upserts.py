"""What upserts of many rows have in common. Which rows, the nouns beside know."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True, kw_only=True)
class Upserted:
    """What an upsert did. `changed`: the ids of the rows that were created or updated."""

    table: str
    rows: int
    created: int
    updated: int
    changed: tuple[str, ...] = ()


async def column(connection: AsyncConnection, statement: str, names: Collection[str]) -> list[str]:
    """One column of a statement that is asked about `names`."""
    if not names:
        return []
    return list((await connection.execute(text(statement), {"names": list(names)})).scalars())


async def upsert(
    connection: AsyncConnection,
    table: str,
    statement: str,
    more: dict[str, object] | None = None,
    **columns: Sequence[object],
) -> Upserted:
    """Run a statement over arrays of equal length; it returns (id, whether created) per touched row."""
    count = len(next(iter(columns.values())))
    if not count:
        return Upserted(table=table, rows=0, created=0, updated=0)
    parameters = {**{name: list(values) for name, values in columns.items()}, **(more or {})}
    touched = (await connection.execute(text(statement), parameters)).all()
    created = sum(1 for row in touched if row[1])
    return Upserted(
        table=table,
        rows=count,
        created=created,
        updated=len(touched) - created,
        changed=tuple(row[0] for row in touched),
    )


def columns_of(rows: Sequence[Any]) -> list[list[object]]:
    """The fields of rows of one dataclass as arrays for `unnest`, in the order of the fields."""
    return [[getattr(row, each.name) for row in rows] for each in fields(rows[0])]

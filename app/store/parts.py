"""Rows of several kinds stored by one statement, which is the whole transaction: everything or nothing.

What is stored, and how, each noun knows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from psycopg import AsyncConnection

from app.store.arrays import Pack


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one kind to store: a statement with one array per column, how each is packed, and the rows' values."""

    statement: str
    packs: tuple[Pack, ...]
    values: Callable[[Any], tuple[object, ...]]
    rows: Sequence[Any]


async def save(connection: AsyncConnection[Any], parts: Sequence[Part]) -> None:
    """Store all `parts` that have rows, together."""
    filled = [part for part in parts if part.rows]
    if filled:
        statement = _joined(tuple(part.statement for part in filled))
        await connection.execute(statement, [column for part in filled for column in _packed(part)])


def _packed(part: Part) -> list[object]:
    columns = zip(*map(part.values, part.rows), strict=True)
    return [pack(column) for pack, column in zip(part.packs, columns, strict=True)]


@lru_cache(256)
def _joined(statements: tuple[str, ...]) -> bytes:
    """One statement of several that do not see each other's rows."""
    *others, last = statements
    named = ", ".join(f"part_{number} AS ({each})" for number, each in enumerate(others))
    return (f"WITH {named} {last}" if named else last).encode()

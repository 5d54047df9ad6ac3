"""Rows of several kinds stored by one statement, which is the whole transaction: everything or nothing.

What is stored, and how, each noun knows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from psycopg import AsyncConnection

from app.store.arrays import TYPES, Pack
from app.store.versions import GUARD, GUARDED, Guard, Version


class Outdated(Exception):
    """Rows that were remembered are others now; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one kind to store.

    `statement` takes them from `{rows}`, which has a column for each of `packs`; `values` gives a row's.
    """

    statement: str
    packs: tuple[Pack, ...]
    values: Callable[[Any], tuple[object, ...]]
    rows: Sequence[Any]


async def save(
    connection: AsyncConnection[Any], parts: Sequence[Part], guard: Guard | None = None
) -> Version | None:
    """Store all `parts` that have rows, together, if all that `guard` names is still as it was; else raises Outdated.

    The version that the rows have now; None if there were none.
    """
    filled = [part for part in parts if part.rows]
    if not filled and guard is None:
        return None
    statement = _joined(tuple((part.statement, part.packs) for part in filled), guard is not None)
    values: list[object] = [*(guard.columns() if guard is not None else ())]
    values += [column for part in filled for column in _packed(part)]
    cursor = await connection.execute(statement, values, binary=True)
    row = await cursor.fetchone()
    if row is None or not row[0]:
        raise Outdated
    version: Version | None = row[1]
    return version


def _packed(part: Part) -> list[object]:
    columns = zip(*map(part.values, part.rows), strict=True)
    return [pack(column) for pack, column in zip(part.packs, columns, strict=True)]


@lru_cache(256)
def _joined(statements: tuple[tuple[str, tuple[Pack, ...]], ...], guarded: bool) -> bytes:
    """One statement of several that do not see each other's rows, and that says under which version it stored them."""
    only = f" WHERE {GUARDED}" if guarded else ""
    named = [GUARD] if guarded else []
    for number, (statement, packs) in enumerate(statements):
        columns = ", ".join(f"unnest(%s::{TYPES[pack]})" for pack in packs)
        whole = statement.replace("{rows}", f"(SELECT {columns}{only})")
        named.append(f"part_{number} AS ({whole})")
    version = "pg_current_xact_id()::xid" if statements else "NULL"
    return f"WITH {', '.join(named)} SELECT {GUARDED if guarded else 'true'}, {version}".encode()

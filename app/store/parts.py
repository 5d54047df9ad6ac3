"""Rows of several kinds stored by one statement, which is the whole transaction: everything or nothing.

What is stored, and how, each noun knows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from psycopg import AsyncConnection
from psycopg.errors import DivisionByZero

from app.store.arrays import TYPES, Pack
from app.store.versions import GUARD, GUARDED, Guard, Version


class Outdated(Exception):
    """Rows that were remembered or read are others now; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one kind to store.

    `statement` takes them from `{rows}`, which has a column for each of `packs`; `values` gives a row's. `known`: it
    updates rows that must be as they were read, each with its version, and returns one row for each that was.
    """

    statement: str
    packs: tuple[Pack, ...]
    values: Callable[[Any], tuple[object, ...]]
    rows: Sequence[Any]
    known: bool = False


async def save(
    connection: AsyncConnection[Any], parts: Sequence[Part], guard: Guard | None = None
) -> Version | None:
    """Store all `parts` that have rows, together, if all that `guard` names and all that they know of is still as it
    was; else raises Outdated.

    The version that the rows have now; None if there were none.
    """
    filled = [part for part in parts if part.rows]
    if not filled and guard is None:
        return None
    kinds = tuple((part.statement, part.packs, part.known) for part in filled)
    values: list[object] = [*(guard.columns() if guard is not None else ())]
    values += [column for part in filled for column in _packed(part)]
    values += [len(part.rows) for part in filled if part.known]
    try:
        cursor = await connection.execute(_joined(kinds, guard is not None), values, binary=True)
        row = await cursor.fetchone()
    except DivisionByZero:
        raise Outdated from None
    if row is None or not row[0]:
        raise Outdated
    version: Version | None = row[1]
    return version


def _packed(part: Part) -> list[object]:
    columns = zip(*map(part.values, part.rows), strict=True)
    return [pack(column) for pack, column in zip(part.packs, columns, strict=True)]


@lru_cache(256)
def _joined(kinds: tuple[tuple[str, tuple[Pack, ...], bool], ...], guarded: bool) -> bytes:
    """One statement of several that do not see each other's rows, and that says under which version it stored them.

    What else was written meanwhile is seen at the row itself, after its lock; then the whole statement has to fail,
    and the plainest failure that SQL knows is a division by zero.
    """
    only = f" WHERE {GUARDED}" if guarded else ""
    named = [GUARD] if guarded else []
    counted = []
    for number, (statement, packs, known) in enumerate(kinds):
        columns = ", ".join(f"unnest(%s::{TYPES[pack]})" for pack in packs)
        whole = statement.replace("{rows}", f"(SELECT {columns}{only})")
        named.append(f"part_{number} AS ({whole})")
        if known:
            counted.append(f"(SELECT count(*) FROM part_{number}) = %s::int")
    same = GUARDED if guarded else "true"
    version = "pg_current_xact_id()::xid" if kinds else "NULL"
    if counted:
        version = f"CASE WHEN {same} AND 1 / ({' AND '.join(counted)})::int = 1 THEN {version} END"
    return f"WITH {', '.join(named)} SELECT {same}, {version}".encode()

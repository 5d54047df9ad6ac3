"""Columns as PostgreSQL arrays, each packed in one go: the hot path's own, since psycopg packs value by value.

A column of the wrong length is the caller's mistake; one that holds nothing but None is sent as NULL, for which
`unnest` of several arrays stands in with as many NULLs as the others have rows. Types never depend on the values, so
a statement is prepared once.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from struct import Struct
from typing import Any

import psycopg
from psycopg.adapt import Buffer, Dumper
from psycopg.pq import Format
from psycopg.types.json import Jsonb

_EPOCH, _MICROSECOND = datetime(2000, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_NULL = b"\xff\xff\xff\xff"
_HEAD = Struct(
    ">iiIii"
)  # dimensions, whether NULLs are among them, type of an element, length, lower bound
_SIZE = Struct(">i").pack
_FOUR = _SIZE(4)


class Packed(bytes):
    """An array in the wire's own form; empty: NULL. Its class tells its type."""


def _kind(name: str, oid: int, form: Format = Format.BINARY) -> type[Packed]:
    """A class of arrays; `oid` is the array's type."""

    class PackedDumper(Dumper):
        format = form

        def dump(self, obj: bytes) -> Buffer | None:
            return obj or None

    PackedDumper.oid = oid
    kind = type(name, (Packed,), {})
    psycopg.adapters.register_dumper(kind, PackedDumper)
    return kind


_Texts = _kind("_Texts", 1009)
_Bigints = _kind("_Bigints", 1016)
_Integers = _kind("_Integers", 1007)
_Floats = _kind("_Floats", 1022)
_Instants = _kind("_Instants", 1185)
_Booleans = _kind("_Booleans", 1000)
_Numerics = _kind("_Numerics", 1231, Format.TEXT)
_Documents = _kind("_Documents", 3807)
_Versions = _kind("_Versions", 1011)


def texts(column: Sequence[str | None]) -> Packed:
    """text[]"""
    count = len(column)
    nulls = column.count(None)
    if nulls == count:
        return _Texts()
    encoded = [b"" if value is None else value.encode() for value in column]
    parts = [b""] * (2 * count)
    parts[::2] = map(_SIZE, map(len, encoded))
    parts[1::2] = encoded
    if nulls:
        for place, value in enumerate(column):
            if value is None:
                parts[2 * place] = _NULL
    return _Texts(_HEAD.pack(1, nulls > 0, 25, count, 1) + b"".join(parts))


def words(column: Sequence[str | None]) -> Packed:
    """text[] of what comes again and again: names, ids of stations, words of the protocol"""
    count = len(column)
    nulls = column.count(None)
    if nulls == count:
        return _Texts()
    return _Texts(_HEAD.pack(1, nulls > 0, 25, count, 1) + b"".join(map(_word, column)))


def bigints(column: Sequence[int | None]) -> Packed:
    """bigint[]"""
    return _fixed(_Bigints, 20, "q", 8, column)


def integers(column: Sequence[int | None]) -> Packed:
    """integer[]"""
    return _fixed(_Integers, 23, "i", 4, column)


def floats(column: Sequence[float | None]) -> Packed:
    """float8[]"""
    return _fixed(_Floats, 701, "d", 8, column)


def booleans(column: Sequence[bool | None]) -> Packed:
    """boolean[]"""
    return _fixed(_Booleans, 16, "?", 1, column)


def instants(column: Sequence[datetime | None]) -> Packed:
    """timestamptz[], of aware moments"""
    since = [None if at is None else (at - _EPOCH) // _MICROSECOND for at in column]
    return _fixed(_Instants, 1184, "q", 8, since)


def numerics(column: Sequence[Decimal | None]) -> Packed:
    """numeric[]; as text, which PostgreSQL reads as fast as Python writes it"""
    words = ["NULL" if value is None else str(value) for value in column]
    # counted as words: to compare a Decimal with None takes thirty times as long
    if words.count("NULL") == len(words):
        return _Numerics()
    return _Numerics(b"{%s}" % ",".join(words).encode())


def documents(column: Sequence[Any]) -> Packed | list[Jsonb | None]:
    """jsonb[]; rare, so psycopg packs it"""
    if column.count(None) == len(column):
        return _Documents()
    return [None if value is None else Jsonb(value) for value in column]


def versions(column: Sequence[bytes]) -> Packed:
    """xid[], each as PostgreSQL sent it"""
    if not column:
        return _Versions()
    head = _HEAD.pack(1, 0, 28, len(column), 1)
    return _Versions(head + _FOUR + _FOUR.join(column))


Pack = Callable[[Sequence[Any]], object]

TYPES: dict[Pack, str] = {
    texts: "text[]",
    words: "text[]",
    bigints: "bigint[]",
    integers: "int[]",
    floats: "float8[]",
    booleans: "bool[]",
    instants: "timestamptz[]",
    numerics: "numeric[]",
    documents: "jsonb[]",
    versions: "xid[]",
}
"""What each makes, in the words of SQL."""


@lru_cache(20_000)
def _word(value: str | None) -> bytes:
    if value is None:
        return _NULL
    encoded = value.encode()
    return _SIZE(len(encoded)) + encoded


def _fixed(kind: type[Packed], element: int, code: str, size: int, column: Sequence[Any]) -> Packed:
    count = len(column)
    nulls = column.count(None)
    if nulls == count:
        return kind()
    head = _HEAD.pack(1, nulls > 0, element, count, 1)
    if not nulls:
        values: list[Any] = [size] * (2 * count)
        values[1::2] = column
        return kind(head + _packer(code, count).pack(*values))
    pack = _packer(code, 1).pack
    return kind(head + b"".join([_NULL if v is None else pack(size, v) for v in column]))


@lru_cache(1024)
def _packer(code: str, count: int) -> Struct:
    return Struct(">" + ("i" + code) * count)

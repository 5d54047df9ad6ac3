"""Frames to take away, as JSON lines or CSV, written while they are read: the same file for people and for programs."""

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Literal

from app.queries import journal
from app.queries.journal import FrameRow, Wanted
from app.queries.rows import utc_text
from app.store.database import Database

Kind = Literal["jsonl", "csv"]
MEDIA_TYPES: dict[Kind, str] = {
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
}
_COLUMNS = tuple(name for name in FrameRow.__dataclass_fields__ if name != "call_at")


async def lines(
    database: Database, wanted: Wanted, kind: Kind, *, limit: int | None = None
) -> AsyncIterator[str]:
    """The frames that match, newest first, at most `limit` (None: all); a CSV has its header even without any."""
    write = _csv_lines if kind == "csv" else _json_lines
    first = True
    async for rows in journal.export(database, wanted, limit=limit):
        yield write(rows, first)
        first = False
    if first:
        yield write([], True)


def _json_lines(rows: list[FrameRow], _first: bool) -> str:
    return "".join(json_line(row) + "\n" for row in rows)


def json_line(row: FrameRow) -> str:
    """A frame as one line of JSON."""
    return json.dumps(_shown(row), ensure_ascii=False)


def _csv_lines(rows: list[FrameRow], first: bool) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    if first:
        writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow([_cell(value) for value in _shown(row).values()])
    return text.getvalue()


def _shown(row: FrameRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in _COLUMNS} | {"at": utc_text(row.at)}


FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would take for a formula."""


def _cell(value: object) -> object:
    """A text that a spreadsheet would take for a formula is kept a text: stations choose ids and actions."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return value

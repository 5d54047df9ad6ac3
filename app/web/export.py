"""Tables to take away: CSV that Excel opens in any language, and XLSX.

CSV is `;`-separated UTF-8 with a byte order mark, quotes doubled, lines ended by CRLF. Text that a spreadsheet would
take for a formula is prefixed with an apostrophe. Moments carry their offset, and
are text in XLSX too, which knows none.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote

import xlsxwriter
from starlette.responses import Response

from app.queries.journal_files import FORMULA

Kind = Literal["csv", "xlsx"]
Cell = str | int | float | Decimal | datetime | bool | None

_TYPES: dict[Kind, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WIDEST = 60


def table_response(
    kind: Kind,
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    zone: tzinfo = UTC,
) -> Response:
    """The table as a file called `name` (without its ending) to save. Moments are shown in `zone`."""
    shown = ([_shown(cell, zone) for cell in row] for row in rows)
    body = _csv(columns, shown) if kind == "csv" else _xlsx(columns, shown)
    return Response(body, media_type=_TYPES[kind], headers=as_file(f"{name}.{kind}"))


def as_file(name: str) -> dict[str, str]:
    """Headers that make the browser save an answer as `name` (RFC 6266), whatever its letters."""
    plain = name.encode("ascii", "ignore").decode().replace('"', "") or "file"
    return {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "no-store",
    }


def _shown(cell: Cell, zone: tzinfo) -> Cell:
    if isinstance(cell, datetime):
        return cell.astimezone(zone).isoformat(sep=" ", timespec="seconds")
    return cell


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _harmless(cell: Cell) -> Any:
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell


def _xlsx(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, columns, book.add_format({"bold": True, "bottom": 1}))
    widths = [len(column) for column in columns]
    last = 0
    for last, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            sheet.write(last, column, float(cell) if isinstance(cell, Decimal) else cell)
            widths[column] = max(widths[column], len(str(cell)))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(width, WIDEST) + 2)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
    book.close()
    return file.getvalue()

"""Files to take away: what a spreadsheet makes of them is what was meant."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.web.export import Cell, as_file, table_response

ROWS: list[list[Cell]] = [
    ["이마트 제주점", datetime(2026, 1, 21, 15, 30, tzinfo=UTC), Decimal("62.500"), None],
    ['=HYPERLINK("x")', None, -5, 'a;"b"'],
]


def test_csv_is_utf8_with_a_mark_and_no_formula() -> None:
    response = table_response(
        "csv", "Transactions", ["Site", "At", "Cost", "Note"], ROWS, zone=ZoneInfo("Asia/Seoul")
    )
    body = bytes(response.body)
    assert body.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert read == [
        ["Site", "At", "Cost", "Note"],
        ["이마트 제주점", "2026-01-22 00:30:00+09:00", "62.500", ""],
        ['\'=HYPERLINK("x")', "", "-5", 'a;"b"'],
    ]


def test_xlsx_holds_numbers_as_numbers_and_formulas_as_text() -> None:
    response = table_response("xlsx", "Transactions", ["Site", "At", "Cost", "Note"], ROWS)
    with zipfile.ZipFile(io.BytesIO(bytes(response.body))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<v>62.5</v>" in sheet
    assert "<f>" not in sheet
    assert "=HYPERLINK" in texts
    assert "이마트 제주점" in texts


def test_a_file_may_have_a_korean_name() -> None:
    header = as_file("거래_1.csv")["Content-Disposition"]
    assert 'filename="_1.csv"' in header
    assert "filename*=UTF-8''%EA%B1%B0%EB%9E%98_1.csv" in header

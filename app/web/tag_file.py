"""Files of charge tags: read leniently in what they are called, strictly in what they say; every mistake by its line.

A file may be Halla's own export, a seed's tokens.csv or the table of OCPP.Core (TagId, TagName, ParentTagId,
ExpiryDate, Blocked). A column that is not there leaves what is known; an empty cell of one that is there takes it away.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.csms.authorization import MAX_TOKEN, TokenRecord
from app.domain.authorization import TOKEN_TYPES, TokenStatus
from app.domain.clocks import FIRST, LAST
from app.queries.tokens import TokenRow
from app.web.export import Cell
from app.web.format import SITE_ZONE
from app.web.i18n import N_, gettext

MAX_BYTES = 1_000_000
"""As much as a field of a form may hold: what was looked at comes back in one."""

MAX_ROWS = 20_000
MAX_MISTAKES = 200

COLUMNS = ("token", "name", "group", "expires_at", "blocked", "type", "status")
"""Of our own export, in this order."""

_NAMES = {
    "token": ("token", "tagid", "idtoken", "idtag", "id", "chargetag", "chargetagid", "uid"),
    "name": ("name", "tagname", "label", "chargetagname"),
    "group": ("group", "groupid", "parenttagid", "parenttag", "parentidtag", "parent"),
    "expires_at": ("expiresat", "expirydate", "expiry", "expires", "validuntil"),
    "blocked": ("blocked", "isblocked"),
    "type": ("type", "tokentype"),
    "status": ("status",),
    "": ("note", "comment", "createdat", "updatedat"),
}
_KNOWN = {name: column for column, names in _NAMES.items() for name in names}
_YES = frozenset({"1", "true", "yes", "y", "x", "ja", "wahr", "예", "blocked"})
_NO = frozenset({"", "0", "false", "no", "n", "nein", "falsch", "아니요"})
_DATES = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%Y. %m. %d.", "%Y/%m/%d")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong, and where."""

    line: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Line:
    """One tag as a file says it; columns that are not there are absent."""

    line: int
    token: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a line will do. `before`: as it is, None: it is new; `fields`: which change."""

    record: TokenRecord
    before: TokenRow | None
    fields: tuple[str, ...]


def read(content: str) -> tuple[list[Line], list[Mistake]]:
    """The tags of a file and every mistake in it; one mistake is enough to take nothing."""
    mistakes: list[Mistake] = []
    delimiter = max(";,\t", key=content.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
    lines: list[Line] = []
    try:
        header = _header(next(reader, []), mistakes)
        if header is None:
            return [], mistakes
        first: dict[str, int] = {}
        last = reader.line_num
        for cells in reader:
            number, last = last + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(lines) >= MAX_ROWS:
                mistakes.append(Mistake(number, gettext(TOO_MANY) % {"n": f"{MAX_ROWS:,}"}))
                break
            line = _line(number, header, cells, mistakes)
            if line is None:
                continue
            key = line.token.lower()
            if key in first:
                told = gettext("%(token)s is there already, in line %(line)s.")
                mistakes.append(Mistake(number, told % {"token": line.token, "line": first[key]}))
            first.setdefault(key, number)
            lines.append(line)
    except csv.Error as error:
        told = gettext("This is not CSV: %(why)s.")
        mistakes.append(Mistake(reader.line_num, told % {"why": error}))
    if not lines and not mistakes:
        mistakes.append(Mistake(1, gettext("There is no tag in this file.")))
    return lines, mistakes


def differences(lines: Sequence[Line], known: Mapping[str, TokenRow]) -> list[Difference]:
    """What each line will do to what is known, those that change nothing left out."""
    found = []
    for line in lines:
        before = known.get(line.token.lower())
        record = _record(line, before)
        fields = _changed(record, before)
        if fields or before is None:
            found.append(Difference(record=record, before=before, fields=fields))
    return found


def export_row(row: TokenRow) -> list[Cell]:
    """A tag as our own file has it."""
    return [
        row.written or row.token,
        row.name,
        row.group_id,
        row.expires_at,
        "1" if row.blocked else "0",
        row.type,
        row.status,
    ]


TOO_MANY = N_("A file has at most %(n)s tags; split it.")


def _header(cells: Sequence[str], mistakes: list[Mistake]) -> list[str] | None:
    header = []
    for cell in cells:
        plain = "".join(sign for sign in cell.lower() if sign.isalnum())
        if plain not in _KNOWN:
            told = gettext('There is no column "%(name)s"; known are %(names)s.')
            names = {"name": cell.strip()[:60], "names": ", ".join(COLUMNS)}
            mistakes.append(Mistake(1, told % names))
        header.append(_KNOWN.get(plain, ""))
    for name in COLUMNS:
        if header.count(name) > 1:
            told = gettext("The column %(name)s is there twice.")
            mistakes.append(Mistake(1, told % {"name": name}))
    if "token" not in header and not mistakes:
        told = gettext("The first line must name the columns, token at least: %(names)s.")
        mistakes.append(Mistake(1, told % {"names": ";".join(COLUMNS)}))
    return None if mistakes else header


def _line(
    number: int, header: Sequence[str], cells: Sequence[str], mistakes: list[Mistake]
) -> Line | None:
    if len(cells) != len(header):
        told = gettext("This line has %(n)s cells, the first one %(m)s.")
        mistakes.append(Mistake(number, told % {"n": len(cells), "m": len(header)}))
        return None
    values: dict[str, Any] = {}
    wrong = False
    for column, cell in zip(header, cells, strict=True):
        text = _plain(cell)
        if not column:
            continue
        try:
            values[column] = _READ[column](text)
        except ValueError as error:
            mistakes.append(Mistake(number, f"{column}: {error}"))
            wrong = True
    return None if wrong else Line(number, values.pop("token"), values)


def _plain(cell: str) -> str:
    """Without the apostrophe that our own export puts before what a spreadsheet would compute."""
    text = cell.strip()
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@" else text


def _token(text: str) -> str:
    if not text:
        raise ValueError(gettext("A tag needs an id."))
    if len(text) > MAX_TOKEN or not text.isprintable():
        raise ValueError(gettext("An id has at most 255 printable characters."))
    return text


def _name(text: str) -> str | None:
    if len(text) > MAX_TOKEN:
        raise ValueError(gettext("This is longer than 255 characters."))
    return text or None


def _yes(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise ValueError(gettext('"%(text)s" is neither yes nor no; write 1 or 0.') % {"text": text})


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    found = _iso(text)
    for form in _DATES:
        try:
            found = found or datetime.strptime(text, form)  # noqa: DTZ007 - its zone comes below
        except ValueError:
            continue
    if found is not None and found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(SITE_ZONE))
    if found is None or not FIRST <= found <= LAST:
        told = gettext('"%(text)s" is no date; write it like 2026-12-31 or 2026-12-31 18:00.')
        raise ValueError(told % {"text": text[:60]})
    return found


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _type(text: str) -> str | None:
    if text and text not in TOKEN_TYPES:
        told = gettext('"%(text)s" is no kind of tag; known are %(names)s.')
        raise ValueError(told % {"text": text[:60], "names": ", ".join(TOKEN_TYPES)})
    return text or None


def _status(text: str) -> TokenStatus | None:
    if not text:
        return None
    try:
        return TokenStatus(text)
    except ValueError as error:
        told = gettext('"%(text)s" is no status; known are %(names)s.')
        names = ", ".join(TokenStatus)
        raise ValueError(told % {"text": text[:60], "names": names}) from error


_READ: dict[str, Callable[[str], Any]] = {
    "token": _token,
    "name": _name,
    "group": _name,
    "expires_at": _moment,
    "blocked": _yes,
    "type": _type,
    "status": _status,
}


def _record(line: Line, before: TokenRow | None) -> TokenRecord:
    values = dict(line.values)
    status: TokenStatus | None = values.pop("status", None)
    known = {
        "name": before.name if before else None,
        "group": before.group_id if before else None,
        "expires_at": before.expires_at if before else None,
        "blocked": before.blocked if before else False,
        "type": before.type if before else None,
    }
    merged = {**known, **values}
    if "blocked" not in values and status is not None:
        merged["blocked"] = status is TokenStatus.BLOCKED
    # What follows from a date or a block is no status of its own: it is decided when the tag is asked about.
    if status in (None, TokenStatus.BLOCKED, TokenStatus.EXPIRED):
        status = stored_status(before)
    return TokenRecord(token=line.token, status=status or TokenStatus.ACCEPTED, **merged)


def stored_status(before: TokenRow | None) -> TokenStatus:
    """The status that a tag keeps when it is neither blocked nor over."""
    derived = (TokenStatus.BLOCKED, TokenStatus.EXPIRED)
    if before is None or before.status in derived:
        return TokenStatus.ACCEPTED
    return TokenStatus(before.status)


def _changed(record: TokenRecord, before: TokenRow | None) -> tuple[str, ...]:
    if before is None:
        return ()
    pairs = (
        ("name", record.name, before.name),
        ("group", record.group, before.group_id),
        ("expires_at", record.expires_at, before.expires_at),
        ("blocked", record.blocked, before.blocked),
        ("type", record.type, before.type),
        ("status", record.status, stored_status(before)),
    )
    return tuple(name for name, now, then in pairs if now != then)

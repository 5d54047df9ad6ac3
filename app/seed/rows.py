"""Files as rows of text: where each row stands, and what is wrong with the file as a file.

What the text means is `app.seed.columns`' business.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from app.seed.columns import KINDS

MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake and its place."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


class Mistakes:
    """All of them, so that one run tells everything."""

    def __init__(self) -> None:
        self.found: list[Mistake] = []

    def add(self, file: Path | str, line: int, sentence: str) -> None:
        """Remember one; `sentence` ends with a full stop or a question mark."""
        self.found.append(Mistake(str(file), line, sentence))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file, or one feature: its kind, where it is, its cells that are not empty."""

    kind: str
    file: str
    line: int
    cells: dict[str, str]


def read_text(path: Path, mistakes: Mistakes) -> str | None:
    """The file's text; UTF-8 with or without a byte order mark."""
    try:
        if path.stat().st_size > MAX_BYTES:
            mistakes.add(path, 1, "The file is larger than 64 MB; split it.")
            return None
        content = path.read_bytes()
    except OSError as error:
        mistakes.add(path, 1, f"The file cannot be read: {error.strerror}.")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        mistakes.add(
            path, line, "This line is not UTF-8; save the file as UTF-8 (in Excel: CSV UTF-8)."
        )
        return None


def read_csv(path: Path, kind: str, mistakes: Mistakes) -> list[Row]:
    """The rows of a CSV file; commas, semicolons or tabs between the cells."""
    text = read_text(path, mistakes)
    if text is None:
        return []
    first_line = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if not _header_is_right(path, kind, header, mistakes):
            return []
        return list(_rows(reader, path, kind, header, mistakes))
    except csv.Error as error:
        mistakes.add(path, reader.line_num, f"This is not CSV: {error}.")
        return []


def _header_is_right(path: Path, kind: str, header: Sequence[str], mistakes: Mistakes) -> bool:
    columns = KINDS[kind]
    names = [column.name for column in columns]
    found = []
    if not any(header):
        found.append(f"The first line must name the columns: {', '.join(names)}.")
    for position, name in enumerate(header if any(header) else (), 1):
        if not name:
            found.append(f"Column {position} has no name.")
        elif name not in names:
            found.append(f"{unknown_column(name, names)}")
        elif name in header[: position - 1]:
            found.append(f"The column {name} is there twice.")
    missing = [column.name for column in columns if column.required and column.name not in header]
    if missing and not found:
        found.append(f"Missing columns: {', '.join(missing)}.")
    for sentence in found:
        mistakes.add(path, 1, sentence)
    return not found


def unknown_column(name: str, names: Sequence[str]) -> str:
    """The sentence about a name that nobody knows, with the nearest one that is known."""
    near = get_close_matches(name.lower().replace(" ", "_"), names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}."
    return f'There is no column "{name}"; {hint}'


def _rows(
    reader: Iterator[list[str]], path: Path, kind: str, header: Sequence[str], mistakes: Mistakes
) -> Iterator[Row]:
    line = 1
    for cells in reader:
        start, line = line + 1, reader.line_num  # type: ignore[attr-defined]  # a csv.reader has it
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            mistakes.add(
                path,
                start,
                f"This line has {len(cells)} cells, the header {len(header)};"
                " a cell with a comma in it needs quotes.",
            )
            continue
        named = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        yield Row(kind, str(path), start, {name: cell for name, cell in named.items() if cell})

"""Files -> records, or every mistake in them as `file:line: sentence`.

A path is a folder (its CSV and GeoJSON files and those of its subfolders) or one such file.
Storing the records is `app.seed.load`'s business.
"""

from difflib import get_close_matches
from pathlib import Path

from app.csms.provisioning import Known
from app.seed.columns import KINDS
from app.seed.geojson import read_geojson
from app.seed.records import Seed, records_of
from app.seed.rows import Mistake, Mistakes, Row, read_csv

GEOJSON = (".geojson", ".json")


class SeedErrors(Exception):
    """The files hold mistakes; `mistakes` has each of them, by file and line."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


def read(path: Path, *, known: Known | None = None, anywhere: bool = False) -> Seed:
    """What the file or folder `path` says. Raises SeedErrors with all mistakes at once.

    `known`: what the database has and the files may refer to; None: references to what the files
    do not describe are not checked. `anywhere`: positions outside Korea are meant.
    """
    mistakes = Mistakes()
    rows = _rows(path, mistakes)
    if not rows and not mistakes.found:
        mistakes.add(path, 1, "There is nothing to seed here.")
    seed = records_of(rows, mistakes, known=known, anywhere=anywhere)
    if mistakes.found:
        raise SeedErrors(tuple(sorted(set(mistakes.found))))
    return seed


def _rows(path: Path, mistakes: Mistakes) -> list[Row]:
    if not path.is_dir():
        return _file_rows(path, mistakes, alone=True)
    rows = []
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.is_file() and not hidden and file.suffix.lower() in (".csv", *GEOJSON):
            rows += _file_rows(file, mistakes, alone=False)
    return rows


def _file_rows(file: Path, mistakes: Mistakes, *, alone: bool) -> list[Row]:
    if file.suffix.lower() in GEOJSON:
        return read_geojson(file, mistakes)
    kind = file.stem.lower()
    if kind not in KINDS:
        if not alone:
            near = get_close_matches(kind, KINDS, n=1)
            hint = f"did you mean {near[0]}.csv?" if near else f"name it one of {_names()}."
            mistakes.add(file, 1, f"In a folder the name says what a file holds; {hint}")
            return []
        kind = "stations"
    return read_csv(file, kind, mistakes)


def _names() -> str:
    return ", ".join(f"{kind}.csv" for kind in KINDS)

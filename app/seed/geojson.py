"""GeoJSON as rows: each point feature is a site or a station, its properties are the columns.

JSON forgets its lines when it is parsed, so the list of features is walked one by one here.
"""

import json
import re
from collections.abc import Iterator
from difflib import get_close_matches
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]
from pathlib import Path

from app.seed.columns import KINDS
from app.seed.rows import Mistakes, Row, read_text, unknown_column

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = JSONDecoder()


def read_geojson(path: Path, mistakes: Mistakes) -> list[Row]:
    """The rows of a FeatureCollection (RFC 7946)."""
    text = read_text(path, mistakes)
    if text is None:
        return []
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        mistakes.add(path, error.lineno, f"This is not JSON: {error.msg}.")
        return []
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        mistakes.add(path, 1, "This is not a GeoJSON FeatureCollection.")
        return []
    lines = list(_lines(text))
    if len(lines) != len(features):
        mistakes.add(path, 1, 'The member "features" is there more than once.')
        return []
    rows = []
    for feature, line in zip(features, lines, strict=True):
        row = _row(path, line, feature, mistakes)
        if row is not None:
            rows.append(row)
    return rows


def _row(path: Path, line: int, feature: object, mistakes: Mistakes) -> Row | None:
    properties, geometry = None, None
    if isinstance(feature, dict):
        properties, geometry = feature.get("properties"), feature.get("geometry")
    if not isinstance(properties, dict):
        mistakes.add(path, line, "This is not a feature with properties.")
        return None
    if "station" not in properties and "location" not in properties:
        mistakes.add(
            path,
            line,
            "The properties name neither a station nor a location;"
            " one of them says what the feature is.",
        )
        return None
    kind = "stations" if "station" in properties else "locations"
    point = _point(geometry)
    if point is None:
        mistakes.add(path, line, "The geometry is not a Point [longitude, latitude].")
        return None
    cells = {}
    right = True
    names = [column.name for column in KINDS[kind]]
    for name, value in properties.items():
        if name in names:
            cells[name] = _cell(value)
        elif get_close_matches(name.lower(), names, n=1, cutoff=0.7):
            mistakes.add(path, line, f"{unknown_column(name, names)}")
            right = False
    cells |= {"longitude": point[0], "latitude": point[1]}
    return Row(kind, str(path), line, {n: c for n, c in cells.items() if c}) if right else None


def _point(geometry: object) -> tuple[str, str] | None:
    """Longitude, latitude."""
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return None
    match geometry.get("coordinates"):
        case [int() | float() as lon, int() | float() as lat, *_]:
            return repr(lon), repr(lat)
    return None


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _lines(text: str) -> Iterator[int]:
    """The line on which each feature begins. `text` is known to be a valid collection."""
    at = _skip(text, 0) + 1  # behind the outer {
    while True:
        key, at = scanstring(text, _skip(text, at) + 1, True)
        at = _skip(text, _skip(text, at) + 1)  # behind the :
        if key == "features":
            break
        _, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at) + 1  # behind the ,
    line, counted = 1, 0
    at = _skip(text, at + 1)  # behind the [
    while text[at] != "]":
        line, counted = line + text.count("\n", counted, at), at
        yield line
        _, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at

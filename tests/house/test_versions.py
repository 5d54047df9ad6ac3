"""What grep would find and imports do not show: versions, commits, announcements, broad excepts."""

import ast
import re
from collections.abc import Iterator

import pytest

from app.config import ROOT

VERSION = re.compile(r"(ocpp)?(1\.6|2\.0\.1|2\.1)j?", re.IGNORECASE)
VERSION_NAMES = {"version", "ocpp_version", "protocol", "protocol_version", "subprotocol"}
SPEAK_VERSIONS = ("app/ingress/", "app/simulator/")
CATCH_EVERYTHING = {
    "app/ingress/session.py": "one bad frame must not end a connection",
    "app/web/live/hub.py": "one bad change must not end everybody's live view",
    "app/csms/lanes.py": "one bad report must not end a lane",
    "app/csms/journal.py": "one bad frame must not end the journal",
    "app/csms/watchdog.py": "one job that fails must not end the worker's others",
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "app").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def version_literals(tree: ast.Module) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and VERSION.fullmatch(node.value)
    ]


def version_comparisons(tree: ast.Module) -> list[int]:
    """Lines that branch on a version: `version == x`, `station.protocol in (...)`, `match`."""
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            asked = [node.left, *node.comparators]
            against_none = any(
                isinstance(each, ast.Constant) and each.value is None for each in asked
            )
            if not against_none and any(_is_version(each) for each in asked):
                lines.append(node.lineno)
        elif (isinstance(node, ast.Match) and _is_version(node.subject)) or (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("startswith", "endswith")
            and _is_version(node.func.value)
        ):
            lines.append(node.lineno)
    return lines


def calls_of(tree: ast.Module, method: str) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
    ]


def broad_handlers(tree: ast.Module) -> list[int]:
    """Handlers that swallow everything; one that tidies up and raises again does not."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and _names(node.type) & {"", "Exception", "BaseException"}
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
    ]


def _is_version(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in VERSION_NAMES
    return isinstance(node, ast.Name) and node.id in VERSION_NAMES


def _names(node: ast.expr | None) -> set[str]:
    if node is None:
        return {""}
    if isinstance(node, ast.Tuple):
        return set().union(*(_names(each) for each in node.elts))
    return {ast.unparse(node).rsplit(".", 1)[-1]}


def test_a_protocol_version_is_named_only_where_it_is_spoken() -> None:
    found = [
        f"{path}:{line}"
        for path, tree in sources()
        if not path.startswith(SPEAK_VERSIONS)
        for line in version_literals(tree)
    ]
    assert found == []


def test_nobody_else_asks_which_version_a_station_speaks() -> None:
    found = [
        f"{path}:{line}"
        for path, tree in sources()
        if not path.startswith(SPEAK_VERSIONS)
        for line in version_comparisons(tree)
    ]
    assert found == []


def test_only_the_work_commits() -> None:
    assert {path for path, tree in sources() if calls_of(tree, "commit")} == {"app/csms/work.py"}


def test_only_the_work_announces() -> None:
    """A bus implementation may call its own client; everybody else goes through the work."""
    announcing = {path for path, tree in sources() if calls_of(tree, "publish")}
    assert {path for path in announcing if not path.startswith("app/bus/")} == {"app/csms/work.py"}


def test_everything_is_caught_in_five_places_only() -> None:
    found = {path: broad_handlers(tree) for path, tree in sources()}
    elsewhere = {
        path: lines for path, lines in found.items() if lines and path not in CATCH_EVERYTHING
    }
    assert elsewhere == {}
    assert [path for path in CATCH_EVERYTHING if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize(
    ("find", "source"),
    [
        (version_literals, "speaks = 'ocpp2.0.1'"),
        (version_literals, "match x:\n    case '1.6': pass"),
        (version_comparisons, "if station.protocol == OLD: pass"),
        (version_comparisons, "x = 1 if version in NEW else 2"),
        (version_comparisons, "protocol.startswith('ocpp1')"),
        (broad_handlers, "try: pass\nexcept Exception: pass"),
        (broad_handlers, "try: pass\nexcept (ValueError, builtins.Exception): log()"),
        (broad_handlers, "try: pass\nexcept: pass"),
    ],
)
def test_the_finders_find(find: object, source: str) -> None:
    assert callable(find)
    assert len(find(ast.parse(source))) == 1


def test_the_finders_leave_harmless_things_alone() -> None:
    harmless = ast.parse(
        "try: pass\nexcept BaseException:\n    tidy()\n    raise\n"
        "a = 'since 2.1 of the library'\nb = station.protocol is None\nc = '2.10'"
    )
    assert version_literals(harmless) == []
    assert version_comparisons(harmless) == []
    assert broad_handlers(harmless) == []


def test_the_tree_is_really_walked() -> None:
    walked = [path for path, _ in sources()]
    assert "app/config.py" in walked
    assert len(walked) > 20

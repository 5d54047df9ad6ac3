"""No refusal is raised in English only by oversight: a catalogue knows it, or it stands here with the reason."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from app.config import ROOT
from app.domain.errors import CsmsError
from app.web.errors import SENTENCES
from app.web.i18n import gettext, speaking
from app.web.refusals import MADE_OF_PARTS
from tests.web.test_i18n import as_pattern, pattern_of

ROOMS = ("csms", "domain", "ingress", "queries", "web")
ENTRANCES = {"Refused": 1, "Outcome": "description"}
"""What besides an error carries a sentence to a page, and where in the call it stands."""
MARKED = {"gettext", "ngettext", "N_"}

ELSEWHERE = {
    "The terminal: `halla tls`, `serve`, `user link`, `seed`, `simulate history`, `frame`.": {
        "Name at least one host name or address of this server.",
        "%s exists; `halla tls init --again` replaces it.",
        "The server certificate %s with its key %s cannot be used (%s)."
        " Run `halla tls init`, or correct HALLA_OCPP_TLS_CERT and HALLA_OCPP_TLS_KEY.",
        "The authority %s cannot be used (%s). Correct HALLA_OCPP_TLS_CLIENT_CA.",
        "A sign-in link is valid for one second to seven days.",
        "%s is named more than once among the stations and their aliases.",
        "There is no tariff %s; describe it, or name another one.",
        "The new location %s has no position and no station that has one.",
        "%s cannot be an alias: it is the id of a station; remove that station first.",
        "%s cannot be a station's id: it is an alias of another station.",
        "From 1 to %s days of history can be made, not %s.",
        "There is no accepted station to make a history for; register some with `halla seed`.",
        "Not every name is an accepted charging station's; found: %s",
        "There is a simulated history up to %s UTC already; remove it first: halla simulate history --remove",
        "%s is none of %s.",
    },
    "A charging station: what it is answered, and our log.": {
        "%s: the report was not stored.",
        "No OCSP responder may be asked; HALLA_OCSP_RESPONDERS names them.",
        "An OCSP responder's address starts with http:// or https://.",
        "%s is none of the responders in HALLA_OCSP_RESPONDERS.",
        "The OCSP responder says %s.",
        "The OCSP response is about another certificate.",
        "The OCSP response is not of now.",
        "The OCSP response cannot be read: %s.",
        "The OCSP response's signature is wrong.",
        "The hashes and the serial number have to be hexadecimal.",
    },
    "Written down elsewhere: an error's own sentence, a station's own words, what gettext has said already.": {
        "`error.message`",
        "`str(error.args[0])`",
        "`sentence`",
        "`sentence % {'name': typed}`",
        "`said or None`",
        "`failure.description or None`",
    },
}
"""By who reads it: no page shows these, or they are looked at where they are written."""


def is_known(sentence: str) -> bool:
    """Whether it is said in Korean too; that German is as complete is a test of its own."""
    with speaking("ko"):
        return gettext(sentence) != sentence or sentence in map(as_pattern, MADE_OF_PARTS)


def errors() -> set[str]:
    """The names of all errors of the family, wherever they are made."""
    for room in ROOMS:
        for file in (ROOT / "app" / room).rglob("*.py"):
            if "(CsmsError" in (text := file.read_text(encoding="utf-8")) or "CsmsError):" in text:
                _module(file)
    return {each.__name__ for each in _family(CsmsError)}


def sentences(tree: ast.AST, module: ModuleType | None, names: set[str]) -> Iterator[str]:
    """What the calls of `names` in `tree` say; a `%s` for each part. What gettext has marked is left out."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        place: int | str = ENTRANCES.get(node.func.id, 0)
        if node.func.id not in names and node.func.id not in ENTRANCES:
            continue
        if isinstance(place, int):
            said = node.args[place : place + 1]
        else:
            said = [each.value for each in node.keywords if each.arg == place]
        for each in said:
            yield from _said(each, module)


def _said(node: ast.expr, module: ModuleType | None) -> Iterator[str]:
    names = [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]
    if MARKED & set(names):
        return
    text = pattern_of(node)
    if text is not None:
        yield text
        return
    constants = [getattr(module, name, None) for name in names]
    listed = [list(each.values()) for each in constants if isinstance(each, dict)]
    plain = [each for each in constants if isinstance(each, str)]
    yield from sum(listed, plain) or [f"`{ast.unparse(node)}`"]


def _module(file: Path) -> ModuleType:
    return importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


def _family(kind: type[CsmsError]) -> Iterator[type[CsmsError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from _family(each)


def raised() -> dict[str, str]:
    """Every sentence with the file that says it."""
    found, names = {}, errors()
    for room in ROOMS:
        for file in sorted((ROOT / "app" / room).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            where = str(file.relative_to(ROOT))
            found.update(dict.fromkeys(sentences(tree, _module(file), names), where))
    return found


def test_every_refusal_is_translated_or_nobody_at_a_page_reads_it() -> None:
    found = raised()
    assert len(found) > 150
    elsewhere = set().union(*ELSEWHERE.values())
    lost = {text: file for text, file in found.items() if not is_known(text)}
    lost = {text: file for text, file in lost.items() if text not in elsewhere}
    assert lost == {}
    assert elsewhere - set(found) == set()
    assert list(filter(is_known, elsewhere)) == []


def test_every_error_has_a_standard_sentence() -> None:
    errors()
    ours = [each for each in _family(CsmsError) if each.__module__.startswith("app.")]
    rooms = {each for each in ours if each.__module__.split(".")[1] in ROOMS}
    assert {each.code for each in rooms} - set(SENTENCES) == {"no_service"}  # never said bare


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Invalid('Not so.')", ["Not so."]),
        ("Conflict(f'{a} is {b!r} already.', b=b)", ["%s is %s already."]),
        ("Invalid('Not these: ' + ', '.join(x))", ["Not these: %s"]),
        ("Outcome(status=x, description='Nobody heard it.')", ["Nobody heard it."]),
        ("Refused(400, 'No.', 'word')", ["No."]),
        ("Invalid(found[0])", ["`found[0]`"]),
        ("Invalid(gettext('Not so.'))", []),
        ("ValueError('Not so.')", []),
        ("Invalid(field='a')", []),
    ],
)
def test_the_finder_finds(line: str, found: list[str]) -> None:
    names = {"Invalid", "Conflict"}
    assert list(sentences(ast.parse(line), None, names)) == found

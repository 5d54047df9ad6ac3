"""Korean is complete, natural marks of incompleteness are absent, and the language is chosen as one expects."""

import re
from collections.abc import Iterator
from os import PathLike

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.config import ROOT
from app.queries.kpis import KPIS
from app.web.i18n import LOCALES, choose_language, gettext, ngettext, speaking
from app.web.pages import PAGES
from app.web.words import KPI, STATUS

KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "N_": None,
    "plural": (2, 3),
}


def said() -> Iterator[str | tuple[str, ...]]:
    """Every sentence that the sources and the templates hold."""
    for folder, methods in (
        (ROOT / "app" / "web", [("**.py", "python")]),
        (ROOT / "templates", [("**.html", "jinja2")]),
    ):
        options = {"**.html": {"newstyle_gettext": "true"}}
        for _, _, message, _, _ in extract_from_dir(
            str(folder),
            method_map=methods,
            options_map=options,
            keywords=KEYWORDS,
            directory_filter=_not_made_by_python,
        ):
            yield message


@pytest.fixture(scope="module")
def korean() -> Catalog:
    with (LOCALES / "ko" / "LC_MESSAGES" / "messages.po").open("rb") as text:
        return read_po(text, locale="ko")


def test_every_sentence_has_its_korean(korean: Catalog) -> None:
    sentences = set(said())
    assert len(sentences) > 200
    missing = [each for each in sentences if not _translation(korean.get(_key(each)))]
    assert missing == []


def test_nothing_is_translated_that_nobody_says(korean: Catalog) -> None:
    sentences = {_key(each) for each in said()}
    assert [
        message.id for message in korean if message.id and _key(message.id) not in sentences
    ] == []


def test_no_translation_is_a_guess_or_loses_a_number(korean: Catalog) -> None:
    for message in korean:
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        there = re.findall(r"%\(\w+\)s", _key(message.id))
        assert sorted(re.findall(r"%\(\w+\)s", _translation(message))) == sorted(there), message.id


def test_what_other_rooms_call_things_can_be_said() -> None:
    assert {kpi.label for kpi in KPIS} <= set(KPI) | set(STATUS.values())
    with speaking("ko"):
        for label in [kpi.label for kpi in KPIS] + [page.item.label for page in PAGES if page.item]:
            assert gettext(label) != label


@pytest.mark.parametrize(
    ("cookie", "header", "chosen"),
    [
        (None, None, "en"),
        (None, "ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        (None, "en-GB,ko;q=0.5", "en"),
        (None, "fr,ko;q=0.3", "ko"),
        (None, "fr-FR,nl", "en"),
        (None, "de-AT,en;q=0.5", "de"),
        (None, ";;q=,,\x00", "en"),
        ("ko", "en", "ko"),
        ("xx", "ko", "ko"),
    ],
)
def test_the_language_is_chosen(cookie: str | None, header: str | None, chosen: str) -> None:
    assert choose_language(cookie, header) == chosen


def test_the_language_holds_inside_its_block_only() -> None:
    with speaking("ko"):
        assert gettext("Charging") == "충전 중"
        assert ngettext("%(num)s session", "%(num)s sessions", 2) == "충전 %(num)s건"
    assert gettext("Charging") == "Charging"
    assert ngettext("%(num)s session", "%(num)s sessions", 2) == "%(num)s sessions"


def _not_made_by_python(folder: str | PathLike[str]) -> bool:
    """Babel alone would pass over `_macros` too."""
    return not str(folder).endswith("__pycache__")


def _key(message: str | tuple[str, ...] | list[str]) -> str:
    return message if isinstance(message, str) else message[0]


def _translation(message: Message | None) -> str:
    if message is None:
        return ""
    return message.string if isinstance(message.string, str) else (message.string or ("",))[0]

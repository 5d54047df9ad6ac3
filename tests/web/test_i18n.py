"""Korean and German are complete, nothing looks unfinished, and the language is chosen as one expects."""

import ast
import re
from collections.abc import Iterator
from os import PathLike

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from app.config import ROOT
from app.csms.sign_ins import PASSWORD_LENGTH
from app.queries.kpis import KPIS
from app.web.i18n import DEFAULT, LANGUAGES, LOCALES, choose_language, gettext, ngettext, speaking
from app.web.pages import PAGES
from app.web.refusals import MADE_OF_PARTS, SPECIFIC, in_this_language
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


@pytest.fixture(scope="module", params=[code for code in LANGUAGES if code != DEFAULT])
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    with (LOCALES / request.param / "LC_MESSAGES" / "messages.po").open("rb") as text:
        return read_po(text, locale=request.param)


def test_every_sentence_is_translated(catalogue: Catalog) -> None:
    sentences = set(said())
    assert len(sentences) > 200
    assert [each for each in sentences if not all(_forms(catalogue, _key(each)))] == []


def test_nothing_is_translated_that_nobody_says(catalogue: Catalog) -> None:
    sentences = {_key(each) for each in said()}
    assert [
        message.id for message in catalogue if message.id and _key(message.id) not in sentences
    ] == []


def test_no_translation_is_a_guess_or_loses_a_number(catalogue: Catalog) -> None:
    for message in catalogue:
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        there = sorted(re.findall(r"%\(\w+\)s", _key(message.id)))
        for form in _forms(catalogue, _key(message.id)):
            assert sorted(re.findall(r"%\(\w+\)s", form)) == there, message.id


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


def _forms(catalogue: Catalog, key: str) -> tuple[str, ...]:
    """The translation, or one for each number that the language tells apart."""
    message = catalogue.get(key)
    if message is None or not message.string:
        return ("",)
    if isinstance(message.string, str):
        return (message.string,)
    return tuple(message.string) + ("",) * (catalogue.num_plurals - len(message.string))


def test_sentences_of_other_rooms_are_translated_as_they_are_raised() -> None:
    """A word more or less, and people read English: the catalogue finds a sentence by its letters."""
    raised: set[object] = set()
    made: set[str] = set()
    for room in ("csms", "domain", "queries", "ingress"):
        for file in (ROOT / "app" / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant):
                    raised.add(node.value)
                elif isinstance(node, ast.JoinedStr):
                    made.add(str(pattern_of(node)))
    assert set(SPECIFIC) - raised == {PASSWORD_LENGTH}  # made of parts that are always the same
    assert set(map(as_pattern, MADE_OF_PARTS)) - made == set()


def as_pattern(template: str) -> str:
    """`%s` for each of its parts."""
    return re.sub(r"%\(\w+\)s", "%s", template)


def pattern_of(node: ast.expr) -> str | None:
    """What an expression says, `%s` for each part that it fills in; None if it is no text written down there."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(each.value) if isinstance(each, ast.Constant) else "%s" for each in node.values
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left = pattern_of(node.left)
        return None if left is None else left + (pattern_of(node.right) or "%s")
    return None


@pytest.mark.parametrize(
    ("sentence", "korean"),
    [
        (
            "A limit for A-1 lies between 0 and 50 kW.",
            "A-1의 출력 제한은 0~50kW여야 합니다.",
        ),
        (
            "There is no account 'kim', or it is disabled.",
            "계정이 없거나 사용 중지되었습니다: 'kim'",
        ),
        ("There is no account 'kim'.", "없는 계정입니다: 'kim'"),
        ("A site needs a name.", "충전소 이름을 입력하세요."),
        (
            "CP1 has to connect with security profile 2, that is TLS (wss://) and a password;"
            " this connection has profile 0.",
            "CP1은(는) 보안 프로파일 2(으)로 연결해야 합니다: TLS(wss://)와 비밀번호. 이번 연결은 프로파일 0입니다.",
        ),
        (
            "It did not reach the station: The station did not answer within 30 s.",
            "충전기에 전달되지 않았습니다: 충전기가 30초 안에 응답하지 않았습니다.",
        ),
        ("ocpp1.6 has no SetVariables.", "ocpp1.6에는 SetVariables이(가) 없습니다."),
        ("This car has no battery.", "This car has no battery."),
        ("The motor answered 12 times.", "The motor answered 12 times."),
        ("The station's own words.", "The station's own words."),
    ],
)
def test_a_refusal_that_names_something_is_said_in_ones_language(
    sentence: str, korean: str
) -> None:
    assert in_this_language(sentence) == sentence
    with speaking("ko"):
        assert in_this_language(sentence) == korean

"""The bench itself: cases are known, none is missing without a word, and the page says what the tests say."""

import re

from tests.ingress.oca.conformance import HERE, PAGE, cases, reasons

MARK = re.compile(r"pytest\.mark\.oca\(([^)]*)\)")


def shown() -> set[str]:
    """The ids that tests bear."""
    text = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    return {case for found in MARK.findall(text) for case in re.findall(r'"([^"]+)"', found)}


def test_marks_name_cases_that_exist() -> None:
    assert shown() - {case.case for case in cases()} == set()


def test_a_case_is_shown_or_has_its_reason() -> None:
    """Cases without a test yet are listed in the page; none is both shown and excused."""
    assert shown() & set(reasons()) == set()


def test_the_page_lists_every_case_with_its_result() -> None:
    """To write it anew: make conformance"""
    text = PAGE.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (TC_\w+) \| [^|]* \| [^|]* \| (.*) \|$", text, re.MULTILINE))
    assert rows.keys() == {case.case for case in cases()}
    assert {case for case, result in rows.items() if result == "passed"} == shown()

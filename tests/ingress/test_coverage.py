"""Every action of every version is spoken, or stands in the plan; and the page says so."""

from __future__ import annotations

from app.config import ROOT
from app.domain.commands import Command, RawCall
from app.ingress.coverage import PLANNED, PLANNED_WORD, coverage, page
from app.ingress.dialects import DIALECTS
from app.ingress.schemas import actions_of


def test_every_action_of_the_schemas_is_in_the_table() -> None:
    rows = {row.action: row for row in coverage()}
    for name, dialect in DIALECTS.items():
        for action in actions_of(dialect.version):
            assert rows[action].words[name], action


def test_the_plan_is_exactly_what_is_not_spoken() -> None:
    planned = [action for names in PLANNED.values() for action in names.split()]
    lacking = {row.action for row in coverage() if PLANNED_WORD in row.words.values()}
    assert len(planned) == len(set(planned))
    assert set(planned) == lacking


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8") == page()


def test_every_command_can_be_said_in_some_dialect() -> None:
    sendable = {command.__name__ for d in DIALECTS.values() for command in d.sends}
    assert {kind.__name__ for kind in Command.__subclasses__()} - {RawCall.__name__} == sendable

"""The lists that are the map: nothing that can be said is without somebody who hears it."""

import importlib
import pkgutil

import app.domain
from app.csms.reactions import REACTIONS
from app.csms.receive import ASKED, HANDLERS
from app.domain.commands import Command, RawCall
from app.domain.reports import Report, TransactionReport
from app.ingress.dialects import DIALECTS

MODULES = [
    importlib.import_module(f"app.domain.{module.name}")
    for module in pkgutil.iter_modules(app.domain.__path__)
]


def kinds_of(base: type) -> set[type]:
    """All of the domain that descends from `base` (by name: a slotted dataclass leaves a ghost of itself behind)."""
    named = {
        thing for module in MODULES for thing in vars(module).values() if isinstance(thing, type)
    }
    return {kind for kind in named if issubclass(kind, base) and kind is not base}


def test_every_report_is_handled_in_exactly_one_place() -> None:
    said = kinds_of(Report) - {TransactionReport}
    assert said - HANDLERS.keys() - ASKED.keys() == set()
    assert HANDLERS.keys() & ASKED.keys() == set()


def test_reactions_are_to_reports_that_exist() -> None:
    assert REACTIONS.keys() <= HANDLERS.keys() | ASKED.keys()


def test_every_command_can_be_said_in_some_version() -> None:
    sent = {command for dialect in DIALECTS.values() for command in dialect.sends}
    assert kinds_of(Command) - sent == {RawCall}

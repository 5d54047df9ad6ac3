"""The names that users of the originals know, and what they mean here."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import halla
from app.cli.protocol_log import places_of
from app.config import SettingsError, read_settings
from app.protocol_log.log import STDERR, Places


@pytest.mark.parametrize(
    ("environ", "places"),
    [
        ({}, None),
        ({"OCPP_PROTOCOL_DEBUG": "false", "OCPP_LOG_LEVEL": "DEBUG"}, None),
        (
            {"OCPP_PROTOCOL_DEBUG": "True", "HALLA_DATA_DIR": "data"},
            Places(file=Path("data/ocpp_protocol_debug.log")),
        ),
        (
            {
                "OCPP_PROTOCOL_DEBUG": "true",
                "OCPP_LOG_FILE": "a.log",
                "OCPP_LOG_LEVEL": "warning",
                "HALLA_MESSAGE_DUMP_DIR": "dump",
            },
            Places(file=Path("a.log"), directory=Path("dump"), level="WARNING"),
        ),
        ({"OCPP_PROTOCOL_DEBUG": "true", "OCPP_LOG_FILE": "-"}, Places(file=STDERR)),
        ({"OCPP_LOG_FILE": "a.log"}, Places(file=Path("a.log"), frames=False)),
        ({"HALLA_MESSAGE_DUMP_DIR": "dump"}, Places(directory=Path("dump"), frames=False)),
    ],
)
def test_where_the_log_goes(environ: dict[str, str], places: Places | None) -> None:
    assert places_of(read_settings(environ)) == places


def test_neither_true_nor_false_is_a_mistake() -> None:
    with pytest.raises(SettingsError, match="OCPP_PROTOCOL_DEBUG must be true or false"):
        read_settings({"OCPP_PROTOCOL_DEBUG": "maybe"})


def test_the_option_turns_it_on_for_this_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    changes: list[dict[str, Any]] = []
    monkeypatch.setattr(
        import_module("app.cli.demo"), "run_program", lambda _job, **given: changes.append(given)
    )
    for arguments in (["demo", "--protocol-debug"], ["demo"]):
        assert CliRunner().invoke(halla, arguments).exit_code == 0
    assert [given.get("protocol_debug") for given in changes] == [True, None]

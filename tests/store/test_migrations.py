"""One history, from nothing to what the tables say."""

from alembic import command
from alembic.script import ScriptDirectory

from app.store.migrations import _config, pending


def test_there_is_one_head(database_url: str) -> None:
    assert len(ScriptDirectory.from_config(_config(database_url)).get_heads()) == 1


def test_upgrade_from_empty_leaves_nothing_pending(database_url: str) -> None:
    assert pending(database_url) == ()


def test_tables_and_migrations_do_not_drift(database_url: str) -> None:
    command.check(_config(database_url))

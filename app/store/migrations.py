"""The schema's history: bring a database to the newest revision, or tell how far it is behind."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool

from app.config import ROOT
from app.store.database import sqlalchemy_url


def migrate(url: str) -> None:
    """Apply all migrations that are missing. Blocking."""
    command.upgrade(_config(url), "head")


def pending(url: str) -> tuple[str, ...]:
    """The revisions that are missing, oldest first. Blocking."""
    script = ScriptDirectory.from_config(_config(url))
    engine = create_engine(sqlalchemy_url(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    missing = [
        revision.revision for revision in script.iterate_revisions("heads", current or "base")
    ]
    return tuple(reversed(missing))


def _config(url: str) -> Config:
    config = Config(toml_file=Path(ROOT) / "pyproject.toml")
    config.attributes["url"] = sqlalchemy_url(url)
    return config

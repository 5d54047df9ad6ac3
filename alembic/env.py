"""How migrations run: on a URL given by the caller, over one connection, each in its own transaction."""

import re
from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import create_engine, pool
from sqlmodel import SQLModel

import app.store.tables  # noqa: F401 (fills the metadata)

PARTITION = re.compile(r"^(meter_sample|journal)_(y\d{4}m\d{2}(d\d{2})?|rest)$")


def include_object(thing: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """Leave out PostGIS's own tables and the partitions, which are made by a job."""
    if kind == "table" and name is not None and PARTITION.match(name):
        return False
    return bool(alembic_helpers.include_object(thing, name, kind, reflected, other))


def run() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            include_object=include_object,
            process_revision_directives=alembic_helpers.writer,
            render_item=alembic_helpers.render_item,
            compare_server_default=False,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()

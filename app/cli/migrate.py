"""`halla migrate`."""

import typer

from app.cli.running import run_program
from app.config import Settings
from app.main import open_context


def migrate() -> None:
    """Bring the database (HALLA_DATABASE_URL, or the embedded one) to this version's tables."""
    run_program(_migrate)


async def _migrate(settings: Settings) -> None:
    async with open_context(settings, typer.echo, migrating=True):
        typer.echo("The database is up to date.")

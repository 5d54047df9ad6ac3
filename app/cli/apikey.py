"""`halla apikey`: which programs may use the API."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.cli.running import run
from app.csms import accounts
from app.csms.audit import at_the_terminal
from app.domain.roles import Role

commands = typer.Typer(name="apikey", help="Which programs may use the API.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="What the key is for.")]


@commands.command("add")
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What the program may do.")] = Role.VIEWER,
) -> None:
    """Make a key and print it; it is not shown again."""
    key = run(lambda context: accounts.create_api_key(context, at_the_terminal(), name, role))
    typer.echo("Send it as the header X-API-Key. It is not shown again.", err=True)
    typer.echo(key)


@commands.command("list")
def list_() -> None:
    """Show all keys by their first characters."""
    table = Table("Name", "Key", "Role", "Since", "Last used")
    for row in run(accounts.list_api_keys):
        since = row.created_at.astimezone().strftime("%Y-%m-%d")
        used = row.last_used_at.astimezone().strftime("%Y-%m-%d %H:%M") if row.last_used_at else "-"
        table.add_row(row.name, f"{row.prefix}...", row.role, since, used)
    Console().print(table)


@commands.command("revoke")
def revoke(name: Name) -> None:
    """Make a key invalid at once."""
    run(lambda context: accounts.revoke_api_key(context, at_the_terminal(), name))
    typer.echo(f"The key {name} is not valid any more.")

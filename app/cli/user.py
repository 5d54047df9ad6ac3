"""`halla user`: who may sign in to the dashboard."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from app.cli.running import ask_password, read_environment, run
from app.cli.serve import host
from app.csms import accounts
from app.csms.audit import at_the_terminal
from app.domain.roles import Role

commands = typer.Typer(name="user", help="Who may sign in.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="User name.")]
ROLE_HELP = "viewer looks, operator controls charging, admin may do all."


@commands.command("add")
def add(name: Name, role: Annotated[Role, typer.Option(help=ROLE_HELP)] = Role.VIEWER) -> None:
    """Create an account; the password is asked for, or read from a pipe."""
    password = ask_password(f"Password for {name}")
    run(lambda context: accounts.create_account(context, at_the_terminal(), name, password, role))
    typer.echo(f"{name} may sign in as {role}.")


@commands.command("list")
def list_() -> None:
    """Show all accounts."""
    table = Table("Name", "Role", "Since", "Signed in")
    for row in run(accounts.list_accounts):
        since = row.created_at.astimezone().strftime("%Y-%m-%d")
        role = f"{row.role} (disabled)" if row.disabled else row.role
        table.add_row(row.name, role, since, str(row.signed_in or "-"))
    Console().print(table)


@commands.command("passwd")
def passwd(name: Name) -> None:
    """Set a new password and end all sign-ins of this user."""
    password = ask_password(f"New password for {name}")
    run(lambda context: accounts.set_password(context, at_the_terminal(), name, password))
    typer.echo(f"{name} has a new password and is signed out everywhere.")


@commands.command("role")
def set_role(name: Name, role: Annotated[Role, typer.Argument(help=ROLE_HELP)]) -> None:
    """Change what a user may do; it counts at once."""
    run(lambda context: accounts.set_role(context, at_the_terminal(), name, role))
    typer.echo(f"{name} is {role} now.")


@commands.command("remove")
def remove(name: Name) -> None:
    """Remove an account and sign it out."""
    run(lambda context: accounts.remove_account(context, at_the_terminal(), name))
    typer.echo(f"{name} is gone.")


@commands.command("link")
def link(
    name: Name,
    valid_s: Annotated[int, typer.Option("--valid", help="For how many seconds.")] = 3600,
) -> None:
    """Print a link that signs this user in once."""
    settings = read_environment()
    token = run(
        lambda context: accounts.create_sign_in_link(context, at_the_terminal(), name, valid_s)
    )
    typer.echo(f"http://{host(settings.http_host)}:{settings.http_port}/sign-in/link/{token}")

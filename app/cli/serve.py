"""`halla serve`."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from app.cli.protocol_log import places_of, protocol_log
from app.cli.running import run_program
from app.config import Settings
from app.csms.accounts import ensure_first_admin
from app.csms.context import Context
from app.main import Role, open_context, run_roles, stop_on_signals

RoleOption = Annotated[
    list[Role] | None,
    typer.Option(help="Do only this (repeatable); several processes need HALLA_NATS_URL."),
]


def serve(role: RoleOption = None) -> None:
    """Serve charging stations and the dashboard until Ctrl-C."""
    roles = frozenset(role or Role)

    async def job(settings: Settings) -> None:
        with protocol_log(places_of(settings)) as log:
            async with open_context(settings, typer.echo) as context:
                await announce_first_admin(context)
                with stop_on_signals() as stop:
                    ready = partial(tell_addresses, settings, roles)
                    await run_roles(context, roles, stop, ready, log)
                    typer.echo("Stopping.")

    run_program(job)


async def announce_first_admin(context: Context, say: Callable[[str], None] = typer.echo) -> None:
    """Make the first account if there is none; a password that was generated is told once, here."""
    password = await ensure_first_admin(context)
    if password is not None:
        say(f"First start: sign in as 'admin' with the password {password} (shown only now).")


def tell_addresses(settings: Settings, roles: frozenset[Role]) -> None:
    """Where to find the doors that are open."""
    if Role.WEB in roles:
        typer.echo(f"Dashboard  http://{host(settings.http_host)}:{settings.http_port}/")
    if Role.INGRESS in roles:
        typer.echo(
            f"Stations   ws://{host(settings.ocpp_host)}:{settings.ocpp_port}/{{station id}}"
        )
    typer.echo("Ctrl-C stops.")


def host(name: str) -> str:
    """A host as it stands in an address."""
    return f"[{name}]" if ":" in name else name


def near(name: str) -> str:
    """What listens on `name`, as this machine reaches it in an address: who listens everywhere is at loopback too."""
    return host({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name))

"""`halla tls`: certificates for charging stations that connect with TLS."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from typing import Annotated

import typer

from app.cli.running import end, read_environment
from app.csms import authority
from app.domain.errors import CsmsError

commands = typer.Typer(name="tls", help="Certificates for stations' TLS.", no_args_is_help=True)

LOCAL = ("localhost", "127.0.0.1", "::1")


@commands.callback()
def group() -> None:
    """Certificates for stations' TLS."""


@commands.command("init")
def init(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Host names and addresses under which stations reach this server.",
            show_default="this machine's name",
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Make new server certificates; the authority stays.")
    ] = False,
) -> None:
    """Make a certificate authority and a server certificate, in the data directory.

    The authority signs stations' certificates too (security profile 3). Give stations its root, ca.pem.
    """
    settings = read_environment()
    directory = authority.directory_in(settings.data_dir)
    wanted = list(dict.fromkeys([*(names or [socket.getfqdn()]), *LOCAL]))
    try:
        for path in authority.make_files(directory, wanted, datetime.now(UTC), again=again):
            typer.echo(str(path))
    except CsmsError as error:
        end(error.message)
    except OSError as error:
        end(f"{directory} cannot be written: {error.strerror or error}.")
    port = settings.ocpp_tls_port
    typer.echo(f"The server is known as {', '.join(wanted)}.")
    if port is None:
        typer.echo("Set HALLA_OCPP_TLS_PORT (9443, for instance) and start `halla serve`.")
    else:
        typer.echo(f"`halla serve` takes stations at wss://{wanted[0]}:{port}/{{station id}}.")

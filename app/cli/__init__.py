"""The front bell: the command `halla`, one function per command."""

import typer

from app.cli import apikey, seed, simulation, station, tls, user, vendor, verify
from app.cli.demo import demo
from app.cli.frame import frame
from app.cli.migrate import migrate
from app.cli.monitor import monitor
from app.cli.serve import serve

halla = typer.Typer(
    name="halla",
    help="A charging-station management system with a live map.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (demo, serve, migrate, seed.seed, frame, monitor):
    halla.command()(command)
for group in (
    simulation.commands,
    user.commands,
    apikey.commands,
    station.commands,
    tls.commands,
    vendor.commands,
    verify.commands,
):
    halla.add_typer(group)

"""`halla simulate` as a group: without a further word the fleet, else what the word names."""

from contextlib import AbstractContextManager

import typer

from app.cli.history import history
from app.cli.protocol_log import places_of, protocol_log
from app.cli.running import read_environment
from app.cli.scenario import scenario
from app.cli.simulate import simulate
from app.protocol_log.log import ProtocolLog


def log() -> AbstractContextManager[ProtocolLog | None]:
    """The protocol log that the settings want."""
    return protocol_log(places_of(read_environment()))


commands = typer.Typer(name="simulate", context_settings={"obj": log})
commands.callback(invoke_without_command=True)(simulate)
commands.command("scenario")(scenario)
commands.command("history")(history)

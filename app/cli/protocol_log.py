"""The protocol log as the settings want it, open while a command runs."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import typer

from app.cli.running import end
from app.config import Settings
from app.domain.masks import without_secrets
from app.protocol_log.log import STDERR, Places, ProtocolLog, open_log

NAME = "ocpp_protocol_debug.log"


def places_of(settings: Settings) -> Places | None:
    """Where the settings want it written; None: nowhere."""
    file = settings.protocol_log_file
    if settings.protocol_debug and file is None:
        file = settings.data_dir / NAME
    if file is None and settings.message_dump_dir is None:
        return None
    return Places(
        file=file,
        directory=settings.message_dump_dir,
        frames=settings.protocol_debug,
        level=settings.protocol_log_level,
    )


@contextmanager
def protocol_log(places: Places | None, *, aloud: bool = True) -> Iterator[ProtocolLog | None]:
    """Written until the block ends; None when nobody wants to have frames. `aloud`: say where it is."""
    if places is None:
        yield None
        return
    with ExitStack() as stack:
        try:
            log = stack.enter_context(open_log(places, without_secrets))
        except OSError as error:
            end(f"The protocol log cannot be kept in {error.filename}: {error.strerror}.")
        if aloud and places.file not in (None, STDERR):
            typer.echo(f"Protocol log  {places.file}")
        if aloud and places.directory is not None:
            typer.echo(f"Protocol logs  {places.directory}/ocpp_{{station id}}.log")
        yield log if places.frames or places.directory is not None else None

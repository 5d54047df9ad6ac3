"""What every command does around its work: settings, logging, the event loop, and errors as sentences."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, NoReturn, TypeVar

import typer
from rich.console import Console

from app.config import Settings, SettingsError, read_settings
from app.csms.context import Context
from app.domain.errors import CsmsError
from app.main import ending_signals, open_context
from app.store.embedded_binaries import EmbeddedError

T = TypeVar("T")

LOG_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
LIBRARIES = ("alembic", "asyncio", "uvicorn", "websockets", "psycopg", "httpx", "sqlalchemy")
"""Their chatter below WARNING is of no use to an operator."""

complaints = Console(stderr=True, highlight=False, soft_wrap=True)
"""Where progress and errors go, so that a command's output can be piped."""


def read_environment(**changes: object) -> Settings:
    """The settings of the environment, `changes` laid over them. Ends the program if there are mistakes."""
    try:
        read = read_settings(os.environ)
    except SettingsError as error:
        fail(*error.mistakes)
        raise typer.Exit(2) from None
    return replace(read, **changes)  # type: ignore[arg-type]


def configure_logging(level: str, at_least: int = logging.NOTSET) -> None:
    """Log to standard error at `level`, or at `at_least` if that is quieter."""
    logging.basicConfig(format=LOG_FORMAT, stream=sys.stderr, force=True)
    logging.getLogger().setLevel(max(logging.getLevelName(level), at_least))
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


def run_program(job: Callable[[Settings], Coroutine[Any, Any, T]], **changes: object) -> T:
    """Run `job` with the settings; an error that has a sentence ends the program with it and status 1."""
    settings = read_environment(**changes)
    configure_logging(settings.log_level)
    ended_by: list[int] = []
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_interruptible(job(settings), ended_by))
    except (CsmsError, EmbeddedError) as error:
        end(str(error))
    except KeyboardInterrupt:
        raise typer.Exit(128 + signal.SIGINT) from None
    except asyncio.CancelledError:
        if not ended_by:
            raise
        raise typer.Exit(128 + ended_by[0]) from None


def run(job: Callable[[Context], Coroutine[Any, Any, T]]) -> T:
    """Run `job` on the database; see `run_program`."""

    async def with_context(settings: Settings) -> T:
        async with open_context(settings, complaints.print) as context:
            return await job(context)

    return run_program(with_context)


def ask_password(prompt: str) -> str:
    """A password, typed twice at a terminal or read as one line of a pipe."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    typed: str = typer.prompt(prompt, hide_input=True, confirmation_prompt=True)
    return typed


def fail(*sentences: str) -> None:
    """Say what is wrong."""
    for sentence in sentences:
        typer.echo(sentence, err=True)


def end(*sentences: str) -> NoReturn:
    """Say what is wrong and end with status 1."""
    fail(*sentences)
    raise typer.Exit(1)


async def _interruptible(job: Coroutine[Any, Any, T], ended_by: list[int]) -> T:
    """The job; SIGTERM and a closed terminal unwind it as Ctrl-C does, so that no database stays behind.

    Which of them it was is put into `ended_by`.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def unwind(number: int) -> None:
        ended_by.append(number)
        task.cancel()

    heard = threading.current_thread() is threading.main_thread()  # another hears no signals
    for number in ending_signals() if heard else ():
        loop.add_signal_handler(number, unwind, number)
    return await job


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where there is one (not on Windows)."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop

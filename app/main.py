"""Composes the one program: settings -> database -> bus -> context -> roles. `app.cli` decides which roles and when."""

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from enum import StrEnum
from typing import Any

import uvicorn
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError

from app.bus import nats
from app.bus.memory import MemoryBus
from app.bus.port import Bus
from app.config import Settings
from app.csms.context import Context
from app.csms.journal import Journal
from app.csms.lanes import Lanes
from app.csms.watchdog import forget_connections, keep_watch, prepare_months
from app.domain.errors import Invalid
from app.ingress.coverage import coverage
from app.ingress.server import serve
from app.ingress.tls import settings_context
from app.ports import StartError, family, ocpp_port_taken, port_taken, refuse_taken_ports
from app.protocol_log.log import ProtocolLog
from app.store import embedded
from app.store.database import open_database
from app.store.embedded_binaries import EmbeddedError
from app.store.migrations import migrate, pending

logger = logging.getLogger(__name__)

COLLECT_AFTER = (20_000, 20, 50)
"""Objects (net) between two looks at the young ones; looks between two at the middle-aged, and at the old."""

STOP_S = 3
"""How long open pages and streams may take to end."""


class Role(StrEnum):
    """What a process does."""

    INGRESS = "ingress"
    WEB = "web"
    WORKER = "worker"


@asynccontextmanager
async def open_context(
    settings: Settings, progress: Callable[[str], None] = logger.info, *, migrating: bool = False
) -> AsyncIterator[Context]:
    """The cellars, ready for use; the embedded database is started and brought up to date if there is no other.

    Raises StartError, or EmbeddedError when no PostGIS is to be had.
    """
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(_database_url(settings, progress))
        own = settings.database_url is not None
        missing = await asyncio.to_thread(_pending, url)
        if missing and own and not migrating:
            raise StartError(f"The database lacks {len(missing)} migration(s). Run: halla migrate")
        if missing:
            progress(f"Bringing the database up to date ({len(missing)} migrations)")
            await asyncio.to_thread(migrate, url)
        database = await stack.enter_async_context(open_database(url))
        bus = await _bus(settings)
        stack.push_async_callback(bus.close)
        context = Context(database=database, bus=bus, settings=settings)
        await prepare_months(context)
        yield context


async def run_roles(
    context: Context,
    roles: frozenset[Role],
    stop: asyncio.Event,
    ready: Callable[[], None] | None = None,
    log: ProtocolLog | None = None,
) -> None:
    """Serve until `stop`; `ready` is called once all doors are open. `log` is told of every OCPP frame.

    Raises StartError.
    """
    settings = context.settings
    if settings.nats_url is None and roles != frozenset(Role):
        raise StartError(
            "Roles in several processes need a bus between them. Set HALLA_NATS_URL, or serve without --role."
        )
    refuse_taken_ports(settings, stations=Role.INGRESS in roles, people=Role.WEB in roles)
    async with AsyncExitStack() as stack:
        if Role.INGRESS in roles:
            await _open_ingress(stack, context, log)
        if Role.WORKER in roles:
            _hold(stack, keep_watch(context), "worker")
        if Role.WEB in roles:
            await _open_web(stack, context)
        settle_memory()
        if ready is not None:
            ready()
        await stop.wait()


def settle_memory() -> None:
    """What is loaded now stays: the collector need not walk it again and again, nor look after every few messages.

    It took a tenth of the processor's time with stations that report as fast as they can.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


async def _open_ingress(stack: AsyncExitStack, context: Context, log: ProtocolLog | None) -> None:
    settings = context.settings
    if settings.nats_url is None:
        if settings.database_url is None:
            stack.enter_context(embedded.sole_server(settings.data_dir))
        await forget_connections(context)
    journal = Journal(context) if settings.journal == "on" else None
    if journal is not None:
        _hold(stack, journal.run(), "journal")
    lanes = await stack.enter_async_context(Lanes(context).run())
    try:
        tls = settings_context(settings) if settings.ocpp_tls_port is not None else None
        await stack.enter_async_context(serve(context, lanes, journal, tls=tls, log=log))
    except Invalid as error:
        raise StartError(error.message) from error
    except OSError as error:
        raise ocpp_port_taken(settings, error) from error


async def _open_web(stack: AsyncExitStack, context: Context) -> None:
    # Imported here: it is half of the program, and every other command would load it for nothing.
    from app.api.app import add_api
    from app.web.app import create_app

    application = create_app(context)
    add_api(application, context)
    application.state.coverage = coverage()
    settings = context.settings
    await stack.enter_async_context(serve_http(application, settings.http_host, settings.http_port))
    # Streams never end by themselves: end them first, or the server waits for them in vain.
    stack.callback(application.state.hub.close)


@asynccontextmanager
async def serve_http(application: FastAPI, host: str, port: int) -> AsyncIterator[int]:
    """Serve an application; yields the port (port 0: a free one). Raises StartError if the port is taken."""
    try:
        listening = socket.create_server((host, port), family=family(host), backlog=2048)
    except OSError as error:
        raise port_taken("HTTP", port, error) from error
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=STOP_S,
        timeout_keep_alive=30,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not task.done():  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    try:
        if task.done():
            await task
            raise StartError("The dashboard did not start; the log above says why.")
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await asyncio.wait({task}, timeout=STOP_S + 5)


class _Server(uvicorn.Server):
    """Leaves signals to `stop_on_signals`: there is more to stop than the web."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextmanager
def stop_on_signals() -> Iterator[asyncio.Event]:
    """An event that Ctrl-C, SIGTERM and a closed terminal set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, *ending_signals())
    for number in numbers:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def ending_signals() -> tuple[signal.Signals, ...]:
    """SIGTERM, and SIGHUP of a closed terminal unless this process is to be deaf to it (nohup)."""
    return tuple(
        number
        for number in (signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is not signal.SIG_IGN
    )


@asynccontextmanager
async def _database_url(settings: Settings, progress: Callable[[str], None]) -> AsyncIterator[str]:
    if settings.database_url is not None:
        yield settings.database_url
        return
    starting = asyncio.create_task(
        asyncio.to_thread(embedded.start, settings.data_dir, progress), name="database"
    )
    try:
        cluster = await asyncio.shield(starting)
    except asyncio.CancelledError:
        # The thread knows nothing of it and starts the database all the same: nobody else would stop it.
        with suppress(EmbeddedError):
            await asyncio.to_thread(embedded.stop, await starting)
        raise
    try:
        yield cluster.url
    finally:
        await asyncio.to_thread(embedded.stop, cluster)


def _pending(url: str) -> tuple[str, ...]:
    try:
        return pending(url)
    except OperationalError as error:
        raise StartError(f"The database cannot be reached: {error.orig}") from error


async def _bus(settings: Settings) -> Bus:
    if settings.nats_url is None:
        return MemoryBus()
    try:
        return await nats.connect(settings.nats_url)
    except (OSError, nats.Error) as error:
        raise StartError(
            f"No NATS server answers at HALLA_NATS_URL: {error}. Start it, or unset HALLA_NATS_URL."
        ) from error


def _hold(stack: AsyncExitStack, job: Coroutine[Any, Any, None], name: str) -> None:
    """Run a background job until the stack unwinds; a crash is logged when it happens."""
    task = asyncio.create_task(job, name=name)
    task.add_done_callback(_report)

    async def end() -> None:
        task.cancel()
        await asyncio.wait({task}, timeout=STOP_S + 2)

    stack.push_async_callback(end)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        logger.error("%s ended", task.get_name(), exc_info=task.exception())

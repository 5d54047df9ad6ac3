"""The OCPP-J server: listens, has admission decide before the upgrade, and lets sessions run.

What a frame means is the sessions' business. TLS has a port of its own beside the plain one; stations of both ports
share one switchboard, and who was refused is noted.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.exceptions import InvalidHeader
from websockets.headers import parse_subprotocol
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from app.csms.context import Context
from app.csms.lanes import Lanes
from app.csms.watchdog import newest_connection
from app.domain.errors import Invalid
from app.ingress import browsers, proxies
from app.ingress.admission import Admitted, Knock, Refused, admit, identity_of
from app.ingress.connection import StationConnection
from app.ingress.farewell import farewell
from app.ingress.habits import HabitTable
from app.ingress.journal import Recorder
from app.ingress.logged import connections
from app.ingress.refusals import Refusals
from app.ingress.session import Session
from app.ingress.switchboard import Switchboard
from app.ingress.tls import BACKLOG, listen, shown_by
from app.protocol_log.log import ProtocolLog

logger = logging.getLogger(__name__)

LONGEST_MESSAGE = 2**20
"""Bytes; a longer message closes its connection with 1009, as RFC 6455 has it."""

OPEN_S = 30.0
PING_EVERY_S = 25.0
PONG_WITHIN_S = 25.0
CLOSE_S = 5.0
STOP_S = 15.0

_FRAMES_AHEAD = 16
_WRITE_AHEAD = 16 * 1024


@dataclass(frozen=True, slots=True)
class Server:
    """Running. `port` and `tls_port` (None: no TLS) are the real ones, also when any free one was asked for."""

    port: int
    board: Switchboard
    tls_port: int | None = None

    @property
    def online(self) -> tuple[str, ...]:
        """The stations that are connected here."""
        return tuple(self.board.sessions)


@asynccontextmanager
async def serve(
    context: Context,
    lanes: Lanes,
    journal: Recorder | None,
    *,
    host: str | None = None,
    port: int | None = None,
    tls: ssl.SSLContext | None = None,
    tls_port: int | None = None,
    log: ProtocolLog | None = None,
) -> AsyncIterator[Server]:
    """Serve charging stations until the block ends; then say goodbye to all, within a deadline.

    Host and ports are the settings' if not given; port 0 takes any free one. With `tls` there is a second port for
    it. `log` is told of every frame. Raises OSError when a port is taken.
    """
    settings = context.settings
    host = settings.ocpp_host if host is None else host
    port = settings.ocpp_port if port is None else port
    tls_port = settings.ocpp_tls_port or 0 if tls_port is None else tls_port
    async with AsyncExitStack() as stack:
        refusals = await stack.enter_async_context(Refusals(context).run())
        habits = await stack.enter_async_context(HabitTable(context).run())
        board = Switchboard(context, lanes, journal, refusals, habits)
        board.last_epoch = await newest_connection(context)
        await stack.enter_async_context(farewell(board))
        kind = connections(log)
        server = await stack.enter_async_context(_listen(board, host, port, kind))
        real: int = next(iter(server.sockets)).getsockname()[1]
        logger.info("OCPP server listening on port %d", real)
        if tls is None:
            yield Server(real, board)
            return
        secure = await stack.enter_async_context(
            listen(
                tls,
                host,
                tls_port,
                lambda: _connection(server, kind),
                lambda address, why: refusals.note("", address, "tls", why),
            )
        )
        logger.info("OCPP server listening on port %d with TLS", secure)
        yield Server(real, board, secure)


_CONNECTIONS: dict[str, Any] = {
    "max_queue": _FRAMES_AHEAD,
    "write_limit": _WRITE_AHEAD,
    "ping_interval": PING_EVERY_S,
    "ping_timeout": PONG_WITHIN_S,
    "close_timeout": CLOSE_S,
}


def _connection(server: WebSocketServer, kind: type[StationConnection]) -> StationConnection:
    """A connection that came by another port of `server`: all that is done with it is the same."""

    def select(_: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        return _select_subprotocol(connection, offered)

    protocol = ServerProtocol(select_subprotocol=select, max_size=LONGEST_MESSAGE)
    connection = kind(protocol, server, **_CONNECTIONS)
    return connection


@asynccontextmanager
async def _listen(
    board: Switchboard, host: str, port: int, kind: type[StationConnection]
) -> AsyncIterator[WebSocketServer]:
    """The plain port."""

    async def decide(connection: ServerConnection, request: Request) -> Response | None:
        return await _process_request(board, connection, request)

    async def handle(connection: ServerConnection) -> None:
        assert isinstance(connection, StationConnection)
        assert connection.admitted is not None
        await Session(board, connection, connection.admitted).run()

    server = await serve_websockets(
        handle,
        host,
        port,
        process_request=decide,
        select_subprotocol=_select_subprotocol,
        create_connection=kind,
        compression=None,  # it costs half as much again per message and 30 KiB per connection
        max_size=LONGEST_MESSAGE,
        open_timeout=OPEN_S,
        server_header=None,
        backlog=BACKLOG,
        **_CONNECTIONS,
    )
    try:
        yield server
    finally:
        await _stop(server, board)


async def _process_request(
    board: Switchboard, connection: ServerConnection, request: Request
) -> Response | None:
    """None lets the handshake go on."""
    assert isinstance(connection, StationConnection)
    if "websocket" not in request.headers.get("Upgrade", "").lower():
        # A browser or a port scanner: it gets its 426, and must not become a station.
        return None
    remote = connection.remote_address
    address = str(remote[0]) if remote else ""
    decision: Admitted | Refused
    try:
        knock = _knock(board, connection, request, address)
    except InvalidHeader:
        sentence = "Sec-WebSocket-Protocol is unreadable."
        decision = Refused(HTTPStatus.BAD_REQUEST, sentence, "subprotocol")
    except Invalid as error:
        decision = Refused(HTTPStatus.BAD_REQUEST, error.message, "proxy")
    else:
        address = knock.remote_address
        decision = await admit(board.context, knock)
    if isinstance(decision, Admitted):
        connection.admitted = decision
        return None
    board.refusals.note(identity_of(request.path) or "", address, decision.code, decision.sentence)
    response = connection.respond(decision.status, decision.sentence + "\n")
    if decision.status is HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Basic realm="OCPP", charset="UTF-8"'
    return response


def _knock(
    board: Switchboard, connection: StationConnection, request: Request, address: str
) -> Knock:
    """What is known of who knocks. Raises InvalidHeader, or Invalid for what a proxy says."""
    ssl_object = connection.transport.get_extra_info("ssl_object")
    knock = Knock(
        path=request.path,
        offered=_offered(request),
        origin=browsers.origin_of(request.headers),
        authorization=next(iter(request.headers.get_all("Authorization")), None),
        remote_address=address,
        secure=ssl_object is not None,
        shown=shown_by(ssl_object),
    )
    trusted = board.context.settings.trusted_proxies
    if not trusted or not proxies.is_trusted(address, trusted):
        return knock
    return replace(
        knock,
        remote_address=proxies.forwarded_for(request.headers, trusted, address),
        secure=knock.secure or proxies.is_forwarded_secure(request.headers),
        shown=proxies.forwarded_certificate(request.headers) or knock.shown,
    )


def _offered(request: Request) -> Sequence[str]:
    """The offered subprotocols, in the station's order."""
    lines = request.headers.get_all("Sec-WebSocket-Protocol")
    return [name for line in lines for name in parse_subprotocol(line)]


def _select_subprotocol(
    connection: ServerConnection, _offered: Sequence[Subprotocol]
) -> Subprotocol | None:
    """What admission chose already; None continues without one."""
    assert isinstance(connection, StationConnection)
    chosen = connection.admitted.subprotocol if connection.admitted else None
    return None if chosen is None else Subprotocol(chosen)


async def _stop(server: WebSocketServer, board: Switchboard) -> None:
    """Close every socket with 1001 and wait for the sessions' last reports, but not for ever."""
    server.close()
    try:
        async with asyncio.timeout(STOP_S):
            await server.wait_closed()
    except TimeoutError:
        logger.error("%d connections did not end in time", len(board.sessions))
        for task in list(server.handler_tasks):
            task.cancel()
    left = {*board.closing, *board.reacting}
    for task in left:
        task.cancel()
    if left:  # they hold connections of the database, which is closed next
        await asyncio.wait(left, timeout=STOP_S)

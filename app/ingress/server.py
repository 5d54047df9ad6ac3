"""The OCPP-J server: listens, has admission decide before the upgrade, and lets sessions run.

What a frame means is the sessions' business; TLS, if wanted, is given as a context.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.exceptions import InvalidHeader
from websockets.headers import parse_subprotocol
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from app.csms.context import Context
from app.csms.lanes import Lanes
from app.ingress.admission import Admitted, Refused, admit
from app.ingress.journal import Recorder
from app.ingress.session import Session
from app.ingress.switchboard import Switchboard

logger = logging.getLogger(__name__)

LONGEST_MESSAGE = 2**20
"""Bytes; a longer message closes its connection with 1009, as RFC 6455 has it."""

BACKLOG = 2048
"""Stations that may knock at the same moment after a power cut."""

OPEN_S = 30.0
PING_EVERY_S = 25.0
PONG_WITHIN_S = 25.0
CLOSE_S = 5.0
STOP_S = 15.0

_FRAMES_AHEAD = 16
_WRITE_AHEAD = 16 * 1024


class StationConnection(ServerConnection):
    """A connection that remembers what admission decided about it."""

    admitted: Admitted | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """Running. `port` is the real one, also when any free one was asked for."""

    port: int
    board: Switchboard

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
) -> AsyncIterator[Server]:
    """Serve charging stations until the block ends; then say goodbye to all, within a deadline.

    Host and port are the settings' if not given; port 0 takes any free one.
    """
    board = Switchboard(context, lanes, journal)

    async def decide(connection: ServerConnection, request: Request) -> Response | None:
        return await _process_request(context, connection, request)

    async def handle(connection: ServerConnection) -> None:
        assert isinstance(connection, StationConnection)
        assert connection.admitted is not None
        await Session(board, connection, connection.admitted).run()

    server = await serve_websockets(
        handle,
        context.settings.ocpp_host if host is None else host,
        context.settings.ocpp_port if port is None else port,
        process_request=decide,
        select_subprotocol=_select_subprotocol,
        create_connection=StationConnection,
        compression=None,  # it costs half as much again per message and 30 KiB per connection
        max_size=LONGEST_MESSAGE,
        max_queue=_FRAMES_AHEAD,
        write_limit=_WRITE_AHEAD,
        open_timeout=OPEN_S,
        ping_interval=PING_EVERY_S,
        ping_timeout=PONG_WITHIN_S,
        close_timeout=CLOSE_S,
        server_header=None,
        backlog=BACKLOG,
        ssl=tls,
    )
    real_port: int = next(iter(server.sockets)).getsockname()[1]
    logger.info("OCPP server listening on port %d", real_port)
    try:
        yield Server(real_port, board)
    finally:
        await _stop(server, board)


async def _process_request(
    context: Context, connection: ServerConnection, request: Request
) -> Response | None:
    """None lets the handshake go on."""
    assert isinstance(connection, StationConnection)
    if "websocket" not in request.headers.get("Upgrade", "").lower():
        # A browser or a port scanner: it gets its 426, and must not become a station.
        return None
    try:
        offered = _offered(request)
    except InvalidHeader:
        return connection.respond(HTTPStatus.BAD_REQUEST, "Sec-WebSocket-Protocol is unreadable.\n")
    authorization = next(iter(request.headers.get_all("Authorization")), None)
    decision = await admit(context, request.path, offered, authorization)
    if isinstance(decision, Admitted):
        connection.admitted = decision
        return None
    return _refusal(connection, request, decision)


def _refusal(connection: ServerConnection, request: Request, refused: Refused) -> Response:
    remote = connection.remote_address
    logger.warning(
        "refused %s from %s: %d %s",
        request.path[:200],
        remote[0] if remote else "?",
        refused.status,
        refused.sentence,
    )
    response = connection.respond(refused.status, refused.sentence + "\n")
    if refused.status is HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Basic realm="OCPP", charset="UTF-8"'
    return response


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
    for closing in list(board.closing):
        closing.cancel()

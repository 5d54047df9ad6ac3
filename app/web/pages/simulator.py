"""A charging station played in the browser: a page whose script opens a real station's socket.

The page may reach any port of this machine's name and nothing else. What the socket needs beside the station's own
password is a ticket (`app.csms.simulator_tickets`), given to signed-in operators and admins.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import JSONResponse, Response

from app.csms.accounts import Visitor
from app.csms.simulator_tickets import create_ticket
from app.domain.errors import CsmsError
from app.domain.roles import Permission
from app.queries import map as fleet
from app.queries import security
from app.queries.map import Marker
from app.web.auth import CurrentContext, Needs
from app.web.errors import sentence_of
from app.web.headers import content_security_policy
from app.web.refusals import in_this_language
from app.web.render import render

router = APIRouter(prefix="/simulator")
Player = Annotated[Visitor, Depends(Needs(Permission.SEND_COMMANDS))]
RECENT = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorPage:
    """`url`: where stations connect, as this browser reaches it; the id follows. `free`: chargers that are offline."""

    url: str
    free: tuple[Marker, ...]


@router.get("", dependencies=[Depends(Needs(Permission.SEND_COMMANDS))])
async def simulator(request: Request, context: CurrentContext) -> Response:
    """The page."""
    settings = context.settings
    host = request.url.hostname or "localhost"
    shown_host = f"[{host}]" if ":" in host else host
    secure = request.url.scheme == "https"
    port = settings.ocpp_tls_port if secure and settings.ocpp_tls_port else settings.ocpp_port
    markers = await fleet.markers(context.database)
    page = SimulatorPage(
        url=f"{'wss' if secure else 'ws'}://{shown_host}:{port}",
        free=tuple(marker for marker in markers if not marker.online),
    )
    everywhere_here = f"connect-src 'self' ws://{shown_host}:* wss://{shown_host}:*"
    policy = content_security_policy(settings).replace("connect-src 'self'", everywhere_here)
    headers = {"Content-Security-Policy": policy}
    return render(request, "simulator/index.html", page, headers=headers)


@router.post("/tickets")
async def ticket(
    request: Request, context: CurrentContext, visitor: Player, station_id: Annotated[str, Form()]
) -> Response:
    """`{"ticket": ...}` for one socket in this station's name, or `{"error": sentence}`."""
    origin = request.headers.get("origin") or f"{request.url.scheme}://{request.url.netloc}"
    try:
        made = await create_ticket(context, visitor.actor, station_id, origin)
    except CsmsError as error:
        return JSONResponse({"error": sentence_of(error)}, error.status)
    return JSONResponse({"ticket": made}, headers={"Cache-Control": "no-store"})


@router.get("/refusal", dependencies=[Depends(Needs(Permission.SEND_COMMANDS))])
async def refusal(context: CurrentContext, station_id: str) -> Response:
    """Why the last socket of this station was refused just now, which a browser does not tell its page."""
    await asyncio.sleep(0.3)  # refusals are noted beside the handshake
    rows = await security.connection_refusals(context.database, station_id, limit=1)
    recent = [
        in_this_language(row.reason) for row in rows if row.last_at > context.clock() - RECENT
    ]
    return JSONResponse({"reason": recent[0] if recent else None})

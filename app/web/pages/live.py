"""GET /live: the stream, for signed-in browsers and for programs with a key."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import Response

from app.csms import accounts
from app.csms.accounts import Actor
from app.domain.errors import NotAllowed, NotSignedIn, Unavailable
from app.domain.roles import Permission, may
from app.web.auth import context_of, visitor_of
from app.web.i18n import N_
from app.web.live.hub import Hub
from app.web.live.stream import MAX_READERS, LiveStream

router = APIRouter()


async def listener(
    request: Request,
    authorization: Annotated[str | None, Header()] = None,
    x_api_key: Annotated[str | None, Header()] = None,
) -> Actor:
    """Who listens: a visitor, or the owner of an API key. Raises NotSignedIn, NotAllowed."""
    scheme, _, bearer = (authorization or "").partition(" ")
    key = bearer.strip() if scheme.lower() == "bearer" else x_api_key
    if key:
        actor = await accounts.who_has_key(context_of(request), key)
    else:
        visitor = await visitor_of(request)
        actor = visitor.actor if visitor else None
    if actor is None:
        raise NotSignedIn
    if not may(actor.role, Permission.VIEW):
        raise NotAllowed
    return actor


@router.get("/live", dependencies=[Depends(listener)])
async def live(request: Request, last_event_id: Annotated[str | None, Header()] = None) -> Response:
    """Named events: status, meter, command, alert, tick, resync; ids `boot:seq`, resumed by Last-Event-ID."""
    hub: Hub = request.app.state.hub
    if hub.readers >= MAX_READERS:
        raise Unavailable(N_("Too many pages listen at the moment; try again in a minute."))
    return LiveStream(hub, last_event_id)

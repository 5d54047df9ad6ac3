"""Stations that knocked and wait for an admin's yes or no; and those that were refused."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from app.csms import stations
from app.csms.accounts import Visitor
from app.domain.roles import Permission
from app.domain.stations import Registration
from app.queries.map import Marker, markers
from app.web.auth import CurrentContext, Needs
from app.web.render import render

router = APIRouter(prefix="/stations/waiting")
MANAGES = [Depends(Needs(Permission.MANAGE_STATIONS))]
Manager = Annotated[Visitor, Depends(Needs(Permission.MANAGE_STATIONS))]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPage:
    """Who waits, who was refused."""

    pending: tuple[Marker, ...]
    rejected: tuple[Marker, ...]


@router.get("", dependencies=MANAGES)
async def waiting(request: Request, context: CurrentContext) -> Response:
    """The two lists."""
    everywhere = await markers(context.database)
    page = WaitingPage(
        pending=tuple(m for m in everywhere if m.registration == Registration.PENDING),
        rejected=tuple(m for m in everywhere if m.registration == Registration.REJECTED),
    )
    return render(request, "waiting/index.html", page)


@router.post("/{station_id}/accept")
async def accept(
    request: Request, context: CurrentContext, visitor: Manager, station_id: str
) -> Response:
    """Let a station in."""
    await stations.set_registration(context, visitor.actor, station_id, Registration.ACCEPTED)
    return RedirectResponse(request.url_for("waiting"), 303)


@router.post("/{station_id}/reject")
async def reject(
    request: Request, context: CurrentContext, visitor: Manager, station_id: str
) -> Response:
    """Keep a station out."""
    await stations.set_registration(context, visitor.actor, station_id, Registration.REJECTED)
    return RedirectResponse(request.url_for("waiting"), 303)

"""Stations that knocked and wait for an admin's yes or no, those that were refused, and strangers at the door."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from app.csms import stations as records
from app.csms.accounts import Visitor
from app.domain.roles import Permission
from app.domain.stations import Registration
from app.queries import security, waiting
from app.queries.map import Site, sites
from app.queries.security import RefusalRow
from app.queries.waiting import TariffChoice, WaitingRow
from app.web.auth import CurrentContext, Needs
from app.web.forms import degrees_of, text_of
from app.web.render import render

router = APIRouter(prefix="/stations/waiting")
StationAdmin = Annotated[Visitor, Depends(Needs(Permission.MANAGE_STATIONS))]
Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPage:
    """Who waits, who was refused, where they may be put, and who else knocked."""

    pending: tuple[WaitingRow, ...]
    rejected: tuple[WaitingRow, ...]
    sites: tuple[Site, ...]
    tariffs: tuple[TariffChoice, ...]
    strangers: tuple[RefusalRow, ...]


@router.get("", dependencies=[Depends(Needs(Permission.MANAGE_STATIONS))])
async def waiting_list(request: Request, context: CurrentContext) -> Response:
    """The lists."""
    pending, rejected, places, prices, strangers = await asyncio.gather(
        waiting.stations(context.database, Registration.PENDING),
        waiting.stations(context.database, Registration.REJECTED),
        sites(context.database),
        waiting.tariffs(context.database),
        security.connection_refusals(context.database, strangers=True),
    )
    page = WaitingPage(
        pending=tuple(pending),
        rejected=tuple(rejected),
        sites=tuple(places),
        tariffs=tuple(prices),
        strangers=tuple(strangers),
    )
    return render(request, "waiting/index.html", page)


@router.post("/{station_id}/accept")
async def accept(
    request: Request,
    context: CurrentContext,
    visitor: StationAdmin,
    station_id: str,
    location_id: Text = "",
    tariff_id: Text = "",
    name: Text = "",
    latitude: Text = "",
    longitude: Text = "",
) -> Response:
    """Let a station in, and say what is known of it: its site, price, name and place; all may be left open."""
    facts: dict[str, Any] = {
        "location_id": text_of(location_id) or None,
        "tariff_id": text_of(tariff_id) or None,
        "name": text_of(name) or None,
        "position": degrees_of(latitude, longitude),
    }
    known = {key: value for key, value in facts.items() if value is not None}
    known["registration"] = Registration.ACCEPTED
    await records.write_station(context, visitor.actor, station_id, known)
    return RedirectResponse(request.url_for("waiting_list"), 303)


@router.post("/{station_id}/reject")
async def reject(
    request: Request, context: CurrentContext, visitor: StationAdmin, station_id: str
) -> Response:
    """Keep a station out."""
    await records.set_registration(context, visitor.actor, station_id, Registration.REJECTED)
    return RedirectResponse(request.url_for("waiting_list"), 303)

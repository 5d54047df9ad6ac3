"""Charge points: the list, the form that makes or changes one, and taking one away.

How one proves who it is, and watching a new one connect, are `charge_point_connection`'s.
"""

import asyncio
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from app.csms import charge_points as verbs
from app.csms import retirement
from app.csms.accounts import Visitor
from app.csms.charge_points import make_password
from app.csms.context import Context
from app.domain.errors import CsmsError
from app.domain.roles import Permission
from app.domain.stations import DisplayStatus, Registration
from app.queries import charge_points, stations
from app.queries.charge_points import ChargePointNotes, ChargePointRecord
from app.queries.map import Marker, Site, sites
from app.web.auth import CurrentContext, Needs
from app.web.charge_point_form import empty_values, form_of, read, values_of
from app.web.errors import sentence_of
from app.web.fields import Fields, fields_of
from app.web.forms import one_of, text_of
from app.web.pages.charge_point_connection import show_connection
from app.web.render import render

router = APIRouter(prefix="/charge-points")
StationAdmin = Annotated[Visitor, Depends(Needs(Permission.MANAGE_STATIONS))]
MAX_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """What the list is narrowed to."""

    q: str
    site: str
    status: str
    registration: str

    @property
    def anything(self) -> bool:
        """Whether it shows less than everything."""
        return bool(self.q or self.site or self.status or self.registration)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePointRow:
    """One charge point: how it is, and what was written down."""

    marker: Marker
    notes: ChargePointNotes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePointList:
    """The list."""

    rows: tuple[ChargePointRow, ...]
    found: int
    sites: tuple[Site, ...]
    narrowed: Narrowed
    statuses: tuple[DisplayStatus, ...] = tuple(DisplayStatus)
    registrations: tuple[Registration, ...] = tuple(Registration)


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """What goes and what stays when a charge point is taken away. `refused`: why it cannot be now."""

    record: ChargePointRecord
    refused: str = ""


@router.get("", dependencies=[Depends(Needs(Permission.MANAGE_STATIONS))])
async def charge_point_list(
    request: Request,
    context: CurrentContext,
    q: str = "",
    site: str = "",
    status: str = "",
    registration: str = "",
) -> Response:
    """The list."""
    wanted = one_of(DisplayStatus, status)
    let_in = one_of(Registration, registration)
    narrowed = Narrowed(
        q=text_of(q), site=text_of(site), status=wanted or "", registration=let_in or ""
    )
    found, notes, places = await asyncio.gather(
        stations.listing(
            context.database,
            q=narrowed.q or None,
            status=wanted,
            location_id=narrowed.site or None,
        ),
        charge_points.notes(context.database),
        sites(context.database),
    )
    rows = [
        ChargePointRow(marker=marker, notes=notes[marker.station_id])
        for marker in sorted(found, key=lambda marker: marker.station_id)
        if marker.station_id in notes and (let_in is None or marker.registration == let_in)
    ]
    page = ChargePointList(
        rows=tuple(rows[:MAX_ROWS]), found=len(rows), sites=tuple(places), narrowed=narrowed
    )
    return render(request, "charge_points/index.html", page)


@router.get("/new", dependencies=[Depends(Needs(Permission.MANAGE_STATIONS))])
async def new_charge_point(request: Request, context: CurrentContext, id: str = "") -> Response:
    """An empty form."""
    return await _form(request, context, None, Fields(empty_values(text_of(id))))


@router.post("/new")
async def create(request: Request, context: CurrentContext, visitor: StationAdmin) -> Response:
    """Make a charge point, and say what to type into the charger."""
    fields = await fields_of(request)
    wanted = read(fields, create=True)
    made_up = make_password() if fields.values.get("password_mode") == "generate" else None
    if made_up:
        wanted = verbs.with_password(wanted, made_up)
    if not fields.errors:
        try:
            await verbs.create_charge_point(context, visitor.actor, wanted)
        except CsmsError as error:
            fields.refused(error)
    if fields.errors:
        return await _form(request, context, None, fields)
    if made_up is None:
        return RedirectResponse(f"/charge-points/{_quoted(wanted.station_id)}/connect", 303)
    # A password that was made up is said once, here: it stands in no address and no cookie.
    return await show_connection(request, context, wanted.station_id, password=made_up)


@router.get("/{station_id}/edit", dependencies=[Depends(Needs(Permission.MANAGE_STATIONS))])
async def edit(request: Request, context: CurrentContext, station_id: str) -> Response:
    """The form of a charge point."""
    record = await _record(context, station_id)
    return await _form(request, context, record, Fields(values_of(record)))


@router.post("/{station_id}/edit")
async def save(
    request: Request, context: CurrentContext, visitor: StationAdmin, station_id: str
) -> Response:
    """Write what the form says."""
    record = await _record(context, station_id)
    fields = await fields_of(request)
    wanted = read(fields, create=False, station_id=record.station_id)
    if not fields.errors:
        try:
            await verbs.change_charge_point(context, visitor.actor, wanted)
        except CsmsError as error:
            fields.refused(error)
    if fields.errors:
        return await _form(request, context, record, fields)
    return RedirectResponse(f"/charge-points?q={_quoted(record.station_id)}", 303)


@router.get("/{station_id}/delete", dependencies=[Depends(Needs(Permission.MANAGE_STATIONS))])
async def ask_delete(request: Request, context: CurrentContext, station_id: str) -> Response:
    """What goes and what stays."""
    page = Farewell(record=await _record(context, station_id))
    return render(request, "charge_points/delete.html", page)


@router.post("/{station_id}/delete")
async def delete(
    request: Request, context: CurrentContext, visitor: StationAdmin, station_id: str
) -> Response:
    """Take it away."""
    record = await _record(context, station_id)
    try:
        await retirement.retire_station(context, visitor.actor, record.station_id)
    except CsmsError as error:
        page = Farewell(record=record, refused=sentence_of(error))
        return render(request, "charge_points/delete.html", page, status=error.status)
    return RedirectResponse("/charge-points", 303)


async def _record(context: Context, station_id: str) -> ChargePointRecord:
    real_id = await stations.resolve(context.database, station_id)
    return await charge_points.record(context.database, real_id)


async def _form(
    request: Request, context: Context, record: ChargePointRecord | None, fields: Fields
) -> Response:
    places, prices = await asyncio.gather(
        sites(context.database), charge_points.tariffs(context.database)
    )
    page = form_of(record, fields, places, prices, context.settings)
    return render(request, "charge_points/form.html", page, status=fields.status)


def _quoted(station_id: str) -> str:
    return quote(station_id, safe="")

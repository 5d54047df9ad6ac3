"""A charger's first tab: what it is, its connectors, whether it is let in, how well it keeps to the protocol."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from app.csms import conformance as habits_of
from app.csms import entrance, remote_control
from app.csms import security as credentials_of
from app.csms import stations as records
from app.csms.accounts import Visitor
from app.csms.context import Context
from app.domain.errors import Invalid
from app.domain.quirks import QUIRKS, Quirk
from app.domain.roles import Permission
from app.domain.stations import Availability, Registration
from app.queries import conformance, device, security
from app.queries.conformance import FindingRow, HabitRow
from app.queries.device import AvailabilityRow
from app.queries.security import StationSecurity
from app.queries.stations import StationDetail
from app.web.auth import CurrentContext, Needs
from app.web.errors import Toast
from app.web.forms import number_of, one_of
from app.web.i18n import gettext
from app.web.render import is_partial
from app.web.station_frame import OVERVIEW, back_to, done, show, station_of, told

router = APIRouter(prefix="/stations/{station_id}")
Viewer = Annotated[Visitor, Depends(Needs(Permission.VIEW))]
Commander = Annotated[Visitor, Depends(Needs(Permission.SEND_COMMANDS))]
StationAdmin = Annotated[Visitor, Depends(Needs(Permission.MANAGE_STATIONS))]
Text = Annotated[str, Form()]
CHOSEN: tuple[Quirk, ...] = tuple(quirk for quirk in QUIRKS.values() if quirk.chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the tab shows beside the charger itself."""

    habits: HabitRow
    findings: tuple[FindingRow, ...]
    agreed: tuple[AvailabilityRow, ...]
    credentials: StationSecurity
    registrations: tuple[Registration, ...]
    chosen: tuple[Quirk, ...]


@router.get("")
async def station(
    request: Request, context: CurrentContext, visitor: Viewer, station_id: str
) -> Response:
    """The tab."""
    return await _show(request, context, visitor, await station_of(context, station_id))


@router.post("/registration")
async def register(
    request: Request,
    context: CurrentContext,
    visitor: StationAdmin,
    station_id: str,
    registration: Text = "",
) -> Response:
    """Let the charger in, have it wait, or keep it out; at any time."""
    found = await station_of(context, station_id)
    wanted = one_of(Registration, registration)
    if wanted is None:
        raise Invalid(gettext("Choose whether the charger is let in."))
    await records.set_registration(context, visitor.actor, found.marker.station_id, wanted)
    toast = done(gettext("Registration changed. A connected charger hears of it at once."))
    return await _again(request, context, visitor, found, toast)


@router.post("/service")
async def service(
    request: Request,
    context: CurrentContext,
    visitor: Commander,
    station_id: str,
    availability: Text = "",
    evse_id: Text = "",
    connector_id: Text = "",
) -> Response:
    """Put the charger, an EVSE or a connector in or out of service."""
    found = await station_of(context, station_id)
    wanted = one_of(Availability, availability)
    if wanted is None:
        raise Invalid(gettext("Choose whether the charger is in service."))
    asked = remote_control.change_availability(
        context,
        visitor.actor,
        found.marker.station_id,
        wanted,
        number_of(evse_id) or 0,
        number_of(connector_id) or 0,
    )
    into = wanted is Availability.OPERATIVE
    title = gettext("Put into service") if into else gettext("Take out of service")
    return await _again(request, context, visitor, found, await told(title, asked))


@router.post("/conformance")
async def set_habits(
    request: Request,
    context: CurrentContext,
    visitor: StationAdmin,
    station_id: str,
    strict: Text = "",
    quirks: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Be strict with the charger or not, and say what nobody can see in a message."""
    found = await station_of(context, station_id)
    await habits_of.set_habits(
        context,
        visitor.actor,
        found.marker.station_id,
        strict=strict == "yes",
        quirks=quirks or [],
    )
    return await _again(
        request, context, visitor, found, done(gettext("Saved. It counts within seconds."))
    )


@router.delete("/conformance")
async def forget_findings(
    request: Request, context: CurrentContext, visitor: StationAdmin, station_id: str
) -> Response:
    """Count deviations anew."""
    found = await station_of(context, station_id)
    await habits_of.forget_findings(context, visitor.actor, found.marker.station_id)
    return await _again(
        request, context, visitor, found, done(gettext("Deviations are counted anew."))
    )


@router.put("/password")
async def set_password(
    request: Request,
    context: CurrentContext,
    visitor: StationAdmin,
    station_id: str,
    password: Text = "",
) -> Response:
    """The password that is asked of the charger from now on; it has to be set at the charger too."""
    found = await station_of(context, station_id)
    await entrance.set_station_password(context, visitor.actor, found.marker.station_id, password)
    toast = done(gettext("Password saved. The charger needs it at its next connection."))
    return await _again(request, context, visitor, found, toast)


@router.delete("/password")
async def remove_password(
    request: Request, context: CurrentContext, visitor: StationAdmin, station_id: str
) -> Response:
    """Ask no password any more."""
    found = await station_of(context, station_id)
    await entrance.set_station_password(context, visitor.actor, found.marker.station_id, None)
    toast = done(gettext("Password removed. Whoever knows the charger’s id can connect as it."))
    return await _again(request, context, visitor, found, toast)


@router.post("/password/rotate")
async def rotate_password(
    request: Request, context: CurrentContext, visitor: StationAdmin, station_id: str
) -> Response:
    """Give the charger a new password that nobody has to know."""
    found = await station_of(context, station_id)
    asked = credentials_of.rotate_password(context, visitor.actor, found.marker.station_id)
    toast = await told(gettext("New password"), asked)
    return await _again(request, context, visitor, found, toast)


async def _again(
    request: Request,
    context: Context,
    visitor: Visitor,
    found: StationDetail,
    toast: Toast,
) -> Response:
    station_id = found.marker.station_id
    if not is_partial(request):
        return back_to(station_id, OVERVIEW)
    return await _show(request, context, visitor, await station_of(context, station_id), toast)


async def _show(
    request: Request,
    context: Context,
    visitor: Visitor,
    found: StationDetail,
    toast: Toast | None = None,
) -> Response:
    station_id = found.marker.station_id
    [habits], findings, agreed, credentials = await asyncio.gather(
        conformance.habits(context.database, station_id),
        conformance.findings(context.database, station_id),
        device.availability(context.database, station_id),
        security.station_security(context.database, station_id),
    )
    content = Overview(
        habits=habits,
        findings=tuple(findings),
        agreed=tuple(agreed),
        credentials=credentials,
        registrations=tuple(Registration),
        chosen=CHOSEN,
    )
    return show(request, visitor, found, OVERVIEW, content, toast)

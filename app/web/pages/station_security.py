"""A charger's security: its profile and credentials, certificates, what it told of itself, and who was not let in."""

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.csms import certificates as verbs
from app.csms import security as credentials_of
from app.csms import signing
from app.csms.accounts import Visitor
from app.csms.context import Context
from app.domain.errors import Invalid
from app.queries import certificates, security
from app.queries.certificates import CertificateRow, SigningRequestRow
from app.queries.security import RefusalRow, SecurityEventRow, StationSecurity
from app.queries.stations import StationDetail
from app.web.auth import CurrentContext
from app.web.errors import Toast
from app.web.forms import number_of
from app.web.i18n import gettext
from app.web.pages.station_overview import Commander, StationAdmin, Text, Viewer
from app.web.render import is_partial
from app.web.station_frame import SECURITY, back_to, done, show, station_of, told

router = APIRouter(prefix="/stations/{station_id}")
PROFILES = (0, 1, 2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Security:
    """What the tab shows."""

    credentials: StationSecurity
    profiles: tuple[int, ...]
    certificates: tuple[CertificateRow, ...]
    signing: tuple[SigningRequestRow, ...]
    events: tuple[SecurityEventRow, ...]
    refusals: tuple[RefusalRow, ...]


@router.get("/security")
async def station_security_tab(
    request: Request, context: CurrentContext, visitor: Viewer, station_id: str
) -> Response:
    """The tab."""
    return await _show(request, context, visitor, await station_of(context, station_id))


@router.post("/certificates/refresh")
async def refresh_certificates(
    request: Request, context: CurrentContext, visitor: Commander, station_id: str
) -> Response:
    """Have the charger list its certificates."""
    found = await station_of(context, station_id)
    asked = verbs.list_certificates(context, visitor.actor, found.marker.station_id)
    toast = await told(gettext("Read certificates"), asked, nothing="NotFound")
    return await _again(request, context, visitor, found, toast)


@router.delete("/certificates")
async def delete_certificate(
    request: Request,
    context: CurrentContext,
    visitor: StationAdmin,
    station_id: str,
    certificate: str = "",
) -> Response:
    """Have the charger delete one certificate."""
    found = await station_of(context, station_id)
    number = number_of(certificate)
    if number is None:
        raise Invalid(gettext("Say which certificate is meant."))
    asked = verbs.delete_listed(context, visitor.actor, found.marker.station_id, number)
    toast = await told(gettext("Delete the certificate"), asked)
    return await _again(request, context, visitor, found, toast)


@router.post("/certificates/renew")
async def renew_certificate(
    request: Request, context: CurrentContext, visitor: StationAdmin, station_id: str
) -> Response:
    """Have the charger ask for a new certificate."""
    found = await station_of(context, station_id)
    asked = signing.renew_certificate(context, visitor.actor, found.marker.station_id)
    toast = await told(gettext("Renew the certificate"), asked)
    return await _again(request, context, visitor, found, toast)


@router.put("/security-profile")
async def set_minimum_profile(
    request: Request,
    context: CurrentContext,
    visitor: StationAdmin,
    station_id: str,
    profile: Text = "",
) -> Response:
    """The least that the charger's next connection has to prove."""
    found = await station_of(context, station_id)
    number = number_of(profile)
    if number not in PROFILES:
        raise Invalid(gettext("A security profile is a number from 0 to 3."))
    await credentials_of.set_minimum_profile(
        context, visitor.actor, found.marker.station_id, number
    )
    toast = done(gettext("Saved. It holds for the next connection."))
    return await _again(request, context, visitor, found, toast)


async def _again(
    request: Request, context: Context, visitor: Visitor, found: StationDetail, toast: Toast
) -> Response:
    station_id = found.marker.station_id
    if not is_partial(request):
        return back_to(station_id, SECURITY)
    return await _show(request, context, visitor, await station_of(context, station_id), toast)


async def _show(
    request: Request,
    context: Context,
    visitor: Visitor,
    found: StationDetail,
    toast: Toast | None = None,
) -> Response:
    station_id = found.marker.station_id
    state, held, asked, events, refused = await asyncio.gather(
        security.station_security(context.database, station_id),
        certificates.installed(context.database, station_id),
        certificates.signing_requests(context.database, station_id),
        security.events(context.database, station_id),
        security.connection_refusals(context.database, station_id),
    )
    content = Security(
        credentials=state,
        profiles=PROFILES,
        certificates=tuple(held),
        signing=tuple(asked),
        events=tuple(events),
        refusals=tuple(refused),
    )
    return show(request, visitor, found, SECURITY, content, toast)

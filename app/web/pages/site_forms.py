"""Sites as an admin writes them: the form of one, and taking one away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from app.csms import retirement
from app.csms import sites as verbs
from app.csms.accounts import Visitor
from app.csms.context import Context
from app.domain.errors import CsmsError
from app.domain.roles import Permission
from app.queries import charge_points
from app.queries.charge_points import SiteRecord, TariffRow
from app.web.auth import CurrentContext, Needs
from app.web.charge_point_form import degrees, kilowatts, read_site
from app.web.errors import sentence_of
from app.web.fields import Blank, Fields, fields_of
from app.web.format import SITE_ZONE
from app.web.i18n import gettext
from app.web.render import render
from app.web.tiles import Tiles, tiles_of

router = APIRouter()
StationAdmin = Annotated[Visitor, Depends(Needs(Permission.MANAGE_STATIONS))]
OPERATOR = ("operator_name", "operator_phone", "operator_email")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteForm:
    """The form, new (`site` None) or of a site."""

    site: SiteRecord | None
    values: Mapping[str, str]
    errors: Mapping[str, str]
    tariffs: tuple[TariffRow, ...]
    tiles: Tiles


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFarewell:
    """What goes and what stays when a site is taken away. `refused`: why it cannot be now."""

    site: SiteRecord
    refused: str = ""


@router.get("/sites/new", dependencies=[Depends(Needs(Permission.MANAGE_STATIONS))])
async def new_site(request: Request, context: CurrentContext) -> Response:
    """An empty form."""
    return await _form(request, context, None, Fields({"time_zone": SITE_ZONE}))


@router.post("/sites/new")
async def create_site(request: Request, context: CurrentContext, visitor: StationAdmin) -> Response:
    """Make a site."""
    fields = await fields_of(request)
    facts = _read(fields)
    if not fields.errors:
        try:
            await verbs.create_site(context, visitor.actor, facts)
            return RedirectResponse("/sites", 303)
        except CsmsError as error:
            fields.refused(error)
    return await _form(request, context, None, fields)


@router.get("/sites/{location_id}/edit", dependencies=[Depends(Needs(Permission.MANAGE_STATIONS))])
async def edit_site(request: Request, context: CurrentContext, location_id: str) -> Response:
    """The form of a site."""
    site = await charge_points.site(context.database, location_id)
    return await _form(request, context, site, Fields(_values(site)))


@router.post("/sites/{location_id}/edit")
async def save_site(
    request: Request, context: CurrentContext, visitor: StationAdmin, location_id: str
) -> Response:
    """Write what the form says."""
    site = await charge_points.site(context.database, location_id)
    fields = await fields_of(request)
    facts = _read(fields)
    if not fields.errors:
        try:
            await verbs.write_site(context, visitor.actor, location_id, facts)
            return RedirectResponse("/sites", 303)
        except CsmsError as error:
            fields.refused(error)
    return await _form(request, context, site, fields)


@router.get(
    "/sites/{location_id}/delete", dependencies=[Depends(Needs(Permission.MANAGE_STATIONS))]
)
async def ask_delete_site(request: Request, context: CurrentContext, location_id: str) -> Response:
    """What goes and what stays."""
    page = SiteFarewell(site=await charge_points.site(context.database, location_id))
    return render(request, "sites/delete.html", page)


@router.post("/sites/{location_id}/delete")
async def delete_site(
    request: Request, context: CurrentContext, visitor: StationAdmin, location_id: str
) -> Response:
    """Take a site away, and with `chargers` all that stands there."""
    site = await charge_points.site(context.database, location_id)
    fields = await fields_of(request)
    cascade = fields.values.get("chargers") == "yes"
    try:
        await retirement.retire_location(context, visitor.actor, location_id, cascade=cascade)
    except CsmsError as error:
        page = SiteFarewell(site=site, refused=sentence_of(error))
        return render(request, "sites/delete.html", page, status=error.status)
    return RedirectResponse("/sites", 303)


def _read(fields: Fields) -> dict[str, Any]:
    facts = read_site(fields, "")
    position = fields.position()
    if position is None:
        fields.wrong("latitude", gettext("Put the pin where the site is."))
    facts["position"] = position
    facts["tariff_id"] = fields.text("tariff_id") or None
    facts |= {name: fields.text(name) or None for name in OPERATOR}
    return facts


def _values(site: SiteRecord) -> dict[str, str]:
    plain = ("name", "name_en", "address", "time_zone", "tariff_id", *OPERATOR)
    return {
        **{name: getattr(site, name) or "" for name in plain},
        "latitude": degrees(site.lat),
        "longitude": degrees(site.lon),
        "grid_limit_kw": kilowatts(site.grid_limit_w),
    }


async def _form(
    request: Request, context: Context, site: SiteRecord | None, fields: Fields
) -> Response:
    page = SiteForm(
        site=site,
        values=Blank(fields.values),
        errors=fields.errors,
        tariffs=tuple(await charge_points.tariffs(context.database)),
        tiles=tiles_of(context.settings),
    )
    return render(request, "sites/form.html", page, status=fields.status)

"""Sites and prices as an admin writes them: a form for each, and taking a site away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from app.csms import retirement
from app.csms import sites as verbs
from app.csms.accounts import Visitor
from app.csms.context import Context
from app.domain.errors import CsmsError, NotFound
from app.domain.roles import Permission
from app.queries import charge_points
from app.queries.charge_points import SiteRecord, TariffRow
from app.web.auth import CurrentContext, Needs
from app.web.charge_point_form import CURRENCIES, degrees, kilowatts, read_site, read_tariff
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffPage:
    """All prices, and a form: of `chosen`, or of a new one."""

    rows: tuple[TariffRow, ...]
    chosen: TariffRow | None
    values: Mapping[str, str]
    errors: Mapping[str, str]
    currencies: tuple[str, ...] = CURRENCIES


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


@router.get("/tariffs", dependencies=[Depends(Needs(Permission.MANAGE_STATIONS))])
async def tariff_list(request: Request, context: CurrentContext, id: str = "") -> Response:
    """Prices."""
    return await _tariffs(request, context, id, None)


@router.post("/tariffs")
async def save_tariff(
    request: Request, context: CurrentContext, visitor: StationAdmin, id: str = ""
) -> Response:
    """Make a price, or change the one with this id."""
    fields = await fields_of(request)
    tariff = read_tariff(fields, id)
    if tariff is not None:
        try:
            if id:
                await verbs.write_tariff(context, visitor.actor, tariff)
            else:
                await verbs.create_tariff(context, visitor.actor, tariff)
            return RedirectResponse("/tariffs", 303)
        except CsmsError as error:
            fields.refused(error)
    return await _tariffs(request, context, id, fields)


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
    return render(request, "sites/form.html", page, status=422 if fields.errors else 200)


async def _tariffs(
    request: Request, context: Context, tariff_id: str, fields: Fields | None
) -> Response:
    rows = await charge_points.tariffs(context.database)
    chosen = next((row for row in rows if row.id == tariff_id), None)
    if tariff_id and chosen is None:
        raise NotFound(f"There is no tariff {tariff_id}.", tariff_id=tariff_id)
    shown = {"tariff_currency": CURRENCIES[0]}
    if chosen is not None:
        shown = {
            "tariff_name": chosen.name,
            "tariff_price": f"{chosen.price_per_kwh:f}",
            "tariff_fee": f"{chosen.session_fee:f}" if chosen.session_fee else "",
            "tariff_currency": chosen.currency,
        }
    page = TariffPage(
        rows=tuple(rows),
        chosen=chosen,
        values=Blank(fields.values if fields else shown),
        errors=fields.errors if fields else {},
    )
    return render(
        request, "sites/tariffs.html", page, status=422 if fields and fields.errors else 200
    )

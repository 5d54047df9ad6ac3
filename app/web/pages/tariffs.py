"""Prices: the list, and the form of one. What a session costs by them is `domain.tariffs`'s."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from app.csms import tariffs
from app.csms.accounts import Visitor
from app.csms.context import Context
from app.domain.errors import CsmsError, NotFound
from app.domain.roles import Permission
from app.queries import charge_points
from app.queries.charge_points import TariffRow
from app.web.auth import CurrentContext, Needs
from app.web.charge_point_form import read_tariff
from app.web.currencies import CURRENCIES
from app.web.fields import Blank, Fields, fields_of
from app.web.render import render

router = APIRouter(prefix="/tariffs")
StationAdmin = Annotated[Visitor, Depends(Needs(Permission.MANAGE_STATIONS))]


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffPage:
    """All prices, and a form: of `chosen`, or of a new one."""

    rows: tuple[TariffRow, ...]
    chosen: TariffRow | None
    values: Mapping[str, str]
    errors: Mapping[str, str]
    currencies: tuple[str, ...] = CURRENCIES


@router.get("", dependencies=[Depends(Needs(Permission.MANAGE_STATIONS))])
async def tariff_list(request: Request, context: CurrentContext, id: str = "") -> Response:
    """Prices."""
    return await _show(request, context, id, None)


@router.post("")
async def save_tariff(
    request: Request, context: CurrentContext, visitor: StationAdmin, id: str = ""
) -> Response:
    """Make a price, or change the one with this id."""
    fields = await fields_of(request)
    tariff = read_tariff(fields, id)
    if tariff is not None:
        try:
            if id:
                await tariffs.write_tariff(context, visitor.actor, tariff)
            else:
                await tariffs.create_tariff(context, visitor.actor, tariff)
            return RedirectResponse("/tariffs", 303)
        except CsmsError as error:
            fields.refused(error)
    return await _show(request, context, id, fields)


async def _show(
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
    return render(request, "tariffs/index.html", page, status=fields.status if fields else 200)

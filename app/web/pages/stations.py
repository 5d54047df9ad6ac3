"""What people ask of one charger: start, stop, limit, restart, unlock, availability. Each answers with the drawer anew
and a toast that says how it ended.
"""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from app.csms import remote_control, smart_charging
from app.csms.accounts import Visitor
from app.csms.commands import CommandResult
from app.domain.commands import ResetKind
from app.domain.errors import Invalid
from app.domain.roles import Permission
from app.domain.smart_charging import LimitScope
from app.domain.stations import Availability
from app.queries import commands
from app.web.auth import CurrentContext, Needs
from app.web.drawer import drawer_of
from app.web.forms import one_of, text_of, watts_of
from app.web.i18n import gettext
from app.web.render import is_partial, render
from app.web.station_frame import outcome_toast
from app.web.words import command_title

router = APIRouter(prefix="/stations/{station_id}")

Charger = Annotated[Visitor, Depends(Needs(Permission.CONTROL_CHARGING))]
Limiter = Annotated[Visitor, Depends(Needs(Permission.LIMIT_POWER))]
Commander = Annotated[Visitor, Depends(Needs(Permission.SEND_COMMANDS))]
Text = Annotated[str, Form()]
TRIGGERS = ("StatusNotification", "MeterValues", "BootNotification", "Heartbeat")


@router.post("/start")
async def start(
    request: Request,
    context: CurrentContext,
    visitor: Charger,
    station_id: str,
    id_token: Text = "",
    evse_id: Text = "",
) -> Response:
    """Start charging for a token."""
    token = text_of(id_token)
    if not token:
        raise Invalid(gettext("Enter the id token that the session is for."))
    evse = int(evse_id) if evse_id.isascii() and evse_id.isdigit() else None
    asked = remote_control.start_charging(
        context, visitor.actor, station_id, id_token=token, evse_id=evse
    )
    return await _answer(request, context, visitor, station_id, asked)


@router.post("/stop")
async def stop(
    request: Request,
    context: CurrentContext,
    visitor: Charger,
    station_id: str,
    transaction_id: Text = "",
) -> Response:
    """Stop the session that is named, or the running one."""
    asked = remote_control.stop_charging(
        context, visitor.actor, station_id, transaction_id=transaction_id or None
    )
    return await _answer(request, context, visitor, station_id, asked)


@router.put("/limit")
async def limit(
    request: Request,
    context: CurrentContext,
    visitor: Limiter,
    station_id: str,
    limit_kw: Text = "",
    scope: Text = "station",
) -> Response:
    """Limit the charger, or its running session."""
    asked = smart_charging.set_power_limit(
        context,
        visitor.actor,
        station_id,
        watts_of(limit_kw),
        one_of(LimitScope, scope) or LimitScope.STATION,
    )
    return await _answer(request, context, visitor, station_id, asked)


@router.delete("/limit")
async def clear_limit(
    request: Request, context: CurrentContext, visitor: Limiter, station_id: str, scope: str = ""
) -> Response:
    """Take the limit away."""
    asked = smart_charging.clear_power_limit(
        context, visitor.actor, station_id, one_of(LimitScope, scope) or LimitScope.STATION
    )
    return await _answer(request, context, visitor, station_id, asked)


@router.post("/reset")
async def reset(
    request: Request,
    context: CurrentContext,
    visitor: Commander,
    station_id: str,
    kind: Text = "",
) -> Response:
    """Restart the charger, at once or when nothing charges."""
    wanted = one_of(ResetKind, kind) or ResetKind.ON_IDLE
    asked = remote_control.reset(context, visitor.actor, station_id, wanted)
    return await _answer(request, context, visitor, station_id, asked)


@router.post("/unlock")
async def unlock(
    request: Request,
    context: CurrentContext,
    visitor: Commander,
    station_id: str,
    evse_id: Annotated[int, Form(ge=1)] = 1,
    connector_id: Annotated[int, Form(ge=1)] = 1,
) -> Response:
    """Have the charger let go of a plug."""
    asked = remote_control.unlock(context, visitor.actor, station_id, evse_id, connector_id)
    return await _answer(request, context, visitor, station_id, asked)


@router.post("/availability")
async def availability(
    request: Request,
    context: CurrentContext,
    visitor: Commander,
    station_id: str,
    availability: Text = "",
) -> Response:
    """Put the charger in or out of service."""
    wanted = one_of(Availability, availability)
    if wanted is None:
        raise Invalid(gettext("Choose whether the charger is in service."))
    asked = remote_control.change_availability(context, visitor.actor, station_id, wanted)
    return await _answer(request, context, visitor, station_id, asked)


@router.post("/trigger")
async def trigger(
    request: Request,
    context: CurrentContext,
    visitor: Commander,
    station_id: str,
    message: Text = TRIGGERS[0],
) -> Response:
    """Have the charger say something now."""
    if message not in TRIGGERS:
        raise Invalid
    asked = remote_control.trigger(context, visitor.actor, station_id, message)
    return await _answer(request, context, visitor, station_id, asked)


async def _answer(
    request: Request,
    context: CurrentContext,
    visitor: Visitor,
    station_id: str,
    asked: Awaitable[CommandResult],
) -> Response:
    result = await asked
    if not is_partial(request):
        return RedirectResponse(
            request.url_for("overview").include_query_params(charger=station_id), 303
        )
    row = await commands.one(context.database, result.command_id)
    said = outcome_toast(row.station_id, result.outcome, result.effect)
    toast = replace(said, text=f"{command_title(row)} — {said.text}")
    page = await drawer_of(context, visitor, row.station_id, toast)
    return render(request, "station/_drawer.html", page)

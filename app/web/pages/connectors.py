"""Connectors: what each last said and measured; start with a token, stop, unlock; and what it is called."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl, quote, unquote

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from app.csms import connectors as verbs
from app.csms import remote_control
from app.csms.accounts import Visitor
from app.csms.commands import CommandResult
from app.csms.context import Context
from app.domain.errors import Invalid
from app.domain.roles import Permission, may
from app.queries import connector_lists, stations, tokens
from app.queries.connector_lists import ConnectorRow
from app.queries.map import Site, sites
from app.queries.tokens import TokenRow
from app.web.auth import CurrentContext, Needs
from app.web.errors import Toast
from app.web.fields import fields_of
from app.web.forms import query_of, text_of
from app.web.i18n import gettext
from app.web.render import is_partial, render
from app.web.station_frame import outcome_toast

router = APIRouter(prefix="/connectors")
Viewer = Annotated[Visitor, Depends(Needs(Permission.VIEW))]
Charger = Annotated[Visitor, Depends(Needs(Permission.CONTROL_CHARGING))]
Commander = Annotated[Visitor, Depends(Needs(Permission.SEND_COMMANDS))]
StationAdmin = Annotated[Visitor, Depends(Needs(Permission.MANAGE_STATIONS))]
Text = Annotated[str, Form()]

ROWS = 100
CHOICES = 50
LAST_TOKEN = "halla_last_token"
REMEMBER_S = 180 * 86_400
PLACE = "/{station_id}/{evse_id}/{connector_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorsPage:
    """The list. `back`: its own address, where forms return to; `last_token`: that was started with last."""

    rows: tuple[ConnectorRow, ...]
    sites: tuple[Site, ...]
    tokens: tuple[TokenRow, ...]
    q: str
    site: str
    station: str
    running: bool
    last_token: str
    back: str
    older: str = ""
    newest: str = ""
    toast: Toast | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenChoices:
    """Tokens to choose from."""

    tokens: tuple[TokenRow, ...]


@router.get("")
async def connector_list(request: Request, context: CurrentContext, visitor: Viewer) -> Response:
    """The list."""
    return await _show(request, context, visitor, request.url.query)


@router.get("/tokens", dependencies=[Depends(Needs(Permission.CONTROL_CHARGING))])
async def token_choices(request: Request, context: CurrentContext, id_token: str = "") -> Response:
    """Tokens that may charge whose text, name or group holds what was typed."""
    found = await tokens.listing(
        context.database, text_of(id_token), status="Accepted", limit=CHOICES
    )
    return render(request, "connectors/_tokens.html", TokenChoices(tokens=tuple(found)))


@router.post(PLACE + "/start")
async def start(
    request: Request,
    context: CurrentContext,
    visitor: Charger,
    station_id: str,
    evse_id: int,
    connector_id: int,
    id_token: Text = "",
) -> Response:
    """Start charging for a token, which may be called by its name."""
    token = await _token_called(context, text_of(id_token))
    asked = remote_control.start_charging(
        context, visitor.actor, station_id, id_token=token, evse_id=evse_id
    )
    answer = await _told(request, context, visitor, gettext("Start charging"), asked)
    secure = request.url.scheme == "https"
    answer.set_cookie(
        LAST_TOKEN, quote(token), max_age=REMEMBER_S, samesite="lax", httponly=True, secure=secure
    )
    return answer


@router.post(PLACE + "/stop")
async def stop(
    request: Request,
    context: CurrentContext,
    visitor: Charger,
    station_id: str,
    evse_id: int,
    connector_id: int,
    transaction_id: Text = "",
) -> Response:
    """Stop the session that runs there."""
    asked = remote_control.stop_charging(
        context, visitor.actor, station_id, transaction_id=transaction_id or None
    )
    return await _told(request, context, visitor, gettext("Stop charging"), asked)


@router.post(PLACE + "/unlock")
async def unlock(
    request: Request,
    context: CurrentContext,
    visitor: Commander,
    station_id: str,
    evse_id: int,
    connector_id: int,
) -> Response:
    """Have the charger let go of a plug."""
    asked = remote_control.unlock(context, visitor.actor, station_id, evse_id, connector_id)
    return await _told(request, context, visitor, gettext("Unlock connector"), asked)


@router.post(PLACE + "/name")
async def rename(
    request: Request,
    context: CurrentContext,
    visitor: StationAdmin,
    station_id: str,
    evse_id: int,
    connector_id: int,
    name: Text = "",
) -> Response:
    """Call a connector something; empty: it is called after its charger again."""
    real_id = await stations.resolve(context.database, station_id)
    await verbs.rename_connector(
        context, visitor.actor, real_id, evse_id, connector_id, text_of(name) or None
    )
    toast = Toast(kind="good", text=gettext("Saved."))
    return await _again(request, context, visitor, toast)


async def _token_called(context: Context, typed: str) -> str:
    """The token that was typed, or the one whose name that is. Raises Invalid where several have it."""
    if not typed:
        raise Invalid(gettext("Choose the tag that the session is for."))
    if typed.lower() in await tokens.among(context.database, [typed]):
        return typed
    named = [
        row.token
        for row in await tokens.listing(context.database, typed, limit=CHOICES)
        if row.name and row.name.lower() == typed.lower()
    ]
    if len(named) > 1:
        sentence = gettext("Several tags are called %(name)s; choose one by its id.")
        raise Invalid(sentence % {"name": typed})
    return named[0] if named else typed


async def _told(
    request: Request,
    context: Context,
    visitor: Visitor,
    title: str,
    asked: Awaitable[CommandResult],
) -> Response:
    result = await asked
    toast = outcome_toast(title, result.outcome, result.effect)
    return await _again(request, context, visitor, toast)


async def _again(request: Request, context: Context, visitor: Visitor, toast: Toast) -> Response:
    """The list as it was, with how it ended; without scripts, back to it."""
    back = (await fields_of(request)).values.get("back", "")[:500]
    if is_partial(request):
        return await _show(request, context, visitor, back, toast)
    return RedirectResponse(f"/connectors?{back}" if back else "/connectors", 303)


async def _show(
    request: Request, context: Context, visitor: Visitor, query: str, toast: Toast | None = None
) -> Response:
    wanted = _pairs_of(query)
    q, site = text_of(wanted.get("q")), text_of(wanted.get("site"))
    station, running = text_of(wanted.get("station")), wanted.get("running") == "1"
    after = _place_of(wanted.get("after", ""))
    chooses = may(visitor.actor.role, Permission.CONTROL_CHARGING)
    found, places, known = await asyncio.gather(
        connector_lists.listing(
            context.database,
            q=q or None,
            location_id=site or None,
            station_id=station or None,
            running=running,
            limit=ROWS + 1,
            after=after,
        ),
        sites(context.database),
        _tokens(context, chooses),
    )
    rows = found[:ROWS]
    asked = {"q": q, "site": site, "station": station, "running": "1" if running else ""}
    narrowed = query_of(asked)
    last = rows[-1] if len(found) > ROWS else None
    page = ConnectorsPage(
        rows=tuple(rows),
        sites=tuple(places),
        tokens=tuple(known),
        q=q,
        site=site,
        station=station,
        running=running,
        last_token=unquote(request.cookies.get(LAST_TOKEN, ""))[:255],
        back=query if after else narrowed,
        older=_older(asked, last) if last else "",
        newest=f"/connectors?{narrowed}" if after else "",
        toast=toast,
    )
    part = is_partial(request) and request.method != "GET"
    return render(request, "connectors/_table.html" if part else "connectors/index.html", page)


def _older(asked: dict[str, str], last: ConnectorRow) -> str:
    place = f"{last.station_id}~{last.evse_id}~{last.connector_id}"
    return f"/connectors?{query_of(asked | {'after': place})}"


def _place_of(text: str) -> tuple[str, int, int] | None:
    parts = text.split("~")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts[1:]):
        return None
    return parts[0], int(parts[1][:6]), int(parts[2][:6])


def _pairs_of(query: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(query, max_num_fields=20))
    except ValueError:
        return {}


async def _tokens(context: Context, wanted: bool) -> list[TokenRow]:
    if not wanted:
        return []
    return await tokens.listing(context.database, status="Accepted", limit=CHOICES)

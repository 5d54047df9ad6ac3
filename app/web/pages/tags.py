"""Charge tags: who may charge. The list, the form of one, and taking one away; files of them are `tag_files`'."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from app.csms import authorization
from app.csms.accounts import Visitor
from app.csms.authorization import MAX_TOKEN, TokenRecord
from app.csms.context import Context
from app.domain.authorization import TOKEN_TYPES, TokenStatus
from app.domain.errors import Conflict, CsmsError, Invalid
from app.domain.roles import Permission
from app.queries import tokens
from app.queries.tokens import TokenRow
from app.web.auth import CurrentContext, Needs
from app.web.fields import Fields, fields_of
from app.web.format import SITE_ZONE
from app.web.forms import moment_of, number_of, query_of, text_of
from app.web.i18n import gettext
from app.web.render import render
from app.web.tag_file import stored_status

router = APIRouter(prefix="/tags")
TagAdmin = Annotated[Visitor, Depends(Needs(Permission.MANAGE_TOKENS))]
ROWS = 100
STATUSES = (TokenStatus.ACCEPTED, TokenStatus.BLOCKED, TokenStatus.EXPIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagList:
    """The list, a page at a time."""

    rows: tuple[TokenRow, ...]
    groups: tuple[str, ...]
    q: str
    status: str
    group: str
    narrowed: str
    older: str
    newest: str
    taken: int | None
    statuses: tuple[TokenStatus, ...] = STATUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class TagForm:
    """The form, new (`tag` None) or of a tag."""

    tag: TokenRow | None
    values: dict[str, str]
    errors: dict[str, str]
    groups: tuple[str, ...]
    types: tuple[str, ...] = TOKEN_TYPES


@dataclass(frozen=True, slots=True, kw_only=True)
class TagFarewell:
    """What goes and what stays when a tag is taken away."""

    tag: TokenRow
    sessions: int
    running: int


@router.get("", dependencies=[Depends(Needs(Permission.MANAGE_TOKENS))])
async def tag_list(
    request: Request,
    context: CurrentContext,
    q: str = "",
    status: str = "",
    group: str = "",
    after: str = "",
    taken: str = "",
) -> Response:
    """The list; `taken`: how many tags a file has just brought or changed."""
    wanted = next((each for each in STATUSES if each == status), None)
    sought, among = text_of(q), text_of(group)
    found = await tokens.listing(
        context.database,
        sought or None,
        status=wanted,
        group=among or None,
        limit=ROWS + 1,
        after=text_of(after) or None,
    )
    rows = found[:ROWS]
    asked = {"q": sought, "status": wanted or "", "group": among}
    narrowed = query_of(asked)
    older = query_of(asked | {"after": rows[-1].token}) if len(found) > ROWS else ""
    page = TagList(
        rows=tuple(rows),
        groups=tuple(await tokens.groups(context.database)),
        q=sought,
        status=wanted or "",
        group=among,
        narrowed=narrowed,
        older=f"/tags?{older}" if older else "",
        newest=(f"/tags?{narrowed}" if narrowed else "/tags") if after else "",
        taken=number_of(taken),
    )
    return render(request, "tags/index.html", page)


@router.get("/new", dependencies=[Depends(Needs(Permission.MANAGE_TOKENS))])
async def new_tag(request: Request, context: CurrentContext) -> Response:
    """An empty form."""
    return await _form(request, context, None, Fields({}))


@router.post("/new")
async def create(request: Request, context: CurrentContext, visitor: TagAdmin) -> Response:
    """Make a tag."""
    fields = await fields_of(request)
    record = _read(fields, None)
    if not fields.errors:
        try:
            await authorization.create_token(context, visitor.actor, record)
        except Conflict:
            fields.wrong(
                "token",
                gettext("There is such a tag already; letters of either case are the same."),
            )
        except CsmsError as error:
            fields.refused(error)
    if fields.errors:
        return await _form(request, context, None, fields)
    return RedirectResponse(f"/tags?{urlencode({'q': record.token})}", 303)


@router.get("/edit", dependencies=[Depends(Needs(Permission.MANAGE_TOKENS))])
async def edit(request: Request, context: CurrentContext, token: str = "") -> Response:
    """The form of a tag."""
    tag = await tokens.one(context.database, token)
    return await _form(request, context, tag, Fields(_values(tag)))


@router.post("/edit")
async def save(
    request: Request, context: CurrentContext, visitor: TagAdmin, token: str = ""
) -> Response:
    """Write what the form says."""
    tag = await tokens.one(context.database, token)
    fields = await fields_of(request)
    record = _read(fields, tag)
    if not fields.errors:
        try:
            await authorization.put_token(
                context,
                visitor.actor,
                token=record.token,
                name=record.name,
                group=record.group,
                blocked=record.blocked,
                expires_at=record.expires_at,
                type=record.type,
                status=record.status,
            )
        except CsmsError as error:
            fields.refused(error)
    if fields.errors:
        return await _form(request, context, tag, fields)
    return RedirectResponse(f"/tags?q={quote(tag.written or tag.token, safe='')}", 303)


@router.get("/delete", dependencies=[Depends(Needs(Permission.MANAGE_TOKENS))])
async def ask_delete(request: Request, context: CurrentContext, token: str = "") -> Response:
    """What goes and what stays."""
    tag = await tokens.one(context.database, token)
    sessions, running = await tokens.use_of(context.database, tag.token)
    page = TagFarewell(tag=tag, sessions=sessions, running=running)
    return render(request, "tags/delete.html", page)


@router.post("/delete")
async def delete(
    request: Request, context: CurrentContext, visitor: TagAdmin, token: str = ""
) -> Response:
    """Take it away."""
    tag = await tokens.one(context.database, token)
    await authorization.remove_token(context, visitor.actor, tag.token)
    return RedirectResponse("/tags", 303)


def _values(tag: TokenRow) -> dict[str, str]:
    until = tag.expires_at.astimezone(ZoneInfo(SITE_ZONE)) if tag.expires_at else None
    return {
        "token": tag.written or tag.token,
        "name": tag.name or "",
        "group": tag.group_id or "",
        "expires_at": f"{until:%Y-%m-%dT%H:%M}" if until else "",
        "blocked": "yes" if tag.blocked else "",
        "type": tag.type or "",
    }


def _read(fields: Fields, tag: TokenRow | None) -> TokenRecord:
    if tag is not None:
        token = tag.written or tag.token
    else:
        token = fields.text("token", needed=True, most=MAX_TOKEN)
        if token and not token.isprintable():
            fields.wrong("token", gettext("An id has at most 255 printable characters."))
    kind = fields.text("type")
    return TokenRecord(
        token=token,
        name=fields.text("name", most=MAX_TOKEN) or None,
        group=fields.text("group", most=MAX_TOKEN) or None,
        blocked=fields.values.get("blocked") == "yes",
        expires_at=_until(fields),
        type=kind if kind in TOKEN_TYPES else None,
        status=stored_status(tag),
    )


def _until(fields: Fields) -> datetime | None:
    try:
        return moment_of(fields.text("expires_at"))
    except Invalid as error:
        fields.wrong("expires_at", error.message)
        return None


async def _form(
    request: Request, context: Context, tag: TokenRow | None, fields: Fields
) -> Response:
    values = {**dict.fromkeys(("token", "name", "group", "expires_at", "blocked", "type"), "")}
    page = TagForm(
        tag=tag,
        values=values | fields.values,
        errors=fields.errors,
        groups=tuple(await tokens.groups(context.database)),
    )
    return render(request, "tags/form.html", page, status=fields.status)

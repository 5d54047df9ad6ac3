"""People who may sign in, and keys of programs. A name may hold any sign, so it travels in fields, never in paths."""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from app.csms import accounts
from app.csms.accounts import AccountRow, ApiKeyRow, Visitor
from app.csms.context import Context
from app.domain.errors import Conflict, CsmsError, Invalid, NotFound
from app.domain.roles import Permission, Role
from app.web.auth import CurrentContext, Needs
from app.web.errors import sentence_of
from app.web.forms import one_of, text_of
from app.web.i18n import N_, gettext
from app.web.render import render

router = APIRouter(prefix="/users")
GUARD = Needs(Permission.MANAGE_ACCOUNTS)
Admin = Annotated[Visitor, Depends(GUARD)]
Text = Annotated[str, Form()]
LINK_VALID_S = 86_400
FIELDS = ("name", "role", "key_name", "key_role")
TAKEN = N_("This name is taken; choose another one.")

DONE = {
    "created": N_("The user may sign in now."),
    "password": N_("The new password holds. The user is signed out everywhere."),
    "role": N_("The new role holds at once."),
    "disabled": N_("The user is signed out and cannot sign in."),
    "enabled": N_("The user may sign in again."),
    "removed": N_("The user is gone."),
    "revoked": N_("The key is not valid any more."),
}
"""What has just been done, by the word in the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersPage:
    """Both lists and their forms. `typed` and `errors` by field, of a form that was refused; `key` is shown once."""

    accounts: tuple[AccountRow, ...]
    keys: tuple[ApiKeyRow, ...]
    roles: tuple[Role, ...] = tuple(Role)
    typed: dict[str, str]
    errors: dict[str, str]
    key: str = ""
    done: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPage:
    """One person. `oneself`: it is who looks; `last_admin`: nobody else could manage; `link` is shown once."""

    account: AccountRow
    oneself: bool
    last_admin: bool
    roles: tuple[Role, ...] = tuple(Role)
    errors: dict[str, str] = field(default_factory=dict)
    link: str = ""
    done: str = ""


@router.get("")
async def users(
    request: Request, context: CurrentContext, visitor: Admin, done: str = ""
) -> Response:
    """The lists."""
    return await _show_list(request, context, done=gettext(DONE.get(done, "")))


@router.post("")
async def create(
    request: Request,
    context: CurrentContext,
    visitor: Admin,
    name: Text = "",
    password: Text = "",
    role: Text = "",
) -> Response:
    """Let somebody sign in: with a password, or without one by a link that works once."""
    name = name.strip()
    try:
        await accounts.create_account(
            context,
            visitor.actor,
            name,
            password or secrets.token_urlsafe(24),
            one_of(Role, role) or Role.VIEWER,
        )
    except (Invalid, Conflict) as error:
        wrong = str(error.details.get("field", "name"))
        typed = {"name": name[:64], "role": role}
        return await _show_list(request, context, typed=typed, errors={wrong: _why_not(error)})
    if not password:
        return await _show_link(request, context, visitor, name)
    return RedirectResponse("/users?done=created", 303)


@router.get("/edit")
async def user(
    request: Request, context: CurrentContext, visitor: Admin, name: str = "", done: str = ""
) -> Response:
    """One person."""
    return await _show_user(request, context, visitor, name, done=gettext(DONE.get(done, "")))


@router.post("/role")
async def set_role(
    request: Request, context: CurrentContext, visitor: Admin, name: Text = "", role: Text = ""
) -> Response:
    """What somebody may do."""
    chosen = one_of(Role, role)
    if chosen is None:
        raise Invalid(gettext(N_("Choose a role.")))
    try:
        await accounts.set_role(context, visitor.actor, name, chosen)
    except Conflict as error:
        return await _refuse(request, context, visitor, name, "role", error)
    return _again(request, name, "role")


@router.post("/password")
async def set_password(
    request: Request, context: CurrentContext, visitor: Admin, name: Text = "", password: Text = ""
) -> Response:
    """A new password for somebody."""
    try:
        await accounts.set_password(context, visitor.actor, name, password)
    except Invalid as error:
        return await _refuse(request, context, visitor, name, "password", error)
    return _again(request, name, "password")


@router.post("/link")
async def make_link(
    request: Request, context: CurrentContext, visitor: Admin, name: Text = ""
) -> Response:
    """A link that signs somebody in once, within a day; shown this once."""
    return await _show_link(request, context, visitor, name)


@router.post("/disable")
async def disable(
    request: Request, context: CurrentContext, visitor: Admin, name: Text = "", disabled: Text = ""
) -> Response:
    """Keep somebody out, or (without `disabled`) let them in again."""
    try:
        await accounts.set_disabled(context, visitor.actor, name, bool(disabled))
    except Conflict as error:
        return await _refuse(request, context, visitor, name, "form", error)
    return _again(request, name, "disabled" if disabled else "enabled")


@router.post("/delete")
async def remove(
    request: Request, context: CurrentContext, visitor: Admin, name: Text = ""
) -> Response:
    """Take somebody away."""
    try:
        await accounts.remove_account(context, visitor.actor, name)
    except Conflict as error:
        return await _refuse(request, context, visitor, name, "form", error)
    return RedirectResponse("/users?done=removed", 303)


@router.post("/keys")
async def create_key(
    request: Request, context: CurrentContext, visitor: Admin, name: Text = "", role: Text = ""
) -> Response:
    """A key for a program; this answer is the only time that it is seen."""
    chosen = one_of(Role, role) or Role.VIEWER
    try:
        key = await accounts.create_api_key(context, visitor.actor, name.strip(), chosen)
    except (Invalid, Conflict) as error:
        typed = {"key_name": name[:64], "key_role": role}
        errors = {"key_name": _why_not(error)}
        return await _show_list(request, context, typed=typed, errors=errors)
    return await _show_list(request, context, key=key, status=201)


@router.post("/keys/revoke")
async def revoke_key(context: CurrentContext, visitor: Admin, name: Text = "") -> Response:
    """Make a key invalid."""
    await accounts.revoke_api_key(context, visitor.actor, name)
    return RedirectResponse("/users?done=revoked#api-keys", 303)


async def _show_list(
    request: Request,
    context: Context,
    *,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    key: str = "",
    done: str = "",
    status: int = 200,
) -> Response:
    people, keys = await asyncio.gather(
        accounts.list_accounts(context), accounts.list_api_keys(context)
    )
    page = UsersPage(
        accounts=tuple(people),
        keys=tuple(keys),
        typed=dict.fromkeys(FIELDS, "") | (typed or {}),
        errors=errors or {},
        key=key,
        done=done,
    )
    return render(request, "users/index.html", page, status=422 if errors else status)


async def _show_user(
    request: Request,
    context: Context,
    visitor: Visitor,
    name: str,
    *,
    errors: dict[str, str] | None = None,
    link: str = "",
    done: str = "",
    status: int = 200,
) -> Response:
    people = await accounts.list_accounts(context)
    found = [account for account in people if account.name == text_of(name)]
    if not found:
        raise NotFound(gettext(N_("There is no such user.")))
    admins = {row.name for row in people if row.role == Role.ADMIN and not row.disabled}
    page = UserPage(
        account=found[0],
        oneself=found[0].name == visitor.actor.name,
        last_admin=admins == {found[0].name},
        errors=errors or {},
        link=link,
        done=done,
    )
    return render(request, "users/user.html", page, status=422 if errors else status)


async def _show_link(request: Request, context: Context, visitor: Visitor, name: str) -> Response:
    token = await accounts.create_sign_in_link(context, visitor.actor, name, LINK_VALID_S)
    link = str(request.url_for("sign_in_with_link", token=token))
    return await _show_user(request, context, visitor, name, link=link, status=201)


async def _refuse(
    request: Request,
    context: Context,
    visitor: Visitor,
    name: str,
    wrong: str,
    error: CsmsError,
) -> Response:
    """The person's page with what is wrong, at its field."""
    errors = {wrong: sentence_of(error)}
    return await _show_user(request, context, visitor, name, errors=errors)


def _why_not(error: CsmsError) -> str:
    return gettext(TAKEN) if isinstance(error, Conflict) else sentence_of(error)


def _again(request: Request, name: str, done: str) -> Response:
    address = request.url_for("user").include_query_params(name=name, done=done)
    return RedirectResponse(f"{address.path}?{address.query}", 303)

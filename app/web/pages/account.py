"""One's own account: everybody changes their own password here."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from app.csms import accounts
from app.csms.accounts import TooManyAttempts, Visitor
from app.domain.errors import Invalid
from app.domain.roles import Permission
from app.web.auth import CurrentContext, Needs, keep_sign_in
from app.web.errors import sentence_of
from app.web.i18n import N_, gettext
from app.web.render import render

router = APIRouter(prefix="/account")
Person = Annotated[Visitor, Depends(Needs(Permission.VIEW))]
Text = Annotated[str, Form()]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage:
    """The form. `errors`: sentences by field."""

    errors: dict[str, str] = field(default_factory=dict)
    done: bool = False


@router.get("")
async def account(request: Request, visitor: Person, done: str = "") -> Response:
    """Who one is, and the form."""
    return render(request, "users/account.html", AccountPage(done=bool(done)))


@router.post("/password")
async def change_password(
    request: Request,
    context: CurrentContext,
    visitor: Person,
    old: Text = "",
    new: Text = "",
    again: Text = "",
) -> Response:
    """A new password; other browsers are signed out, this one stays."""
    errors: dict[str, str] = {}
    if new != again:
        errors["again"] = gettext(N_("The two new passwords differ."))
    else:
        try:
            await accounts.change_own_password(context, visitor.actor, old, new)
        except (Invalid, TooManyAttempts) as error:
            errors["new" if error.details.get("field") == "password" else "old"] = sentence_of(
                error
            )
    if errors:
        return render(request, "users/account.html", AccountPage(errors=errors), status=422)
    response = RedirectResponse("/account?done=password", 303)
    keep_sign_in(request, response, await accounts.sign_in(context, visitor.actor.name, new))
    return response

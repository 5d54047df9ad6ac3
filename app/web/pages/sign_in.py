"""Signing in and out, and the two switches that need no account: language and theme."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from app.csms import accounts
from app.domain.errors import NotSignedIn
from app.domain.roles import Permission
from app.web.auth import (
    SESSION_COOKIE,
    CurrentContext,
    Needs,
    Open,
    forget_sign_in,
    keep_sign_in,
    safe_target,
    visitor_of,
)
from app.web.errors import sentence_of
from app.web.i18n import COOKIE, LANGUAGES
from app.web.render import THEME_COOKIE, THEMES, render

router = APIRouter()
OPEN = [Depends(Open())]
YEAR_S = 365 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage:
    """The form, and what was wrong with the last attempt."""

    target: str
    name: str = ""
    error: str | None = None


@router.get("/sign-in", dependencies=OPEN)
async def sign_in_form(request: Request, next: str = "/") -> Response:
    """The form; who is signed in already goes on."""
    target = safe_target(next)
    if await visitor_of(request) is not None:
        return RedirectResponse(target, 303)
    return render(request, "sign_in/index.html", SignInPage(target=target))


@router.post("/sign-in", dependencies=OPEN)
async def sign_in(
    request: Request,
    context: CurrentContext,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Check name and password; to where one wanted to go."""
    target = safe_target(next)
    try:
        signed_in = await accounts.sign_in(context, name.strip(), password)
    except NotSignedIn as error:
        page = SignInPage(target=target, name=name[:64], error=sentence_of(error))
        return render(request, "sign_in/index.html", page, status=error.status)
    response = RedirectResponse(target, 303)
    keep_sign_in(request, response, signed_in)
    return response


@router.get("/sign-in/link/{token}", dependencies=OPEN)
async def sign_in_with_link(request: Request, context: CurrentContext, token: str) -> Response:
    """A link signs in once."""
    try:
        signed_in = await accounts.sign_in_with_link(context, token)
    except NotSignedIn as error:
        if await visitor_of(request) is not None:
            return RedirectResponse("/", 303)
        page = SignInPage(target="/", error=sentence_of(error))
        return render(request, "sign_in/index.html", page, status=error.status)
    response = RedirectResponse("/", 303, headers={"Referrer-Policy": "no-referrer"})
    keep_sign_in(request, response, signed_in)
    return response


@router.post("/sign-out", dependencies=[Depends(Needs(Permission.VIEW))])
async def sign_out(request: Request, context: CurrentContext) -> Response:
    """End this browser's sign-in."""
    await accounts.sign_out(context, request.cookies.get(SESSION_COOKIE, ""))
    response = RedirectResponse("/sign-in", 303)
    forget_sign_in(response)
    return response


@router.post("/preferences", dependencies=OPEN)
async def preferences(
    request: Request,
    language: Annotated[str, Form()] = "",
    theme: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Keep the choice of language or theme in a cookie; it is no secret."""
    response = RedirectResponse(safe_target(next), 303)
    if language in LANGUAGES:
        response.set_cookie(COOKIE, language, max_age=YEAR_S, samesite="lax", path="/")
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR_S, samesite="lax", path="/")
    return response

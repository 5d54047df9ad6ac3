"""Who is looking, what they may do, and that it was really they who pressed the button.

A page route says `Depends(Needs(Permission.X))`; that is the whole protection of it: signed in, allowed, and for every
method that changes something the CSRF token of the sign-in. Accounts and cookies' secrets are `app.csms.accounts`.
"""

from dataclasses import dataclass
from hmac import compare_digest
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from starlette.responses import Response

from app.csms import accounts
from app.csms.accounts import SignedIn, Visitor
from app.csms.context import Context
from app.domain.errors import NotAllowed, NotSignedIn
from app.domain.roles import Permission, may
from app.web.i18n import N_

SESSION_COOKIE = "halla_session"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
STALE_FORM = N_("This page is out of date. Reload it and try again.")


def context_of(request: Request) -> Context:
    """The living room that this web door opens into."""
    context: Context = request.app.state.context
    return context


CurrentContext = Annotated[Context, Depends(context_of)]


async def visitor_of(request: Request) -> Visitor | None:
    """Who is signed in with this browser, asked once per request."""
    if not hasattr(request.state, "visitor"):
        cookie = request.cookies.get(SESSION_COOKIE)
        request.state.visitor = await accounts.who(context_of(request), cookie) if cookie else None
    visitor: Visitor | None = request.state.visitor
    return visitor


@dataclass(frozen=True, slots=True)
class Needs:
    """Dependency of a page route: a visitor who has `permission`. Raises NotSignedIn, NotAllowed."""

    permission: Permission

    async def __call__(self, request: Request) -> Visitor:
        """The visitor."""
        visitor = await visitor_of(request)
        if visitor is None:
            raise NotSignedIn
        if request.method not in SAFE_METHODS:
            await _check_csrf(request, visitor)
        if not may(visitor.actor.role, self.permission):
            raise NotAllowed
        return visitor


@dataclass(frozen=True, slots=True)
class Open:
    """Dependency of a route that answers without a sign-in: only from our own pages may it be posted to."""

    async def __call__(self, request: Request) -> None:
        """Nothing, or NotAllowed."""
        if request.method not in SAFE_METHODS and not from_same_origin(request):
            raise NotAllowed(STALE_FORM)


def from_same_origin(request: Request) -> bool:
    """Whether the browser says that one of our own pages sent this."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def keep_sign_in(request: Request, response: Response, signed_in: SignedIn) -> None:
    """Give the browser its cookie. Lax: a link from a mail arrives signed in, a foreign form does not."""
    response.set_cookie(
        SESSION_COOKIE,
        signed_in.token,
        expires=signed_in.expires_at,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
        path="/",
    )


def forget_sign_in(response: Response) -> None:
    """Take the cookie back."""
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax")


def sign_in_address(request: Request) -> str:
    """Where to sign in, and where to come back to."""
    target = request.url.path
    if request.url.query:
        target += f"?{request.url.query}"
    return "/sign-in" if target == "/" else f"/sign-in?next={quote(target, safe='')}"


def safe_target(target: str | None) -> str:
    """`target` if it is a path of this server, else the overview: nobody is sent elsewhere after a sign-in."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    if any(ord(sign) < 32 for sign in target):
        return "/"
    return target


async def _check_csrf(request: Request, visitor: Visitor) -> None:
    sent = request.headers.get(CSRF_HEADER)
    if sent is None:
        field = (await request.form()).get(CSRF_FIELD)
        sent = field if isinstance(field, str) else ""
    if not compare_digest(sent.encode(), visitor.csrf_token.encode()):
        raise NotAllowed(STALE_FORM)

"""Whom a path that both doors have is answered for: /stations/... is a page for people and data for programs.

The whole rule, in one place. Whoever sends a key is a program. Else whoever brings the dashboard's cookie, asks for
HTML or comes from a page's own script (htmx) is a person. Everybody else is a program, and is asked for a key.
"""

from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.routing import Match
from starlette.types import Scope

from app.api.auth import SESSION_COOKIE
from app.api.errors import RootRoute


def is_program(scope: Scope) -> bool:
    """Whether data is meant, and not a page."""
    headers = Headers(scope=scope)
    bearer = headers.get("authorization", "").lower().startswith("bearer ")
    if bearer or "x-api-key" in headers:  # Basic is some proxy's, before which a person signed in
        return True
    return not (
        "hx-request" in headers
        or "text/html" in headers.get("accept", "")
        or SESSION_COOKIE in cookie_parser(headers.get("cookie", ""))
    )


class SharedRoute(RootRoute):
    """A route of the API that is not there for people: what a browser asks for is looked for among the pages."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route, for programs."""
        if scope["type"] == "http" and not is_program(scope):
            return Match.NONE, {}
        return super().matches(scope)


def include_first(application: FastAPI, router: APIRouter, **more: Any) -> None:
    """Include `router` before everything that is there already: its routes decide first whether they are meant."""
    application.include_router(router, **more)
    routes = application.router.routes
    routes.insert(0, routes.pop())

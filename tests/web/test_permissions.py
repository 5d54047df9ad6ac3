"""Every route of every page, seen by a stranger and by each role."""

import inspect
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.domain.roles import Permission, Role, may
from app.web.auth import Needs, Open
from app.web.pages import PAGES
from app.web.pages.live import listener
from tests.web.conftest import SignedInBrowser

STATES = ("stranger", *Role)


def routes() -> Iterator[tuple[str, APIRoute]]:
    """Method and route of everything that the table of pages brings; the endless stream is looked at elsewhere."""
    for page in PAGES:
        for route in page.router.routes:
            assert isinstance(route, APIRoute)
            for method in sorted(route.methods or ()):
                if route.path != "/live":
                    yield method, route


ROUTES = list(routes())
NAMES = [f"{method} {route.path}" for method, route in ROUTES]


def guards_of(route: APIRoute) -> list[object]:
    """The guards among a route's dependencies."""
    return [
        each.call
        for each in route.dependant.dependencies
        if isinstance(each.call, Needs | Open) or each.call is listener
    ]


def test_every_route_has_exactly_one_guard() -> None:
    every = [route for page in PAGES for route in page.router.routes]
    assert len(every) > 20
    for route in every:
        assert isinstance(route, APIRoute)
        assert len(guards_of(route)) == 1, f"{route.path} is guarded by {guards_of(route)}"


def test_open_are_only_the_ways_in_and_the_switches() -> None:
    found = {route.path for _, route in ROUTES if isinstance(guards_of(route)[0], Open)}
    assert found == {"/sign-in", "/sign-in/link/{token}", "/preferences"}


def test_what_changes_something_is_never_open_to_viewers() -> None:
    for method, route in ROUTES:
        guard = guards_of(route)[0]
        if method not in ("GET", "HEAD") and isinstance(guard, Needs):
            open_to_viewers = may(Role.VIEWER, guard.permission)
            own = ("/sign-out", "/account/password")
            assert not open_to_viewers or route.path in own, route.path


async def visit(browser: httpx.AsyncClient, method: str, route: APIRoute) -> httpx.Response:
    """Ask for a route, about things that do not exist."""
    path = route.path
    for name in inspect.signature(route.endpoint).parameters:
        path = path.replace(f"{{{name}}}", "nobody")
    return await browser.request(method, path.replace("{station_id}", "nobody"))


@pytest.mark.parametrize("state", STATES)
async def test_a_route_answers_whom_its_permission_allows(
    state: str, stranger: httpx.AsyncClient, signed_in: SignedInBrowser
) -> None:
    role = None if state == "stranger" else Role(state)
    browser = stranger if role is None else await signed_in(role)
    token, cookie = browser.headers.get("X-CSRF-Token", ""), dict(browser.cookies)
    for method, route in ROUTES:
        if route.path == "/sign-out":
            continue
        guard = guards_of(route)[0]
        browser.cookies.update(cookie)
        browser.headers["X-CSRF-Token"] = token
        answer = await visit(browser, method, route)
        where = f"{method} {route.path} for {state}: {answer.status_code}"
        if isinstance(guard, Open):
            assert answer.status_code in (200, 303, 401), where
            continue
        assert isinstance(guard, Needs)
        if role is None:
            to_sign_in = answer.headers.get("location", "").startswith("/sign-in")
            assert answer.status_code == 401 or (answer.status_code == 303 and to_sign_in), where
        elif may(role, guard.permission):
            assert answer.status_code in (200, 303, 307, 404, 422), where
        else:
            assert answer.status_code == 403, where


@pytest.mark.parametrize(
    ("method", "route"),
    [each for each in ROUTES if each[0] not in ("GET", "HEAD")],
    ids=[name for name in NAMES if not name.startswith(("GET", "HEAD"))],
)
async def test_nothing_changes_without_the_csrf_token_of_the_sign_in(
    method: str, route: APIRoute, admin: httpx.AsyncClient
) -> None:
    admin.headers["Sec-Fetch-Site"] = "cross-site"
    for wrong in ("", "somebody else's"):
        admin.headers["X-CSRF-Token"] = wrong
        assert (await visit(admin, method, route)).status_code == 403
    del admin.headers["X-CSRF-Token"]
    assert (await visit(admin, method, route)).status_code == 403


async def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(
    stranger: httpx.AsyncClient,
) -> None:
    answer = await stranger.get("/partials/kpis", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/sign-in"


async def test_the_menu_shows_what_the_role_may_see(signed_in: SignedInBrowser) -> None:
    for role in Role:
        browser = await signed_in(role)
        html = (await browser.get("/sites")).text
        assert ('href="/stations/waiting"' in html) is may(role, Permission.MANAGE_STATIONS)


async def test_static_files_need_no_sign_in(
    stranger: httpx.AsyncClient, application: FastAPI
) -> None:
    html = (await stranger.get("/sign-in")).text
    address = html.split('rel="stylesheet" href="')[1].split('"')[0]
    answer = await stranger.get(address)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]

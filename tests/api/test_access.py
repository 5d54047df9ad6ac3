"""Who gets in: every route of the API by every role, from the routes themselves."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from app.api import docs
from app.api.app import all_routes
from app.api.auth import Require
from app.csms import accounts
from app.csms.audit import HALLA
from app.csms.context import Context
from app.domain.roles import Permission, Role, may

OPEN = {("GET", "/health")}


def routes() -> Iterator[tuple[str, str, Any]]:
    """Method, path and dependant of every route of this door."""
    for context in iter_route_contexts([*all_routes(), *docs.router.routes]):
        for method in sorted(context.methods or ()):
            yield method, str(context.path), context.dependant


def permissions(dependant: Dependant) -> Iterator[Permission]:
    for each in dependant.dependencies:
        if isinstance(each.call, Require):
            yield each.call.permission
        yield from permissions(each)


ROUTES = [(method, path) for method, path, _ in routes()]
NEEDED = {(method, path): tuple(permissions(dependant)) for method, path, dependant in routes()}


def test_the_walk_finds_the_routes() -> None:
    assert ("POST", "/chargers/{charger_id}/start") in NEEDED
    assert ("POST", "/api/v1/stations/{station_id}/calls/{action}") in NEEDED
    assert len(NEEDED) >= 25


def test_every_route_but_health_names_one_permission() -> None:
    assert {route for route, needed in NEEDED.items() if len(needed) != 1} == OPEN
    assert all(NEEDED[route] == () for route in OPEN)


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", "/chargers", Permission.VIEW),
        ("POST", "/chargers/{charger_id}/start", Permission.CONTROL_CHARGING),
        ("POST", "/chargers/{charger_id}/stop", Permission.CONTROL_CHARGING),
        ("PATCH", "/chargers/{charger_id}/power", Permission.LIMIT_POWER),
        ("POST", "/api/v1/stations/{station_id}/limit", Permission.LIMIT_POWER),
        ("POST", "/api/v1/stations/{station_id}/calls/{action}", Permission.SEND_COMMANDS),
        ("POST", "/api/v1/stations/{station_id}/registration", Permission.MANAGE_STATIONS),
        ("PUT", "/api/v1/id-tokens/{token}", Permission.MANAGE_TOKENS),
        ("GET", "/api/v1/id-tokens", Permission.MANAGE_TOKENS),
    ],
)
def test_the_right_permission_is_named(method: str, path: str, needed: Permission) -> None:
    assert NEEDED[method, path] == (needed,)


def test_nothing_that_changes_something_is_open_to_viewers() -> None:
    for (method, path), needed in NEEDED.items():
        if method not in ("GET", "HEAD"):
            assert not may(Role.VIEWER, needed[0]), (method, path)


def filled(path: str) -> str:
    """The path with something in its holes; ids that nothing has."""
    return re.sub(r"\{(\w+)\}", lambda hole: "1" if hole[1] == "number" else "nobody", path)


async def test_every_route_by_every_role(
    stranger: httpx.AsyncClient, keys: dict[Role, str]
) -> None:
    for method, path in ROUTES:
        if (method, path) in OPEN:
            continue
        for role, key in keys.items():
            answer = await stranger.request(
                method, filled(path), headers={"Authorization": f"Bearer {key}"}
            )
            allowed = may(role, NEEDED[method, path][0])
            assert (answer.status_code == 403) is not allowed, (role, method, path)
            assert answer.status_code != 401


async def test_nobody_gets_in_without_a_key(stranger: httpx.AsyncClient) -> None:
    for method, path in ROUTES:
        for headers in ({}, {"X-API-Key": "wrong"}, {"Authorization": "Bearer wrong"}):
            answer = await stranger.request(method, filled(path), headers=headers)
            if (method, path) in OPEN:
                assert answer.status_code == 200
                continue
            assert answer.status_code == 401, (method, path)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            error = answer.json()["error"]
            assert isinstance(error, dict) is path.startswith("/api/v1")


async def test_both_headers_carry_a_key(stranger: httpx.AsyncClient, keys: dict[Role, str]) -> None:
    for headers in (
        {"Authorization": f"Bearer {keys[Role.VIEWER]}"},
        {"Authorization": f"bearer {keys[Role.VIEWER]}"},
        {"X-API-Key": keys[Role.VIEWER]},
    ):
        assert (await stranger.get("/chargers", headers=headers)).status_code == 200


async def test_a_revoked_key_opens_nothing(
    stranger: httpx.AsyncClient, context: Context, keys: dict[Role, str]
) -> None:
    await accounts.revoke_api_key(context, HALLA, "test viewer")
    answer = await stranger.get("/chargers", headers={"X-API-Key": keys[Role.VIEWER]})
    assert answer.status_code == 401


async def test_the_dashboards_cookie_opens_the_documentation_and_nothing_else(
    stranger: httpx.AsyncClient, context: Context, application: FastAPI
) -> None:
    await accounts.create_account(context, HALLA, "kim", "correct horse", Role.ADMIN)
    signed_in = await accounts.sign_in(context, "kim", "correct horse")
    stranger.cookies.set("halla_session", signed_in.token)
    assert (await stranger.get("/docs")).status_code == 200
    assert (await stranger.get("/openapi.json")).status_code == 200
    assert (await stranger.get("/chargers")).status_code == 401
    assert (await stranger.get("/api/v1/stations")).status_code == 401
    stranger.cookies.set("halla_session", "wrong")
    assert (await stranger.get("/docs")).status_code == 401


async def test_a_browser_that_is_not_signed_in_is_led_to_the_sign_in(
    stranger: httpx.AsyncClient,
) -> None:
    answer = await stranger.get("/docs", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?next=%2Fdocs"


async def test_without_a_key_one_does_not_even_learn_what_is_not_there(
    stranger: httpx.AsyncClient,
) -> None:
    for method in ("GET", "POST", "DELETE"):
        assert (await stranger.request(method, "/api/v1/nothing")).status_code == 401

"""The API's routes, put on the one application: /health, /chargers, /api/v1, /docs, /openapi.json."""

from functools import cache
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.routing import BaseRoute, Match

from app.api import docs
from app.api.auth import Viewer
from app.api.cors import ApiCors
from app.api.errors import HttpError, V1Route
from app.api.negotiation import include_first
from app.api.routes import (
    audit,
    certificates,
    charger_records,
    chargers,
    charging_profiles,
    conformance,
    control,
    core,
    customers,
    device,
    geo,
    health,
    id_tokens,
    jobs,
    journal,
    messages,
    monitoring,
    operations,
    original_tables,
    security,
    sessions,
    sites,
    stations,
    statistics,
    transactions,
)
from app.csms.context import Context
from app.domain.errors import NotFound


def add_api(application: FastAPI, context: Context) -> None:
    """Add every route of this door to `application`; its pages and their errors are not touched."""
    application.state.context = context
    application.state.api_description = described
    for router in (api_router(), docs.router, _rest):
        application.include_router(router)
    include_first(application, shared_router())
    origins = context.settings.cors_origins
    if origins:
        application.add_middleware(ApiCors, origins=origins)


@cache
def api_router() -> APIRouter:
    """The routes whose paths are the API's alone."""
    v1 = APIRouter(prefix="/api/v1")
    for noun in (
        stations,
        audit,
        transactions,
        id_tokens,
        operations,
        journal,
        conformance,
        charging_profiles,
        messages,
        device,
        jobs,
        monitoring,
        customers,
        security,
        certificates,
        sessions,
    ):
        v1.include_router(noun.router)
    router = APIRouter()
    for part in (
        health.router,
        charger_records.router,
        chargers.router,
        control.router,
        geo.router,
        statistics.router,
        core.router,
        original_tables.router,
        v1,
    ):
        router.include_router(part)
    return router


@cache
def shared_router() -> APIRouter:
    """The routes at paths that pages have too: they come first, and let people through (`negotiation`)."""
    router = APIRouter()
    router.include_router(sites.router)
    return router


def all_routes() -> list[BaseRoute]:
    """What OpenAPI describes, and the permission test walks."""
    return [*api_router().routes, *shared_router().routes]


@cache
def described() -> dict[str, Any]:
    """The OpenAPI document; made when it is first asked for."""
    return docs.describe(all_routes())


_rest = APIRouter(route_class=V1Route, include_in_schema=False)


@_rest.api_route(
    "/api/{rest:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
)
async def nothing_here(rest: str, request: Request, _: Viewer) -> Response:
    """What is not there is said in JSON too."""
    scope = dict(request.scope)
    if any(route.matches(scope)[0] is Match.PARTIAL for route in api_router().routes):
        raise HttpError(405, f"/api/{rest} is there, but not for {request.method}.")
    raise NotFound(f"There is nothing at /api/{rest}; see /docs.")


@_rest.get("/advanced")
@_rest.get("/platform")
async def original_page() -> Response:
    """Dashboards of the originals; all of what they showed is on the overview. `/operations` is a page of ours."""
    return RedirectResponse("/", 303)


@_rest.get("/redoc")
async def other_description() -> Response:
    """Where the originals had their second page of the same description."""
    return RedirectResponse("/docs", 303)

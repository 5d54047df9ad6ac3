"""The API's routes, put on the one application: /health, /chargers, /api/v1, /docs, /openapi.json."""

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.routing import Match

from app.api import docs
from app.api.errors import HttpError, V1Route
from app.api.routes import chargers, health, id_tokens, operations, stations, transactions
from app.csms.context import Context
from app.domain.errors import NotFound

V1 = "/api/v1"


def add_api(application: FastAPI, context: Context) -> None:
    """Add every route of this door to `application`; its pages and their errors are not touched."""
    application.state.context = context
    described = (health.router, chargers.router, v1_router())
    for router in described:
        application.include_router(router)
    application.state.api_description = docs.describe(api_router().routes)
    application.include_router(docs.router)
    application.include_router(_rest)


def v1_router() -> APIRouter:
    """Everything under /api/v1."""
    router = APIRouter(prefix=V1)
    for noun in (stations, transactions, id_tokens, operations):
        router.include_router(noun.router)
    return router


def api_router() -> APIRouter:
    """Everything that OpenAPI describes, and the permission test walks."""
    router = APIRouter()
    router.include_router(health.router)
    router.include_router(chargers.router)
    router.include_router(v1_router())
    return router


_rest = APIRouter(route_class=V1Route, include_in_schema=False)


@_rest.api_route(
    "/api/{rest:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
)
async def nothing_here(rest: str, request: Request) -> Response:
    """What is not there is said in JSON too."""
    scope = dict(request.scope)
    if any(route.matches(scope)[0] is Match.PARTIAL for route in api_router().routes):
        raise HttpError(405, f"/api/{rest} is there, but not for {request.method}.")
    raise NotFound(f"There is nothing at /api/{rest}; see /docs.")

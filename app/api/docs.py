"""The API's own description: /openapi.json, and a page to read and try it at /docs, served without anybody else.

The page is a file; its script and style lie under /static, so that it works under a policy without inline script.
"""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute

from app.api.auth import Reader
from app.api.errors import RootRoute
from app.api.routes.health import program_version
from app.config import ROOT
from app.domain.errors import CsmsError, NotSignedIn

PAGE = ROOT / "templates" / "api" / "docs.html"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing inline, nothing from elsewhere; the pictures are in Swagger UI's own style sheet."""

TAGS: list[dict[str, Any]] = [
    {"name": "Control", "description": "List, look, start, stop, limit: the seeds' control API."},
    {
        "name": "Chargers",
        "description": "Made, taken away, put out of service: the seeds' GIS API.",
    },
    {"name": "Sites", "description": "What the seeds call stations."},
    {"name": "Places", "description": "Chargers on a map, in GeoJSON, by heat, by distance."},
    {"name": "Statistics", "description": "By day, of a charger, of a site, of all."},
    {
        "name": "Tables",
        "description": "Rows of the original's tables, as its documents named them.",
    },
    {"name": "OCPP.Core", "description": "Its server API; what changes something is a POST."},
    {"name": "Stations", "description": "Charging stations and their sites."},
    {"name": "Commands", "description": "What is asked of stations, and how that ended."},
    {"name": "Smart charging", "description": "Profiles, schedules, limits, needs of cars."},
    {"name": "Messages", "description": "On displays, of vendors."},
    {"name": "Transactions", "description": "Charging sessions, their readings and cost."},
    {"name": "Sessions", "description": "Reservations, local lists, checks and running costs."},
    {"name": "Id tokens", "description": "Who may charge."},
    {"name": "Numbers", "description": "KPIs and energy by the hour."},
    {"name": "Journal", "description": "Every OCPP frame, paired and timed, its secrets hidden."},
    {"name": "Conformance", "description": "What stations get wrong, and what is done about it."},
    {"name": "Device", "description": "Variables, reports, availability: a station as a device."},
    {"name": "Firmware and logs", "description": "What takes a station a while."},
    {"name": "Security", "description": "How stations prove who they are; who was refused."},
    {"name": "Certificates", "description": "What stations have, and what is signed for them."},
    {"name": "Monitoring", "description": "Monitors, and the events that they raise."},
    {"name": "Audit", "description": "Who changed what, and when."},
    {"name": "Customers", "description": "What stations keep about customers."},
    {"name": "Health", "description": "No key needed."},
]
DESCRIPTION = """\
Charging stations that speak OCPP 1.6, 2.0.1 and 2.1, controlled and watched by JSON.

**Keys.** Send `Authorization: Bearer <key>` or `X-API-Key: <key>`. A key has a role: *viewer* looks, *operator* also
starts, stops, limits and sends OCPP calls, *admin* also manages id tokens and stations.

**Units.** W, Wh, A, V, %, seconds; the control API at the root speaks kW and kWh. Times are UTC.

**Ids.** A station may be asked for by any of its aliases.

**Refusals.** Under `/api/v1` they are `{"error": {"code", "message", "details"}}`; at the root
`{"error": "sentence", "code", "details", "detail"}`, `detail` as the GIS API had it.

**Two words for one thing.** The seeds say *station* for a site and *charger* for a charging station; at the root so do
we. Input is read in both spellings: `id_token` and `idToken`.

**Live.** `GET /live` is the dashboard's stream of server-sent events; its markers have the shape of `Marker`.
"""


class PageRoute(RootRoute):
    """A route that a person may come to with a browser: who is not signed in is led to where one signs in."""

    def refuse(self, error: CsmsError, request: Request) -> Response:
        """A way instead of a wall."""
        wants_page = "text/html" in request.headers.get("accept", "")
        if isinstance(error, NotSignedIn) and wants_page:
            return RedirectResponse(f"/sign-in?next={quote(request.url.path, safe='')}", 303)
        return super().refuse(error, request)


router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/docs")
async def docs(_: Reader) -> Response:
    """The page; for people who are signed in, and for keys."""
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return FileResponse(PAGE, media_type="text/html; charset=utf-8", headers=headers)


@router.get("/openapi.json")
async def openapi(request: Request, _: Reader) -> Response:
    """The description, for the page and for generators of clients."""
    return JSONResponse(request.app.state.api_description())


def describe(routes: list[BaseRoute]) -> dict[str, Any]:
    """The OpenAPI document of `routes`."""
    return get_openapi(
        title="Halla",
        version=program_version(),
        summary="Live charging-station management.",
        description=DESCRIPTION,
        routes=routes,
        tags=TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )

"""Places at the root: chargers for a map or a GIS, the heatmap, the nearest."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.api.auth import Here, Viewer
from app.api.errors import RootRoute
from app.api.periods import EndDate, StartDate, period
from app.api.schemas.common import Category
from app.api.schemas.errors import RootError, refusals
from app.api.schemas.places import (
    GEOJSON_SCHEMA,
    GeoCharger,
    Heatmap,
    NearCharger,
    geo_of,
    geojson_of,
    heat_point,
)
from app.api.schemas.statistics import period_of
from app.queries import geo, heatmap
from app.queries.geo import ChargerStatus
from app.queries.heatmap import Weight
from app.queries.statistics import zone_of_site

GEOJSON = "application/geo+json"
Site = Annotated[str | None, Query(max_length=255, description="Only at this site.")]

router = APIRouter(
    prefix="/geo", tags=["Places"], route_class=RootRoute, responses=refusals(RootError)
)


@router.get(
    "/chargers",
    response_model=list[GeoCharger],
    responses={200: {"content": {GEOJSON: {"schema": GEOJSON_SCHEMA}}}},
    summary="Chargers as places",
)
async def list_places(
    request: Request,
    context: Here,
    _: Viewer,
    station_id: Site = None,
    status: Annotated[list[ChargerStatus] | None, Query(description="One or several.")] = None,
    charger_type: Category = None,
    q: Annotated[str | None, Query(max_length=100, description="Part of an id or name.")] = None,
    format: Annotated[
        str | None,
        Query(pattern="^(json|geojson)$", description="Or by `Accept: application/geo+json`."),
    ] = None,
) -> list[GeoCharger] | Response:
    """Those that match every condition; as GeoJSON if that is asked for."""
    found = await geo.chargers(
        context.database, location_id=station_id, status=status, category=charger_type, q=q
    )
    accepts = GEOJSON in request.headers.get("accept", "")
    if format == "geojson" or (accepts and format is None):
        return Response(geojson_of(found).model_dump_json(), media_type=GEOJSON)
    return [GeoCharger.of(place) for place in found]


@router.get("/heatmap", response_model=Heatmap, summary="Where most happens")
async def show_heatmap(
    context: Here,
    _: Viewer,
    start_date: StartDate = None,
    end_date: EndDate = None,
    weight: Annotated[Weight, Query(description="What makes a place hot.")] = Weight.REVENUE,
    station_id: Site = None,
    charger_type: Category = None,
) -> Heatmap:
    """Hottest first; places where nothing happened are left out.

    `intensity` is the share of the hottest place (0 to 1), ready for a heat layer; `value` is the weight itself.
    """
    now = context.clock()
    zone = await zone_of_site(context.database, station_id)
    first, last = period(start_date, end_date, now, zone)
    found = await heatmap.read(
        context.database,
        first,
        last,
        weight,
        now=now,
        location_id=station_id,
        category=charger_type,
    )
    data = [heat_point(heat, weight) for heat in found]
    return Heatmap(period=period_of(first, last), weight=weight, data=data)


@router.get("/nearest", response_model=list[NearCharger], summary="The nearest chargers")
async def list_nearest(
    context: Here,
    _: Viewer,
    lat: Annotated[
        float,
        Query(
            ge=-90, le=90, allow_inf_nan=False, examples=[33.4996], description="Degrees, WGS 84."
        ),
    ],
    lon: Annotated[
        float,
        Query(
            ge=-180,
            le=180,
            allow_inf_nan=False,
            examples=[126.5312],
            description="Degrees, WGS 84.",
        ),
    ],
    available: Annotated[bool, Query(description="Only where one may begin now.")] = False,
    charger_type: Category = None,
    limit: Annotated[int, Query(ge=1, le=100, description="How many at most.")] = 5,
    max_distance: Annotated[float | None, Query(gt=0, le=2e7, description="Metres.")] = None,
) -> list[NearCharger]:
    """By the distance along the ground, nearest first."""
    found = await geo.nearest(
        context.database,
        lat,
        lon,
        available=available,
        category=charger_type,
        limit=limit,
        max_distance_m=max_distance,
    )
    return [
        NearCharger(
            **geo_of(place),
            distance_m=round(place.distance_m or 0.0, 1),
            distance_km=round((place.distance_m or 0.0) / 1000, 3),
        )
        for place in found
    ]

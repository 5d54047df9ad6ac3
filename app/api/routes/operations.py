"""The command log, the KPIs, energy by the hour."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.api.auth import Here, Viewer
from app.api.errors import V1Route
from app.api.schemas.common import Before, Limit, Number
from app.api.schemas.errors import V1Error, refusals
from app.api.schemas.operations import Command, CommandPage, Hour, Kpis
from app.queries import commands, kpis, metering, stations

router = APIRouter(route_class=V1Route, responses=refusals(V1Error))
_ONE = refusals(V1Error, 404)


@router.get(
    "/commands",
    response_model=CommandPage,
    responses=_ONE,
    tags=["Commands"],
    summary="What was asked of the stations",
)
async def list_commands(
    context: Here,
    _: Viewer,
    station_id: Annotated[str | None, Query(max_length=255, description="Or an alias.")] = None,
    limit: Limit = 100,
    before: Before = None,
) -> dict[str, Any]:
    """Newest first, with who asked, how it ended and how long it took."""
    if station_id is not None:
        station_id = await stations.resolve(context.database, station_id)
    rows = await commands.recent(context.database, station_id, limit + 1, before)
    page = rows[:limit]
    return {"items": page, "next": page[-1].id if len(rows) > limit else None}


@router.get(
    "/commands/{number}",
    response_model=Command,
    responses=_ONE,
    tags=["Commands"],
    summary="One command",
)
async def show_command(number: Number, context: Here, _: Viewer) -> Any:
    """By its number."""
    return await commands.one(context.database, number)


@router.get("/kpis", response_model=Kpis, tags=["Numbers"], summary="KPIs")
async def show_kpis(context: Here, _: Viewer) -> dict[str, Any]:
    """The numbers on top of the dashboard. A day begins at midnight of each site's own time zone."""
    now = context.clock()
    told = await kpis.numbers(context.database, now)
    return {
        "at": now,
        "kpis": [
            {
                "key": kpi.key,
                "label": kpi.label,
                "unit": told.unit_of(kpi),
                "value": told.values[kpi.key],
                "others": dict(told.other_revenue) if kpi.format == "money" else {},
            }
            for kpi in kpis.KPIS
        ],
    }


@router.get(
    "/energy/hourly", response_model=list[Hour], tags=["Numbers"], summary="Energy by the hour"
)
async def show_hours(
    context: Here,
    _: Viewer,
    hours: Annotated[
        int, Query(ge=1, le=24 * 31, description="How many, the present one last.")
    ] = 24,
    location_id: Annotated[
        str | None, Query(max_length=255, description="Only at this site.")
    ] = None,
) -> list[Any]:
    """The last hours of the site's clock, the present one last; an hour without readings is null."""
    found = await metering.hourly_energy(context.database, context.clock(), hours, location_id)
    return list(found)

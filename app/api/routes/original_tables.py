"""/api/stations, /api/chargers, /api/usage-logs, /api/hourly-stats, /api/statistics: promised by the originals.

The first two are the root's sites and chargers, the last is its dashboard, by another path.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.api.auth import Here, Viewer
from app.api.errors import RootRoute
from app.api.periods import EndDate, StartDate
from app.api.routes.statistics import TargetDate
from app.api.schemas.common import Before, Category, Limit
from app.api.schemas.errors import RootError, refusals
from app.api.schemas.gis import ChargerRecord, SiteRecord
from app.api.schemas.original_tables import HourlyStats, UsageLog
from app.api.schemas.statistics import Dashboard
from app.queries import geo, original_tables, stations
from app.queries.dashboard_day import dashboard_day
from app.queries.geo import ChargerStatus

router = APIRouter(
    prefix="/api", tags=["Tables"], route_class=RootRoute, responses=refusals(RootError)
)
Charger = Annotated[str | None, Query(max_length=255, description="Or an alias.")]
Site = Annotated[str | None, Query(max_length=255, description="Only at this site.")]


@router.get("/stations", response_model=list[SiteRecord], summary="All sites")
async def list_sites(context: Here, _: Viewer) -> list[SiteRecord]:
    """As GET /stations."""
    return [SiteRecord.of(site) for site in await geo.sites(context.database)]


@router.get("/chargers", response_model=list[ChargerRecord], summary="Chargers")
async def list_chargers(
    context: Here,
    _: Viewer,
    station_id: Site = None,
    status: Annotated[list[ChargerStatus] | None, Query(description="One or several.")] = None,
    charger_type: Category = None,
) -> list[ChargerRecord]:
    """Those that match every condition, by id."""
    found = await geo.chargers(
        context.database, location_id=station_id, status=status, category=charger_type
    )
    return [ChargerRecord.of(place) for place in found]


@router.get(
    "/usage-logs",
    response_model=list[UsageLog],
    responses=refusals(RootError, 404),
    summary="Sessions",
)
async def list_usage_logs(
    context: Here,
    _: Viewer,
    charger_id: Charger = None,
    station_id: Site = None,
    start_date: StartDate = None,
    end_date: EndDate = None,
    status: Annotated[
        str | None,
        Query(pattern="^(in_progress|completed)$", description="Those that run, or have ended."),
    ] = None,
    limit: Limit = 100,
    before: Before = None,
) -> list[dict[str, Any]]:
    """Rows of the view `charger_usage_log`, newest first; the next page is `before` the last row's id."""
    if charger_id is not None:
        charger_id = await stations.resolve(context.database, charger_id, even_retired=True)
    return await original_tables.usage_logs(
        context.database,
        charger_id=charger_id,
        station_id=station_id,
        start=start_date,
        end=end_date,
        status=status,
        limit=limit,
        before=before,
    )


@router.get(
    "/hourly-stats",
    response_model=list[HourlyStats],
    responses=refusals(RootError, 404),
    summary="Chargers by the hour",
)
async def list_hours(
    context: Here,
    _: Viewer,
    charger_id: Charger = None,
    start_date: StartDate = None,
    end_date: EndDate = None,
    limit: Limit = 1000,
) -> list[dict[str, Any]]:
    """Rows of the view `hourly_charger_stats`, newest first."""
    if charger_id is not None:
        charger_id = await stations.resolve(context.database, charger_id, even_retired=True)
    return await original_tables.hourly_stats(
        context.database, charger_id=charger_id, start=start_date, end=end_date, limit=limit
    )


@router.get("/statistics", response_model=Dashboard, summary="Everything on one day")
async def show_statistics(context: Here, _: Viewer, target_date: TargetDate = None) -> Dashboard:
    """As GET /statistics/dashboard."""
    return Dashboard.of(await dashboard_day(context.database, target_date, now=context.clock()))

"""Statistics at the root, in the shapes of the originals."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from app.api.auth import Here, Viewer
from app.api.errors import RootRoute
from app.api.periods import EndDate, StartDate, period
from app.api.schemas.common import ChargerId, SiteId
from app.api.schemas.errors import RootError, refusals
from app.api.schemas.statistics import (
    ChargerDaily,
    ChargerPeriodStatistics,
    Dashboard,
    SiteStatistics,
)
from app.queries import statistics
from app.queries.dashboard_day import dashboard_day

router = APIRouter(
    prefix="/statistics",
    tags=["Statistics"],
    route_class=RootRoute,
    responses=refusals(RootError),
)
_ONE = refusals(RootError, 404)
TargetDate = Annotated[date | None, Query(description="Else today, where the charger stands.")]


@router.get(
    "/charger/{charger_id}/daily",
    response_model=ChargerDaily,
    responses=_ONE,
    summary="A charger's day",
)
async def show_charger_day(
    charger_id: ChargerId, context: Here, _: Viewer, target_date: TargetDate = None
) -> ChargerDaily:
    """The sessions that began on the day, with all their energy and money."""
    found = await statistics.charger_day(
        context.database, charger_id, target_date, now=context.clock()
    )
    return ChargerDaily.of(charger_id, found[1])


@router.get(
    "/charger/{charger_id}/period",
    response_model=ChargerPeriodStatistics,
    responses=_ONE,
    summary="A charger's days",
)
async def show_charger_period(
    charger_id: ChargerId,
    context: Here,
    _: Viewer,
    start_date: Annotated[date, Query(description="The first day.")],
    end_date: Annotated[date, Query(description="The last day, included.")],
) -> ChargerPeriodStatistics:
    """Sums and every day of the period."""
    now = context.clock()
    first, last = period(start_date, end_date, now, statistics.DEFAULT_ZONE)
    found = await statistics.charger_period(context.database, charger_id, first, last, now=now)
    return ChargerPeriodStatistics.of(charger_id, found)


@router.get(
    "/station/{station_id}",
    response_model=SiteStatistics,
    responses=_ONE,
    summary="A site's sums",
)
async def show_site(
    station_id: SiteId,
    context: Here,
    _: Viewer,
    start_date: StartDate = None,
    end_date: EndDate = None,
) -> SiteStatistics:
    """Over the chargers that stand there."""
    now = context.clock()
    zone = await statistics.zone_of_site(context.database, station_id)
    first, last = period(start_date, end_date, now, zone)
    return SiteStatistics.of(
        await statistics.site_period(context.database, station_id, first, last, now=now)
    )


@router.get("/dashboard", response_model=Dashboard, summary="Everything on one day")
async def show_dashboard(context: Here, _: Viewer, target_date: TargetDate = None) -> Dashboard:
    """Both sets of fields that the originals' dashboards read."""
    return Dashboard.of(await dashboard_day(context.database, target_date, now=context.clock()))

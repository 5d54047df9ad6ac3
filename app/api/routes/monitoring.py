"""Monitors of a station, and events."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from app.api.auth import Commander, Here, Viewer
from app.api.errors import V1Route
from app.api.routes.device import COMMAND, accepted, results_of, watched
from app.api.schemas import monitoring as shapes
from app.api.schemas.common import Before, Limit, StationId
from app.api.schemas.device import Results
from app.api.schemas.errors import V1Error, refusals
from app.api.schemas.stations import CommandAnswer
from app.csms import monitoring as verbs
from app.csms.context import Context
from app.domain.errors import Invalid
from app.domain.monitoring import Monitor
from app.queries import monitoring, stations

router = APIRouter(tags=["Monitoring"], route_class=V1Route, responses=refusals(V1Error))
_ONE = refusals(V1Error, 404)


@router.get(
    "/stations/{station_id}/monitors",
    response_model=list[shapes.Monitor],
    responses=_ONE,
    summary="Its monitors",
)
async def list_monitors(station_id: StationId, context: Here, _: Viewer) -> list[Any]:
    """By number."""
    real_id = await stations.resolve(context.database, station_id)
    return list(await monitoring.monitors(context.database, real_id))


@router.put(
    "/stations/{station_id}/monitors",
    response_model=Results,
    responses=COMMAND,
    summary="Set monitors",
)
async def set_monitors(
    station_id: StationId, wanted: shapes.SetMonitors, context: Here, actor: Commander
) -> dict[str, Any]:
    """In as many calls as the station needs; what it says of each is in `results`."""
    real_id = await stations.resolve(context.database, station_id)
    monitors = [Monitor(**one.model_dump()) for one in wanted.monitors]
    result = await verbs.set_monitors(context, actor, real_id, monitors)
    return results_of(result, real_id, "setMonitoringResult")


@router.delete(
    "/stations/{station_id}/monitors/{number}",
    response_model=Results,
    responses=COMMAND,
    summary="Clear a monitor",
)
async def clear_monitor(
    station_id: StationId,
    number: Annotated[int, Path(ge=0, le=2**31 - 1, description="The monitor's own id.")],
    context: Here,
    actor: Commander,
) -> dict[str, Any]:
    """What the station says of it is in `results`."""
    real_id = await stations.resolve(context.database, station_id)
    result = await verbs.clear_monitors(context, actor, real_id, [number])
    return results_of(result, real_id, "clearMonitoringResult")


@router.post(
    "/stations/{station_id}/monitors/report",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Have it report its monitors",
)
async def ask_monitors(
    station_id: StationId, wanted: shapes.AskMonitors, context: Here, actor: Commander
) -> dict[str, Any]:
    """All of them, or some; see the monitors afterwards."""
    real_id = await stations.resolve(context.database, station_id)
    result = await verbs.get_monitoring_report(
        context,
        actor,
        real_id,
        criteria=wanted.criteria,
        variables=watched(wanted.variables),
    )
    return accepted(result, real_id)


@router.put(
    "/stations/{station_id}/monitoring",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Which monitors are active, and what is reported",
)
async def set_monitoring(
    station_id: StationId, wanted: shapes.SetMonitoring, context: Here, actor: Commander
) -> dict[str, Any]:
    """The base first, then the level; 422 if neither is named."""
    real_id = await stations.resolve(context.database, station_id)
    if wanted.base is None and wanted.level is None:
        raise Invalid("Name a base, a level, or both.")
    answer: dict[str, Any] = {}
    if wanted.base is not None:
        result = await verbs.set_monitoring_base(context, actor, real_id, wanted.base)
        answer = accepted(result, real_id)
    if wanted.level is not None:
        result = await verbs.set_monitoring_level(context, actor, real_id, wanted.level)
        answer = accepted(result, real_id)
    return answer


@router.get("/events", response_model=shapes.EventPage, responses=_ONE, summary="Events")
async def list_all_events(
    context: Here,
    _: Viewer,
    station_id: Annotated[str | None, Query(max_length=255, description="Or an alias.")] = None,
    limit: Limit = 100,
    before: Before = None,
) -> dict[str, Any]:
    """What monitors and the hardware reported, newest first."""
    return await _page(context, station_id, limit, before)


@router.get(
    "/stations/{station_id}/events",
    response_model=shapes.EventPage,
    responses=_ONE,
    summary="Its events",
)
async def list_events(
    station_id: StationId, context: Here, _: Viewer, limit: Limit = 100, before: Before = None
) -> dict[str, Any]:
    """What monitors and the hardware reported, newest first."""
    return await _page(context, station_id, limit, before)


async def _page(
    context: Context, station_id: str | None, limit: int, before: int | None
) -> dict[str, Any]:
    if station_id is not None:
        station_id = await stations.resolve(context.database, station_id)
    rows = await monitoring.events(context.database, station_id, limit=limit + 1, before=before)
    page = rows[:limit]
    return {"items": page, "next": page[-1].id if len(rows) > limit else None}

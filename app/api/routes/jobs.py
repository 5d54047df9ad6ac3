"""Firmware and logs of stations, and how far they are."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from app.api.auth import Commander, Here, Viewer
from app.api.errors import V1Route
from app.api.routes.device import COMMAND, accepted
from app.api.schemas import device as shapes
from app.api.schemas.common import Before, Limit, Number, StationId
from app.api.schemas.errors import V1Error, refusals
from app.api.schemas.stations import CommandAnswer
from app.csms import jobs as verbs
from app.csms.context import Context
from app.domain.jobs import JobKind
from app.queries import jobs, stations

router = APIRouter(tags=["Firmware and logs"], route_class=V1Route, responses=refusals(V1Error))
_ONE = refusals(V1Error, 404)
Kind = Annotated[JobKind | None, Query(description="Only of this kind.")]


@router.get("/jobs", response_model=shapes.JobPage, responses=_ONE, summary="Jobs of all stations")
async def list_all_jobs(
    context: Here,
    _: Viewer,
    station_id: Annotated[str | None, Query(max_length=255, description="Or an alias.")] = None,
    kind: Kind = None,
    limit: Limit = 100,
    before: Before = None,
) -> dict[str, Any]:
    """Newest first, each with its steps."""
    return await _page(context, station_id, kind, limit, before)


@router.get("/jobs/{number}", response_model=shapes.Job, responses=_ONE, summary="One job")
async def show_job(number: Number, context: Here, _: Viewer) -> Any:
    """By its number."""
    return await jobs.one(context.database, number)


@router.get(
    "/stations/{station_id}/jobs",
    response_model=shapes.JobPage,
    responses=_ONE,
    summary="Its firmware and logs",
)
async def list_jobs(
    station_id: StationId,
    context: Here,
    _: Viewer,
    kind: Kind = None,
    limit: Limit = 100,
    before: Before = None,
) -> dict[str, Any]:
    """Newest first, each with its steps."""
    return await _page(context, station_id, kind, limit, before)


@router.post(
    "/stations/{station_id}/firmware-updates",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Update its firmware",
)
async def update_firmware(
    station_id: StationId, wanted: shapes.UpdateFirmware, context: Here, actor: Commander
) -> dict[str, Any]:
    """How far it is, the jobs tell."""
    real_id = await stations.resolve(context.database, station_id)
    return accepted(
        await verbs.update_firmware(context, actor, real_id, **wanted.model_dump()), real_id
    )


@router.post(
    "/stations/{station_id}/published-firmware",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Have a local controller offer firmware",
)
async def publish_firmware(
    station_id: StationId, wanted: shapes.PublishFirmware, context: Here, actor: Commander
) -> dict[str, Any]:
    """How far it is, and where its stations find the firmware, the jobs tell."""
    real_id = await stations.resolve(context.database, station_id)
    return accepted(
        await verbs.publish_firmware(context, actor, real_id, **wanted.model_dump()), real_id
    )


@router.delete(
    "/stations/{station_id}/published-firmware/{checksum}",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Have it offer firmware no more",
)
async def unpublish_firmware(
    station_id: StationId,
    checksum: Annotated[
        str, Path(max_length=32, description="Of the firmware (MD5), as it was published.")
    ],
    context: Here,
    actor: Commander,
) -> dict[str, Any]:
    """409 while a station fetches it, or when there is none."""
    real_id = await stations.resolve(context.database, station_id)
    return accepted(
        await verbs.unpublish_firmware(context, actor, real_id, checksum=checksum), real_id
    )


@router.post(
    "/stations/{station_id}/logs",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Have it upload a log",
)
async def ask_log(
    station_id: StationId, wanted: shapes.AskLog, context: Here, actor: Commander
) -> dict[str, Any]:
    """How far it is, the jobs tell."""
    real_id = await stations.resolve(context.database, station_id)
    said = wanted.model_dump(exclude={"log"})
    result = await verbs.get_log(context, actor, real_id, security=wanted.log == "security", **said)
    return accepted(result, real_id)


async def _page(
    context: Context, station_id: str | None, kind: JobKind | None, limit: int, before: int | None
) -> dict[str, Any]:
    if station_id is not None:
        station_id = await stations.resolve(context.database, station_id)
    rows = await jobs.recent(context.database, station_id, kind, limit=limit + 1, before=before)
    page = rows[:limit]
    return {"items": page, "next": page[-1].id if len(rows) > limit else None}

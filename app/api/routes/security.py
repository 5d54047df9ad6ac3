"""Security of stations: how they prove who they are, what they report, who knocked in vain."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.api.auth import Here, StationManager, Viewer
from app.api.errors import V1Route
from app.api.routes.device import COMMAND, accepted
from app.api.schemas import security as shapes
from app.api.schemas.common import Before, Limit, StationId
from app.api.schemas.errors import V1Error, refusals
from app.api.schemas.stations import CommandAnswer
from app.csms import security as verbs
from app.queries import security, stations

router = APIRouter(tags=["Security"], route_class=V1Route, responses=refusals(V1Error))
_ONE = refusals(V1Error, 404)


@router.get(
    "/stations/{station_id}/security",
    response_model=shapes.Security,
    responses=_ONE,
    summary="How it proves who it is",
)
async def show_security(station_id: StationId, context: Here, _: Viewer) -> Any:
    """What is asked of its connections, and what its last one had."""
    real_id = await stations.resolve(context.database, station_id)
    return await security.station_security(context.database, real_id)


@router.put(
    "/stations/{station_id}/security",
    response_model=shapes.Security,
    responses=_ONE,
    summary="What its connection must have",
)
async def set_security(
    station_id: StationId, wanted: shapes.SetSecurity, context: Here, actor: StationManager
) -> Any:
    """Counts from its next connection on."""
    real_id = await stations.resolve(context.database, station_id)
    await verbs.set_minimum_profile(context, actor, real_id, wanted.minimum_profile)
    return await security.station_security(context.database, real_id)


@router.post(
    "/stations/{station_id}/security/password",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Give it a new password",
)
async def rotate_password(
    station_id: StationId, wanted: shapes.Rotate, context: Here, actor: StationManager
) -> dict[str, Any]:
    """The old one counts until the station has used the new one."""
    real_id = await stations.resolve(context.database, station_id)
    return accepted(await verbs.rotate_password(context, actor, real_id, wanted.password), real_id)


@router.post(
    "/stations/{station_id}/security/profile",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Have it connect with a higher security profile",
)
async def upgrade_profile(
    station_id: StationId, wanted: shapes.Upgrade, context: Here, actor: StationManager
) -> dict[str, Any]:
    """Once such a connection was seen, a lower profile is refused."""
    real_id = await stations.resolve(context.database, station_id)
    result = await verbs.upgrade_profile(
        context,
        actor,
        real_id,
        wanted.profile,
        url=wanted.url,
        slot=wanted.slot,
        slots=tuple(wanted.slots),
        message_timeout_s=wanted.message_timeout_s,
        interface=wanted.interface,
    )
    return accepted(result, real_id)


@router.get(
    "/security-events",
    response_model=shapes.SecurityEventPage,
    responses=_ONE,
    summary="What stations report of attacks",
)
async def list_events(
    context: Here,
    _: Viewer,
    station_id: Annotated[str | None, Query(max_length=255, description="Or an alias.")] = None,
    limit: Limit = 100,
    before: Before = None,
) -> dict[str, Any]:
    """Newest first."""
    return await _events(context, station_id, limit, before)


@router.get(
    "/stations/{station_id}/security-events",
    response_model=shapes.SecurityEventPage,
    responses=_ONE,
    summary="What it reports of attacks",
)
async def list_station_events(
    station_id: StationId, context: Here, _: Viewer, limit: Limit = 100, before: Before = None
) -> dict[str, Any]:
    """Newest first."""
    return await _events(context, station_id, limit, before)


@router.get(
    "/connection-refusals", response_model=shapes.RefusalPage, summary="Who was refused, and why"
)
async def list_refusals(
    context: Here,
    _: Viewer,
    identity: Annotated[
        str | None, Query(max_length=255, description="A station's id, or as it called itself.")
    ] = None,
    limit: Limit = 100,
    before: Before = None,
) -> dict[str, Any]:
    """The latest first. The same refusal again is counted."""
    rows = await security.connection_refusals(
        context.database, identity, limit=limit + 1, before=before
    )
    page = rows[:limit]
    return {"items": page, "next": page[-1].id if len(rows) > limit else None}


async def _events(
    context: Here, station_id: str | None, limit: int, before: int | None
) -> dict[str, Any]:
    if station_id is not None:
        station_id = await stations.resolve(context.database, station_id)
    rows = await security.events(context.database, station_id, limit=limit + 1, before=before)
    page = rows[:limit]
    return {"items": page, "next": page[-1].id if len(rows) > limit else None}

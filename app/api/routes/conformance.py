"""How well stations keep to the protocol, and how their mistakes are met."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.api.auth import Here, StationManager, Viewer
from app.api.errors import V1Route
from app.api.schemas.common import Limit, StationId
from app.api.schemas.errors import V1Error, refusals
from app.api.schemas.journal import Conformance, HabitPage, QuirkKind, SetHabits
from app.csms import conformance as verbs
from app.csms.context import Context
from app.domain.quirks import QUIRKS
from app.queries import conformance, stations

router = APIRouter(tags=["Conformance"], route_class=V1Route, responses=refusals(V1Error))
_ONE = refusals(V1Error, 404)


@router.get("/conformance", response_model=HabitPage, summary="Stations that deviate")
async def list_habits(
    context: Here,
    _: Viewer,
    limit: Limit = 100,
    after: Annotated[str | None, Query(max_length=255, description="The `next` before.")] = None,
) -> dict[str, Any]:
    """Those that broke a schema, or of which a person said something, by id."""
    rows = await conformance.habits(context.database, limit=limit + 1, after=after)
    page = rows[:limit]
    return {"items": page, "next": page[-1].station_id if len(rows) > limit else None}


@router.get("/conformance/quirks", response_model=list[QuirkKind], summary="Known deviations")
async def list_quirks(context: Here, _: Viewer) -> list[Any]:
    """What is mended, and how."""
    return list(QUIRKS.values())


@router.get(
    "/stations/{station_id}/conformance",
    response_model=Conformance,
    responses=_ONE,
    summary="One station's deviations",
)
async def show_conformance(station_id: StationId, context: Here, _: Viewer) -> dict[str, Any]:
    """What it got wrong, how often, and what was done."""
    return await _one(context, station_id)


@router.put(
    "/stations/{station_id}/conformance",
    response_model=Conformance,
    responses=_ONE,
    summary="Be strict with a station, or say what it does",
)
async def set_conformance(
    station_id: StationId, wanted: SetHabits, context: Here, actor: StationManager
) -> dict[str, Any]:
    """Counts within some seconds, for a connection that is open too."""
    real_id = await stations.resolve(context.database, station_id)
    await verbs.set_habits(context, actor, real_id, strict=wanted.strict, quirks=wanted.quirks)
    return await _one(context, real_id)


@router.delete(
    "/stations/{station_id}/conformance",
    response_model=Conformance,
    responses=_ONE,
    summary="Count anew",
)
async def forget_conformance(
    station_id: StationId, context: Here, actor: StationManager
) -> dict[str, Any]:
    """Forget what was found so far, after an update of its firmware for instance."""
    real_id = await stations.resolve(context.database, station_id)
    await verbs.forget_findings(context, actor, real_id)
    return await _one(context, real_id)


async def _one(context: Context, station_id: str) -> dict[str, Any]:
    real_id = await stations.resolve(context.database, station_id)
    [habits] = await conformance.habits(context.database, real_id)
    found = await conformance.findings(context.database, real_id)
    return {**asdict(habits), "dialect": habits.dialect, "findings": found}

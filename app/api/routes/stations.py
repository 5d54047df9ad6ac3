"""Stations: look, let in, limit, and any OCPP call."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query

from app.api.auth import Commander, Here, PowerLimiter, StationManager, Viewer
from app.api.errors import V1Route, expect_accepted
from app.api.schemas.common import Category, Limit, StationId
from app.api.schemas.errors import V1Error, refusals
from app.api.schemas.stations import (
    CallAnswer,
    CommandAnswer,
    Register,
    Registered,
    SetLimit,
    Site,
    Station,
    StationPage,
    WriteStation,
)
from app.csms import remote_control, smart_charging
from app.csms import stations as records
from app.csms.actors import Actor
from app.csms.commands import CommandResult
from app.csms.context import Context
from app.domain.commands import OutcomeStatus
from app.domain.errors import StationNotFound
from app.domain.geo import Position
from app.domain.smart_charging import LimitScope
from app.domain.stations import DisplayStatus, Registration
from app.queries import map as fleet
from app.queries import stations
from app.queries.map import marker_json

router = APIRouter(route_class=V1Route, responses=refusals(V1Error))
_ONE = refusals(V1Error, 404)
_COMMAND = refusals(V1Error, 404, 409, 502, 504)


@router.get("/stations", response_model=StationPage, tags=["Stations"], summary="Stations, by id")
async def list_stations(
    context: Here,
    _: Viewer,
    q: Annotated[
        str | None,
        Query(max_length=100, description="Part of an id, a name, an alias, a site's name."),
    ] = None,
    status: Annotated[list[DisplayStatus] | None, Query(description="One or several.")] = None,
    location_id: Annotated[
        str | None, Query(max_length=255, description="Only at this site.")
    ] = None,
    category: Category = None,
    limit: Limit = 100,
    after: Annotated[str | None, Query(max_length=255, description="The `next` before.")] = None,
) -> dict[str, Any]:
    """The stations that match every condition, a page at a time."""
    found = await stations.listing(context.database, q, status, location_id, category)
    rest = sorted(m.station_id for m in found if after is None or m.station_id > after)
    page = set(rest[:limit])
    items = sorted((m for m in found if m.station_id in page), key=lambda m: m.station_id)
    return {
        "items": [marker_json(marker) for marker in items],
        "next": rest[limit - 1] if len(rest) > limit else None,
    }


@router.get(
    "/stations/{station_id}",
    response_model=Station,
    responses=_ONE,
    tags=["Stations"],
    summary="One station",
)
async def show_station(station_id: StationId, context: Here, _: Viewer) -> dict[str, Any]:
    """Everything about it: facts, connectors, running sessions, limits, tariff."""
    return await _shown(context, station_id)


async def _shown(context: Context, station_id: str) -> dict[str, Any]:
    detail = await stations.detail(context.database, station_id)
    names = set(Station.model_fields) - set(marker_json(detail.marker))
    return marker_json(detail.marker) | {name: getattr(detail, name) for name in names}


@router.put(
    "/stations/{station_id}",
    response_model=Station,
    responses=refusals(V1Error, 409),
    tags=["Stations"],
    summary="Write a station's record, or make it",
)
async def put_station(
    station_id: StationId, wanted: WriteStation, context: Here, actor: StationManager
) -> dict[str, Any]:
    """Like PATCH; a station that is not there is made, accepted unless something else is said."""
    return await _write(station_id, wanted, context, actor, create=True)


@router.patch(
    "/stations/{station_id}",
    response_model=Station,
    responses=_ONE,
    tags=["Stations"],
    summary="Change a station's record",
)
async def change_station(
    station_id: StationId, wanted: WriteStation, context: Here, actor: StationManager
) -> dict[str, Any]:
    """What is named is written, the rest stays. A connected station whose registration changes is asked to boot."""
    return await _write(station_id, wanted, context, actor, create=False)


async def _write(
    station_id: str, wanted: WriteStation, context: Context, actor: Actor, *, create: bool
) -> dict[str, Any]:
    facts: dict[str, Any] = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    status = facts.pop("registration_status", None)
    if status is not None:
        facts["registration"] = Registration(status.lower())
    place = facts.get("position")
    if place is not None:
        facts["position"] = Position(lat=place.lat, lon=place.lon)
    real_id = station_id
    try:
        real_id = await stations.resolve(context.database, station_id)
    except StationNotFound:
        if not create:
            raise
    await records.write_station(context, actor, real_id, facts, create=create)
    return await _shown(context, real_id)


@router.post(
    "/stations/{station_id}/registration",
    response_model=Registered,
    responses=_ONE,
    tags=["Stations"],
    summary="Let a station in, or not",
)
async def register_station(
    station_id: StationId, wanted: Register, context: Here, actor: StationManager
) -> dict[str, Any]:
    """A pending station waits for `accepted`; a rejected one is refused when it connects."""
    real_id = await stations.resolve(context.database, station_id)
    await records.set_registration(context, actor, real_id, wanted.registration)
    return {"station_id": real_id, "registration": wanted.registration}


@router.post(
    "/stations/{station_id}/limit",
    response_model=CommandAnswer,
    responses=_COMMAND,
    tags=["Commands"],
    summary="Limit the power",
)
async def set_limit(
    station_id: StationId, wanted: SetLimit, context: Here, actor: PowerLimiter
) -> dict[str, Any]:
    """Ask the station to draw no more than this. 422 outside of 0 to the station's own maximum."""
    real_id = await stations.resolve(context.database, station_id)
    result = await smart_charging.set_power_limit(
        context, actor, real_id, wanted.limit_w, wanted.scope
    )
    return _accepted(result, real_id)


@router.delete(
    "/stations/{station_id}/limit",
    response_model=CommandAnswer,
    responses=_COMMAND,
    tags=["Commands"],
    summary="Lift the power limit",
)
async def clear_limit(
    station_id: StationId,
    context: Here,
    actor: PowerLimiter,
    scope: Annotated[
        LimitScope, Query(description="Of the whole station, or of the session that runs.")
    ] = LimitScope.STATION,
) -> dict[str, Any]:
    """Ask the station to forget the limit."""
    real_id = await stations.resolve(context.database, station_id)
    result = await smart_charging.clear_power_limit(context, actor, real_id, scope)
    return _accepted(result, real_id)


@router.post(
    "/stations/{station_id}/calls/{action}",
    response_model=CallAnswer,
    response_model_exclude_none=True,
    responses=refusals(V1Error, 404, 409, 504),
    tags=["Commands"],
    summary="Any OCPP call",
)
async def call_station(
    station_id: StationId,
    action: Annotated[
        str, Path(pattern=r"^[A-Za-z0-9]{1,64}$", examples=["GetVariables"], description="OCPP's.")
    ],
    context: Here,
    actor: Commander,
    payload: Annotated[
        dict[str, Any] | None, Body(description="The payload, as OCPP has it; none: `{}`.")
    ] = None,
) -> dict[str, Any]:
    """Send `action` with the body as its payload, in the words of the station's own OCPP version.

    Both what it answers and the error it may answer with are a 200. 409: it is offline, or its version has no such
    call. 422: the payload is not valid against the version's schema. 504: it did not answer.
    """
    real_id = await stations.resolve(context.database, station_id)
    outcome = await remote_control.call(context, actor, real_id, action, payload or {})
    if outcome.payload is not None and outcome.status is not OutcomeStatus.ERROR:
        return {"status": "answered", "result": outcome.payload}
    if outcome.status is OutcomeStatus.ERROR or (
        outcome.status is OutcomeStatus.NOT_SUPPORTED and outcome.detail is not None
    ):  # a CALLERROR; where our own side knows of no such call, there is no detail
        error = {
            "code": outcome.detail or "InternalError",
            "description": outcome.description or "",
            "details": outcome.details or {},
        }
        return {"status": "error", "error": error}
    expect_accepted(outcome, real_id)
    return {"status": "answered", "result": {}}


@router.get("/locations", response_model=list[Site], tags=["Stations"], summary="Sites")
async def list_locations(context: Here, _: Viewer) -> list[Any]:
    """All sites by name, each with how many stations it has."""
    return list(await fleet.sites(context.database))


def _accepted(result: CommandResult, station_id: str) -> dict[str, Any]:
    expect_accepted(result.outcome, station_id)
    return {
        "status": "accepted",
        "command_id": result.command_id,
        "latency_ms": result.outcome.latency_ms,
    }

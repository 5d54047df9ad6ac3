"""The control API of the originals, at the root: list, look, start, stop, limit, and one door for all commands."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.api.auth import ChargingController, Here, PowerLimiter, Viewer
from app.api.charging import limit, show, start, stop
from app.api.errors import RootRoute
from app.api.schemas.chargers import (
    Charger,
    ChargerBrief,
    Connection,
    Limited,
    LimitPower,
    StartCharging,
    Started,
    StopCharging,
    Stopped,
)
from app.api.schemas.common import Category, ChargerId
from app.api.schemas.errors import RootError, refusals
from app.api.schemas.gis import record_of
from app.queries import geo, stations, transactions
from app.queries import map as fleet
from app.queries.geo import ChargerStatus

router = APIRouter(
    prefix="/chargers",
    tags=["Control"],
    route_class=RootRoute,
    responses=refusals(RootError),
)
_ONE = refusals(RootError, 404)
_COMMAND = refusals(RootError, 404, 409, 502, 504)


@router.get(
    "",
    response_model=list[ChargerBrief] | dict[str, Connection],
    summary="All chargers",
)
async def list_chargers(
    context: Here,
    _: Viewer,
    keyed: Annotated[
        bool,
        Query(description="An object keyed by id, as the first control API gave it."),
    ] = False,
    station_id: Annotated[str | None, Query(max_length=255, description="Its site.")] = None,
    status: Annotated[list[ChargerStatus] | None, Query(description="One or several.")] = None,
    charger_type: Category = None,
    q: Annotated[str | None, Query(max_length=100, description="Part of an id or name.")] = None,
) -> Any:
    """Every charger that matches all conditions, connected or not, by id.

    The originals disagree about the shape; it is a list, and with `keyed=true`
    `{"charger_001": {"connected", "boot_status", "last_heartbeat"}}`.
    """
    booted = await stations.booted(context.database)
    running = await transactions.running_names(context.database)
    places = await geo.chargers(
        context.database, location_id=station_id, status=status, category=charger_type, q=q
    )
    markers = {marker.station_id: marker for marker in await fleet.markers(context.database)}
    found = [
        record_of(place) | show(marker, running, marker.station_id in booted)
        for place in places
        if (marker := markers.get(place.station_id)) is not None
    ]
    if keyed:
        names = Connection.model_fields
        return {charger["charger_id"]: {name: charger[name] for name in names} for charger in found}
    return found


@router.get("/{charger_id}", response_model=Charger, responses=_ONE, summary="One charger")
async def show_charger(charger_id: ChargerId, context: Here, _: Viewer) -> dict[str, Any]:
    """What it is and does now. Aliases such as `emart_jeju_01` work wherever an id does."""
    detail = await stations.detail(context.database, charger_id)
    marker = detail.marker
    (place,) = await geo.chargers(context.database, station_id=marker.station_id)
    session = next((row for row in detail.transactions if row.id == marker.transaction_id), None)
    names = {session.id: session.transaction_id} if session else {}
    booted = detail.booted_at is not None and marker.registration == "accepted"
    return (
        record_of(place)
        | show(marker, names, booted)
        | {
            "charger_id": charger_id,
            "own_id": marker.station_id,
            "energy_accumulated": float(session.energy_wh / 1000) if session else 0.0,
            "name": marker.name,
            "location": marker.location_name,
            "max_power_kw": marker.max_power_w / 1000,
            "limit_kw": None if marker.limit_w is None else marker.limit_w / 1000,
            "soc_percent": marker.soc_percent,
            "charging_state": marker.charging_state,
            "cost": session.cost if session else None,
            "currency": session.currency if session else None,
            "measured_at": marker.measured_at,
        }
    )


@router.post(
    "/{charger_id}/start",
    response_model=Started,
    responses=_COMMAND | {202: {"model": Started, "description": "Accepted, not begun yet."}},
    summary="Start a session",
)
async def start_charging(
    charger_id: ChargerId,
    context: Here,
    actor: ChargingController,
    response: Response,
    wanted: StartCharging | None = None,
) -> dict[str, Any]:
    """Ask the charger to start and wait some seconds until the session really begins.

    202 means that the charger said yes but no session began so far; most often nobody has plugged in.
    """
    reply, response.status_code = await start(
        context, actor, charger_id, wanted or StartCharging.model_validate({})
    )
    return reply


@router.post(
    "/{charger_id}/stop",
    response_model=Stopped,
    responses=_COMMAND | {202: {"model": Stopped, "description": "Accepted, not ended yet."}},
    summary="Stop a session",
)
async def stop_charging(
    charger_id: ChargerId,
    context: Here,
    actor: ChargingController,
    response: Response,
    wanted: StopCharging | None = None,
) -> dict[str, Any]:
    """Ask the charger to stop and wait some seconds for the final reading.

    Without a transaction, the one that runs is stopped. 202 means that it still runs; energy and cost are so far.
    """
    reply, response.status_code = await stop(context, actor, charger_id, wanted or StopCharging())
    return reply


@router.patch(
    "/{charger_id}/power", response_model=Limited, responses=_COMMAND, summary="Limit the power"
)
async def limit_power(
    charger_id: ChargerId, wanted: LimitPower, context: Here, actor: PowerLimiter
) -> dict[str, Any]:
    """Ask the charger to draw no more than this, from now on. What it draws follows by the next reading."""
    return await limit(context, actor, charger_id, wanted.max_power_kw)

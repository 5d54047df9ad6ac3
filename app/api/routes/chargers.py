"""The control API of the original project, at the root: list, look, start, stop, limit."""

from typing import Any

from fastapi import APIRouter, Response

from app.api.auth import ChargingController, Here, PowerLimiter, Viewer
from app.api.errors import RootRoute, expect_accepted
from app.api.schemas.chargers import (
    Charger,
    ChargerBrief,
    Limited,
    LimitPower,
    StartCharging,
    Started,
    StopCharging,
    Stopped,
)
from app.api.schemas.errors import RootError, refusals
from app.csms import remote_control, smart_charging
from app.domain.errors import Conflict
from app.domain.stations import DisplayStatus
from app.queries import map as fleet
from app.queries import stations, transactions
from app.queries.map import Marker
from app.queries.transactions import TransactionRow

router = APIRouter(
    prefix="/chargers",
    tags=["Control"],
    route_class=RootRoute,
    responses=refusals(RootError),
)
_ONE = refusals(RootError, 404)
_COMMAND = refusals(RootError, 404, 409, 502, 504)


@router.get("", response_model=list[ChargerBrief], summary="All chargers")
async def list_chargers(context: Here, _: Viewer) -> list[dict[str, Any]]:
    """Every charger that is registered, connected or not, in the shape of one."""
    booted = await stations.booted(context.database)
    running = await transactions.running_names(context.database)
    return [
        {
            "charger_id": marker.station_id,
            "status": _word(marker.status),
            "current_power": _power_kw(marker),
            "energy_accumulated": (marker.session_energy_wh or 0.0) / 1000,
            "transaction_id": running.get(marker.transaction_id or 0),
            "connected": marker.online,
            "boot_status": marker.station_id in booted,
            "last_heartbeat": marker.last_seen_at,
        }
        for marker in await fleet.markers(context.database)
    ]


@router.get("/{charger_id}", response_model=Charger, responses=_ONE, summary="One charger")
async def show_charger(charger_id: str, context: Here, _: Viewer) -> dict[str, Any]:
    """What it does now. Aliases such as `emart_jeju_01` work wherever an id does."""
    detail = await stations.detail(context.database, charger_id)
    marker = detail.marker
    session = next((row for row in detail.transactions if row.id == marker.transaction_id), None)
    return {
        "charger_id": charger_id,
        "status": _word(marker.status),
        "current_power": _power_kw(marker),
        "energy_accumulated": float(session.energy_wh / 1000) if session else 0.0,
        "transaction_id": session.transaction_id if session else None,
        "connected": marker.online,
        "boot_status": detail.booted_at is not None and marker.registration == "accepted",
        "last_heartbeat": marker.last_seen_at,
        "station_id": marker.station_id,
        "name": marker.name,
        "location": marker.location_name,
        "latitude": marker.lat,
        "longitude": marker.lon,
        "max_power_kw": marker.max_power_w / 1000,
        "limit_kw": _kw(marker.limit_w),
        "soc_percent": marker.soc_percent,
        "charging_state": marker.charging_state,
        "cost": session.cost if session else None,
        "currency": session.currency if session else None,
        "measured_at": marker.measured_at,
    }


@router.post(
    "/{charger_id}/start",
    response_model=Started,
    responses=_COMMAND | {202: {"model": Started, "description": "Accepted, not begun yet."}},
    summary="Start a session",
)
async def start_charging(
    charger_id: str,
    wanted: StartCharging,
    context: Here,
    actor: ChargingController,
    response: Response,
) -> dict[str, Any]:
    """Ask the charger to start and wait some seconds until the session really begins.

    202 means that the charger said yes but no session began so far; most often nobody has plugged in.
    """
    station_id = await stations.resolve(context.database, charger_id)
    result = await remote_control.start_charging(
        context, actor, station_id, id_token=wanted.id_token, evse_id=wanted.evse_id
    )
    expect_accepted(result.outcome, charger_id)
    reply: dict[str, Any] = {
        "status": "success",
        "transaction_id": result.transaction_id,
        "charger_id": charger_id,
    }
    if result.transaction_id is None:
        response.status_code = 202
        reply["status"] = "accepted"
        reply["message"] = "The charger accepted; the session begins when the vehicle is ready."
    return reply


@router.post(
    "/{charger_id}/stop",
    response_model=Stopped,
    responses=_COMMAND | {202: {"model": Stopped, "description": "Accepted, not ended yet."}},
    summary="Stop a session",
)
async def stop_charging(
    charger_id: str,
    context: Here,
    actor: ChargingController,
    response: Response,
    wanted: StopCharging | None = None,
) -> dict[str, Any]:
    """Ask the charger to stop and wait some seconds for the final reading.

    Without a transaction, the one that runs is stopped. 202 means that it still runs; energy and cost are so far.
    """
    station_id = await stations.resolve(context.database, charger_id)
    session = await _session_to_stop(context, station_id, wanted or StopCharging())
    result = await remote_control.stop_charging(
        context, actor, station_id, transaction_id=session.transaction_id
    )
    expect_accepted(result.outcome, charger_id)
    session = await transactions.one(context.database, session.id)
    reply = {
        "status": "success",
        "energy_consumed": float(session.energy_wh / 1000),
        "cost": _amount(session),
        "charger_id": charger_id,
        "transaction_id": session.transaction_id,
        "currency": session.currency,
    }
    if session.ended_at is None:
        response.status_code = 202
        reply["status"] = "accepted"
        reply["message"] = "The charger accepted; energy and cost are what is known so far."
    return reply


@router.patch(
    "/{charger_id}/power", response_model=Limited, responses=_COMMAND, summary="Limit the power"
)
async def limit_power(
    charger_id: str, wanted: LimitPower, context: Here, actor: PowerLimiter
) -> dict[str, Any]:
    """Ask the charger to draw no more than this, from now on. What it draws follows by the next reading."""
    station_id = await stations.resolve(context.database, charger_id)
    result = await smart_charging.set_power_limit(
        context, actor, station_id, wanted.max_power_kw * 1000
    )
    expect_accepted(result.outcome, charger_id)
    markers = await fleet.markers(context.database, [station_id])
    return {
        "status": "success",
        "current_power": wanted.max_power_kw,
        "charger_id": charger_id,
        "measured_power": _kw(markers[0].power_w) if markers else None,
    }


async def _session_to_stop(context: Here, station_id: str, wanted: StopCharging) -> TransactionRow:
    if wanted.transaction_id is not None:
        return await transactions.of_station(context.database, station_id, wanted.transaction_id)
    running = await transactions.recent(context.database, station_id, active=True, limit=2)
    if not running:
        raise Conflict("No session runs at this charger.", station_id=station_id)
    if len(running) > 1:
        raise Conflict(
            "Several sessions run at this charger; say which one with transaction_id.",
            transaction_ids=[row.transaction_id for row in running],
        )
    return running[0]


def _word(status: DisplayStatus) -> str:
    return status.capitalize()


def _kw(watts: float | None) -> float | None:
    return None if watts is None else watts / 1000


def _power_kw(marker: Marker) -> float | None:
    return 0.0 if marker.transaction_id is None else _kw(marker.power_w)


def _amount(session: TransactionRow) -> int | float | None:
    """A whole number where the currency has no smaller unit: 3825, not 3825.0."""
    if session.cost is None:
        return None
    whole = int(session.cost)
    return whole if whole == session.cost else float(session.cost)

"""OCPP.Core's server API: /API/{command}/{charge point}/{connector}/{parameter}, answered with `{"status": ...}`.

Its commands were GETs; a GET must change nothing (a link, a crawler, a browser's prefetch would), so here they are
POSTs at the same addresses. `Status` is a GET. Its connector numbers are EVSE numbers, as in OCPP 2.
"""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import JSONResponse

from app.api.auth import ChargingController, Commander, Here, PowerLimiter, Viewer
from app.api.errors import HttpError, RootRoute
from app.api.schemas.core import CoreAnswer, CoreStatus
from app.api.schemas.errors import RootError, refusals
from app.csms import remote_control, smart_charging
from app.csms.actors import Actor
from app.csms.commands import CommandResult
from app.csms.context import Context
from app.domain.commands import Outcome, OutcomeStatus, ResetKind
from app.domain.errors import Conflict, StationOffline
from app.domain.smart_charging import LimitScope
from app.queries import core_status, stations, transactions

VOLTS = 230.0
"""What a limit in A is taken for, per phase; OCPP.Core left that to the station."""
PHASES = 3
_LIMIT = re.compile(r"(\d{1,7}(?:\.\d{1,3})?)\s*([WwAa])")

router = APIRouter(
    prefix="/API",
    tags=["OCPP.Core"],
    route_class=RootRoute,
    responses=refusals(RootError, 404)
    | {400: {"model": RootError, "description": "No such limit."}},
)
ChargePoint = Annotated[str, Path(max_length=255, description="The charger's id, or an alias.")]
Connector = Annotated[int, Path(ge=0, le=10_000, description="0: the whole charger.")]


@router.get("/Status", response_model=list[CoreStatus], summary="All connected charge points")
async def show_status(context: Here, _: Viewer) -> list[dict[str, Any]]:
    """Those that are connected now, each with its connectors."""
    return await core_status.read(context.database)


@router.post("/Reset/{charge_point}", response_model=CoreAnswer, summary="Reset")
async def reset(charge_point: ChargePoint, context: Here, actor: Commander) -> Any:
    """When nothing charges there (2.x: OnIdle; 1.6: Soft)."""
    station_id = await stations.resolve(context.database, charge_point)
    result = await remote_control.reset(context, actor, station_id, ResetKind.ON_IDLE)
    return _answer(result.outcome)


@router.post(
    "/UnlockConnector/{charge_point}/{connector}", response_model=CoreAnswer, summary="Unlock"
)
async def unlock(
    charge_point: ChargePoint, connector: Connector, context: Here, actor: Commander
) -> Any:
    """`Unlocked`, or why not."""
    station_id = await stations.resolve(context.database, charge_point)
    result = await remote_control.unlock(context, actor, station_id, connector or 1)
    return _answer(result.outcome, yes="Unlocked")


@router.post(
    "/SetChargingLimit/{charge_point}/{connector}/{limit}",
    response_model=CoreAnswer,
    summary="Limit the power",
)
async def set_limit(
    charge_point: ChargePoint,
    connector: Connector,
    limit: Annotated[
        str, Path(examples=["2000W", "16A"], description="Watts, or amperes of three phases.")
    ],
    context: Here,
    actor: PowerLimiter,
) -> Any:
    """`2000W`, or `16A` (of three phases of 230 V). It holds for the whole charger."""
    station_id = await stations.resolve(context.database, charge_point)
    result = await smart_charging.set_power_limit(context, actor, station_id, watts_of(limit))
    return _answer(result.outcome)


@router.post(
    "/ClearChargingLimit/{charge_point}/{connector}",
    response_model=CoreAnswer,
    summary="Lift the limit",
)
async def clear_limit(
    charge_point: ChargePoint, connector: Connector, context: Here, actor: PowerLimiter
) -> Any:
    """Of the whole charger."""
    station_id = await stations.resolve(context.database, charge_point)
    result = await smart_charging.clear_power_limit(context, actor, station_id, LimitScope.STATION)
    return _answer(result.outcome)


@router.post(
    "/StartTransaction/{charge_point}/{connector}/{tag}",
    response_model=CoreAnswer,
    summary="Start a session",
)
@router.post(
    "/RemoteStart/{charge_point}/{connector}/{tag}",
    response_model=CoreAnswer,
    include_in_schema=False,
)
async def start(
    charge_point: ChargePoint,
    connector: Connector,
    tag: Annotated[
        str, Path(min_length=1, max_length=36, description="The id token that the session is for.")
    ],
    context: Here,
    actor: ChargingController,
) -> Any:
    """Answers with the charger's word; the session follows when a car is there."""
    station_id = await stations.resolve(context.database, charge_point)
    result = await remote_control.start_charging(
        context, actor, station_id, id_token=tag, evse_id=connector or None
    )
    return _answer(result.outcome)


@router.post(
    "/StopTransaction/{charge_point}/{connector}",
    response_model=CoreAnswer,
    responses={424: {"model": RootError, "description": "No session runs there."}},
    summary="Stop a session",
)
@router.post(
    "/RemoteStop/{charge_point}/{connector}", response_model=CoreAnswer, include_in_schema=False
)
async def stop(
    charge_point: ChargePoint, connector: Connector, context: Here, actor: ChargingController
) -> Any:
    """The one that runs at the connector; at connector 0 the one that runs at all."""
    station_id = await stations.resolve(context.database, charge_point)
    result = await _stop(context, actor, station_id, connector)
    return _answer(result.outcome)


async def _stop(context: Context, actor: Actor, station_id: str, connector: int) -> CommandResult:
    running = await transactions.recent(context.database, station_id, active=True, limit=100)
    there = [row for row in running if connector in (0, row.evse_id)]
    if not there:
        raise HttpError(424, f"No session runs at {station_id}, connector {connector}.")
    try:
        return await remote_control.stop_charging(
            context, actor, station_id, transaction_id=there[0].transaction_id
        )
    except Conflict as error:  # it has ended in between
        raise HttpError(424, error.message) from error


def watts_of(limit: str) -> float:
    """`2000W` or `16A` in W. Raises HttpError 400."""
    found = _LIMIT.fullmatch(limit.strip())
    if found is None:
        raise HttpError(400, f"{limit!r} is no limit; write one like 2000W or 16A.")
    amount = float(found[1])
    return amount if found[2] in "Ww" else amount * VOLTS * PHASES


def _answer(outcome: Outcome, yes: str = "Accepted") -> Any:
    """In OCPP.Core's words. Raises StationOffline as its 404."""
    match outcome.status:
        case OutcomeStatus.ACCEPTED:
            status = outcome.detail or yes
        case OutcomeStatus.REJECTED:
            status = outcome.detail or "Rejected"
        case OutcomeStatus.TIMED_OUT:
            status = "Timeout"
        case OutcomeStatus.OFFLINE:
            raise HttpError(404, StationOffline().message)
        case OutcomeStatus.NOT_SUPPORTED:
            status = "NotSupported"
        case _:
            body = {"status": outcome.detail or "Error", "message": outcome.description}
            return JSONResponse(body, 200)
    return {"status": status}

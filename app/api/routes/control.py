"""POST /chargers/{id}/control: every command by one door. The originals promised it and never said what it takes."""

from typing import Any

from fastapi import APIRouter, Response

from app.api.auth import ChargingController, Here
from app.api.charging import limit, start, stop
from app.api.errors import RootRoute, expect_accepted
from app.api.schemas.chargers import SCHEDULED, LimitPower, StartCharging, StopCharging
from app.api.schemas.common import ChargerId
from app.api.schemas.control import Action, Control, Controlled
from app.api.schemas.errors import RootError, refusals
from app.csms import remote_control, smart_charging
from app.csms.actors import Actor
from app.csms.commands import CommandResult
from app.csms.context import Context
from app.domain.commands import ResetKind
from app.domain.errors import Invalid, NotAllowed
from app.domain.roles import Permission, may
from app.domain.stations import Availability
from app.queries import stations

NEEDED = {
    Action.START: Permission.CONTROL_CHARGING,
    Action.STOP: Permission.CONTROL_CHARGING,
    Action.LIMIT: Permission.LIMIT_POWER,
    Action.CLEAR_LIMIT: Permission.LIMIT_POWER,
}
"""Everything else needs SEND_COMMANDS."""

router = APIRouter(
    prefix="/chargers",
    tags=["Control"],
    route_class=RootRoute,
    responses=refusals(RootError, 404, 409, 502, 504),
)


@router.post(
    "/{charger_id}/control",
    response_model=Controlled,
    response_model_exclude_unset=True,
    responses={202: {"model": Controlled, "description": "Accepted, not done yet."}},
    summary="Any command",
)
async def control_charger(
    charger_id: ChargerId,
    wanted: Control,
    context: Here,
    actor: ChargingController,
    response: Response,
) -> dict[str, Any]:
    """`start`, `stop` and `limit` answer as their own routes do; the others with the charger's own word in `result`.

    | action | and |
    |---|---|
    | `start` | `id_token`, `evse_id` |
    | `stop` | `transaction_id` (else the one that runs) |
    | `limit` | `max_power_kw` |
    | `clear_limit` | |
    | `reset` | `kind`: `OnIdle` (else) or `Immediate` |
    | `unlock` | `evse_id`, `connector_id` (else 1) |
    | `availability` | `available`: true or false |
    """
    permission = NEEDED.get(wanted.action, Permission.SEND_COMMANDS)
    if not may(actor.role, permission):
        raise NotAllowed(f"The role {actor.role} may not {permission.replace('_', ' ')}.")
    reply, response.status_code = await _carry_out(context, actor, charger_id, wanted)
    return {"action": wanted.action} | reply


async def _carry_out(
    context: Context, actor: Actor, charger_id: str, wanted: Control
) -> tuple[dict[str, Any], int]:
    match wanted.action:
        case Action.START:
            asked = {"id_token": wanted.id_token, "evse_id": wanted.evse_id}
            return await start(context, actor, charger_id, StartCharging.model_validate(asked))
        case Action.STOP:
            which = StopCharging.model_validate({"transaction_id": wanted.transaction_id})
            return await stop(context, actor, charger_id, which)
        case Action.LIMIT:
            if wanted.max_power_kw is None:
                raise _missing("max_power_kw", wanted.action)
            most = LimitPower.model_validate({"max_power_kw": wanted.max_power_kw})
            return await limit(context, actor, charger_id, most.max_power_kw), 200
    result = await _ask(context, actor, charger_id, wanted)
    expect_accepted(result.outcome, charger_id)
    word = result.outcome.detail or "Accepted"
    later = word == SCHEDULED
    reply = {
        "status": "accepted" if later else "success",
        "charger_id": charger_id,
        "result": word,
    }
    return reply, 202 if later else 200


async def _ask(context: Context, actor: Actor, charger_id: str, wanted: Control) -> CommandResult:
    station_id = await stations.resolve(context.database, charger_id)
    match wanted.action:
        case Action.CLEAR_LIMIT:
            return await smart_charging.clear_power_limit(context, actor, station_id)
        case Action.RESET:
            kind = wanted.kind or ResetKind.ON_IDLE
            return await remote_control.reset(context, actor, station_id, kind, wanted.evse_id)
        case Action.UNLOCK:
            return await remote_control.unlock(
                context, actor, station_id, wanted.evse_id or 1, wanted.connector_id or 1
            )
        case _:
            if wanted.available is None:
                raise _missing("available", wanted.action)
            word = Availability.OPERATIVE if wanted.available else Availability.INOPERATIVE
            return await remote_control.change_availability(
                context, actor, station_id, word, wanted.evse_id or 0
            )


def _missing(field: str, action: Action) -> Invalid:
    return Invalid(f"{field}: is needed for {action}.", fields={field: "is needed"})

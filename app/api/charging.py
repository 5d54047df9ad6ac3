"""Starting, stopping, limiting as the root's APIs answer them: what was asked, what came of it, in kW and kWh.

Several routes ask the same: the control API's own, its `control`, and OCPP.Core's.
"""

from collections.abc import Mapping
from typing import Any

from app.api.errors import expect_accepted
from app.api.schemas.chargers import StartCharging, StopCharging
from app.csms import remote_control, smart_charging
from app.csms.actors import Actor
from app.csms.authorization import own_token
from app.csms.context import Context
from app.domain.authorization import TokenStatus
from app.domain.errors import Conflict, Invalid
from app.domain.stations import DisplayStatus
from app.queries import map as fleet
from app.queries import stations, transactions
from app.queries.map import Marker
from app.queries.transactions import TransactionRow


def show(marker: Marker, running: Mapping[int, str], booted: bool) -> dict[str, Any]:
    """How a charger is, as the control API tells it. `running`: the stations' names of transactions, by our number."""
    return {
        "charger_id": marker.station_id,
        "status": word_of(marker.status),
        "current_power": 0.0 if marker.transaction_id is None else _kw(marker.power_w),
        "energy_accumulated": _kw(marker.session_energy_wh or 0.0),
        "transaction_id": running.get(marker.transaction_id or 0),
        "connected": marker.online,
        "boot_status": booted,
        "last_heartbeat": marker.last_seen_at,
    }


def word_of(status: DisplayStatus) -> str:
    """Charging, not charging: the control API's words begin with a capital."""
    return status.capitalize()


async def start(
    context: Context, actor: Actor, charger_id: str, wanted: StartCharging
) -> tuple[dict[str, Any], int]:
    """The answer and its status: 200 with the session, or 202 while none has begun."""
    station_id = await stations.resolve(context.database, charger_id)
    result = await remote_control.start_charging(
        context,
        actor,
        station_id,
        id_token=wanted.id_token or await own_token(context, actor),
        evse_id=wanted.evse_id,
    )
    expect_accepted(result.outcome, charger_id)
    reply: dict[str, Any] = {
        "status": "success",
        "transaction_id": result.transaction_id,
        "charger_id": charger_id,
    }
    if result.transaction_no is not None:
        session = await transactions.one(context.database, result.transaction_no)
        if session.token_status not in (None, TokenStatus.ACCEPTED):
            message = f"The id token is answered with {session.token_status}; a station that asks ends the session."
            reply["message"] = message
        return reply, 200
    message = "The charger accepted; the session begins when the vehicle is ready."
    return reply | {"status": "accepted", "message": message}, 202


async def stop(
    context: Context, actor: Actor, charger_id: str, wanted: StopCharging
) -> tuple[dict[str, Any], int]:
    """The answer and its status: 200 with the final energy and cost, or 202 with what is known so far."""
    station_id = await stations.resolve(context.database, charger_id)
    session = await _session_to_stop(context, station_id, wanted)
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
    if session.ended_at is not None:
        return reply, 200
    message = "The charger accepted; energy and cost are what is known so far."
    return reply | {"status": "accepted", "message": message}, 202


async def limit(
    context: Context, actor: Actor, charger_id: str, max_power_kw: float
) -> dict[str, Any]:
    """The answer once the charger accepted."""
    station_id = await stations.resolve(context.database, charger_id)
    try:
        result = await smart_charging.set_power_limit(
            context, actor, station_id, max_power_kw * 1000
        )
    except Invalid as error:
        message = f"max_power_kw: {error.message}"
        raise Invalid(message, fields={"max_power_kw": error.message}) from error
    expect_accepted(result.outcome, charger_id)
    markers = await fleet.markers(context.database, [station_id])
    return {
        "status": "success",
        "current_power": max_power_kw,
        "charger_id": charger_id,
        "measured_power": _kw(markers[0].power_w) if markers else None,
    }


async def _session_to_stop(
    context: Context, station_id: str, wanted: StopCharging
) -> TransactionRow:
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


def _kw(watts: float | None) -> float | None:
    return None if watts is None else round(watts / 1000, 6)


def _amount(session: TransactionRow) -> int | float | None:
    """A whole number where the currency has no smaller unit: 3825, not 3825.0."""
    if session.cost is None:
        return None
    whole = int(session.cost)
    return whole if whole == session.cost else float(session.cost)

"""Starting and stopping from afar, and the other things one asks of a station (blocks F, B, G).

"Accepted" is not "done": a start waits for the transaction that it causes, a stop for the end, both for a few seconds.
"""

import asyncio
from dataclasses import replace
from typing import Any

from psycopg.rows import TupleRow

from app.csms import effects
from app.csms.actors import Actor
from app.csms.commands import CommandResult, carry_out, request_number, resolve
from app.csms.context import Context
from app.csms.reservations import check_free
from app.csms.work import batch_work
from app.domain.authorization import IdToken, TokenStatus, decide
from app.domain.changes import CommandChanged, StationsChanged
from app.domain.commands import (
    ChangeAvailability,
    Outcome,
    OutcomeStatus,
    RawCall,
    RequestStartTransaction,
    RequestStopTransaction,
    Reset,
    ResetKind,
    TriggerMessage,
    UnlockConnector,
)
from app.domain.errors import Conflict, Invalid, TransactionNotFound
from app.domain.smart_charging import ChargingProfile, start_profile
from app.domain.stations import Availability
from app.store.tokens import load_tokens

EFFECT_S = 8.0
"""How long to wait for what an accepted start or stop causes."""
LOOK_S = 0.2
REFUSALS = {
    TokenStatus.BLOCKED: "This charge tag is blocked; nothing was sent.",
    TokenStatus.EXPIRED: "This charge tag has expired; nothing was sent.",
}
OTHER_REFUSAL = "This charge tag may not charge; nothing was sent."

_BEFORE = """
SELECT (SELECT coalesce(max(id), 0) FROM transaction WHERE station_id = %(station)s),
       EXISTS (SELECT FROM transaction WHERE station_id = %(station)s AND ended_at IS NULL
                                         AND (%(evse)s::int IS NULL OR evse_id IN (0, %(evse)s)))
"""
# Who names no token begins for the one that was asked for; who charged when asked said yes and does nothing.
_CAUSED = """
SELECT id, transaction_id FROM transaction
WHERE station_id = %(station)s
  AND (remote_start_id = %(start)s OR id > %(last)s AND remote_start_id IS NULL
                                      AND (lower(id_token) = %(token)s OR id_token IS NULL AND NOT %(busy)s))
ORDER BY id DESC LIMIT 1
"""
_ATTRIBUTE = "UPDATE transaction SET id_token = coalesce(id_token, %s) WHERE id = %s"
_NOTE_EFFECT = """
UPDATE station_command SET transaction_id = %(transaction)s, effect_at = coalesce(effect_at, %(now)s),
    effect = CASE WHEN effect_at IS NULL THEN %(text)s ELSE effect END
WHERE id = %(command)s
"""
_NOTE_NOTHING = "UPDATE station_command SET effect = %s WHERE id = %s AND effect_at IS NULL"
_NAME_PROFILE = """
UPDATE charging_profile SET transaction_id = %(transaction)s
WHERE station_id = %(station)s AND profile_id = %(profile)s AND transaction_id IS NULL AND purpose = 'TxProfile'
"""
_RUNNING = """
SELECT id, transaction_id, ended_at IS NOT NULL FROM transaction
WHERE station_id = %(station)s AND (%(named)s::text IS NULL AND ended_at IS NULL OR transaction_id = %(named)s)
ORDER BY id DESC LIMIT 1
"""
_ENDED = "SELECT id FROM transaction WHERE id = %s AND ended_at IS NOT NULL"


async def start_charging(
    context: Context,
    actor: Actor,
    station_id: str,
    *,
    id_token: str,
    evse_id: int | None = None,
    profile: ChargingProfile | None = None,
    token_type: str | None = None,
) -> CommandResult:
    """Start a transaction for `id_token` (F01, F02), if so wished with a TxProfile (K05).

    `token_type`: one of 2.x; None: what is known of the token, else Central.
    Its numbers are in the result once the station has begun it. Raises Conflict for a token that is known and may not
    charge (its session would end at once), and for an EVSE that is reserved for somebody else (H03).
    """
    if not id_token or len(id_token) > 36:
        raise Invalid("An id token has 1 to 36 characters.", field="id_token")
    station = await resolve(context, station_id)
    known = await _known(context, id_token)
    await check_free(context, station.id, evse_id, id_token)
    remote_start_id = request_number()
    before = await _one(context, _BEFORE, {"station": station.id, "evse": evse_id})
    last, busy = before or (0, False)
    if profile is not None:
        profile = start_profile(profile)
    if token_type is None:
        token_type = (known.type if known else None) or "Central"
    command = RequestStartTransaction(
        id_token=id_token,
        token_type=token_type,
        remote_start_id=remote_start_id,
        evse_id=evse_id,
        profile=profile,
    )
    result = await carry_out(context, actor, station.id, command, evse_id=evse_id)
    if result.outcome.status is not OutcomeStatus.ACCEPTED:
        return result
    wanted = {
        "station": station.id,
        "last": last,
        "busy": busy,
        "start": remote_start_id,
        "token": id_token.lower(),
    }
    caused = await _wait_for(context, _CAUSED, wanted)
    if caused is None:
        return await _note_nothing(context, station.id, result, effects.NOT_STARTED)
    async with batch_work(context) as unit:
        # A station may tell only the remoteStartId: the token is the one that was asked for.
        await unit.connection.execute(_ATTRIBUTE, (id_token, caused[0]))
        noted = {"transaction": caused[0], "command": result.command_id, "text": effects.STARTED}
        await unit.connection.execute(_NOTE_EFFECT, {**noted, "now": context.clock()})
        if profile is not None:
            named = {"station": station.id, "profile": profile.id, "transaction": caused[1]}
            await unit.connection.execute(_NAME_PROFILE, named)
        unit.announce(StationsChanged(stations=(station.id,)))
    return replace(
        result, transaction_no=caused[0], transaction_id=caused[1], effect=effects.STARTED
    )


async def stop_charging(
    context: Context, actor: Actor, station_id: str, *, transaction_id: str | None = None
) -> CommandResult:
    """Stop a transaction (F03), the running one if none is named; waits a little for the station to tell its end.

    The result's `effect` says whether it did.

    Raises TransactionNotFound, or Conflict if nothing runs or it has ended already.
    """
    station = await resolve(context, station_id)
    found = await _one(context, _RUNNING, {"station": station.id, "named": transaction_id})
    if found is None and transaction_id is not None:
        raise TransactionNotFound
    if found is None:
        raise Conflict("Nothing is charging at this station.")
    number, named, ended = found
    if ended:
        raise Conflict("This transaction has ended already.")
    result = await carry_out(context, actor, station.id, RequestStopTransaction(transaction=named))
    result = replace(result, transaction_id=named, transaction_no=number)
    if result.outcome.status is not OutcomeStatus.ACCEPTED:
        return result
    if await _wait_for(context, _ENDED, (number,)) is None:
        return await _note_nothing(context, station.id, result, effects.NOT_ENDED)
    return replace(result, effect=effects.ENDED)


async def reset(
    context: Context,
    actor: Actor,
    station_id: str,
    kind: ResetKind = ResetKind.ON_IDLE,
    evse_id: int | None = None,
) -> CommandResult:
    """Have the station, or one EVSE, start again (B11, B12)."""
    station = await resolve(context, station_id)
    return await carry_out(
        context, actor, station.id, Reset(kind=kind, evse_id=evse_id), evse_id=evse_id
    )


async def unlock(
    context: Context, actor: Actor, station_id: str, evse_id: int, connector_id: int = 1
) -> CommandResult:
    """Have the station let go of a plug (F05)."""
    station = await resolve(context, station_id)
    command = UnlockConnector(evse_id=evse_id, connector_id=connector_id)
    return await carry_out(context, actor, station.id, command, evse_id=evse_id)


async def change_availability(
    context: Context,
    actor: Actor,
    station_id: str,
    availability: Availability,
    evse_id: int = 0,
    connector_id: int = 0,
) -> CommandResult:
    """Put a station (EVSE 0), an EVSE (connector 0) or a connector in or out of service (G03, G04).

    What the station agreed to is kept (`AvailabilityAgreed`), also when it waits for the end of a transaction.
    """
    station = await resolve(context, station_id)
    command = ChangeAvailability(
        availability=availability, evse_id=evse_id, connector_id=connector_id
    )
    return await carry_out(context, actor, station.id, command, evse_id=evse_id)


async def trigger(
    context: Context,
    actor: Actor,
    station_id: str,
    message: str,
    evse_id: int | None = None,
    connector_id: int | None = None,
) -> CommandResult:
    """Have the station send a message now (F06); no EVSE: for all, or for the station."""
    station = await resolve(context, station_id)
    command = TriggerMessage(message=message, evse_id=evse_id, connector_id=connector_id)
    return await carry_out(context, actor, station.id, command, evse_id=evse_id)


async def call(
    context: Context, actor: Actor, station_id: str, action: str, payload: dict[str, Any]
) -> Outcome:
    """Send any call of the station's own version."""
    station = await resolve(context, station_id)
    command = RawCall(action=action, payload=payload)
    return (await carry_out(context, actor, station.id, command)).outcome


async def _known(context: Context, id_token: str) -> IdToken | None:
    """What is stored of a token; None of one that nobody registered, of which the station decides."""
    async with context.database.read() as connection:
        found = await load_tokens(connection, [id_token.lower()])
    if not found:
        return None
    status = decide(found[0], context.clock()).status
    if status is not TokenStatus.ACCEPTED:
        raise Conflict(REFUSALS.get(status, OTHER_REFUSAL))
    return found[0]


async def _one(context: Context, query: str, values: Any) -> TupleRow | None:
    async with context.database.read() as connection:
        row: TupleRow | None = await (await connection.execute(query, values)).fetchone()
        return row


async def _note_nothing(
    context: Context, station_id: str, result: CommandResult, what: str
) -> CommandResult:
    """Write down that `what` was waited for did not come; should it come later, its effect takes this word's place."""
    text = f"{what} {EFFECT_S:.0f} s."
    async with batch_work(context) as unit:
        await unit.connection.execute(_NOTE_NOTHING, (text, result.command_id))
        unit.announce(CommandChanged(station_id=station_id, command_id=result.command_id))
    return replace(result, effect=text)


async def _wait_for(context: Context, query: str, values: Any) -> TupleRow | None:
    """The row that `query` finds, as soon as it is there; None if it does not come within EFFECT_S."""
    deadline = asyncio.get_running_loop().time() + EFFECT_S
    while True:
        row = await _one(context, query, values)
        if row is not None or asyncio.get_running_loop().time() >= deadline:
            return row
        await asyncio.sleep(LOOK_S)

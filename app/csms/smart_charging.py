"""Power limits: three truths. Requested is written before the command leaves, accepted when the station has answered;
measured is what the meter then says, and nobody writes it here.
"""

from datetime import datetime, timedelta
from typing import Any

from app.csms.actors import SYSTEM, Actor
from app.csms.commands import CommandResult, carry_out, resolve
from app.csms.context import Context
from app.csms.work import batch_work
from app.domain.changes import StationsChanged
from app.domain.commands import (
    ClearChargingProfile,
    GetCompositeSchedule,
    InstallChargingProfile,
    Outcome,
    OutcomeStatus,
)
from app.domain.errors import Conflict, Invalid
from app.domain.smart_charging import (
    AC_MOST_W,
    SESSION_LIMIT_PROFILE_ID,
    STATION_LIMIT_PROFILE_ID,
    LimitScope,
    LimitStatus,
    in_amperes,
    limit_profile,
)
from app.store.stations import touch

_RUNNING = """
SELECT id, transaction_id, evse_id FROM transaction
WHERE station_id = %s AND ended_at IS NULL ORDER BY id DESC LIMIT 1
"""
_REQUEST = """
INSERT INTO power_limit (station_id, evse_id, scope, requested_w, requested_at, requested_by, status, transaction_id)
VALUES (%(station)s, %(evse)s, %(scope)s, %(watts)s, %(at)s, %(by)s, 'requested', %(transaction)s)
ON CONFLICT (station_id, evse_id) DO UPDATE SET
    scope = excluded.scope, requested_w = excluded.requested_w, requested_at = excluded.requested_at,
    requested_by = excluded.requested_by, status = 'requested',
    accepted_w = CASE WHEN power_limit.transaction_id IS NOT DISTINCT FROM excluded.transaction_id
                      THEN power_limit.accepted_w END,
    accepted_at = CASE WHEN power_limit.transaction_id IS NOT DISTINCT FROM excluded.transaction_id
                       THEN power_limit.accepted_at END,
    transaction_id = excluded.transaction_id
"""
_TAKEN = "%(status)s = 'accepted' AND coalesce(l.accepted_at <= c.answered_at, true)"
_SETTLE = f"""
UPDATE power_limit l SET
    status = CASE WHEN l.requested_at = %(at)s THEN %(status)s ELSE l.status END,
    command_id = CASE WHEN l.requested_at = %(at)s THEN c.id ELSE l.command_id END,
    accepted_w = CASE WHEN {_TAKEN} THEN %(watts)s ELSE l.accepted_w END,
    accepted_at = CASE WHEN {_TAKEN} THEN c.answered_at ELSE l.accepted_at END
FROM station_command c
WHERE c.id = %(command)s AND l.station_id = %(station)s AND l.evse_id = %(evse)s
  AND l.transaction_id IS NOT DISTINCT FROM %(transaction)s
"""
"""Somebody may have asked for another limit meanwhile: what the station answered yes to last is what holds."""
_FORGET = "DELETE FROM power_limit WHERE station_id = %s AND scope = %s"
_FORGOTTEN = """
SELECT l.evse_id, l.scope, l.accepted_w, t.transaction_id
FROM power_limit l LEFT JOIN transaction t ON t.id = l.transaction_id AND t.ended_at IS NULL
WHERE l.station_id = %(station)s AND l.status = 'accepted' AND l.accepted_w < %(told)s
  AND l.accepted_at < %(at)s - %(settle)s AND (l.scope = 'station' OR t.id IS NOT NULL)
  AND (SELECT count(*) < %(most)s AND coalesce(max(c.requested_at) < %(at)s - %(again)s, true)
       FROM station_command c
       WHERE c.station_id = %(station)s AND c.requested_by = %(by)s AND c.action = 'InstallChargingProfile'
         AND c.requested_at > greatest(%(at)s - interval '1 hour', l.accepted_at))
ORDER BY l.accepted_w LIMIT 1
"""
REMIND_AGAIN = timedelta(seconds=20)
MOST_REMINDERS = 5
"""Some raise their power again and again, some never listen: so soon, and so often an hour, they are told again."""
SETTLE = timedelta(seconds=1)
"""What was measured so shortly after a limit was accepted may have been measured before."""

_STATUS = {
    OutcomeStatus.ACCEPTED: LimitStatus.ACCEPTED,
    OutcomeStatus.REJECTED: LimitStatus.REJECTED,
    OutcomeStatus.OFFLINE: LimitStatus.OFFLINE,
    OutcomeStatus.TIMED_OUT: LimitStatus.TIMED_OUT,
}


async def set_power_limit(
    context: Context,
    actor: Actor,
    station_id: str,
    limit_w: float,
    scope: LimitScope = LimitScope.STATION,
) -> CommandResult:
    """Limit a station (ChargingStationMaxProfile on EVSE 0) or its running session (TxProfile) to `limit_w` watts.

    An AC charger that refuses watts is asked once more in amperes: many take nothing else.
    Raises Invalid when the limit is not within the station's power, Conflict when there is no session to limit.
    """
    station = await resolve(context, station_id)
    if not 0 <= limit_w <= station.max_power_w:
        raise Invalid(
            f"A limit for {station.id} lies between 0 and {station.max_power_w / 1000:g} kW.",
            field="limit",
        )
    evse_id, number, named = 0, None, None
    if scope is LimitScope.SESSION:
        number, named, evse_id = await _running(context, station.id)
    at = context.clock()
    await _write(
        context,
        _REQUEST,
        station=station.id,
        evse=evse_id,
        scope=scope.value,
        watts=limit_w,
        at=at,
        by=actor.name,
        transaction=number,
    )
    profile = limit_profile(limit_w, scope, named, _whole_second(at))
    command = InstallChargingProfile(evse_id=evse_id, profile=profile)
    result = await carry_out(context, actor, station.id, command, evse_id=evse_id)
    if result.outcome.status is OutcomeStatus.REJECTED and station.max_power_w <= AC_MOST_W:
        command = InstallChargingProfile(evse_id=evse_id, profile=in_amperes(profile))
        other = await carry_out(context, actor, station.id, command, evse_id=evse_id)
        if other.outcome.status in (OutcomeStatus.ACCEPTED, OutcomeStatus.TIMED_OUT):
            result = other  # which it may have taken: then it has not refused
    await _write(
        context,
        _SETTLE,
        station=station.id,
        evse=evse_id,
        at=at,
        watts=limit_w,
        transaction=number,
        status=_STATUS.get(result.outcome.status, LimitStatus.ERROR).value,
        command=result.command_id,
    )
    return result


async def remind_of_limit(context: Context, station_id: str, at: datetime, power_w: float) -> None:
    """Say an accepted limit again to a station that takes more than it allows, having forgotten it."""
    wanted = {
        "station": station_id,
        "told": power_w / 1.01,
        "at": at,
        "settle": SETTLE,
        "again": REMIND_AGAIN,
        "most": MOST_REMINDERS,
        "by": SYSTEM.name,
    }
    async with context.database.read() as connection:
        row = await (await connection.execute(_FORGOTTEN, wanted)).fetchone()
    if row is None:
        return
    evse_id, scope, limit_w, named = row
    profile = limit_profile(limit_w, LimitScope(scope), named, _whole_second(at))
    command = InstallChargingProfile(evse_id=evse_id, profile=profile)
    await carry_out(context, SYSTEM, station_id, command, evse_id=evse_id)


async def clear_power_limit(
    context: Context, actor: Actor, station_id: str, scope: LimitScope = LimitScope.STATION
) -> CommandResult:
    """Take a limit away (K10). A station that knows of none is as good as one that has cleared it."""
    station = await resolve(context, station_id)
    session = scope is LimitScope.SESSION
    profile_id = SESSION_LIMIT_PROFILE_ID if session else STATION_LIMIT_PROFILE_ID
    result = await carry_out(
        context, actor, station.id, ClearChargingProfile(profile_id=profile_id)
    )
    if result.outcome.status is OutcomeStatus.ACCEPTED or result.outcome.detail == "Unknown":
        async with batch_work(context) as unit:
            await unit.connection.execute(_FORGET, (station.id, scope.value))
            await touch(unit.connection, [station.id])
            unit.announce(StationsChanged(stations=(station.id,)))
    return result


async def composite_schedule(
    context: Context, actor: Actor, station_id: str, evse_id: int = 0, duration_s: int = 3600
) -> Outcome:
    """What the station says it will do (K08)."""
    station = await resolve(context, station_id)
    command = GetCompositeSchedule(evse_id=evse_id, duration_s=duration_s)
    return (await carry_out(context, actor, station.id, command, evse_id=evse_id)).outcome


async def _running(context: Context, station_id: str) -> tuple[int, str, int]:
    async with context.database.read() as connection:
        row = await (await connection.execute(_RUNNING, (station_id,))).fetchone()
    if row is None:
        raise Conflict("Nothing is charging at this station, so there is no session to limit.")
    return row[0], row[1], row[2]


async def _write(context: Context, statement: str, **values: Any) -> None:
    async with batch_work(context) as unit:
        await unit.connection.execute(statement, values)
        await touch(unit.connection, [values["station"]])
        unit.announce(StationsChanged(stations=(values["station"],)))


def _whole_second(at: datetime) -> datetime:
    """Some stations cannot read fractions of seconds."""
    return at.replace(microsecond=0)

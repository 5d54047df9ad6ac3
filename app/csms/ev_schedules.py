"""Charging with a vehicle that speaks (ISO 15118): its needs are answered with a schedule, and a schedule of its own
that goes beyond the limits with a new one (K15 to K17).
"""

from dataclasses import dataclass
from datetime import datetime

from app.csms.actors import Actor
from app.csms.commands import carry_out
from app.csms.context import Context
from app.csms.work import batch_work
from app.domain.charging_profiles import EvNeedsNotified, EvScheduleNotified, ev_power_w, exceeds
from app.domain.commands import InstallChargingProfile
from app.domain.reports import Answer, Received
from app.domain.roles import Role
from app.domain.smart_charging import (
    NEEDS_PROFILE_ID,
    NEEDS_STACK_LEVEL,
    ChargingProfile,
    ProfilePurpose,
    SchedulePeriod,
)

SELF = Actor(name="smart charging", role=Role.OPERATOR)
DAY_S = 86_400
"""How far a schedule reaches when nobody says when the vehicle leaves (ISO 15118-2 asks for at least a day)."""

LONGEST_S = 30 * DAY_S

# The least of what the station can do and of the limits that it accepted. Limits of other systems in W hold too.
_SITUATION = """
SELECT t.transaction_id,
       least(s.max_power_w,
             (SELECT min(l.accepted_w) FROM power_limit l
              WHERE l.station_id = s.id AND l.accepted_w IS NOT NULL
                AND (l.scope = 'station' OR l.evse_id = %(evse)s AND l.transaction_id = t.id)),
             (SELECT min((part.period->>'limit')::float) FROM charging_limit c,
                     jsonb_array_elements(c.schedules) told(schedule),
                     jsonb_array_elements(told.schedule->'chargingSchedulePeriod') part(period)
              WHERE c.station_id = s.id AND c.evse_id IN (0, %(evse)s)
                AND told.schedule->>'chargingRateUnit' = 'W')),
       n.needs, n.departure_at
FROM station s
LEFT JOIN evse_state e ON e.station_id = s.id AND e.evse_id = %(evse)s
LEFT JOIN transaction t ON t.id = e.transaction_id
LEFT JOIN ev_charging_need n ON n.station_id = s.id AND n.evse_id = %(evse)s
WHERE s.id = %(station)s
"""
_JUDGE = """
UPDATE ev_charging_need SET within_limits = %(within)s
WHERE station_id = %(station)s AND evse_id = %(evse)s AND schedule_at = %(at)s
"""


@dataclass(frozen=True, slots=True)
class _Situation:
    transaction: str | None
    allowed_w: float
    needs: dict[str, object] | None
    departure_at: datetime | None


async def answer_needs(context: Context, received: Received, _answer: Answer) -> None:
    """K15: as much as the vehicle takes and the limits allow, until it leaves."""
    report = received.report
    assert isinstance(report, EvNeedsNotified)
    situation = await _situation(context, received.station_id, report.evse_id)
    if situation is not None and situation.transaction is not None:
        await _plan(context, received.station_id, report.evse_id, situation)


async def judge_schedule(context: Context, received: Received, _answer: Answer) -> None:
    """K16, K17: a schedule beyond the limits is answered with the limits."""
    report = received.report
    assert isinstance(report, EvScheduleNotified)
    situation = await _situation(context, received.station_id, report.evse_id)
    if situation is None:
        return
    within = not exceeds(report.schedule, situation.allowed_w)
    async with batch_work(context) as unit:
        await unit.connection.execute(
            _JUDGE,
            {
                "within": within,
                "station": received.station_id,
                "evse": report.evse_id,
                "at": received.at,
            },
        )
    if not within and situation.transaction is not None:
        await _plan(context, received.station_id, report.evse_id, situation)


async def _plan(context: Context, station_id: str, evse_id: int, situation: _Situation) -> None:
    now = context.clock().replace(microsecond=0)
    takes_w = None if situation.needs is None else ev_power_w(situation.needs)
    limit_w = situation.allowed_w if takes_w is None else min(takes_w, situation.allowed_w)
    leaves = situation.departure_at
    stays_s = DAY_S if leaves is None or leaves <= now else int((leaves - now).total_seconds())
    profile = ChargingProfile(
        id=NEEDS_PROFILE_ID,
        purpose=ProfilePurpose.TX,
        stack_level=NEEDS_STACK_LEVEL,
        transaction=situation.transaction,
        start_at=now,
        duration_s=min(max(stays_s, 1), LONGEST_S),
        periods=(SchedulePeriod(start_s=0, limit_w=round(limit_w, 1)),),
    )
    command = InstallChargingProfile(evse_id=evse_id, profile=profile)
    await carry_out(context, SELF, station_id, command, evse_id=evse_id)


async def _situation(context: Context, station_id: str, evse_id: int) -> _Situation | None:
    async with context.database.read() as connection:
        asked = await connection.execute(_SITUATION, {"station": station_id, "evse": evse_id})
        row = await asked.fetchone()
    return None if row is None else _Situation(*row)

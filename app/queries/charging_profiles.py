"""Smart charging as it is known: profiles, composite schedules, limits of other systems, needs of vehicles."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRow:
    """One profile that a station has. `profile`: 2.0.1's ChargingProfileType; `source` CSO: ours."""

    station_id: str
    evse_id: int
    profile_id: int
    purpose: str
    kind: str
    stack_level: int
    transaction_id: str | None
    valid_from: datetime | None
    valid_to: datetime | None
    source: str
    profile: Any
    origin: str
    installed_at: datetime | None
    reported_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeScheduleRow:
    """What a station last said it will do at an EVSE (0: the station); limits are in `unit`."""

    station_id: str
    evse_id: int
    start_at: datetime | None
    duration_s: int
    unit: str
    periods: Any
    reported_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingLimitRow:
    """A limit that another system put on an EVSE (0: the station)."""

    station_id: str
    evse_id: int
    source: str
    is_grid_critical: bool | None
    schedules: Any
    notified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EvNeedRow:
    """What the vehicle at an EVSE needs, and how it means to charge. `transaction_id`: our number."""

    station_id: str
    evse_id: int
    transaction_id: int | None
    energy_transfer: str | None
    departure_at: datetime | None
    max_schedule_tuples: int | None
    needs: Any
    needs_at: datetime | None
    time_base: datetime | None
    schedule: Any
    schedule_at: datetime | None
    within_limits: bool | None


async def profiles(database: Database, station_id: str) -> list[ProfileRow]:
    """By EVSE, purpose and level. One of a transaction that has ended is gone with it."""
    return await fetch(database, ProfileRow, _PROFILES, {"station_id": station_id})


async def composite_schedules(database: Database, station_id: str) -> list[CompositeScheduleRow]:
    """By EVSE."""
    return await fetch(database, CompositeScheduleRow, _COMPOSITE, {"station_id": station_id})


async def limits(database: Database, station_id: str) -> list[ChargingLimitRow]:
    """By EVSE and source."""
    return await fetch(database, ChargingLimitRow, _LIMITS, {"station_id": station_id})


async def ev_needs(database: Database, station_id: str) -> list[EvNeedRow]:
    """By EVSE."""
    return await fetch(database, EvNeedRow, _NEEDS, {"station_id": station_id})


_PROFILES = """
SELECT station_id, evse_id, profile_id, purpose, kind, stack_level, transaction_id, valid_from, valid_to, source,
       profile, origin, installed_at, reported_at
FROM charging_profile p
WHERE station_id = %(station_id)s AND NOT (purpose = 'TxProfile' AND EXISTS (
    SELECT FROM transaction t
    WHERE t.station_id = p.station_id AND t.transaction_id = p.transaction_id AND t.ended_at IS NOT NULL))
ORDER BY evse_id, purpose, stack_level DESC, profile_id
"""
_COMPOSITE = """
SELECT station_id, evse_id, start_at, duration_s, unit, periods, reported_at
FROM composite_schedule WHERE station_id = %(station_id)s ORDER BY evse_id
"""
_LIMITS = """
SELECT station_id, evse_id, source, is_grid_critical, schedules, notified_at
FROM charging_limit WHERE station_id = %(station_id)s ORDER BY evse_id, source
"""
_NEEDS = """
SELECT station_id, evse_id, transaction_id, energy_transfer, departure_at, max_schedule_tuples, needs, needs_at,
       time_base, schedule, schedule_at, within_limits
FROM ev_charging_need WHERE station_id = %(station_id)s ORDER BY evse_id
"""

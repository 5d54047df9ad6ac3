"""Power limits: what we ask of a station, as its charging profile, and the three truths about it.

A CSMS never sends ChargingStationExternalConstraints (2.0.1 K01.FR.22 reserves it to external systems).
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

STATION_LIMIT_PROFILE_ID = 100
SESSION_LIMIT_PROFILE_ID = 101
LIMIT_STACK_LEVEL = 1


class ProfilePurpose(StrEnum):
    """What a profile is for (2.0.1's words; 1.6 says ChargePointMaxProfile for the first)."""

    STATION_MAX = "ChargingStationMaxProfile"
    TX_DEFAULT = "TxDefaultProfile"
    TX = "TxProfile"


class LimitScope(StrEnum):
    """What a power limit holds for."""

    STATION = "station"
    SESSION = "session"


class LimitStatus(StrEnum):
    """How far a requested limit has come."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    OFFLINE = "offline"
    TIMED_OUT = "timed_out"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePeriod:
    """From `start_s` after the schedule's start, at most `limit_w`."""

    start_s: int
    limit_w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingProfile:
    """A schedule of limits in W. `transaction` is required with TX and absent otherwise (K01.FR.03)."""

    id: int
    purpose: ProfilePurpose
    periods: tuple[SchedulePeriod, ...]
    stack_level: int = LIMIT_STACK_LEVEL
    transaction: str | None = None
    start_at: datetime | None = None
    duration_s: int | None = None


def limit_profile(
    limit_w: float, scope: LimitScope, transaction: str | None, at: datetime
) -> ChargingProfile:
    """The simplest profile: one limit from now on, for the station or for its running transaction."""
    session = scope is LimitScope.SESSION
    return ChargingProfile(
        id=SESSION_LIMIT_PROFILE_ID if session else STATION_LIMIT_PROFILE_ID,
        purpose=ProfilePurpose.TX if session else ProfilePurpose.STATION_MAX,
        periods=(SchedulePeriod(start_s=0, limit_w=limit_w),),
        transaction=transaction if session else None,
        start_at=None if session else at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeSchedule:
    """What a station says it will do (K08)."""

    evse_id: int
    duration_s: int
    periods: tuple[SchedulePeriod, ...] = field(default=())
    start_at: datetime | None = None

"""Power limits: what we ask of a station, as its charging profile, and the three truths about it.

A CSMS never sends ChargingStationExternalConstraints (2.0.1 K01.FR.22 reserves it to external systems).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import floor

from app.domain.errors import Invalid

STATION_LIMIT_PROFILE_ID = 100
SESSION_LIMIT_PROFILE_ID = 101
NEEDS_PROFILE_ID = 102
"""Our answer to what a vehicle needs; it lies below a limit that an operator set for the session."""
LIMIT_STACK_LEVEL = 1
NEEDS_STACK_LEVEL = 0

AC_MOST_W = 44_000
"""No AC charger gives more (63 A on three phases); what does is DC, whose amperes are at up to 1,000 V."""
MAINS_V = 230
PHASES = 3


class ProfilePurpose(StrEnum):
    """What a profile is for (2.0.1's words; 1.6 says ChargePointMaxProfile for the first)."""

    STATION_MAX = "ChargingStationMaxProfile"
    TX_DEFAULT = "TxDefaultProfile"
    TX = "TxProfile"


class Recurrency(StrEnum):
    """How often a recurring profile starts anew."""

    DAILY = "Daily"
    WEEKLY = "Weekly"


class RateUnit(StrEnum):
    """What limits are given in."""

    WATT = "W"
    AMPERE = "A"


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
    """From `start_s` after the schedule's start, at most `limit_w` (A, if the profile's unit is that)."""

    start_s: int
    limit_w: float
    phases: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingProfile:
    """A schedule of limits. `transaction` is required with TX and absent otherwise (K01.FR.03).

    With `recurrency` it is Recurring; else Relative without `start_at` (it counts from the transaction's start), else
    Absolute.
    """

    id: int
    purpose: ProfilePurpose
    periods: tuple[SchedulePeriod, ...]
    stack_level: int = LIMIT_STACK_LEVEL
    transaction: str | None = None
    start_at: datetime | None = None
    duration_s: int | None = None
    unit: RateUnit = RateUnit.WATT
    recurrency: Recurrency | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    min_rate: float | None = None

    @property
    def kind(self) -> str:
        """2.0.1's word for when it counts from."""
        if self.recurrency is not None:
            return "Recurring"
        return "Relative" if self.start_at is None else "Absolute"


def checked_profile(profile: ChargingProfile, evse_id: int) -> ChargingProfile:
    """`profile` as it may be installed at `evse_id` (0: the station). Raises Invalid, saying what is wrong (K01)."""
    if not profile.periods or profile.periods[0].start_s != 0:
        raise Invalid("A schedule has periods, the first of which starts at 0 s.", field="periods")
    starts = [period.start_s for period in profile.periods]
    if sorted(set(starts)) != starts:
        raise Invalid("Each period of a schedule starts after the one before.", field="periods")
    if any(period.limit_w < 0 for period in profile.periods):
        raise Invalid("A limit is 0 or more.", field="periods")
    if profile.purpose is ProfilePurpose.STATION_MAX and evse_id != 0:
        raise Invalid("A ChargingStationMaxProfile is for the station: EVSE 0.", field="evse_id")
    if profile.purpose is ProfilePurpose.STATION_MAX and profile.kind == "Relative":
        raise Invalid("A ChargingStationMaxProfile needs a start.", field="start_at")
    if profile.purpose is ProfilePurpose.TX and (evse_id == 0 or not profile.transaction):
        raise Invalid("A TxProfile is for a transaction at an EVSE.", field="transaction")
    if profile.purpose is not ProfilePurpose.TX and profile.transaction is not None:
        raise Invalid("Only a TxProfile names a transaction.", field="transaction")
    if profile.recurrency is not None and profile.start_at is None:
        raise Invalid("A recurring profile needs a start.", field="start_at")
    return profile


def start_profile(profile: ChargingProfile) -> ChargingProfile:
    """`profile` as it may go with a remote start (K05): a TxProfile whose transaction is yet to come."""
    if profile.purpose is not ProfilePurpose.TX or profile.transaction is not None:
        raise Invalid("A remote start takes a TxProfile without a transaction.", field="profile")
    if not profile.periods or profile.periods[0].start_s != 0:
        raise Invalid("A schedule has periods, the first of which starts at 0 s.", field="periods")
    return profile


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


def in_amperes(profile: ChargingProfile) -> ChargingProfile:
    """The same limits per phase of three, rounded down to OCPP's tenth of an ampere.

    A station with fewer phases so takes less than it may, never more.
    """
    periods = tuple(
        replace(
            period,
            limit_w=floor(period.limit_w * 10 / (MAINS_V * PHASES)) / 10,
            phases=period.phases or PHASES,
        )
        for period in profile.periods
    )
    return replace(profile, unit=RateUnit.AMPERE, periods=periods)

"""What is known of a station's charging profiles: installed, cleared, reported; and of limits and needs of others.

Profiles and schedules are kept as 2.0.1's ChargingProfileType and ChargingScheduleType, whatever version was spoken.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.reports import Answer, Report

Wire = Mapping[str, Any]
"""A type of 2.0.1 as JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileCriteria:
    """Which profiles are meant; None or empty: any."""

    evse_id: int | None = None
    purpose: str | None = None
    stack_level: int | None = None
    profile_ids: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileInstalled(Report):
    """The station accepted a profile (K01, K05). `replaces_level`: also one of the same level and purpose (1.6)."""

    evse_id: int
    profile: Wire
    at: datetime
    replaces_level: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilesCleared(Report):
    """The station has none of these (any more) (K10)."""

    criteria: ProfileCriteria


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilesAsked(Report):
    """The station will report these (K09)."""

    request_id: int
    criteria: ProfileCriteria
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilesReported(Report):
    """ReportChargingProfiles (K09)."""

    request_id: int
    evse_id: int
    source: str
    profiles: tuple[Wire, ...]
    more_follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeScheduleReported(Report):
    """What the station says it will do (K08)."""

    evse_id: int
    start_at: datetime | None
    duration_s: int
    unit: str
    periods: tuple[Wire, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingLimitNotified(Report):
    """NotifyChargingLimit: another system limits an EVSE, or the station (EVSE 0) (K12)."""

    evse_id: int
    source: str
    is_grid_critical: bool | None = None
    schedules: tuple[Wire, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingLimitCleared(Report):
    """ClearedChargingLimit: that limit is gone (K13). EVSE None: wherever it was."""

    evse_id: int | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvNeedsNotified(Report):
    """NotifyEVChargingNeeds: what the vehicle needs (K15)."""

    evse_id: int
    needs: Wire
    energy_transfer: str
    departure_at: datetime | None = None
    max_schedule_tuples: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvScheduleNotified(Report):
    """NotifyEVChargingSchedule: how the vehicle means to charge (K15, K17)."""

    evse_id: int
    time_base: datetime
    schedule: Wire


@dataclass(slots=True, kw_only=True)
class EvNeedsAnswer(Answer):
    """Accepted: a schedule follows. Processing: it follows when a transaction runs."""

    status: str = "Accepted"


@dataclass(slots=True, kw_only=True)
class EvScheduleAnswer(Answer):
    """That it was read; it approves of nothing."""

    status: str = "Accepted"


def ev_power_w(needs: Wire) -> float | None:
    """The most the vehicle can take, in W; None if it does not say."""
    direct, alternating = needs.get("dcChargingParameters"), needs.get("acChargingParameters")
    if direct is not None:
        most = direct.get("evMaxPower")
        return float(most or direct["evMaxCurrent"] * direct["evMaxVoltage"])
    if alternating is not None:
        word = str(needs.get("requestedEnergyTransfer", ""))
        phases = {"AC_three_phase": 3, "AC_two_phase": 2}.get(word, 1)
        return float(alternating["evMaxCurrent"] * alternating["evMaxVoltage"] * phases)
    return None


def exceeds(schedule: Wire, limit_w: float) -> bool:
    """Whether a schedule goes beyond `limit_w` at any time. One in ampere is taken at 230 V per phase."""
    watts = schedule.get("chargingRateUnit") == "W"
    for period in schedule.get("chargingSchedulePeriod", ()):
        factor = 1 if watts else 230 * (period.get("numberPhases") or 3)
        if (period.get("limit") or 0) * factor > limit_w + 0.5:
            return True
    return False

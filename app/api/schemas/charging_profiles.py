"""Charging profiles, composite schedules, limits of other systems, needs of vehicles."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from app.api.schemas.common import Amount, Instant, Output, StrictInput
from app.domain.smart_charging import ProfilePurpose, RateUnit, Recurrency


class Period(StrictInput):
    """From `start_s` after the start on, at most `limit`."""

    start_s: int = Field(ge=0, le=2**31 - 1)
    limit: Amount = Field(ge=0, le=10_000_000, allow_inf_nan=False)
    phases: int | None = Field(default=None, ge=1, le=3)


class PutProfile(StrictInput):
    """A profile to install. Other systems' ChargingStationExternalConstraints are not ours to set."""

    purpose: ProfilePurpose
    periods: list[Period] = Field(min_length=1, max_length=1024)
    evse_id: int = Field(default=0, ge=0, le=2**31 - 1, description="0: the station.")
    stack_level: int = Field(default=0, ge=0, le=2**31 - 1)
    unit: RateUnit = RateUnit.WATT
    start_at: AwareDatetime | None = Field(
        default=None, description="None: it counts from the start of the transaction."
    )
    duration_s: int | None = Field(default=None, ge=1, le=2**31 - 1)
    recurrency: Recurrency | None = None
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    min_rate: Amount | None = Field(default=None, ge=0)
    transaction_id: str | None = Field(
        default=None,
        max_length=36,
        description="The station's id of it; a TxProfile without one is for what runs at the EVSE.",
    )


class Profile(Output):
    """One profile that the station has."""

    station_id: str
    evse_id: int
    profile_id: int
    purpose: str
    kind: str
    stack_level: int
    transaction_id: str | None
    valid_from: Instant | None
    valid_to: Instant | None
    source: str = Field(description="CSO: ours; else the system that set it.")
    profile: Any = Field(description="OCPP 2.0.1's ChargingProfileType, whatever the version.")
    origin: Literal["installed", "reported"]
    installed_at: Instant | None
    reported_at: Instant | None


class ReadProfiles(StrictInput):
    """Which profiles the station shall report; nothing: all."""

    evse_id: int | None = Field(default=None, ge=0, le=2**31 - 1)
    purpose: str | None = Field(default=None, max_length=50)
    stack_level: int | None = Field(default=None, ge=0, le=2**31 - 1)
    profile_ids: list[int] = Field(default=[], max_length=1000)
    sources: list[Literal["CSO", "EMS", "SO", "Other"]] = Field(default=[], max_length=4)


class ReadComposite(StrictInput):
    """For which EVSE (0: the station), and how far ahead."""

    evse_id: int = Field(default=0, ge=0, le=2**31 - 1)
    duration_s: int = Field(default=3600, ge=1, le=2**31 - 1)


class Asked(Output):
    """The station will report, or says that it has none of these."""

    status: Literal["accepted", "none"]
    command_id: int
    latency_ms: float | None


class CompositeSchedule(Output):
    """What the station last said it will do."""

    station_id: str
    evse_id: int
    start_at: Instant | None
    duration_s: int
    unit: str
    periods: Any
    reported_at: Instant


class ChargingLimit(Output):
    """A limit that another system put on an EVSE (0: the station)."""

    station_id: str
    evse_id: int
    source: str
    is_grid_critical: bool | None
    schedules: Any
    notified_at: Instant


class EvNeed(Output):
    """What the vehicle at an EVSE needs, and how it means to charge."""

    station_id: str
    evse_id: int
    transaction_id: int | None
    energy_transfer: str | None
    departure_at: Instant | None
    max_schedule_tuples: int | None
    needs: Any
    needs_at: Instant | None
    time_base: Instant | None
    schedule: Any
    schedule_at: Instant | None
    within_limits: bool | None

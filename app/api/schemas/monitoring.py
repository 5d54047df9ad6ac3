"""What a station watches of itself: monitors, and the events that they and it report."""

from typing import Literal

from pydantic import Field

from app.api.schemas.common import Amount, Instant, Output, StrictInput
from app.api.schemas.device import Watched


class Monitor(Output):
    """A monitor; `severity` 0 is danger, 9 debug."""

    monitor_id: int
    component: str
    component_instance: str
    evse_id: int
    connector_id: int
    variable: str
    variable_instance: str
    type: str
    value: float
    severity: int
    transaction: bool
    kind: str | None
    seen_at: Instant


class NewMonitor(StrictInput):
    """A monitor to be set; with `id` it replaces that one."""

    component: str = Field(max_length=50)
    component_instance: str | None = Field(default=None, max_length=50)
    evse_id: int | None = Field(default=None, ge=0)
    connector_id: int | None = Field(default=None, ge=0)
    variable: str = Field(max_length=50)
    variable_instance: str | None = Field(default=None, max_length=50)
    type: Literal["UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned"]
    value: Amount = Field(allow_inf_nan=False)
    severity: int = Field(ge=0, le=9)
    id: int | None = None
    transaction: bool = False


class SetMonitors(StrictInput):
    """The monitors to set."""

    monitors: list[NewMonitor] = Field(min_length=1, max_length=200)


class SetMonitoring(StrictInput):
    """Which monitors are active, and from which severity on events are reported at once."""

    base: Literal["All", "FactoryDefault", "HardWiredOnly"] | None = None
    level: int | None = Field(default=None, ge=0, le=9)


class AskMonitors(StrictInput):
    """Of which kind, or of which variables; nothing: all."""

    criteria: list[Literal["ThresholdMonitoring", "DeltaMonitoring", "PeriodicMonitoring"]] = Field(
        default=[], max_length=3
    )
    variables: list[Watched] = Field(default=[], max_length=500)


class Event(Output):
    """What a monitor or the hardware reported."""

    id: int
    station_id: str
    event_id: int
    at: Instant
    received_at: Instant
    trigger: str
    kind: str
    component: str
    component_instance: str
    evse_id: int
    connector_id: int
    variable: str
    variable_instance: str
    actual_value: str
    cause: int | None
    cleared: bool | None
    tech_code: str | None
    tech_info: str | None
    transaction_id: str | None
    monitor_id: int | None
    severity: int | None


class EventPage(Output):
    """Some events, newest first."""

    items: list[Event]
    next: int | None = Field(description="Ask for the rest with `before`; null: that was all.")

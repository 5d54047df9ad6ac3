"""Monitors that watch a station's variables (block N), and what they and the hardware report."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.commands import Command
from app.domain.reports import Report, Variable


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """One monitor. `type`: UpperThreshold, LowerThreshold, Delta, Periodic, PeriodicClockAligned.

    `id`: the station's number; None for one that is to be made. `severity`: 0 danger to 9 debug.
    `kind`: HardWiredMonitor, PreconfiguredMonitor or CustomMonitor, where that was said.
    """

    component: str
    variable: str
    type: str
    value: float
    severity: int
    id: int | None = None
    transaction: bool = False
    kind: str | None = None
    component_instance: str | None = None
    variable_instance: str | None = None
    evse_id: int | None = None
    connector_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorsReported(Report):
    """NotifyMonitoringReport (N02), or monitors that a station has just taken (N04); parts may be missing."""

    monitors: tuple[Monitor, ...]
    request_id: int | None = None
    seq_no: int = 0
    more_follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorsCleared(Report):
    """These monitors exist no more (N06)."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorsReset(Report):
    """A monitoring base was set that clears what we had made (N03). `hard_wired_only`: and the maker's own too."""

    hard_wired_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StationEvent:
    """One event. `kind`: HardWiredNotification, HardWiredMonitor, PreconfiguredMonitor, CustomMonitor."""

    event_id: int
    at: datetime
    trigger: str
    kind: str
    component: str
    variable: str
    actual_value: str
    component_instance: str | None = None
    variable_instance: str | None = None
    evse_id: int | None = None
    connector_id: int | None = None
    cause: int | None = None
    cleared: bool | None = None
    tech_code: str | None = None
    tech_info: str | None = None
    transaction: str | None = None
    monitor_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsReported(Report):
    """NotifyEvent (N07, N08, G05)."""

    events: tuple[StationEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVariableMonitoring(Command):
    """N04."""

    monitors: tuple[Monitor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearVariableMonitoring(Command):
    """N06."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMonitoringBase(Command):
    """N03. `base`: All, FactoryDefault, HardWiredOnly."""

    base: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMonitoringLevel(Command):
    """N05: report events of this severity and more severe (lower numbers) ones."""

    severity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMonitoringReport(Command):
    """N02. `criteria`: ThresholdMonitoring, DeltaMonitoring, PeriodicMonitoring; a variable named "" is any."""

    request_id: int
    criteria: tuple[str, ...] = ()
    variables: tuple[Variable, ...] = ()

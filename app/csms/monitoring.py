"""Monitors (block N): set, cleared, reported; and the events that they and the hardware raise."""

from collections.abc import Sequence

from app.csms.actors import Actor
from app.csms.batch import Batch
from app.csms.commands import CommandResult, carry_out, request_number, resolve
from app.csms.context import Context
from app.csms.effects import REPORTED, note_fulfilled
from app.csms.variables import items_per_message, merged, parted
from app.domain.errors import Invalid
from app.domain.monitoring import (
    ClearVariableMonitoring,
    EventsReported,
    GetMonitoringReport,
    Monitor,
    MonitorsCleared,
    MonitorsReported,
    MonitorsReset,
    SetMonitoringBase,
    SetMonitoringLevel,
    SetVariableMonitoring,
)
from app.domain.reports import Answer, Received, Variable
from app.store.monitoring import forget_monitors, reset_monitors, save_events, save_monitors


async def set_monitors(
    context: Context, actor: Actor, station_id: str, monitors: Sequence[Monitor]
) -> CommandResult:
    """Have a station watch variables (N04), in as many calls as it needs. Raises Invalid for none."""
    if not monitors:
        raise Invalid("Name at least one monitor.")
    station = await resolve(context, station_id)
    most = await items_per_message(context, station.id, "SetVariableMonitoring")
    results = [
        await carry_out(context, actor, station.id, SetVariableMonitoring(monitors=tuple(part)))
        for part in parted(monitors, most)
    ]
    return merged(results, "setMonitoringResult")


async def clear_monitors(
    context: Context, actor: Actor, station_id: str, ids: Sequence[int]
) -> CommandResult:
    """Take monitors away (N06), in as many calls as the station needs. Raises Invalid for none."""
    if not ids:
        raise Invalid("Name at least one monitor.")
    station = await resolve(context, station_id)
    most = await items_per_message(context, station.id, "ClearVariableMonitoring")
    results = [
        await carry_out(context, actor, station.id, ClearVariableMonitoring(ids=tuple(part)))
        for part in parted(ids, most)
    ]
    return merged(results, "clearMonitoringResult")


async def set_monitoring_base(
    context: Context, actor: Actor, station_id: str, base: str
) -> CommandResult:
    """Which monitors are active: All, FactoryDefault or HardWiredOnly (N03)."""
    station = await resolve(context, station_id)
    return await carry_out(context, actor, station.id, SetMonitoringBase(base=base))


async def set_monitoring_level(
    context: Context, actor: Actor, station_id: str, severity: int
) -> CommandResult:
    """Which events are reported at once: those of `severity` (0 to 9) and lower numbers (N05)."""
    station = await resolve(context, station_id)
    return await carry_out(context, actor, station.id, SetMonitoringLevel(severity=severity))


async def get_monitoring_report(
    context: Context,
    actor: Actor,
    station_id: str,
    *,
    criteria: Sequence[str] = (),
    variables: Sequence[Variable] = (),
) -> CommandResult:
    """Have a station report its monitors (N02): all, or those that meet criteria or watch these variables."""
    station = await resolve(context, station_id)
    command = GetMonitoringReport(
        request_id=request_number(), criteria=tuple(criteria), variables=tuple(variables)
    )
    return await carry_out(context, actor, station.id, command)


def on_monitors(batch: Batch, received: Received) -> Answer:
    """N02, N04."""
    report = received.report
    assert isinstance(report, MonitorsReported)
    batch.station(received.station_id)
    for monitor in report.monitors:
        batch.add(save_monitors, (received.station_id, monitor, received.at))
    if report.request_id is not None and not report.more_follows:
        note_fulfilled(batch, received, report.request_id, REPORTED)
    return Answer()


def on_monitors_cleared(batch: Batch, received: Received) -> Answer:
    """N06."""
    report = received.report
    assert isinstance(report, MonitorsCleared)
    batch.station(received.station_id)
    for number in report.ids:
        batch.add(forget_monitors, (received.station_id, number))
    return Answer()


def on_monitors_reset(batch: Batch, received: Received) -> Answer:
    """N03."""
    report = received.report
    assert isinstance(report, MonitorsReset)
    batch.station(received.station_id)
    batch.add(reset_monitors, (received.station_id, report.hard_wired_only))
    return Answer()


def on_events(batch: Batch, received: Received) -> Answer:
    """N07, N08, G05: each event once, however often it is told."""
    report = received.report
    assert isinstance(report, EventsReported)
    station = batch.station(received.station_id)
    for event in report.events:
        batch.add(save_events, (station.station_id, event, received.at))
    return Answer()

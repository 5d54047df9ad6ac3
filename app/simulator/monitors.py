"""Monitors that the CSMS set on variables (blocks N04 to N08): they fire when a value changes, or every so often.

A monitor is kept as its SetMonitoringDataType, by id.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .dialect import stamp
from .outbox import Outgoing
from .plan import Payload
from .variables import Variable, find

if TYPE_CHECKING:
    from .station import VirtualStation

__all__ = ["TYPES", "changed", "watch"]

TYPES = ("UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned")


def changed(station: VirtualStation, variable: Variable, before: str) -> None:
    """A variable has a new value: what its monitors say to that."""
    for number, monitor in station.memory.monitors.items():
        if _watched(station, monitor) is variable:
            word = _fires(station, number, monitor, before, variable.value)
            if word is not None:
                trigger, cleared = word
                _tell(station, number, monitor, variable, trigger, cleared=cleared)


def watch(station: VirtualStation, number: int) -> None:
    """Begin with a monitor that was just set; a periodic one lives until it is cleared or replaced."""
    monitor = station.memory.monitors[number]
    if monitor["type"] in ("Periodic", "PeriodicClockAligned") and monitor["value"] > 0:
        station.spawn(_periodic(station, number, monitor))


async def _periodic(station: VirtualStation, number: int, monitor: Payload) -> None:
    every_s = float(monitor["value"])
    while True:
        wait_s = every_s
        if monitor["type"] == "PeriodicClockAligned":
            wait_s = every_s - station.now.timestamp() % every_s
        await asyncio.sleep(wait_s)
        if station.memory.monitors.get(number) is not monitor:
            return
        variable = _watched(station, monitor)
        if variable is not None and station.online:
            _tell(station, number, monitor, variable, "Periodic")


def _watched(station: VirtualStation, monitor: Payload) -> Variable | None:
    component = monitor["component"]
    evse = component.get("evse", {}).get("id", 0)
    return find(station.variables, component["name"], monitor["variable"]["name"], evse)


def _fires(
    station: VirtualStation, number: int, monitor: Payload, before: str, after: str
) -> tuple[str, bool] | None:
    """(trigger, whether it is over) or None while nothing is to be said."""
    try:
        old, new, value = float(before), float(after), float(monitor["value"])
    except ValueError:
        return None
    match monitor["type"]:
        case "UpperThreshold" if (old > value) != (new > value):
            return "Alerting", new <= value
        case "LowerThreshold" if (old < value) != (new < value):
            return "Alerting", new >= value
        case "Delta":
            last = station.memory.seen.setdefault(number, old)
            if abs(new - last) >= value:
                station.memory.seen[number] = new
                return "Delta", False
    return None


def _tell(
    station: VirtualStation,
    number: int,
    monitor: Payload,
    variable: Variable,
    trigger: str,
    *,
    cleared: bool = False,
) -> None:
    memory = station.memory
    memory.events += 1
    now = stamp(station.now)
    event: Payload = {
        "eventId": memory.events,
        "timestamp": now,
        "trigger": trigger,
        "actualValue": variable.value if variable.readable else "",
        "eventNotificationType": "CustomMonitor",
        "variableMonitoringId": number,
        "component": monitor["component"],
        "variable": monitor["variable"],
    }
    if cleared:
        event["cleared"] = True
    payload: Payload = {"generatedAt": now, "seqNo": 0, "tbc": False, "eventData": [event]}
    station.send([Outgoing(action="NotifyEvent", build=lambda: payload)])

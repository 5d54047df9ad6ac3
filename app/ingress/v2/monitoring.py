"""Monitoring of 2.x: monitors set, cleared and reported, and the events that they raise (N02 to N08, G05)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.commands import Outcome
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
    StationEvent,
)
from app.domain.reports import (
    ConnectorStatusReported,
    Report,
    Variable,
    VariablesReported,
)
from app.domain.stations import ConnectorStatus
from app.ingress.block import (
    LearnsTable,
    Payload,
    Receives,
    ReceivesTable,
    Sends,
    SendsTable,
    empty,
    outcome_of,
    worded,
)
from app.ingress.v2.components import (
    component_of,
    component_variable,
    place_in,
    place_of,
    variable_of,
)
from app.ingress.wire import utc

_CONTROLLER = "MonitoringCtrlr"
_STATUSES = frozenset(ConnectorStatus)


def _set(command: SetVariableMonitoring) -> Payload:
    return {"setMonitoringData": [_monitor_data(monitor) for monitor in command.monitors]}


def _monitor_data(monitor: Monitor) -> Payload:
    payload: Payload = {} if monitor.id is None else {"id": monitor.id}
    if monitor.transaction:
        payload["transaction"] = True
    return {
        **payload,
        "value": monitor.value,
        "type": monitor.type,
        "severity": monitor.severity,
        "component": component_of(
            monitor.component, monitor.component_instance, monitor.evse_id, monitor.connector_id
        ),
        "variable": variable_of(monitor.variable, monitor.variable_instance),
    }


def _clear(command: ClearVariableMonitoring) -> Payload:
    return {"id": list(command.ids)}


def _first_refusal(payload: Payload, _command: object) -> Outcome:
    """Accepted when every monitor was; else in the word of the first that was not."""
    results = payload.get("setMonitoringResult") or payload.get("clearMonitoringResult") or []
    words = [result["status"] for result in results]
    refused = [word for word in words if word != "Accepted"]
    return worded((refused or words or ["Rejected"])[0], payload)


def _base(command: SetMonitoringBase) -> Payload:
    return {"monitoringBase": command.base}


def _level(command: SetMonitoringLevel) -> Payload:
    return {"severity": command.severity}


def _report(command: GetMonitoringReport) -> Payload:
    payload: Payload = {"requestId": command.request_id}
    if command.variables:
        payload["componentVariable"] = [component_variable(one) for one in command.variables]
    if command.criteria:
        payload["monitoringCriteria"] = list(command.criteria)
    return payload


def _monitors(payload: Any, _at: datetime) -> tuple[MonitorsReported, ...]:
    return (
        MonitorsReported(
            request_id=payload.requestId,
            seq_no=payload.seqNo,
            more_follows=payload.tbc is True,
            monitors=tuple(
                Monitor(
                    variable=entry.variable.name,
                    variable_instance=entry.variable.instance,
                    type=one.type,
                    value=one.value,
                    severity=one.severity,
                    id=one.id,
                    transaction=one.transaction,
                    kind=getattr(one, "eventNotificationType", None),
                    **place_of(entry.component),
                )
                for entry in payload.monitor or ()
                for one in entry.variableMonitoring
            ),
        ),
    )


def _events(payload: Any, at: datetime) -> tuple[Report, ...]:
    """The events; and what they say of a variable's value, and of a connector (G01 allows that way too)."""
    events = [_event(entry) for entry in payload.eventData]
    values = tuple(
        Variable(
            component=event.component,
            name=event.variable,
            value=event.actual_value,
            component_instance=event.component_instance,
            variable_instance=event.variable_instance,
            evse_id=event.evse_id,
            connector_id=event.connector_id,
        )
        for event in events
        if event.actual_value  # of a variable that can only be written, nothing is told (N07)
    )
    reports: list[Report] = [EventsReported(events=tuple(events))]
    if values:
        reports.append(VariablesReported(request_id=None, variables=values))
    reports += [
        ConnectorStatusReported(
            evse_id=event.evse_id,
            connector_id=event.connector_id,
            status=ConnectorStatus(event.actual_value),
            at=event.at,
        )
        for event in events
        if (event.component, event.variable) == ("Connector", "AvailabilityState")
        and event.actual_value in _STATUSES
        and event.evse_id is not None
        and event.connector_id is not None
    ]
    return tuple(reports)


def _event(entry: Any) -> StationEvent:
    return StationEvent(
        event_id=entry.eventId,
        at=utc(entry.timestamp),
        trigger=entry.trigger,
        kind=entry.eventNotificationType,
        variable=entry.variable.name,
        variable_instance=entry.variable.instance,
        actual_value=entry.actualValue,
        cause=entry.cause,
        cleared=entry.cleared,
        tech_code=entry.techCode,
        tech_info=entry.techInfo,
        transaction=entry.transactionId,
        monitor_id=entry.variableMonitoringId,
        **place_of(entry.component),
    )


def _learn_set(asked: Payload, answered: Payload, _now: datetime) -> tuple[MonitorsReported, ...]:
    """The monitors that were taken; the value stands in the request, the number in the answer."""
    wanted = [(_key(data), data) for data in asked["setMonitoringData"]]
    taken = []
    for result in answered["setMonitoringResult"]:
        key = _key(result)
        data = next((data for of, data in wanted if of == key), None)
        if data is None:
            continue
        wanted.remove((key, data))
        number = result.get("id", data.get("id"))
        if result["status"] == "Accepted" and number is not None:
            taken.append(_taken(data, number))
    return (MonitorsReported(monitors=tuple(taken)),) if taken else ()


def _key(data: Payload) -> tuple[object, ...]:
    place = tuple(place_in(data["component"]).values())
    variable = data["variable"]
    return (*place, variable["name"], variable.get("instance"), data["type"], data["severity"])


def _taken(data: Payload, number: int) -> Monitor:
    return Monitor(
        variable=data["variable"]["name"],
        variable_instance=data["variable"].get("instance"),
        type=data["type"],
        value=data["value"],
        severity=data["severity"],
        id=number,
        transaction=data.get("transaction", False),
        kind="CustomMonitor",
        **place_in(data["component"]),
    )


def _learn_clear(_asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    gone = tuple(
        result["id"]
        for result in answered["clearMonitoringResult"]
        if result["status"] in ("Accepted", "NotFound")
    )
    return (MonitorsCleared(ids=gone),) if gone else ()


def _learn_base(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    """All leaves our monitors in place; the other two clear them (N03)."""
    if answered["status"] != "Accepted":
        return ()
    base = asked["monitoringBase"]
    known = _controlled("ActiveMonitoringBase", base)
    if base == "All":
        return (known,)
    return (known, MonitorsReset(hard_wired_only=base == "HardWiredOnly"))


def _learn_level(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    if answered["status"] != "Accepted":
        return ()
    return (_controlled("ActiveMonitoringLevel", str(asked["severity"])),)


def _controlled(name: str, value: str) -> VariablesReported:
    variable = Variable(component=_CONTROLLER, name=name, value=value)
    return VariablesReported(request_id=None, variables=(variable,))


RECEIVES: ReceivesTable = {
    "NotifyMonitoringReport": Receives(_monitors, empty),
    "NotifyEvent": Receives(_events, empty),
}
SENDS: SendsTable = {
    SetVariableMonitoring: Sends("SetVariableMonitoring", _set, _first_refusal),
    ClearVariableMonitoring: Sends("ClearVariableMonitoring", _clear, _first_refusal),
    SetMonitoringBase: Sends("SetMonitoringBase", _base, outcome_of),
    SetMonitoringLevel: Sends("SetMonitoringLevel", _level, outcome_of),
    GetMonitoringReport: Sends("GetMonitoringReport", _report, outcome_of),
}
LEARNS: LearnsTable = {
    "SetVariableMonitoring": _learn_set,
    "ClearVariableMonitoring": _learn_clear,
    "SetMonitoringBase": _learn_base,
    "SetMonitoringLevel": _learn_level,
}

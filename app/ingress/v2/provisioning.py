"""Provisioning of 2.x: boot, heartbeat, the device model, reset (use cases B01 to B12, G02)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from app.domain.commands import (
    GetBaseReport,
    GetVariables,
    Outcome,
    Reset,
    SetVariables,
)
from app.domain.reports import (
    Answer,
    BootAnswer,
    SeenAnswer,
    StationBooted,
    StationSeen,
    Variable,
    VariablesReported,
)
from app.ingress.block import (
    Payload,
    Receives,
    ReceivesTable,
    Sends,
    SendsTable,
    empty,
    outcome_of,
    worded,
)
from app.ingress.wire import wire_time


def _boot(payload: Any, _at: datetime) -> tuple[StationBooted, ...]:
    station = payload.chargingStation
    return (
        StationBooted(
            vendor=station.vendorName,
            model=station.model,
            serial_number=station.serialNumber,
            firmware_version=station.firmwareVersion,
            reason=payload.reason,
        ),
    )


def _boot_answer(answer: Answer) -> Payload:
    """All three members, always: without an interval one firmware sends heartbeats by the thousand."""
    boot = cast(BootAnswer, answer)
    return {
        "currentTime": wire_time(boot.now),
        "interval": boot.interval_s,
        "status": boot.registration.capitalize(),
    }


def _heartbeat(_payload: Any, _at: datetime) -> tuple[StationSeen, ...]:
    return (StationSeen(),)


def _time(answer: Answer) -> Payload:
    return {"currentTime": wire_time(cast(SeenAnswer, answer).now)}


def _notify_report(payload: Any, _at: datetime) -> tuple[VariablesReported, ...]:
    return (
        VariablesReported(
            request_id=payload.requestId,
            variables=tuple(v for entry in payload.reportData or () for v in _variables(entry)),
            seq_no=payload.seqNo,
            more_follows=payload.tbc is True,
        ),
    )


def _variables(entry: Any) -> list[Variable]:
    """One ReportDataType: every attribute of one variable."""
    component, variable = entry.component, entry.variable
    evse = component.evse
    return [
        Variable(
            component=component.name,
            name=variable.name,
            value=attribute.value,
            attribute=attribute.type or "Actual",
            component_instance=component.instance,
            variable_instance=variable.instance,
            evse_id=None if evse is None else evse.id,
            connector_id=None if evse is None else evse.connectorId,
            readonly=attribute.mutability == "ReadOnly" if attribute.mutability else None,
        )
        for attribute in entry.variableAttribute
    ]


def _address(variable: Variable) -> Payload:
    """ComponentType and VariableType of a variable."""
    component: Payload = {"name": variable.component}
    if variable.component_instance is not None:
        component["instance"] = variable.component_instance
    if variable.evse_id is not None:
        component["evse"] = {"id": variable.evse_id}
        if variable.connector_id is not None:
            component["evse"]["connectorId"] = variable.connector_id
    name: Payload = {"name": variable.name}
    if variable.variable_instance is not None:
        name["instance"] = variable.variable_instance
    return {"attributeType": variable.attribute, "component": component, "variable": name}


def _get_variables(command: GetVariables) -> Payload:
    return {"getVariableData": [_address(variable) for variable in command.variables]}


def _set_variables(command: SetVariables) -> Payload:
    return {
        "setVariableData": [
            {"attributeValue": variable.value or "", **_address(variable)}
            for variable in command.variables
        ]
    }


def _first_refusal(payload: Payload, _command: object) -> Outcome:
    """Accepted when every variable was; else in the word of the first that was not. Details are in the payload."""
    results = payload.get("getVariableResult") or payload.get("setVariableResult") or []
    words = [result["attributeStatus"] for result in results]
    refused = [word for word in words if word not in ("Accepted", "RebootRequired")]
    return worded((refused or words or ["Rejected"])[0], payload)


def _base_report(command: GetBaseReport) -> Payload:
    return {"requestId": command.request_id, "reportBase": command.base}


def _reset(command: Reset) -> Payload:
    return {"type": command.kind.value}


RECEIVES: ReceivesTable = {
    "BootNotification": Receives(_boot, _boot_answer),
    "Heartbeat": Receives(_heartbeat, _time),
    "NotifyReport": Receives(_notify_report, empty),
}
SENDS: SendsTable = {
    GetVariables: Sends("GetVariables", _get_variables, _first_refusal),
    SetVariables: Sends("SetVariables", _set_variables, _first_refusal),
    GetBaseReport: Sends("GetBaseReport", _base_report, outcome_of),
    Reset: Sends("Reset", _reset, outcome_of),
}

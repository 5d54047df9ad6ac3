"""Provisioning of 2.x: boot, heartbeat, the device model, network profiles, reset (use cases B01 to B12, G02)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from app.domain.certificates import PasswordTaken
from app.domain.commands import (
    GetBaseReport,
    GetVariables,
    Outcome,
    Reset,
    SetVariables,
)
from app.domain.device import GetReport, NetworkProfileSet, SetNetworkProfile
from app.domain.masks import MASK
from app.domain.reports import (
    Answer,
    BootAnswer,
    Report,
    SeenAnswer,
    StationBooted,
    StationSeen,
    Variable,
    VariablesReported,
)
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
    """One ReportDataType: every attribute of one variable, with what is said of its kind."""
    traits = entry.variableCharacteristics
    kind: dict[str, Any] = {}
    if traits is not None:
        kind = {
            "data_type": traits.dataType,
            "unit": traits.unit,
            "min_limit": traits.minLimit,
            "max_limit": traits.maxLimit,
            "values_list": traits.valuesList,
        }
    return [
        Variable(
            name=entry.variable.name,
            variable_instance=entry.variable.instance,
            value=attribute.value,
            attribute=attribute.type or "Actual",
            readonly=attribute.mutability == "ReadOnly" if attribute.mutability else None,
            mutability=attribute.mutability,
            **place_of(entry.component),
            **kind,
        )
        for attribute in entry.variableAttribute
    ]


def _address(variable: Variable) -> Payload:
    """ComponentType and VariableType of a variable."""
    return {
        "attributeType": variable.attribute,
        "component": component_of(
            variable.component,
            variable.component_instance,
            variable.evse_id,
            variable.connector_id,
        ),
        "variable": variable_of(variable.name, variable.variable_instance),
    }


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


def _report(command: GetReport) -> Payload:
    payload: Payload = {"requestId": command.request_id}
    if command.variables:
        payload["componentVariable"] = [component_variable(one) for one in command.variables]
    if command.criteria:
        payload["componentCriteria"] = list(command.criteria)
    return payload


def _network(command: SetNetworkProfile) -> Payload:
    return {
        "configurationSlot": command.slot,
        "connectionData": {
            "ocppVersion": command.ocpp_version,
            "ocppTransport": command.transport,
            "ocppCsmsUrl": command.url,
            "messageTimeout": command.message_timeout_s,
            "securityProfile": command.security_profile,
            "ocppInterface": command.interface,
        },
    }


def _reset(command: Reset) -> Payload:
    payload: Payload = {"type": command.kind.value}
    if command.evse_id is not None:
        payload["evseId"] = command.evse_id
    return payload


def _learn_got(_asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    """The values that the station gave."""
    got = [
        _told(result, result.get("attributeValue"))
        for result in answered["getVariableResult"]
        if result["attributeStatus"] == "Accepted"
    ]
    return (VariablesReported(request_id=None, variables=tuple(got)),) if got else ()


def _learn_set(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    """The values that the station took; the request holds them, in the same order as the answer or another."""
    wanted = [(_told(data, data["attributeValue"]), data) for data in asked["setVariableData"]]
    taken = [
        next((variable for variable, _ in wanted if _same(variable, _told(result, None))), None)
        for result in answered["setVariableResult"]
        if result["attributeStatus"] in ("Accepted", "RebootRequired")
    ]
    known = tuple(variable for variable in taken if variable is not None)
    passwords = tuple(
        PasswordTaken(password=one.value)
        for one in known
        if one.name == "BasicAuthPassword" and one.value
    )
    return (VariablesReported(request_id=None, variables=known), *passwords) if known else ()


def _told(data: Payload, value: str | None) -> Variable:
    variable = data["variable"]
    return Variable(
        name=variable["name"],
        variable_instance=variable.get("instance"),
        value=value,
        attribute=data.get("attributeType", "Actual"),
        **place_in(data["component"]),
    )


def _same(one: Variable, other: Variable) -> bool:
    return replace(one, value=None) == replace(other, value=None)


def _learn_network(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    """The profile that the station took, without what opens doors."""
    if answered["status"] != "Accepted":
        return ()
    return (
        NetworkProfileSet(
            slot=asked["configurationSlot"], profile=without_keys(asked["connectionData"])
        ),
    )


def without_keys(profile: Payload) -> Payload:
    """NetworkConnectionProfileType with its passwords, keys and PINs hidden."""
    hidden = ("apnPassword", "simPin", "password", "key", "basicAuthPassword")
    kept: Payload = {}
    for name, value in profile.items():
        if isinstance(value, dict):
            kept[name] = without_keys(value)
        else:
            kept[name] = MASK if name in hidden else value
    return kept


RECEIVES: ReceivesTable = {
    "BootNotification": Receives(_boot, _boot_answer),
    "Heartbeat": Receives(_heartbeat, _time),
    "NotifyReport": Receives(_notify_report, empty),
}
SENDS: SendsTable = {
    GetVariables: Sends("GetVariables", _get_variables, _first_refusal),
    SetVariables: Sends("SetVariables", _set_variables, _first_refusal),
    GetBaseReport: Sends("GetBaseReport", _base_report, outcome_of),
    GetReport: Sends("GetReport", _report, outcome_of),
    SetNetworkProfile: Sends("SetNetworkProfile", _network, outcome_of),
    Reset: Sends("Reset", _reset, outcome_of),
}
LEARNS: LearnsTable = {
    "GetVariables": _learn_got,
    "SetVariables": _learn_set,
    "SetNetworkProfile": _learn_network,
}

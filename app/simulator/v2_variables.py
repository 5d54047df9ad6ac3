"""OCPP 2.x device model of a station: GetVariables, SetVariables, GetBaseReport (use cases B05-B07).

The settings themselves are in `variables`; here they get their wire form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocpp.v201.enums import (
    Action,
    GenericDeviceModelStatusEnumType,
    GetVariableStatusEnumType,
    ReportBaseEnumType,
    SetVariableStatusEnumType,
)

from .dialect import stamp
from .link import Reply
from .outbox import Outgoing
from .plan import Payload
from .variables import Variable, find, number_fits

if TYPE_CHECKING:
    from .station import VirtualStation

__all__ = ["get_base_report", "get_report", "get_variables", "set_variables"]

PER_REPORT = 8


def get_variables(station: VirtualStation, payload: Payload) -> Reply:
    """One verdict and, when accepted, one value for each variable asked for."""
    return Reply(
        payload={
            "getVariableResult": [_got(station, asked) for asked in payload["getVariableData"]]
        }
    )


def set_variables(station: VirtualStation, payload: Payload) -> Reply:
    """One verdict for each setting; accepted ones take effect after the answer."""
    verdicts: list[Payload] = []
    changes: list[tuple[Variable, str]] = []
    for asked in payload["setVariableData"]:
        variable, status = _may_set(station, asked)
        if variable is not None and status == SetVariableStatusEnumType.accepted:
            changes.append((variable, asked["attributeValue"]))
        verdict: Payload = {
            "attributeStatus": status,
            "component": asked["component"],
            "variable": asked["variable"],
        }
        if "attributeType" in asked:
            verdict["attributeType"] = asked["attributeType"]
        verdicts.append(verdict)

    def apply() -> None:
        for variable, value in changes:
            station.set_variable(variable, value)

    return Reply(payload={"setVariableResult": verdicts}, then=apply)


def get_base_report(station: VirtualStation, payload: Payload) -> Reply:
    """NotifyReport follows in parts (B07); a summary has only what shows availability."""
    chosen = [one for one in station.variables if one.component]
    if payload["reportBase"] == ReportBaseEnumType.configuration_inventory:
        chosen = [one for one in chosen if one.writable]
    elif payload["reportBase"] == ReportBaseEnumType.summary_inventory:
        chosen = [one for one in chosen if one.component in ("ChargingStation", "EVSE")]
    request_id: int = payload["requestId"]
    return Reply(
        payload={"status": GenericDeviceModelStatusEnumType.accepted},
        then=lambda: station.send(_reports(station, request_id, chosen)),
    )


def get_report(station: VirtualStation, payload: Payload) -> Reply:
    """NotifyReport follows for what was named and what meets any criterion (B08)."""
    criteria: list[str] = payload.get("componentCriteria", [])
    named: list[Payload] | None = payload.get("componentVariable")
    chosen = [
        one
        for one in station.variables
        if one.component
        and (named is None or any(_is_named(one, entry) for entry in named))
        and (not criteria or _meets(station, one.component, criteria))
    ]
    if not chosen:
        return Reply(payload={"status": GenericDeviceModelStatusEnumType.empty_result_set})
    request_id: int = payload["requestId"]
    return Reply(
        payload={"status": GenericDeviceModelStatusEnumType.accepted},
        then=lambda: station.send(_reports(station, request_id, chosen)),
    )


def _is_named(variable: Variable, entry: Payload) -> bool:
    component = entry["component"]
    wanted = entry.get("variable", {}).get("name", variable.name)
    evse = component.get("evse", {}).get("id", variable.evse)
    return (
        component["name"].lower() == variable.component.lower()
        and wanted.lower() == variable.name.lower()
        and evse == variable.evse
        and "instance" not in component
    )


def _meets(station: VirtualStation, component: str, criteria: list[str]) -> bool:
    """A component meets a criterion when its variable of that name is true; one without it is there and works."""
    for word in criteria:
        variable = find(station.variables, component, word, 0)
        if variable is None and word in ("Available", "Enabled"):
            return True
        if variable is not None and variable.value == "true":
            return True
    return False


def _reports(station: VirtualStation, request_id: int, chosen: list[Variable]) -> list[Outgoing]:
    now = stamp(station.now)
    parts = [chosen[start : start + PER_REPORT] for start in range(0, len(chosen), PER_REPORT)]
    return [
        _report(
            {
                "requestId": request_id,
                "generatedAt": now,
                "seqNo": number,
                "tbc": number + 1 < len(parts),
                "reportData": [_reported(one) for one in part],
            }
        )
        for number, part in enumerate(parts)
    ]


def _report(payload: Payload) -> Outgoing:
    return Outgoing(action=Action.notify_report, build=lambda: payload, early=True)


def _got(station: VirtualStation, asked: Payload) -> Payload:
    words = GetVariableStatusEnumType
    result: Payload = {"component": asked["component"], "variable": asked["variable"]}
    if "attributeType" in asked:
        result["attributeType"] = asked["attributeType"]
    variable = _find(station, asked)
    if variable is None:
        known = _knows_component(station, asked)
        status = words.unknown_variable if known else words.unknown_component
    elif asked.get("attributeType", "Actual") != "Actual":
        status = words.not_supported_attribute_type
    elif not variable.readable:
        status = words.rejected
    else:
        status = words.accepted
        result["attributeValue"] = variable.value
    result["attributeStatus"] = status
    return result


def _may_set(station: VirtualStation, asked: Payload) -> tuple[Variable | None, str]:
    words = SetVariableStatusEnumType
    variable = _find(station, asked)
    if variable is None:
        known = _knows_component(station, asked)
        return None, words.unknown_variable if known else words.unknown_component
    if asked.get("attributeType", "Actual") != "Actual":
        return variable, words.not_supported_attribute_type
    if not variable.writable or not number_fits(variable, asked["attributeValue"]):
        return variable, words.rejected
    return variable, words.accepted


def _find(station: VirtualStation, asked: Payload) -> Variable | None:
    component, variable = asked["component"], asked["variable"]
    if "instance" in component or "instance" in variable:
        return None
    evse = component.get("evse", {}).get("id", 0)
    return find(station.variables, component["name"], variable["name"], evse)


def _knows_component(station: VirtualStation, asked: Payload) -> bool:
    name = asked["component"]["name"].lower()
    return any(one.component.lower() == name for one in station.variables)


def _reported(variable: Variable) -> Payload:
    component: Payload = {"name": variable.component}
    if variable.evse:
        component["evse"] = {"id": variable.evse}
    attribute: Payload = {"mutability": variable.mutability}
    if variable.readable:
        attribute["value"] = variable.value
    characteristics: Payload = {"dataType": variable.kind, "supportsMonitoring": True}
    if variable.unit:
        characteristics["unit"] = variable.unit
    if variable.max_limit is not None:
        characteristics["maxLimit"] = variable.max_limit
    return {
        "component": component,
        "variable": {"name": variable.name},
        "variableAttribute": [attribute],
        "variableCharacteristics": characteristics,
    }

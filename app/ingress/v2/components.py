"""How 2.x names a component and its variable, in both directions."""

from __future__ import annotations

from typing import Any

from app.domain.reports import Variable
from app.ingress.block import Payload


def component_of(
    name: str,
    instance: str | None = None,
    evse_id: int | None = None,
    connector_id: int | None = None,
) -> Payload:
    """ComponentType."""
    component: Payload = {"name": name}
    if instance:
        component["instance"] = instance
    if evse_id is not None:
        component["evse"] = {"id": evse_id}
        if connector_id is not None:
            component["evse"]["connectorId"] = connector_id
    return component


def variable_of(name: str, instance: str | None = None) -> Payload:
    """VariableType."""
    return {"name": name, "instance": instance} if instance else {"name": name}


def place_of(component: Any) -> dict[str, Any]:
    """A typed ComponentType as the fields that our own words share."""
    evse = component.evse
    return {
        "component": component.name,
        "component_instance": component.instance,
        "evse_id": None if evse is None else evse.id,
        "connector_id": None if evse is None else evse.connectorId,
    }


def place_in(component: Payload) -> dict[str, Any]:
    """A ComponentType that came as JSON."""
    evse = component.get("evse") or {}
    return {
        "component": component["name"],
        "component_instance": component.get("instance"),
        "evse_id": evse.get("id"),
        "connector_id": evse.get("connectorId"),
    }


def component_variable(variable: Variable) -> Payload:
    """ComponentVariableType; a variable without a name is any of the component's."""
    payload: Payload = {
        "component": component_of(
            variable.component,
            variable.component_instance,
            variable.evse_id,
            variable.connector_id,
        )
    }
    if variable.name:
        payload["variable"] = variable_of(variable.name, variable.variable_instance)
    return payload

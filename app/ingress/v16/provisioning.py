"""Provisioning of 1.6: boot, heartbeat, configuration keys, reset. Keys are variables of the component ""."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from app.domain.certificates import PasswordTaken
from app.domain.commands import (
    GetBaseReport,
    GetVariables,
    Outcome,
    Reset,
    ResetKind,
    SetVariables,
)
from app.domain.errors import Invalid, NotSupported
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
    outcome_of,
    worded,
)
from app.ingress.wire import wire_time


def _boot(payload: Any, _at: datetime) -> tuple[StationBooted, ...]:
    return (
        StationBooted(
            vendor=payload.chargePointVendor,
            model=payload.chargePointModel,
            serial_number=payload.chargePointSerialNumber or payload.chargeBoxSerialNumber,
            firmware_version=payload.firmwareVersion,
        ),
    )


def _boot_answer(answer: Answer) -> Payload:
    """All three members, always: without an interval one firmware sends heartbeats by the thousand."""
    boot = cast(BootAnswer, answer)
    return {
        "status": boot.registration.capitalize(),
        "currentTime": wire_time(boot.now),
        "interval": boot.interval_s,
    }


def _heartbeat(_payload: Any, _at: datetime) -> tuple[StationSeen, ...]:
    return (StationSeen(),)


def _time(answer: Answer) -> Payload:
    return {"currentTime": wire_time(cast(SeenAnswer, answer).now)}


def _get_configuration(command: GetVariables) -> Payload:
    return {"key": [variable.name for variable in command.variables]} if command.variables else {}


def _configuration(payload: Payload, _command: GetVariables) -> Outcome:
    """In the words of GetVariables: one getVariableResult per key, known or not."""
    known = [
        _result(key["key"], "Accepted", value=key.get("value"), readonly=key["readonly"])
        for key in payload.get("configurationKey", ())
    ]
    unknown = [_result(name, "UnknownVariable") for name in payload.get("unknownKey", ())]
    word = "Accepted" if known or not unknown else "UnknownVariable"
    return worded(word, {"getVariableResult": known + unknown})


def _result(
    name: str, status: str, *, value: str | None = None, readonly: bool | None = None
) -> Payload:
    result: Payload = {
        "attributeStatus": status,
        "attributeType": "Actual",
        "component": {"name": ""},
        "variable": {"name": name},
    }
    if value is not None:
        result["attributeValue"] = value
    if readonly is not None:
        result["readonly"] = readonly
    return result


def _change_configuration(command: SetVariables) -> Payload:
    if len(command.variables) != 1:
        raise Invalid("This station's protocol sets one key per call; send them one by one.")
    variable = command.variables[0]
    return {"key": variable.name, "value": variable.value or ""}


def _changed(payload: Payload, command: SetVariables) -> Outcome:
    """In the words of SetVariables. 1.6 says NotSupported for a key that it does not know."""
    word = payload["status"]
    status = "UnknownVariable" if word == "NotSupported" else word
    result = _result(command.variables[0].name, status)
    return worded(word, {"setVariableResult": [result]})


def _all_keys(_command: GetBaseReport) -> Payload:
    return {}


def _inventory(payload: Payload, _command: GetBaseReport) -> Outcome:
    """Here the inventory is the answer itself."""
    return worded("Accepted", payload)


def _learn_keys(_asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    known = tuple(
        Variable(
            component="",
            name=key["key"],
            value=key.get("value"),
            readonly=key["readonly"],
            mutability="ReadOnly" if key["readonly"] else "ReadWrite",
        )
        for key in answered.get("configurationKey", ())
    )
    return (VariablesReported(request_id=None, variables=known),) if known else ()


def _learn_change(asked: Payload, answered: Payload, _now: datetime) -> tuple[Report, ...]:
    if answered["status"] not in ("Accepted", "RebootRequired"):
        return ()
    variable = Variable(component="", name=asked["key"], value=asked["value"])
    told = VariablesReported(request_id=None, variables=(variable,))
    if asked["key"] != "AuthorizationKey":
        return (told,)
    return (told, PasswordTaken(password=asked["value"]))


def _reset(command: Reset) -> Payload:
    if command.evse_id is not None:
        raise NotSupported("This station's protocol resets the whole station only.")
    return {"type": "Hard" if command.kind is ResetKind.IMMEDIATE else "Soft"}


RECEIVES: ReceivesTable = {
    "BootNotification": Receives(_boot, _boot_answer),
    "Heartbeat": Receives(_heartbeat, _time),
}
SENDS: SendsTable = {
    GetVariables: Sends("GetConfiguration", _get_configuration, _configuration),
    SetVariables: Sends("ChangeConfiguration", _change_configuration, _changed),
    GetBaseReport: Sends("GetConfiguration", _all_keys, _inventory),
    Reset: Sends("Reset", _reset, outcome_of),
}
LEARNS: LearnsTable = {
    "GetConfiguration": _learn_keys,
    "ChangeConfiguration": _learn_change,
}

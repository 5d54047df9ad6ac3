"""Security of 2.x: passwords, security profiles, security events (use cases A01, A04, A05). Certificates are beside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.certificates import (
    OfferSecurityProfile,
    PreferNetworkProfiles,
    SecurityEventReported,
    SetStationPassword,
)
from app.domain.commands import Outcome
from app.domain.errors import Invalid
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
from app.ingress.wire import utc


def _event(payload: Any, _at: datetime) -> tuple[SecurityEventReported, ...]:
    return (
        SecurityEventReported(
            type=payload.type,
            at=utc(payload.timestamp),
            tech_info=payload.techInfo or "",
        ),
    )


def _password(command: SetStationPassword) -> Payload:
    return _setting("SecurityCtrlr", "BasicAuthPassword", command.password)


def _prefer(command: PreferNetworkProfiles) -> Payload:
    slots = ",".join(str(slot) for slot in command.slots)
    return _setting("OCPPCommCtrlr", "NetworkConfigurationPriority", slots)


def _setting(component: str, variable: str, value: str) -> Payload:
    return {
        "setVariableData": [
            {
                "attributeValue": value,
                "component": {"name": component},
                "variable": {"name": variable},
            }
        ]
    }


def _only_result(payload: Payload, _command: object) -> Outcome:
    """Of the one variable that was set."""
    return worded(payload["setVariableResult"][0]["attributeStatus"], payload)


def _offer(command: OfferSecurityProfile) -> Payload:
    if not command.url:
        raise Invalid(
            "Name the address under which the station shall connect (`url`).", field="url"
        )
    if command.profile > 1 and not command.url.startswith("wss://"):
        raise Invalid("Security profiles 2 and 3 need an address that starts with wss://.")
    return {
        "configurationSlot": command.slot,
        "connectionData": {
            "ocppVersion": "OCPP20",
            "ocppTransport": "JSON",
            "ocppCsmsUrl": command.url,
            "messageTimeout": command.message_timeout_s,
            "securityProfile": command.profile,
            "ocppInterface": command.interface,
        },
    }


RECEIVES: ReceivesTable = {"SecurityEventNotification": Receives(_event, empty)}
SENDS: SendsTable = {
    SetStationPassword: Sends("SetVariables", _password, _only_result),
    PreferNetworkProfiles: Sends("SetVariables", _prefer, _only_result),
    OfferSecurityProfile: Sends("SetNetworkProfile", _offer, outcome_of),
}

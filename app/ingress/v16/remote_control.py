"""Remote control of 1.6: start and stop a transaction, unlock, ask for a message (5.11, 5.12, 5.18, 5.17)."""

from __future__ import annotations

from app.domain.commands import (
    RequestStartTransaction,
    RequestStopTransaction,
    TriggerMessage,
    UnlockConnector,
)
from app.domain.errors import NotSupported
from app.ingress.block import Payload, Sends, SendsTable, outcome_of
from app.ingress.v16.smart_charging import profile_payload, transaction_number

_MESSAGES = {
    "BootNotification": "BootNotification",
    "LogStatusNotification": "DiagnosticsStatusNotification",
    "FirmwareStatusNotification": "FirmwareStatusNotification",
    "Heartbeat": "Heartbeat",
    "MeterValues": "MeterValues",
    "StatusNotification": "StatusNotification",
}


def _start(command: RequestStartTransaction) -> Payload:
    payload: Payload = {}
    if command.evse_id is not None:
        payload["connectorId"] = command.evse_id
    payload["idTag"] = command.id_token
    if command.profile is not None:
        payload["chargingProfile"] = profile_payload(command.profile)
    return payload


def _stop(command: RequestStopTransaction) -> Payload:
    return {"transactionId": transaction_number(command.transaction)}


def _unlock(command: UnlockConnector) -> Payload:
    return {"connectorId": command.evse_id}


def _trigger(command: TriggerMessage) -> Payload:
    message = _MESSAGES.get(command.message)
    if message is None:
        raise NotSupported(f"This station's protocol cannot be asked for {command.message}.")
    payload: Payload = {"requestedMessage": message}
    if command.evse_id is not None:
        payload["connectorId"] = command.evse_id
    return payload


SENDS: SendsTable = {
    RequestStartTransaction: Sends("RemoteStartTransaction", _start, outcome_of),
    RequestStopTransaction: Sends("RemoteStopTransaction", _stop, outcome_of),
    UnlockConnector: Sends("UnlockConnector", _unlock, outcome_of),
    TriggerMessage: Sends("TriggerMessage", _trigger, outcome_of),
}

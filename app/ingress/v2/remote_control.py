"""Remote control of 2.x: start and stop a transaction, unlock, ask for a message (F01 to F06)."""

from __future__ import annotations

from app.domain.commands import (
    RequestStartTransaction,
    RequestStopTransaction,
    TriggerMessage,
    UnlockConnector,
)
from app.ingress.block import Payload, Sends, SendsTable, outcome_of
from app.ingress.v2.smart_charging import profile_payload
from app.ingress.v2.tokens import id_token


def _start(command: RequestStartTransaction) -> Payload:
    payload: Payload = {}
    if command.evse_id is not None:
        payload["evseId"] = command.evse_id
    payload["idToken"] = id_token(command.id_token, command.token_type)
    payload["remoteStartId"] = command.remote_start_id
    if command.profile is not None:
        payload["chargingProfile"] = profile_payload(command.profile)
    return payload


def _stop(command: RequestStopTransaction) -> Payload:
    return {"transactionId": command.transaction}


def _unlock(command: UnlockConnector) -> Payload:
    return {"evseId": command.evse_id, "connectorId": command.connector_id}


def _trigger(command: TriggerMessage) -> Payload:
    payload: Payload = {"requestedMessage": command.message}
    evse_id, connector_id = command.evse_id, command.connector_id
    if command.message == "StatusNotification":  # only a connector has a status (F06.FR.13)
        evse_id, connector_id = evse_id or 1, connector_id or 1
    if evse_id is not None:
        payload["evse"] = {"id": evse_id}
        if connector_id is not None:
            payload["evse"]["connectorId"] = connector_id
    return payload


SENDS: SendsTable = {
    RequestStartTransaction: Sends("RequestStartTransaction", _start, outcome_of),
    RequestStopTransaction: Sends("RequestStopTransaction", _stop, outcome_of),
    UnlockConnector: Sends("UnlockConnector", _unlock, outcome_of),
    TriggerMessage: Sends("TriggerMessage", _trigger, outcome_of),
}

"""The frames that the measured stations send: OCPP 2.0.1, as a common AC/DC charger words them."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

_UPDATED = (
    '[2,"%s","TransactionEvent",{"eventType":"Updated","timestamp":"%s","triggerReason":"MeterValuePeriodic",'
    '"seqNo":%d,"transactionInfo":{"transactionId":"%s","chargingState":"%s"},"evse":{"id":1,"connectorId":1},'
    '"meterValue":[{"timestamp":"%s","sampledValue":['
    '{"value":%.3f,"context":"Sample.Periodic","measurand":"Energy.Active.Import.Register","location":"Outlet",'
    '"unitOfMeasure":{"unit":"Wh"}},'
    '{"value":%.1f,"context":"Sample.Periodic","measurand":"Power.Active.Import","location":"Outlet",'
    '"unitOfMeasure":{"unit":"W"}},'
    '{"value":%.1f,"context":"Sample.Periodic","measurand":"SoC","location":"EV",'
    '"unitOfMeasure":{"unit":"Percent"}}]}]}]'
)


def moment(timespec: str = "microseconds") -> str:
    """Now, as stations write it."""
    return datetime.now(UTC).isoformat(timespec=timespec)[:-6] + "Z"


def updated(transaction: str, number: int, at: str, *, suspended: bool = False) -> bytes:
    """TransactionEvent Updated with three sampled values; each is other than the one before."""
    state = "SuspendedEV" if suspended else "Charging"
    power_w = 0.0 if suspended else 42_000.0 + number % 977
    energy_wh, soc = number * 11.667, 20 + number % 800 / 10
    words = (uuid4(), at, number, transaction, state, at, energy_wh, power_w, soc)
    return (_UPDATED % words).encode()


def started(transaction: str, at: str) -> bytes:
    """TransactionEvent Started."""
    return _call(
        "TransactionEvent",
        {
            "eventType": "Started",
            "timestamp": at,
            "triggerReason": "CablePluggedIn",
            "seqNo": 0,
            "transactionInfo": {"transactionId": transaction, "chargingState": "Charging"},
            "evse": {"id": 1, "connectorId": 1},
        },
    )


def booted() -> bytes:
    """BootNotification."""
    station = {"model": "B1", "vendorName": "Bench", "firmwareVersion": "1.0"}
    return _call("BootNotification", {"reason": "PowerUp", "chargingStation": station})


def occupied(at: str) -> bytes:
    """StatusNotification of connector 1."""
    return _call(
        "StatusNotification",
        {"timestamp": at, "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1},
    )


def _call(action: str, payload: dict[str, Any]) -> bytes:
    return json.dumps([2, str(uuid4()), action, payload], separators=(",", ":")).encode()

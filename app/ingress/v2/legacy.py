"""Known deviations of 2.x stations and simulators, put right before the strict type is asked again.

Among them are two families that were written without a schema at hand: one sends `transactionData` with
`chargingPeriods` (whose `unitMultiplier` is a linear factor, not a power of ten), the other `evseId` at the root
and `sampledValue.unit`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.domain.stations import ChargingState
from app.ingress.block import Payload
from app.ingress.legacy import Patch, Repairs, right_time
from app.ingress.sampled_values import repair_entries
from app.ingress.schemas import schema_of
from app.ingress.wire import exact

_CHARGING_STATES = {
    "Preparing": "EVConnected",
    "Finishing": "EVConnected",
    "Available": "Idle",
}
_CONNECTOR_STATES: dict[str, tuple[str, ChargingState]] = {
    "Preparing": ("Occupied", ChargingState.EV_CONNECTED),
    "Charging": ("Occupied", ChargingState.CHARGING),
    "SuspendedEV": ("Occupied", ChargingState.SUSPENDED_EV),
    "SuspendedEVSE": ("Occupied", ChargingState.SUSPENDED_EVSE),
    "Finishing": ("Occupied", ChargingState.EV_CONNECTED),
}
_EVENT = schema_of("2.0.1", "TransactionEvent")["definitions"]
_WORDS = {
    "measurand": frozenset(_EVENT["MeasurandEnumType"]["enum"]),
    "context": frozenset(_EVENT["ReadingContextEnumType"]["enum"]),
    "phase": frozenset(_EVENT["PhaseEnumType"]["enum"]),
    "location": frozenset(_EVENT["LocationEnumType"]["enum"]),
}
_TRIGGERS = frozenset(_EVENT["TriggerReasonEnumType"]["enum"])
_STATES = frozenset(_EVENT["ChargingStateEnumType"]["enum"])
_REASONS = frozenset(_EVENT["ReasonEnumType"]["enum"])


def _boot(payload: Payload, patch: Patch) -> None:
    station = payload.get("chargingStation")
    if isinstance(station, dict) and isinstance(station.get("serialNumber"), str):
        serial = station["serialNumber"]
        if len(serial) > 25:  # the walk cuts it for the schema; the report keeps it
            patch.amendments["serial_number"] = serial[:100]
    if not isinstance(payload.get("reason"), str):
        patch.note("reason is missing")
        payload["reason"] = "Unknown"


def _heartbeat(payload: Payload, patch: Patch) -> None:
    for name in list(payload):
        patch.note(f"Heartbeat has no {name[:50]}")
        del payload[name]


def _status(payload: Payload, patch: Patch) -> None:
    word = payload.get("connectorStatus")
    if isinstance(word, str) and word in _CONNECTOR_STATES:
        patch.note(f"connectorStatus {word} is a word of OCPP-J 1.6")
        status, charging_state = _CONNECTOR_STATES[word]
        payload["connectorStatus"] = status
        patch.amendments["charging_state"] = charging_state
    _fill_time(payload, patch)


def _fill_time(payload: Payload, patch: Patch) -> None:
    if "timestamp" not in payload:
        patch.note("timestamp is missing")
        payload["timestamp"] = right_time("", patch.at)


def _authorize(payload: Payload, patch: Patch) -> None:
    _token(payload, patch)


def _token(payload: Payload, patch: Patch) -> None:
    if isinstance(payload.get("idToken"), str):
        patch.note("idToken is a text instead of an object")
        payload["idToken"] = {"idToken": payload["idToken"], "type": "Central"}


def _meter_values(payload: Payload, patch: Patch) -> None:
    if "evseId" not in payload and isinstance(payload.get("connectorId"), int):
        patch.note("connectorId stands where evseId should")
        payload["evseId"] = payload.pop("connectorId")
    _sampled_values(payload, patch)


def _sampled_values(payload: Payload, patch: Patch) -> None:
    """`unit` beside the value -> `unitOfMeasure`; samples nobody can read are left out."""
    entries = payload.get("meterValue")
    for entry in entries if isinstance(entries, list) else ():
        samples = entry.get("sampledValue") if isinstance(entry, dict) else None
        for sample in samples if isinstance(samples, list) else ():
            if isinstance(sample, dict) and isinstance(sample.get("unit"), str):
                patch.note("sampledValue.unit instead of unitOfMeasure")
                sample.setdefault("unitOfMeasure", {"unit": sample.pop("unit")})
    if entries is not None:
        payload["meterValue"] = repair_entries(entries, _WORDS, patch)
        if not payload["meterValue"]:
            del payload["meterValue"]


def _transaction_event(payload: Payload, patch: Patch) -> None:
    _fill_time(payload, patch)
    if "transactionInfo" not in payload and isinstance(payload.get("transactionData"), dict):
        patch.note("transactionData instead of transactionInfo")
        payload["transactionInfo"] = payload.pop("transactionData")
    info = payload.get("transactionInfo")
    if isinstance(info, dict):
        _transaction_info(info, payload, patch)
    if "evse" not in payload and type(payload.get("evseId")) is int:
        patch.note("evseId and connectorId at the root instead of evse")
        payload["evse"] = {"id": payload.pop("evseId")}
        if type(payload.get("connectorId")) is int:
            payload["evse"]["connectorId"] = payload.pop("connectorId")
    if payload.get("triggerReason") not in _TRIGGERS:
        patch.note("triggerReason is missing or unknown")
        payload["triggerReason"] = "AbnormalCondition"
        patch.amendments["trigger"] = None
    if "seqNo" not in payload:
        patch.note("seqNo is missing")
        payload["seqNo"] = 0
        patch.amendments["seq_no"] = None
    _token(payload, patch)
    _sampled_values(payload, patch)


def _transaction_info(info: Payload, payload: Payload, patch: Patch) -> None:
    if type(info.get("transactionId")) is int:
        patch.note("transactionId is a number instead of a text")
        info["transactionId"] = str(info["transactionId"])
    state = info.get("chargingState")
    if isinstance(state, str) and state not in _STATES:
        patch.note(f"chargingState {state[:30]} is not a word of OCPP 2")
        info["chargingState"] = _CHARGING_STATES.get(state)
        if info["chargingState"] is None:
            del info["chargingState"]
    reason = info.get("stoppedReason")
    if isinstance(reason, str) and reason not in _REASONS:
        patch.note(f"stoppedReason {reason[:30]} is not a word of OCPP 2")
        info["stoppedReason"] = "Other"
    cost = info.pop("totalCost", None)
    if cost is not None:
        patch.note("totalCost in a request")
        if type(cost) in (int, float):
            patch.amendments["station_cost"] = _money(cost)
    _charging_periods(info, payload, patch)


def _money(amount: float) -> Decimal:
    return Decimal(amount) if isinstance(amount, int) else exact(amount)


def _charging_periods(info: Payload, payload: Payload, patch: Patch) -> None:
    """`chargingPeriods[].dimensions[]` -> `meterValue[].sampledValue[]`.

    The newest period is what is measured now, whatever start it names (one simulator says: a minute ago).
    """
    periods = info.pop("chargingPeriods", None)
    if periods is None:
        return
    patch.note("chargingPeriods instead of meterValue")
    entries = []
    for number, period in enumerate(periods if isinstance(periods, list) else (), start=1):
        if not isinstance(period, dict) or not isinstance(period.get("dimensions"), list):
            continue
        newest = number == len(periods)
        at = payload["timestamp"] if newest else period.get("startDateTime", payload["timestamp"])
        samples = [s for d in period["dimensions"] if (s := _sample(d, patch)) is not None]
        if samples:
            entries.append({"timestamp": at, "sampledValue": samples})
    if entries and "meterValue" not in payload:
        payload["meterValue"] = entries


def _sample(dimension: Any, patch: Patch) -> Payload | None:
    """A dimension as a sampled value. Its multiplier is linear: 100 with 1000 W is 100 kW."""
    if not isinstance(dimension, dict) or type(dimension.get("value")) not in (int, float):
        return None
    factor = dimension.get("unitMultiplier", 1)
    if type(factor) not in (int, float):
        return None
    if factor != 1:
        patch.note("unitMultiplier is a linear factor")
    return {
        "value": dimension["value"] * factor,
        "measurand": dimension.get("name"),
        "unitOfMeasure": {"unit": str(dimension.get("unit", "Wh"))},
    }


REPAIRS: Repairs = {
    "BootNotification": _boot,
    "Heartbeat": _heartbeat,
    "StatusNotification": _status,
    "Authorize": _authorize,
    "MeterValues": _meter_values,
    "TransactionEvent": _transaction_event,
}

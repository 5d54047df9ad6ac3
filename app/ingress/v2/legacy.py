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
from app.ingress.quirks import Missing, Nothing, Patch, Renamed, Repairs, Within, Word
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


def _serial_number(payload: Payload, patch: Patch) -> None:
    """One that is too long is cut for the schema; the report keeps it."""
    station = payload.get("chargingStation")
    if isinstance(station, dict) and isinstance(station.get("serialNumber"), str):
        serial = station["serialNumber"]
        if len(serial) > 25:
            patch.amendments["serial_number"] = serial[:100]


def _connector_status(payload: Payload, patch: Patch) -> None:
    word = payload.get("connectorStatus")
    if isinstance(word, str) and word in _CONNECTOR_STATES:
        patch.note("unknown_word", f"connectorStatus {word} is a word of OCPP-J 1.6")
        status, charging_state = _CONNECTOR_STATES[word]
        payload["connectorStatus"] = status
        patch.amendments["charging_state"] = charging_state


def _token(payload: Payload, patch: Patch) -> None:
    if isinstance(payload.get("idToken"), str):
        patch.note("renamed_member", "idToken is a text instead of an object")
        payload["idToken"] = {"idToken": payload["idToken"], "type": "Central"}


def _sampled_values(payload: Payload, patch: Patch) -> None:
    """`unit` beside the value -> `unitOfMeasure`; samples nobody can read are left out."""
    entries = payload.get("meterValue")
    for entry in entries if isinstance(entries, list) else ():
        samples = entry.get("sampledValue") if isinstance(entry, dict) else None
        for sample in samples if isinstance(samples, list) else ():
            if isinstance(sample, dict) and isinstance(sample.get("unit"), str):
                patch.note("renamed_member", "sampledValue.unit instead of unitOfMeasure")
                sample.setdefault("unitOfMeasure", {"unit": sample.pop("unit")})
    if entries is not None:
        payload["meterValue"] = repair_entries(entries, _WORDS, patch)
        if not payload["meterValue"]:
            del payload["meterValue"]


def _evse(payload: Payload, patch: Patch) -> None:
    if "evse" not in payload and type(payload.get("evseId")) is int:
        patch.note("renamed_member", "evseId and connectorId at the root instead of evse")
        payload["evse"] = {"id": payload.pop("evseId")}
        if type(payload.get("connectorId")) is int:
            payload["evse"]["connectorId"] = payload.pop("connectorId")


def _trigger(payload: Payload, patch: Patch) -> None:
    trigger = payload.get("triggerReason")
    if not isinstance(trigger, str) or trigger not in _TRIGGERS:
        patch.note("unknown_word", "triggerReason is missing or unknown")
        payload["triggerReason"] = "AbnormalCondition"
        patch.amendments["trigger"] = None


def _transaction_id(info: Payload, patch: Patch) -> None:
    if type(info.get("transactionId")) is int:
        patch.note("text_as_number", "transactionId is a number instead of a text")
        info["transactionId"] = str(info["transactionId"])


def _total_cost(info: Payload, patch: Patch) -> None:
    cost = info.pop("totalCost", None)
    if cost is not None:
        patch.note("cost_in_request", "totalCost in a request")
        if type(cost) in (int, float):
            patch.amendments["station_cost"] = _money(cost)


def _money(amount: float) -> Decimal:
    return Decimal(amount) if isinstance(amount, int) else exact(amount)


def _charging_periods(payload: Payload, patch: Patch) -> None:
    """`chargingPeriods[].dimensions[]` -> `meterValue[].sampledValue[]`.

    The newest period is what is measured now, whatever start it names (one simulator says: a minute ago).
    """
    info = payload.get("transactionInfo")
    periods = info.pop("chargingPeriods", None) if isinstance(info, dict) else None
    if periods is None:
        return
    patch.note("renamed_member", "chargingPeriods instead of meterValue")
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
        patch.note("linear_multiplier", "unitMultiplier is a linear factor")
    return {
        "value": dimension["value"] * factor,
        "measurand": dimension.get("name"),
        "unitOfMeasure": {"unit": str(dimension.get("unit", "Wh"))},
    }


REPAIRS: Repairs = {
    "BootNotification": (_serial_number, Missing("reason", "Unknown")),
    "Heartbeat": (Nothing("Heartbeat"),),
    "StatusNotification": (_connector_status, Missing("timestamp")),
    "Authorize": (_token,),
    "MeterValues": (
        Renamed("connectorId", "evseId", int, "connectorId stands where evseId should"),
        _sampled_values,
    ),
    "TransactionEvent": (
        Missing("timestamp"),
        Renamed(
            "transactionData",
            "transactionInfo",
            dict,
            "transactionData instead of transactionInfo",
        ),
        Within(
            "transactionInfo",
            (
                _transaction_id,
                Word(
                    "chargingState",
                    _STATES,
                    "chargingState {} is not a word of OCPP 2",
                    known=_CHARGING_STATES,
                ),
                Word(
                    "stoppedReason",
                    _REASONS,
                    "stoppedReason {} is not a word of OCPP 2",
                    otherwise="Other",
                ),
                _total_cost,
            ),
        ),
        _charging_periods,
        _evse,
        _trigger,
        Missing("seqNo", 0, forgets="seq_no"),
        _token,
        _sampled_values,
    ),
}

"""Known deviations of 2.x stations, put right before the strict type is asked again.

Those of whole families of simulators, whose transaction events are home-made, are in `ingress.legacy.events`.
"""

from __future__ import annotations

from app.domain.stations import ChargingState
from app.ingress.block import Payload
from app.ingress.legacy.events import (
    charging_periods,
    evse_at_root,
    total_cost,
    transaction_data,
    unit_beside_value,
)
from app.ingress.quirks import Missing, Nothing, Patch, Renamed, Repairs, Within, Word
from app.ingress.sampled_values import repair_entries
from app.ingress.schemas import schema_of

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
        patch.amendments["passing"] = True


def _token(payload: Payload, patch: Patch) -> None:
    if isinstance(payload.get("idToken"), str):
        patch.note("renamed_member", "idToken is a text instead of an object")
        payload["idToken"] = {"idToken": payload["idToken"], "type": "Central"}


def _sampled_values(payload: Payload, patch: Patch) -> None:
    """`unit` beside the value -> `unitOfMeasure`; samples nobody can read are left out."""
    unit_beside_value(payload, patch)
    entries = payload.get("meterValue")
    if entries is not None:
        payload["meterValue"] = repair_entries(entries, _WORDS, patch)
        if not payload["meterValue"]:
            del payload["meterValue"]


def _trigger(payload: Payload, patch: Patch) -> None:
    trigger = payload.get("triggerReason")
    if not isinstance(trigger, str) or trigger not in _TRIGGERS:
        missing = trigger is None
        patch.note(
            "missing_trigger" if missing else "unknown_word",
            "triggerReason is missing" if missing else "triggerReason is unknown",
        )
        payload["triggerReason"] = "AbnormalCondition"
        patch.amendments["trigger"] = None


def _transaction_id(info: Payload, patch: Patch) -> None:
    if type(info.get("transactionId")) is int:
        patch.note("text_as_number", "transactionId is a number instead of a text")
        info["transactionId"] = str(info["transactionId"])


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
        transaction_data,
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
                total_cost,
            ),
        ),
        charging_periods,
        evse_at_root,
        _trigger,
        Missing("seqNo", 0, forgets="seq_no"),
        _token,
        _sampled_values,
    ),
}

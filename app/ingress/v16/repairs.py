"""Known deviations of 1.6 stations, put right before the strict type is asked again."""

from __future__ import annotations

from app.ingress.block import Payload
from app.ingress.quirks import Missing, Nothing, Patch, Repairs, Word
from app.ingress.sampled_values import repair_entries
from app.ingress.schemas import schema_of

_ERROR_CODES = frozenset(schema_of("1.6", "StatusNotification")["properties"]["errorCode"]["enum"])
_REASONS = frozenset(schema_of("1.6", "StopTransaction")["properties"]["reason"]["enum"])
_SAMPLE = schema_of("1.6", "MeterValues")["properties"]["meterValue"]["items"]["properties"][
    "sampledValue"
]["items"]["properties"]
_WORDS = {name: frozenset(member["enum"]) for name, member in _SAMPLE.items() if "enum" in member}


def _meter_values(payload: Payload, patch: Patch) -> None:
    payload["meterValue"] = repair_entries(payload.get("meterValue"), _WORDS, patch)


def _transaction_data(payload: Payload, patch: Patch) -> None:
    if "transactionData" in payload:
        payload["transactionData"] = repair_entries(payload["transactionData"], _WORDS, patch)


REPAIRS: Repairs = {
    "Heartbeat": (Nothing("Heartbeat"),),
    "StatusNotification": (
        Missing("errorCode", "NoError"),
        Word(
            "errorCode",
            _ERROR_CODES,
            "errorCode {!r} is not a word of OCPP 1.6",
            otherwise="OtherError",
            amends="error_code",  # one of the vendor's own is kept in the report as it came
        ),
    ),
    "MeterValues": (_meter_values,),
    "StopTransaction": (
        Word("reason", _REASONS, "reason {!r} is not a word of OCPP 1.6", otherwise="Other"),
        _transaction_data,
    ),
}

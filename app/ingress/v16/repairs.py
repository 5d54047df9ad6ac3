"""Known deviations of 1.6 stations, put right before the strict type is asked again."""

from __future__ import annotations

from typing import Any

from app.ingress.block import Payload
from app.ingress.quirks import Missing, Nothing, Patch, Repairs, Word
from app.ingress.sampled_values import repair_entries
from app.ingress.schemas import schema_of
from app.ingress.v16.metering import has_comma, with_dot

_ERROR_CODES = frozenset(schema_of("1.6", "StatusNotification")["properties"]["errorCode"]["enum"])
_REASONS = frozenset(schema_of("1.6", "StopTransaction")["properties"]["reason"]["enum"])
_SAMPLE = schema_of("1.6", "MeterValues")["properties"]["meterValue"]["items"]["properties"][
    "sampledValue"
]["items"]["properties"]
_WORDS = {name: frozenset(member["enum"]) for name, member in _SAMPLE.items() if "enum" in member}


def _mend_commas(entries: Any, patch: Patch) -> None:
    for entry in entries if isinstance(entries, list) else ():
        samples = entry.get("sampledValue") if isinstance(entry, dict) else None
        for sample in samples if isinstance(samples, list) else ():
            if isinstance(sample, dict) and sample.get("format") != "SignedData":
                _mend_comma(sample, patch)


def _mend_comma(sample: Payload, patch: Patch) -> None:
    value = sample.get("value")
    if not isinstance(value, str) or not has_comma(value):
        return
    right = with_dot(value)
    if right is None:
        patch.note("unclear_comma", "a measured value has a comma that may part thousands")
    else:
        patch.note("decimal_comma", "a measured value has a comma instead of a dot")
        sample["value"] = right


def _meter_values(payload: Payload, patch: Patch) -> None:
    _mend_commas(payload.get("meterValue"), patch)
    payload["meterValue"] = repair_entries(payload.get("meterValue"), _WORDS, patch)


def _transaction_data(payload: Payload, patch: Patch) -> None:
    if "transactionData" in payload:
        _mend_commas(payload["transactionData"], patch)
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

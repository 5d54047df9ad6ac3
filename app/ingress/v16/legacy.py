"""Known deviations of 1.6 stations, put right before the strict type is asked again."""

from __future__ import annotations

from app.ingress.block import Payload
from app.ingress.legacy import Patch, Repairs
from app.ingress.sampled_values import repair_entries
from app.ingress.schemas import schema_of

_ERROR_CODES = frozenset(schema_of("1.6", "StatusNotification")["properties"]["errorCode"]["enum"])
_REASONS = frozenset(schema_of("1.6", "StopTransaction")["properties"]["reason"]["enum"])
_SAMPLE = schema_of("1.6", "MeterValues")["properties"]["meterValue"]["items"]["properties"][
    "sampledValue"
]["items"]["properties"]
_WORDS = {name: frozenset(member["enum"]) for name, member in _SAMPLE.items() if "enum" in member}


def _heartbeat(payload: Payload, patch: Patch) -> None:
    for name in list(payload):
        patch.note(f"Heartbeat has no {name[:50]}")
        del payload[name]


def _status(payload: Payload, patch: Patch) -> None:
    """An error code of the vendor's own is kept in the report as it came."""
    code = payload.get("errorCode")
    if code is None:
        patch.note("errorCode is missing")
        payload["errorCode"] = "NoError"
    elif isinstance(code, str) and code not in _ERROR_CODES:
        patch.note(f"errorCode {code[:50]!r} is not a word of OCPP 1.6")
        payload["errorCode"] = "OtherError"
        patch.amendments["error_code"] = code[:50] or None


def _meter_values(payload: Payload, patch: Patch) -> None:
    payload["meterValue"] = repair_entries(payload.get("meterValue"), _WORDS, patch)


def _stop(payload: Payload, patch: Patch) -> None:
    reason = payload.get("reason")
    if isinstance(reason, str) and reason not in _REASONS:
        patch.note(f"reason {reason[:30]!r} is not a word of OCPP 1.6")
        payload["reason"] = "Other"
    if "transactionData" in payload:
        payload["transactionData"] = repair_entries(payload["transactionData"], _WORDS, patch)


REPAIRS: Repairs = {
    "Heartbeat": _heartbeat,
    "StatusNotification": _status,
    "MeterValues": _meter_values,
    "StopTransaction": _stop,
}

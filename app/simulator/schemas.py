"""Is a payload valid? The OCPP JSON schemas that ship with the `ocpp` package decide.

Both directions are checked here and only here: what a station sends and what it receives. The
answer is a `Fault` with the error code OCPP-J wants for it, or None. What to do with a fault is
for `link` to decide.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files

from jsonschema import Draft4Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match
from ocpp.messages import MessageType

from .plan import Payload

__all__ = ["Fault", "call_fault", "knows", "result_fault"]

_FORMATS = FormatChecker(formats=())
_EXACT_DECIMALS = frozenset(
    {
        (MessageType.Call, "SetChargingProfile"),
        (MessageType.Call, "RemoteStartTransaction"),
        (MessageType.CallResult, "GetCompositeSchedule"),
    }
)
_CODES = {
    "type": "TypeConstraintViolation",
    "maxLength": "TypeConstraintViolation",
    "required": "OccurrenceConstraintViolation",
    "minItems": "OccurrenceConstraintViolation",
    "maxItems": "OccurrenceConstraintViolation",
    "additionalProperties": "FormatViolation",
}
_CODES_V16 = {
    "OccurrenceConstraintViolation": "OccurenceConstraintViolation",
    "FormatViolation": "FormationViolation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a payload is not valid: an OCPP-J error code and a sentence."""

    code: str
    text: str


def _is_date_time(value: object) -> bool:
    """RFC 3339 with a zone, as OCPP wants it (naive times are a mistake)."""
    if not isinstance(value, str):
        return True
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


_FORMATS.checks("date-time")(_is_date_time)


def call_fault(version: str, action: str, payload: Payload) -> Fault | None:
    """Check the payload of a CALL."""
    return _fault(version, MessageType.Call, action, payload)


def result_fault(version: str, action: str, payload: Payload) -> Fault | None:
    """Check the payload of a CALLRESULT to `action`."""
    return _fault(version, MessageType.CallResult, action, payload)


def knows(version: str, action: str) -> bool:
    """Does this version of OCPP have that action at all?"""
    return action.isalnum() and _validator(version, MessageType.Call, action) is not None


def _fault(version: str, kind: int, action: str, payload: Payload) -> Fault | None:
    validator = _validator(version, kind, action)
    if validator is None:
        return Fault(code="NotImplemented", text=f"OCPP {version} has no {action}.")
    subject: object = payload
    if _needs_exact_decimals(version, kind, action):
        subject = json.loads(json.dumps(payload), parse_float=Decimal)
    error = best_match(validator.iter_errors(subject))
    return None if error is None else _described(version, action, error)


def _described(version: str, action: str, error: ValidationError) -> Fault:
    code = _CODES.get(str(error.validator), "PropertyConstraintViolation")
    if version == "1.6":
        code = _CODES_V16.get(code, code)
    where = "/".join(str(part) for part in error.absolute_path) or "payload"
    return Fault(code=code, text=f"{action}: {where}: {error.message}"[:400])


def _needs_exact_decimals(version: str, kind: int, action: str) -> bool:
    """Three 1.6 schemas say `multipleOf 0.1`, which binary floats cannot satisfy."""
    return version == "1.6" and (kind, action) in _EXACT_DECIMALS


@cache
def _validator(version: str, kind: int, action: str) -> Draft4Validator | None:
    # Not the package's own `get_validator`: its cache forgets how floats were parsed.
    name = action + ("Response" if kind == MessageType.CallResult else "")
    if kind == MessageType.Call and version != "1.6":
        name += "Request"
    path = files("ocpp") / ("v" + version.replace(".", "")) / "schemas" / f"{name}.json"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError:
        return None
    exact = _needs_exact_decimals(version, kind, action)
    schema = json.loads(text, parse_float=Decimal if exact else float)
    return Draft4Validator(schema, format_checker=_FORMATS)

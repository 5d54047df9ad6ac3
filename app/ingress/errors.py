"""From what went wrong to the CALLERROR that a station deserves. One of the program's three error tables.

Codes are written here in 2.0.1's spelling; a dialect respells them (1.6 kept its misprints). The choice of a code for
a payload that broke its schema is the slow path: only then is the `ocpp` package's own JSON schema asked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from jsonschema import ValidationError
from ocpp.messages import get_validator

from app.domain.errors import (
    Conflict,
    CsmsError,
    Invalid,
    NotAllowed,
    NotFound,
    NotRegistered,
    NotSignedIn,
    NotSupported,
    Unavailable,
)
from app.ingress.schemas import schema_of

LONGEST_DESCRIPTION = 255
"""OCPP-J's limit for errorDescription."""

LONGEST_EXPLAINED = 64 * 1024
"""Bytes of payload that the slow path looks into; a longer one is judged by the fast path's own words."""

_CODES: tuple[tuple[type[CsmsError], str], ...] = (
    (NotRegistered, "SecurityError"),
    (NotAllowed, "SecurityError"),
    (NotSignedIn, "SecurityError"),
    (NotSupported, "NotSupported"),
    (Invalid, "PropertyConstraintViolation"),
    (NotFound, "PropertyConstraintViolation"),
    (Conflict, "GenericError"),
    (Unavailable, "InternalError"),
    (CsmsError, "InternalError"),
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A CALLERROR in the making; `code` in 2.0.1's spelling."""

    code: str
    description: str


def refusal_of(error: CsmsError) -> Refusal:
    """What a station is told when the living room says no."""
    code = next(code for kind, code in _CODES if isinstance(error, kind))
    return Refusal(code, error.message[:LONGEST_DESCRIPTION])


def explain(
    version: str, action: str, payload: bytes, error: Exception, *, request: bool = True
) -> Refusal:
    """Why `payload`, which the strict type refused with `error`, is wrong.

    The description names the member at fault and never repeats its value, which may be somebody's token.
    """
    if len(payload) <= LONGEST_EXPLAINED:
        try:
            msgspec.json.decode(payload)  # `json` lets more pass than JSON is
            content = json.loads(payload, parse_float=Decimal)
            fault = _first_fault(version, action, content, request=request)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Refusal("FormatViolation", f"The payload of {action} is not readable JSON")
        except (ArithmeticError, ValueError):  # a number with which the judge cannot reckon
            return _judge_unaided(str(error))
        if not isinstance(content, dict):
            return Refusal("FormatViolation", f"The payload of {action} is not a JSON object")
        if fault is not None:
            return _judge(fault)
    return _judge_unaided(str(error))


def step_fault(version: str, action: str, payload: bytes) -> Refusal | None:
    """Why a valid request is not: a number that is no multiple of its step, which the fast path does not see."""
    if not _has_steps(version, action):
        return None
    try:
        content = json.loads(payload, parse_float=Decimal)
        fault = _first_fault(version, action, content, request=True)
    except (ArithmeticError, ValueError, RecursionError):
        return Refusal("PropertyConstraintViolation", "a number is too large")
    return None if fault is None else _judge(fault)


@cache
def _has_steps(version: str, action: str) -> bool:
    return "multipleOf" in json.dumps(schema_of(version, action))


def _first_fault(
    version: str, action: str, content: Any, *, request: bool
) -> ValidationError | None:
    """The fault nearest to the root, the `ocpp` package's schema being the judge."""
    # Decimal: some schemas ask for multiples of 0.1. The package keeps one validator for all, however floats are read.
    validator = get_validator(2 if request else 3, action, version, parse_float=Decimal)
    faults = sorted(validator.iter_errors(content), key=lambda fault: len(fault.absolute_path))
    return faults[0] if faults else None


def _judge(fault: ValidationError) -> Refusal:
    path = ".".join(str(step) for step in fault.absolute_path) or "the payload"
    limit = fault.validator_value
    match fault.validator:
        case "required":
            missing = next((n for n in limit if n not in fault.instance), "a member")
            where = "" if path == "the payload" else f" in {path}"
            return Refusal("OccurrenceConstraintViolation", f"{missing} is missing{where}")
        case "additionalProperties":
            known = fault.schema.get("properties", {})
            extra = next((n for n in fault.instance if n not in known), "a member")
            return Refusal("FormatViolation", f"{extra[:100]} is not a member of {path}")
        case "type":
            return Refusal("TypeConstraintViolation", f"{path} must be of type {limit}")
        case "maxLength":
            return Refusal("TypeConstraintViolation", f"{path} is longer than {limit} characters")
        case "minItems" | "maxItems":
            word = "fewer" if fault.validator == "minItems" else "more"
            return Refusal("OccurrenceConstraintViolation", f"{path} has {word} than {limit} items")
        case "enum":
            return Refusal("PropertyConstraintViolation", f"{path} is none of the allowed words")
    return Refusal("PropertyConstraintViolation", f"{path} breaks the rule {fault.validator}")


def _judge_unaided(message: str) -> Refusal:
    """By msgspec's own words: faults that JSON schema does not see (dates, 32 bits), or payloads too long to ask."""
    text = message.replace("`", "").replace("$.", "")[:LONGEST_DESCRIPTION]
    if "missing required field" in text or "Expected array of length" in text:
        return Refusal("OccurrenceConstraintViolation", text)
    if "unknown field" in text or "malformed" in text or "truncated" in text:
        return Refusal("FormatViolation", text)
    if "enum value" in text or "Expected int >=" in text or "Expected int <=" in text:
        return Refusal("PropertyConstraintViolation", text)
    return Refusal("TypeConstraintViolation", text)

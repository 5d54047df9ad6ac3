"""What is done for a payload that breaks its schema, before it is refused: known deviations are put right and noted.

Only tried when the strict type said no, so a conformant station pays nothing for it. The general repairs, for every
version, are here (nulls, times with a double Z, free text that is too long, members nobody knows); those of one
message of one version are in the tables of `v2.repairs` and `v16.repairs`. What they are is listed in `quirks`. Every
repair leaves a finding, one sentence each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from app.domain.reports import MeterValuesReported, Report, TransactionReport
from app.ingress.block import Payload
from app.ingress.errors import LONGEST_EXPLAINED
from app.ingress.quirks import Patch, Repairs, chosen
from app.ingress.schemas import schema_of
from app.ingress.wire import wire_time

FORGIVING = frozenset(
    {"TransactionEvent", "StartTransaction", "StopTransaction", "MeterValues", "StatusNotification"}
)
"""Messages whose loss costs money or the truth about a connector: an unknown member is no reason to refuse them."""

FREE_TEXT = frozenset(
    {
        "serialNumber", "model", "vendorName", "firmwareVersion", "info", "vendorErrorCode",
        "chargePointVendor", "chargePointModel", "chargePointSerialNumber", "chargeBoxSerialNumber",
        "meterType", "meterSerialNumber", "name",
    }
)  # fmt: skip
"""Members that only people read: cutting them harms nobody."""

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)(\.\d*)?\s*(?:Z+|([+-]\d\d:?\d\d))?", re.I
)


_DOUBLE_Z = re.compile(r"\dZ{2,}$", re.I)

NUMBERS = frozenset(
    {
        "connectorId",
        "evseId",
        "id",
        "meterStart",
        "meterStop",
        "transactionId",
        "reservationId",
        "requestId",
        "numberOfPhasesUsed",
        "chargingProfileId",
    }
)
"""Members that are understood when their number is written as a text."""

TEXTS = frozenset({"transactionId"}) | FREE_TEXT
"""Members that are understood when their text is written as a number."""


def repair(
    version: str,
    action: str,
    repairs: Repairs,
    payload: bytes,
    at: datetime,
    keys: frozenset[str] = frozenset(),
) -> tuple[bytes, Patch] | None:
    """The payload as its schema wants it, with what was done; None when there was nothing that could be done.

    `keys`: quirks that a person said this station has; they count for valid payloads too.
    """
    if len(payload) > LONGEST_EXPLAINED:
        return None
    patch = Patch(at)
    schema = schema_of(version, action)
    walk = _Walk(schema.get("definitions", {}), patch, action in FORGIVING)
    try:
        content = msgspec.json.decode(payload)
        if not isinstance(content, dict):
            return None
        _drop_nulls(content, patch)
        for step in repairs.get(action, ()):
            step(content, patch)
        if keys:
            chosen(keys, action, content, patch)
        walk.into(content, schema, "")
        return (msgspec.json.encode(content), patch) if patch.findings else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def amended(reports: tuple[Report, ...], patch: Patch) -> tuple[Report, ...]:
    """The reports with what only the deviant payload said."""
    if patch.without_transaction:
        return tuple(_homeless(report) for report in reports)
    if not patch.amendments:
        return reports
    first: Any = reports[0]
    return (replace(first, **patch.amendments), *reports[1:])


def _homeless(report: Report) -> Report:
    """What was told of a transaction that is none: readings of its EVSE."""
    if not isinstance(report, TransactionReport):
        return report
    return MeterValuesReported(evse_id=report.evse_id or 1, readings=report.readings)


def _drop_nulls(value: Any, patch: Patch) -> None:
    items = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for name, item in items:
        if item is None and isinstance(value, dict):
            del value[name]
            patch.note("null", f"{name} is null instead of absent")
        elif isinstance(item, dict | list):
            _drop_nulls(item, patch)


def right_time(text: str, at: datetime) -> str:
    """A time as RFC 3339 wants it: one Z, seconds, a zone; the moment of receipt when it cannot be read at all."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return wire_time(at)
    day, clock, fraction, offset = found.groups()
    if len(clock) == 5:
        clock += ":00"
    if offset and ":" not in offset:
        offset = f"{offset[:3]}:{offset[3:]}"
    return f"{day}T{clock}{(fraction or '')[:7].rstrip('.')}{offset or 'Z'}"


@dataclass(slots=True)
class _Walk:
    """A payload beside its schema, from the root to the leaves."""

    definitions: Mapping[str, Any]
    patch: Patch
    forgiving: bool

    def into(self, value: Any, schema: Mapping[str, Any], name: str) -> Any:
        """`value`, put right in place where it is a container; the right value is returned."""
        if "$ref" in schema:
            schema = self.definitions[schema["$ref"].rsplit("/", 1)[-1]]
        if isinstance(value, dict) and "properties" in schema:
            self._object(value, schema)
        elif isinstance(value, list) and "items" in schema:
            value[:] = [self.into(item, schema["items"], name) for item in value]
        else:
            return self._leaf(value, schema, name)
        return value

    def _object(self, value: Payload, schema: Mapping[str, Any]) -> None:
        known = schema["properties"]
        closed = schema.get("additionalProperties") is False
        for name in list(value):
            if name in known:
                value[name] = self.into(value[name], known[name], name)
            elif closed and self.forgiving:
                del value[name]
                self.patch.note("unknown_member", f"{name[:50]} is not a member of the message")

    def _leaf(self, value: Any, schema: Mapping[str, Any], name: str) -> Any:
        kind = schema.get("type")
        if kind == "string":
            return self._text(value, schema, name)
        if kind == "integer" and type(value) is float and value.is_integer():
            self.patch.note("fraction", f"{name} is written as a fraction")
            return int(value)
        if kind in ("integer", "number") and isinstance(value, str):
            return self._number(value, kind, name)
        return value

    def _text(self, value: Any, schema: Mapping[str, Any], name: str) -> Any:
        longest = schema.get("maxLength")
        if type(value) in (int, float):
            if name == "value":
                self.patch.note("text_as_number", "a measured value is a number instead of a text")
                return repr(value)
            if name in TEXTS:
                self.patch.note("text_as_number", f"{name} is a number instead of a text")
                return str(value)
        elif isinstance(value, str) and schema.get("format") == "date-time":
            if not _is_time(value):
                if _DOUBLE_Z.search(value):
                    self.patch.note("double_z", f"{name} ends in two Z")
                else:
                    self.patch.note("time", f"{name} is not an RFC 3339 time")
                right = right_time(value, self.patch.at)
                return right if _is_time(right) else wire_time(self.patch.at)
        elif (
            isinstance(value, str)
            and longest is not None
            and len(value) > longest
            and name in FREE_TEXT
        ):
            self.patch.note("too_long", f"{name} is longer than {longest} characters")
            return value[:longest]
        return value

    def _number(self, text: str, kind: str, name: str) -> Any:
        """The number that a text is, where it can mean nothing else."""
        if name != "value" and name not in NUMBERS:
            return text
        try:
            number = float(text)
        except ValueError:
            return text
        if not -(2**53) < number < 2**53:  # huge, infinite or no number at all
            return text
        if kind == "integer":
            if not number.is_integer():
                return text
            number = int(number)
        which = "a measured value" if name == "value" else name
        self.patch.note("number_as_text", f"{which} is a text instead of a number")
        return number


def _is_time(text: str) -> bool:
    try:
        msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        return False
    return True

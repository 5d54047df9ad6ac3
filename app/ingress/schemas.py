"""Payload types made from the `ocpp` package's own JSON schemas: parsing and strict validation in one pass.

`struct_for` builds a msgspec type for one message on first use: no coercion, no unknown members where the schema
forbids them, length and range limits, enums, date-times. Which OCPP error code a rejected payload deserves is
`errors`' business; what is done for stations that break the schema is `mending`'s.
"""

from __future__ import annotations

import json
import keyword
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Literal

import msgspec

FOLDERS = {"1.6": "v16", "2.0.1": "v201", "2.1": "v21"}
"""Where the `ocpp` package keeps the schemas of a version."""

_INT32 = (-(2**31), 2**31 - 1)
_INT64 = (-(2**63), 2**63 - 1)
_WIDE_INTEGERS = frozenset({"meterStart", "meterStop"})
"""Registers in Wh outgrow 32 bits at a busy hub; every other integer of OCPP is a 32-bit one."""

_OUTLETS = frozenset({"connectorId", "evseId", "EVSEType.id"})
"""Ids of outlets, 0 being the whole station. Only the schemas of 2.1 say that there is none below."""


@cache
def struct_for(version: str, action: str, *, request: bool = True) -> type[msgspec.Struct]:
    """The type of a request's or an answer's payload. Members are named as on the wire, absent ones are None.

    Raises LookupError for an action that the version does not have.
    """
    schema = schema_of(version, action, request=request)
    suffix = "Request" if request else "Response"
    return _Builder(schema, f"{action}{suffix}").root()


@cache
def decoder_for(version: str, action: str, *, request: bool = True) -> msgspec.json.Decoder[Any]:
    """A decoder to `struct_for`'s type; made once per message type."""
    return msgspec.json.Decoder(struct_for(version, action, request=request))


@cache
def schema_of(version: str, action: str, *, request: bool = True) -> Mapping[str, Any]:
    """The JSON schema as the `ocpp` package ships it. Raises LookupError when there is none."""
    if not action.isalnum():
        raise LookupError(f"{action!r} is not an OCPP action.")
    suffix = ("" if FOLDERS[version] == "v16" else "Request") if request else "Response"
    file = _folder(version) / f"{action}{suffix}.json"
    if not file.is_file():
        raise LookupError(f"OCPP {version} has no {action}.")
    schema: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8-sig"))
    return schema


@cache
def actions_of(version: str) -> tuple[str, ...]:
    """Every action for which the version has schemas, by name."""
    names = (entry.name.removesuffix(".json") for entry in _folder(version).iterdir())
    return tuple(sorted({n.removesuffix("Request").removesuffix("Response") for n in names}))


def _folder(version: str) -> Traversable:
    return files("ocpp") / FOLDERS[version] / "schemas"


@dataclass(slots=True)
class _Builder:
    """One schema file on its way to types; definitions are built once each."""

    schema: Mapping[str, Any]
    name: str
    built: dict[str, Any]

    def __init__(self, schema: Mapping[str, Any], name: str) -> None:
        self.schema, self.name, self.built = schema, name, {}

    def root(self) -> type[msgspec.Struct]:
        return self._object(self.schema, self.name)

    def _type(self, schema: Mapping[str, Any], name: str) -> Any:
        reference = schema.get("$ref")
        if reference is not None:
            key = reference.rsplit("/", 1)[-1]
            if key not in self.built:
                self.built[key] = self._type(self.schema["definitions"][key], key)
            return self.built[key]
        if "enum" in schema:
            return Literal[tuple(schema["enum"])]
        match schema.get("type"):
            case "object":
                return self._object(schema, name)
            case "array":
                return self._array(schema, name)
            case "string":
                return _string(schema)
            case "integer":
                return _integer(schema, name)
            case "number":
                return _limited(float, schema.get("minimum"), schema.get("maximum"))
            case "boolean":
                return bool
        return Any  # no type in the schema: anything goes (DataTransfer's `data`)

    def _object(self, schema: Mapping[str, Any], name: str) -> type[msgspec.Struct]:
        required = schema.get("required", ())
        fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
        rename = {}
        for member, sub in schema.get("properties", {}).items():
            own = f"{member}_" if keyword.iskeyword(member) else member
            rename[own] = member
            whole = f"{name}.{member}"
            built = self._type(sub, whole if whole in _OUTLETS else member)
            # The default None stands for "absent"; null on the wire is still refused, as the schema wants it.
            fields.append((own, built) if member in required else (own, built, None))
        return msgspec.defstruct(
            name,
            fields,
            kw_only=True,
            gc=False,
            omit_defaults=True,
            rename=rename,
            forbid_unknown_fields=schema.get("additionalProperties") is False,
        )

    def _array(self, schema: Mapping[str, Any], name: str) -> Any:
        item: Any = self._type(schema.get("items", {}), name)
        low, high = schema.get("minItems"), schema.get("maxItems")
        if low is None and high is None:
            return list.__class_getitem__(item)
        return Annotated[
            list.__class_getitem__(item), msgspec.Meta(min_length=low, max_length=high)
        ]


def _string(schema: Mapping[str, Any]) -> Any:
    if schema.get("format") == "date-time":
        return datetime
    longest = schema.get("maxLength")
    return str if longest is None else Annotated[str, msgspec.Meta(max_length=longest)]


def _integer(schema: Mapping[str, Any], name: str) -> Any:
    low, high = _INT64 if name in _WIDE_INTEGERS else _INT32
    minimum, maximum = schema.get("minimum"), schema.get("maximum")
    if minimum is None and name in _OUTLETS:
        minimum = 0
    return Annotated[
        int,
        msgspec.Meta(
            ge=low if minimum is None else int(minimum),
            le=high if maximum is None else int(maximum),
        ),
    ]


def _limited(base: type, minimum: float | None, maximum: float | None) -> Any:
    """`multipleOf` is left out on purpose: 0.1 is no binary fraction, and 21.4 would fail."""
    if minimum is None and maximum is None:
        return base
    return Annotated[base, msgspec.Meta(ge=minimum, le=maximum)]

"""Payloads made from the schemas by dice, valid ones and ones with mistakes; and commands, from their types."""

from __future__ import annotations

import copy
import dataclasses
import random
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, Union

from app.ingress.schemas import schema_of

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
DEEPEST = 6
MOMENT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def valid(version: str, action: str, dice: random.Random, *, request: bool = True) -> Any:
    """A payload that its schema allows; optional members come and go."""
    schema = schema_of(version, action, request=request)
    return _Maker(dice, schema.get("definitions", {})).make(schema, 0)


class _Maker:
    def __init__(self, dice: random.Random, definitions: Mapping[str, Any]) -> None:
        self.dice = dice
        self.definitions = definitions

    def make(self, schema: Mapping[str, Any], depth: int) -> Any:
        if "$ref" in schema:
            schema = self.definitions[schema["$ref"].rsplit("/", 1)[-1]]
        if "enum" in schema:
            return self.dice.choice(schema["enum"])
        match schema.get("type"):
            case "object":
                return self._object(schema, depth)
            case "array":
                low = schema.get("minItems", 0)
                count = self.dice.randint(low, min(schema.get("maxItems", low + 2), low + 2))
                return [self.make(schema.get("items", {}), depth + 1) for _ in range(count)]
            case "string":
                return self._text(schema)
            case "integer":
                low, high = schema.get("minimum", 0), schema.get("maximum", 1000)
                return self.dice.randint(int(low), int(min(high, low + 1000)))
            case "number":
                low, high = schema.get("minimum", 0), schema.get("maximum", 1000)
                return round(self.dice.uniform(low, min(high, low + 1000)), 1)
            case "boolean":
                return self.dice.random() < 0.5
        return self.dice.choice(["text", 7, {"a": [1, None]}, []])

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        required = schema.get("required", ())
        made = {}
        for name, sub in schema.get("properties", {}).items():
            wanted = depth < DEEPEST and name != "customData" and self.dice.random() < 0.4
            if name in required or wanted:
                made[name] = self.make(sub, depth + 1)
        return made

    def _text(self, schema: Mapping[str, Any]) -> str:
        if schema.get("format") == "date-time":
            moment = MOMENT + timedelta(seconds=self.dice.randint(-86400, 3600))
            return moment.isoformat().replace("+00:00", "Z")
        if schema.get("format") == "uri":
            return "https://example.org/x"
        longest = min(schema.get("maxLength", 20), 20)
        return "".join(self.dice.choices(LETTERS, k=self.dice.randint(1, max(longest, 1))))


_WRONG: tuple[Any, ...] = (
    None, "", "x" * 3000, "\0", "2026-13-45T99:99:99Z", "\N{ELECTRIC PLUG}" * 40,
    -1, 0, 2**31, 2**63, 2**70, -(2**70), 1e300, 0.1, True, [], {}, [[]], {"a": {"b": []}}, [None], "NaN", "1", "true",
)  # fmt: skip


def mutants(payload: Any, dice: random.Random, count: int) -> Iterator[Any]:
    """Copies of `payload`, each with one to three mistakes in it."""
    for _ in range(count):
        mutant = copy.deepcopy(payload)
        for _ in range(dice.randint(1, 3)):
            mutant = _spoil(mutant, dice)
        yield mutant


def _wrong(dice: random.Random) -> Any:
    return copy.deepcopy(dice.choice(_WRONG))


def _spoil(value: Any, dice: random.Random) -> Any:
    places = list(_places(value))
    if not places or dice.random() < 0.05:
        return _wrong(dice)
    holder, key = dice.choice(places)
    match dice.randint(0, 5):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[dice.choice(["unknown", "id", "", "customData", "type"])] = _wrong(dice)
        case 2:
            holder[key] = [holder[key]]
        case 3:
            deep: Any = 1
            for _ in range(dice.choice([5, 60, 200])):
                deep = {"a": deep}
            holder[key] = deep
        case _:
            holder[key] = _wrong(dice)
    return value


def _places(value: Any, depth: int = 0) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict | list) and depth < 10:
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key], depth + 1)


WORDS: Mapping[str, tuple[str, ...]] = {
    "message": ("StatusNotification", "Heartbeat"),
    "base": ("All",),
    "type": ("UpperThreshold",),
    "hash_algorithm": ("SHA256",),
    "transaction": ("4711",),
    "url": ("wss://csms.example.org/ocpp",),
}
"""Fields that are plain texts to Python and words of a list to OCPP."""


def instance_of(kind: Any, dice: random.Random, name: str = "") -> Any:
    """Something of a type: commands are dataclasses of plain things."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Union, types.UnionType):
        return instance_of(dice.choice(arguments), dice, name)
    if origin is Literal:
        return dice.choice(arguments)
    if origin is tuple:
        count = dice.randint(1, 2) if arguments[-1] is Ellipsis else len(arguments)
        kinds = arguments[:1] * count if arguments[-1] is Ellipsis else arguments
        return tuple(instance_of(each, dice, name) for each in kinds)
    if origin in (frozenset, list):
        return origin([instance_of(arguments[0], dice, name)])
    if origin is not None and issubclass(origin, Mapping):
        return {}
    if kind is str and name in WORDS:
        return dice.choice(WORDS[name])
    if kind in _PLAIN:
        return _PLAIN[kind](dice)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return dice.choice(list(kind))
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        assert isinstance(kind, type)
        values = {
            field.name: instance_of(hints[field.name], dice, field.name)
            for field in dataclasses.fields(kind)
            if _needed(field) or dice.random() < 0.5
        }
        return kind(**values)
    return {}


def _needed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


_PLAIN: Mapping[Any, Any] = {
    type(None): lambda _dice: None,
    bool: lambda dice: dice.random() < 0.5,
    int: lambda dice: dice.randint(0, 20),
    float: lambda dice: round(dice.uniform(0, 1000), 1),
    Decimal: lambda dice: Decimal(dice.randint(0, 10_000)) / 10,
    str: lambda dice: "".join(dice.choices(LETTERS, k=dice.randint(1, 12))),
    bytes: lambda dice: dice.randbytes(8),
    datetime: lambda dice: MOMENT + timedelta(seconds=dice.randint(0, 3600)),
    object: lambda _dice: "anything",
    Any: lambda _dice: "anything",
    dict: lambda _dice: {},
}

"""The generated types agree with the library's own validator, and are stricter only where that is meant."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from ocpp.messages import get_validator

from app.ingress.dialects import DIALECTS
from app.ingress.schemas import FOLDERS, actions_of, decoder_for, struct_for
from tests.ingress.golden import golden_frames

WRONG: list[Any] = [None, "", "x" * 3000, 0, -1, 1.5, 1.0, True, [], {}, ["x"], {"x": 1}, 7]


@pytest.mark.parametrize("version", FOLDERS)
def test_every_schema_becomes_a_type(version: str) -> None:
    made = 0
    for action in actions_of(version):
        if action == "NotifyPeriodicEventStream":  # a SEND: its file is neither request nor answer
            continue
        made += len({struct_for(version, action, request=r) for r in (True, False)})
    assert made >= 2 * (len(actions_of(version)) - 1)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a payload."""
    yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))


def mutants(payload: Any, dice: random.Random) -> Iterator[Any]:
    """The payload with one thing wrong, in many ways."""
    for path in places(payload):
        for wrong in dice.sample(WRONG, 5):
            mutant = copy.deepcopy(payload)
            at = mutant
            if not path:
                continue
            for step in path[:-1]:
                at = at[step]
            at[path[-1]] = wrong
            yield mutant
            if isinstance(at, dict):
                del at[path[-1]]
                yield copy.deepcopy(mutant)
                at["unheardOf"] = wrong
                yield mutant


def fault_of(decoder: msgspec.json.Decoder[Any], payload: Any) -> str | None:
    """Why the decoder refuses a payload, if it does."""
    try:
        decoder.decode(json.dumps(payload))
    except msgspec.ValidationError as error:
        return str(error)
    return None


def only_stricter(message: str) -> bool:
    """Times and 32-bit numbers: JSON schema does not see them."""
    return "datetime" in message or "RFC3339" in message


def test_mutated_frames_are_judged_as_the_library_judges_them() -> None:
    dice = random.Random(20261120)
    judged = refused = 0
    for golden in golden_frames():
        if golden.content.get("findings"):
            continue
        version = DIALECTS[golden.subprotocol].version
        decoder, judge = (
            decoder_for(version, golden.action),
            get_validator(2, golden.action, version),
        )
        for mutant in mutants(golden.content["frame"][3], dice):
            judged += 1
            valid = judge.is_valid(mutant)
            fault = fault_of(decoder, mutant)
            refused += fault is not None
            expected = not valid or (fault is not None and only_stricter(fault))
            assert (fault is not None) == expected, (golden.name, mutant, fault)
    assert judged > 3_000
    assert refused > 1_000

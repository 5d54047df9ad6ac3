"""The generated types agree with the library's own validator, and are stricter only where that is meant."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from ocpp.messages import get_validator

from app.ingress.dialects import DIALECTS
from app.ingress.schemas import FOLDERS, actions_of, decoder_for, struct_for
from app.ingress.translate import translate
from tests.ingress.golden import golden_frames

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
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
    """Times and 32-bit numbers: JSON schema does not see them. Outlets below 0: only the schemas of 2.1 do."""
    below = re.search(
        r"Expected `int` >= 0 - at `\$\.(.*\.)?(connectorId|evseId|evse\.id)`$", message
    )
    return "datetime" in message or "RFC3339" in message or below is not None


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


SAMPLED = [{"timestamp": "2026-11-20T03:00:00Z", "sampledValue": [{"value": "1"}]}]
SAMPLED_2 = [{"timestamp": "2026-11-20T03:00:00Z", "sampledValue": [{"value": 1}]}]
OLD = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
NEW = {
    "timestamp": "2026-11-20T03:00:00Z",
    "connectorStatus": "Available",
    "evseId": 1,
    "connectorId": 1,
}
BEGUN = {"connectorId": 1, "idTag": "x", "meterStart": 0, "timestamp": "2026-11-20T03:00:00Z"}
EVENT = {
    "eventType": "Started",
    "timestamp": "2026-11-20T03:00:00Z",
    "triggerReason": "Authorized",
    "seqNo": 0,
    "transactionInfo": {"transactionId": "x"},
    "evse": {"id": 1, "connectorId": 1},
}


@pytest.mark.parametrize("value", [-1, -(2**31)])
@pytest.mark.parametrize(
    ("subprotocol", "action", "payload", "member"),
    [
        ("ocpp1.6", "StatusNotification", OLD, "connectorId"),
        ("ocpp1.6", "StartTransaction", BEGUN, "connectorId"),
        ("ocpp1.6", "MeterValues", {"connectorId": 1, "meterValue": SAMPLED}, "connectorId"),
        *(
            (version, action, payload, member)
            for version in ("ocpp2.0.1", "ocpp2.1")
            for action, payload, member in (
                ("StatusNotification", NEW, "evseId"),
                ("StatusNotification", NEW, "connectorId"),
                ("MeterValues", {"evseId": 1, "meterValue": SAMPLED_2}, "evseId"),
                ("TransactionEvent", EVENT, "evse.id"),
                ("TransactionEvent", EVENT, "evse.connectorId"),
            )
        ),
    ],
)
def test_no_outlet_is_below_zero(
    subprotocol: str, action: str, payload: dict[str, Any], member: str, value: int
) -> None:
    """In every version, as only 2.1's schemas have it; and it is told which member is wrong."""
    whole = translate(subprotocol, json.dumps([2, "1", action, payload]), AT)
    assert whole.reports
    wrong = copy.deepcopy(payload)
    at = wrong
    *path, last = member.split(".")
    for step in path:
        at = at[step]
    at[last] = value
    refused = translate(subprotocol, json.dumps([2, "1", action, wrong]), AT)
    assert refused.reports == ()
    assert refused.answer is not None
    error = json.loads(refused.answer)
    assert error[:3] == [4, "1", "PropertyConstraintViolation"]
    assert member in error[3]

"""Generated payloads of every action: none ends a connection, every CALL is answered, nothing invalid leaves."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ocpp.messages import get_validator
from websockets.asyncio.client import ClientConnection

from app.csms.context import Context
from app.domain.commands import Command, RawCall
from app.domain.errors import Invalid, NotSupported
from app.domain.masks import without_secrets
from app.ingress.calls import prepare
from app.ingress.dialects import DIALECTS, Dialect
from app.ingress.schemas import actions_of
from app.ingress.translate import translate
from tests.factories import make_station, make_token
from tests.ingress.conftest import station
from tests.ingress.golden import golden_frames
from tests.ingress.payloads import MOMENT, instance_of, mutants, valid
from tests.ingress.test_quirks import serving

GOLDEN = golden_frames()
SEED = 20261120
VALID, MUTATED = 8, 14
AHEAD = 40
"""Calls that are sent before their answers are read."""

TRIES = 60


def calls_of(version: str) -> list[str]:
    """The actions of a version that are CALLs (2.1's SEND has no answer)."""
    return [action for action in actions_of(version) if action != "NotifyPeriodicEventStream"]


def faults(version: str, kind: int, action: str, payload: Any) -> list[str]:
    """What an independent judge finds wrong; decimals, because some schemas ask for multiples of 0.1."""
    exact = json.loads(json.dumps(payload), parse_float=Decimal)
    validator = get_validator(kind, action, version, parse_float=Decimal)
    return [fault.message for fault in validator.iter_errors(exact)]


class Witness:
    """Sends calls, judges all that comes back, refuses what it is asked."""

    def __init__(self, socket: ClientConnection, version: str) -> None:
        self.socket, self.version = socket, version
        self.sent: dict[str, tuple[str, Any]] = {}
        self.complaints: list[str] = []
        self.codes: dict[str, Counter[str]] = {}

    async def play(self, calls: list[tuple[str, Any]]) -> None:
        """Send all of `calls`, some ahead; return when each is answered."""
        for number, (action, payload) in enumerate(calls):
            message_id = f"{action}-{number}"
            self.sent[message_id] = (action, payload)
            await self.socket.send(json.dumps([2, message_id, action, payload]))
            while len(self.sent) >= AHEAD:
                await self._hear()
        while self.sent:
            await self._hear()

    async def _hear(self) -> None:
        async with asyncio.timeout(20):
            frame = json.loads(await self.socket.recv())
        if frame[0] == 2:
            found = faults(self.version, 2, frame[2], frame[3])
            self.complaints += [f"{frame[2]} of the CSMS: {fault}" for fault in found]
            await self.socket.send(json.dumps([4, frame[1], "NotSupported", "", {}]))
            return
        action, payload = self.sent.pop(frame[1])
        code = "result" if frame[0] == 3 else frame[2]
        self.codes.setdefault(action, Counter())[code] += 1
        if frame[0] == 3:
            found = faults(self.version, 3, action, frame[2])
            self.complaints += [f"answer to {action}: {fault}" for fault in found]
        elif len(frame) != 5 or len(frame[3]) > 255 or not isinstance(frame[4], dict):
            self.complaints.append(f"a CALLERROR of another shape: {frame}")
        if code == "InternalError":
            self.complaints.append(f"{action} {json.dumps(payload)[:600]}: {frame[3]}")


@pytest.mark.parametrize("subprotocol", DIALECTS)
async def test_every_call_is_answered_and_every_answer_is_valid(
    context: Context, subprotocol: str
) -> None:
    dialect = DIALECTS[subprotocol]
    dice = random.Random(SEED)
    await make_station(context, "CP1")
    await make_token(context, "CARD")
    calls: list[tuple[str, Any]] = []
    for action in calls_of(dialect.version):
        for _ in range(VALID):
            payload = valid(dialect.version, action, dice)
            assert faults(dialect.version, 2, action, payload) == []
            calls.append((action, payload))
        calls += [(action, mutant) for mutant in mutants(payload, dice, MUTATED)]
    dice.shuffle(calls)
    async with serving(context) as server, station(server, "CP1", subprotocol) as socket:
        witness = Witness(socket, dialect.version)
        await witness.play(calls)
        assert witness.complaints == []
        assert server.online == ("CP1",)
    answered = {action for action, codes in witness.codes.items() if codes["result"]}
    assert set(dialect.receives) - answered == set(), "handled, and never answered with a result"
    for action in set(calls_of(dialect.version)) - set(dialect.receives):
        assert set(witness.codes[action]) == {"NotImplemented"}


@pytest.mark.parametrize("subprotocol", DIALECTS)
def test_every_typed_command_is_valid_as_it_leaves(subprotocol: str) -> None:
    dialect = DIALECTS[subprotocol]
    dice = random.Random(SEED)
    never = []
    for kind in dialect.sends:
        prepared = [_prepared(dialect, instance_of(kind, dice)) for _ in range(TRIES)]
        left = [each for each in prepared if each is not None]
        if not left:
            never.append(kind.__name__)
        for action, payload in left:
            assert faults(dialect.version, 2, action, payload) == [], (action, payload)
    assert never == []


@pytest.mark.parametrize("subprotocol", DIALECTS)
def test_no_invalid_raw_call_leaves_and_every_valid_one_does(subprotocol: str) -> None:
    dialect = DIALECTS[subprotocol]
    dice = random.Random(SEED)
    refused = 0
    for action in calls_of(dialect.version):
        sample = valid(dialect.version, action, dice)
        for payload in (sample, *mutants(sample, dice, 25)):
            found = _prepared(dialect, RawCall(action=action, payload=payload))
            if found is None:
                refused += 1
            else:
                assert faults(dialect.version, 2, action, found[1]) == [], (action, payload)
    assert refused > 300


def test_a_number_off_its_step_does_not_leave() -> None:
    period = {"startPeriod": 0, "limit": 10.15}
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule,
    }
    for limit, leaves in ((10.1, True), (21.4, True), (16, True), (10.15, False), (1e300, False)):
        period["limit"] = limit
        payload = {"connectorId": 1, "csChargingProfiles": profile}
        found = _prepared(
            DIALECTS["ocpp1.6"], RawCall(action="SetChargingProfile", payload=payload)
        )
        assert (found is not None) is leaves, limit


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=20,
)
BOUNDED = settings(max_examples=300, deadline=None, derandomize=True, database=None)


@BOUNDED
@given(
    subprotocol=st.sampled_from(sorted(DIALECTS)),
    frame=st.binary(max_size=200)
    | st.builds(lambda content: json.dumps(content).encode(), JSON)
    | st.builds(
        lambda head, rest: json.dumps([head, *rest]).encode(),
        st.sampled_from([2, 3, 4, 5, 6, "2", None]),
        st.lists(JSON, max_size=5),
    ),
)
def test_any_bytes_are_answered_or_passed_over(subprotocol: str, frame: bytes) -> None:
    found = translate(subprotocol, frame, MOMENT)
    if found.answer is not None:
        answer = json.loads(found.answer)
        assert (answer[0], len(answer)) == (4, 5)
    assert isinstance(without_secrets(frame.decode("utf-8", "replace")), str)


@BOUNDED
@given(data=st.data())
def test_a_frame_with_broken_bytes_is_answered_or_passed_over(data: st.DataObject) -> None:
    golden = data.draw(st.sampled_from(GOLDEN))
    frame = bytearray(golden.frame.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(frame) - 1, 0)))
        piece = data.draw(st.binary(max_size=3))
        frame[at : at + data.draw(st.integers(0, 3))] = piece
    found = translate(golden.subprotocol, bytes(frame), MOMENT)
    assert found.answer is None or json.loads(found.answer)[0] == 4


def _prepared(dialect: Dialect, command: Command) -> tuple[str, Any] | None:
    """The call as it would leave; None if it is refused with a reason."""
    try:
        sends, payload = prepare(dialect, command)
    except (Invalid, NotSupported):
        return None
    return sends.action, payload

"""Commands on their way to a station and back, whatever the station answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from ocpp.messages import get_validator

from app.domain import commands as c
from app.domain.commands import Command, Outcome, OutcomeStatus, RawCall
from app.domain.device import GetReport
from app.domain.errors import CsmsError, Invalid, NotSupported
from app.domain.masks import without_secrets
from app.domain.reports import Report, Variable
from app.domain.smart_charging import LimitScope, limit_profile
from app.domain.stations import Availability
from app.ingress.calls import MOST_WAITING, Calls, prepare
from app.ingress.dialects import DIALECTS
from app.ingress.frames import Failure, Result, read_frame

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
STATION_LIMIT = limit_profile(50_000, LimitScope.STATION, None, NOW)
SESSION_LIMIT = limit_profile(7_200, LimitScope.SESSION, "4711", NOW)
PASSWORD = Variable(component="SecurityCtrlr", name="BasicAuthPassword", value='hush"quoted"hush')
KEY = Variable(component="", name="AuthorizationKey", value="hush")
INTERVAL = Variable(component="", name="HeartbeatInterval", value="60")

COMMANDS: list[Command] = [
    c.RequestStartTransaction(id_token="CARD", remote_start_id=5, evse_id=1),
    c.RequestStartTransaction(id_token="CARD", remote_start_id=5, profile=SESSION_LIMIT),
    c.RequestStopTransaction(transaction="4711"),
    c.InstallChargingProfile(evse_id=0, profile=STATION_LIMIT),
    c.InstallChargingProfile(evse_id=1, profile=SESSION_LIMIT),
    c.ClearChargingProfile(profile_id=100),
    c.GetCompositeSchedule(evse_id=0, duration_s=600),
    c.Reset(kind=c.ResetKind.IMMEDIATE),
    c.UnlockConnector(evse_id=2),
    c.ChangeAvailability(availability=Availability.INOPERATIVE),
    c.ChangeAvailability(availability=Availability.OPERATIVE, evse_id=1),
    c.TriggerMessage(message="StatusNotification", evse_id=1),
    c.GetVariables(variables=(INTERVAL,)),
    c.SetVariables(variables=(INTERVAL,)),
    c.SendVendorData(vendor="com.example", message="hi", data={"a": 1}),
]
ONLY_2 = [GetReport(request_id=3)]


class Wire:
    """A station at the other end: `answer` makes the frame that it sends back, or None for silence."""

    def __init__(
        self, subprotocol: str, answer: Callable[[list[Any]], Any], deadline_s: float = 5
    ) -> None:
        self.sent: list[list[Any]] = []
        self.told: list[Report] = []
        self.sending = asyncio.Semaphore(0)
        self._answer = answer
        self.calls = Calls("CP1", DIALECTS[subprotocol], self._send, self._tell, deadline_s)

    async def _send(self, frame: bytes, _message_id: str, _action: str) -> None:
        call = json.loads(frame)
        self.sent.append(call)
        self.sending.release()
        answer = self._answer(call)
        if answer is not None:
            asyncio.get_running_loop().call_soon(self.say, answer)

    async def _tell(self, report: Report) -> None:
        self.told.append(report)

    def say(self, answer: Any) -> bool:
        message = read_frame(json.dumps(answer).encode())
        assert isinstance(message, Result | Failure)
        return self.calls.settle(message)


@pytest.mark.parametrize(
    ("subprotocol", "command"),
    [
        (name, command)
        for name in DIALECTS
        for command in (COMMANDS if name == "ocpp1.6" else COMMANDS + ONLY_2)
    ],
)
def test_every_command_is_valid_by_the_library_s_own_schema(
    subprotocol: str, command: Command
) -> None:
    dialect = DIALECTS[subprotocol]
    sends, payload = prepare(dialect, command)
    get_validator(2, sends.action, dialect.version).validate(json.loads(json.dumps(payload)))


def test_how_a_limit_is_said() -> None:
    two = prepare(DIALECTS["ocpp2.0.1"], c.InstallChargingProfile(evse_id=0, profile=STATION_LIMIT))
    assert two[1] == {
        "evseId": 0,
        "chargingProfile": {
            "id": 100,
            "stackLevel": 1,
            "chargingProfilePurpose": "ChargingStationMaxProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": [
                {
                    "id": 100,
                    "startSchedule": "2026-11-20T03:00:00.000Z",
                    "chargingRateUnit": "W",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 50_000}],
                }
            ],
        },
    }
    one = prepare(DIALECTS["ocpp1.6"], c.InstallChargingProfile(evse_id=1, profile=SESSION_LIMIT))
    assert one[1] == {
        "connectorId": 1,
        "csChargingProfiles": {
            "chargingProfileId": 101,
            "transactionId": 4711,
            "stackLevel": 1,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": {
                "chargingRateUnit": "W",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 7_200}],
            },
        },
    }


@pytest.mark.parametrize(
    ("subprotocol", "command", "error", "word"),
    [
        ("ocpp1.6", GetReport(request_id=1), NotSupported, "GetReport"),
        ("ocpp1.6", c.TriggerMessage(message="TransactionEvent"), NotSupported, "TransactionEvent"),
        ("ocpp1.6", c.RequestStopTransaction(transaction="7db4"), Invalid, "7db4"),
        ("ocpp1.6", c.SetVariables(variables=(INTERVAL, INTERVAL)), Invalid, "one key"),
        ("ocpp2.0.1", c.TriggerMessage(message="Poem"), Invalid, "requestedMessage"),
        ("ocpp2.0.1", RawCall(action="Reset", payload={"type": "Hard"}), Invalid, "type"),
        ("ocpp2.0.1", RawCall(action="Reset", payload={}), Invalid, "type is missing"),
        ("ocpp2.0.1", RawCall(action="Dance"), NotSupported, "Dance"),
        ("ocpp2.0.1", RawCall(action="../../x"), NotSupported, "not an OCPP action"),
        ("ocpp2.0.1", RawCall(action="Reset", payload={"type": object()}), Invalid, "JSON"),
        ("ocpp1.6", c.RequestStartTransaction(id_token="x" * 21, remote_start_id=1), Invalid, "idTag"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_not_sent(
    subprotocol: str, command: Command, error: type[CsmsError], word: str
) -> None:
    with pytest.raises(error, match=word):
        prepare(DIALECTS[subprotocol], command)


async def test_an_invalid_command_ends_as_invalid() -> None:
    wire = Wire("ocpp2.0.1", lambda _call: None)
    outcome = await wire.calls.carry_out(RawCall(action="Reset", payload={"type": "Hard"}))
    assert outcome.status is OutcomeStatus.INVALID
    outcome = await wire.calls.carry_out(RawCall(action="Dance"))
    assert outcome.status is OutcomeStatus.NOT_SUPPORTED
    assert wire.sent == []


@pytest.mark.parametrize(
    ("answer", "status", "detail"),
    [
        ([3, "ID", {"status": "Accepted"}], OutcomeStatus.ACCEPTED, "Accepted"),
        ([3, "ID", {"status": "Scheduled"}], OutcomeStatus.ACCEPTED, "Scheduled"),
        ([3, "ID", {"status": "Rejected"}], OutcomeStatus.REJECTED, "Rejected"),
        ([3, "ID", {"status": "Maybe"}], OutcomeStatus.ERROR, "PropertyConstraintViolation"),
        ([3, "ID", {}], OutcomeStatus.ERROR, "OccurrenceConstraintViolation"),
        ([3, "ID"], OutcomeStatus.ERROR, "FormatViolation"),
        ([4, "ID", "NotImplemented", "", {}], OutcomeStatus.NOT_SUPPORTED, "NotImplemented"),
        ([4, "ID", "NotSupported", "no"], OutcomeStatus.NOT_SUPPORTED, "NotSupported"),
        ([4, "ID", "InternalError", "oops", {}], OutcomeStatus.ERROR, "InternalError"),
        ([4, "ID", "InternalError", None, None], OutcomeStatus.ERROR, "InternalError"),
        ([4, "ID"], OutcomeStatus.ERROR, "GenericError"),
    ],
)
async def test_every_kind_of_answer_settles_the_call(
    answer: list[Any], status: OutcomeStatus, detail: str
) -> None:
    wire = Wire("ocpp2.0.1", lambda call: [call[1] if e == "ID" else e for e in answer])
    outcome = await wire.calls.carry_out(c.Reset())
    assert (outcome.status, outcome.detail) == (status, detail)
    assert outcome.latency_ms is not None


async def test_answers_of_1_6_come_in_2_0_1_s_words() -> None:
    answers = {
        "GetConfiguration": {
            "configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "60"}],
            "unknownKey": ["Nonsense"],
        },
        "ChangeConfiguration": {"status": "RebootRequired"},
        "GetCompositeSchedule": {
            "status": "Accepted",
            "connectorId": 1,
            "scheduleStart": "2026-11-20T03:00:00Z",
            "chargingSchedule": {
                "duration": 600,
                "chargingRateUnit": "W",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 7200.0}],
            },
        },
    }
    wire = Wire("ocpp1.6", lambda call: [3, call[1], answers[call[2]]])
    got = await wire.calls.carry_out(c.GetVariables(variables=()))
    assert wire.sent[0][3] == {}
    assert got.payload is not None
    assert [r["attributeStatus"] for r in got.payload["getVariableResult"]] == [  # type: ignore[attr-defined]
        "Accepted",
        "UnknownVariable",
    ]
    changed = await wire.calls.carry_out(c.SetVariables(variables=(INTERVAL,)))
    assert (changed.status, changed.detail) == (OutcomeStatus.ACCEPTED, "RebootRequired")
    composite = await wire.calls.carry_out(c.GetCompositeSchedule(evse_id=1, duration_s=600))
    assert composite.payload == {
        "status": "Accepted",
        "schedule": {
            "evseId": 1,
            "duration": 600,
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 7200.0}],
            "scheduleStart": "2026-11-20T03:00:00Z",
        },
    }


async def test_one_refused_variable_refuses_the_command() -> None:
    def answer(call: list[Any]) -> list[Any]:
        results = [
            {"attributeStatus": status, "component": {"name": "A"}, "variable": {"name": "B"}}
            for status in ("Accepted", "UnknownVariable")
        ]
        return [3, call[1], {"setVariableResult": results}]

    outcome = await Wire("ocpp2.0.1", answer).calls.carry_out(c.SetVariables(variables=(INTERVAL,)))
    assert (outcome.status, outcome.detail) == (OutcomeStatus.REJECTED, "UnknownVariable")


async def test_silence_times_out_and_the_next_command_goes_through() -> None:
    silent = True
    wire = Wire(
        "ocpp1.6",
        lambda call: None if silent else [3, call[1], {"status": "Accepted"}],
        deadline_s=0.1,
    )
    outcome = await wire.calls.carry_out(c.Reset())
    assert outcome.status is OutcomeStatus.TIMED_OUT
    assert wire.say([3, wire.sent[0][1], {"status": "Accepted"}]) is False  # too late: ignored
    silent = False
    assert (await wire.calls.carry_out(c.Reset())).status is OutcomeStatus.ACCEPTED
    assert wire.sent[0][1] != wire.sent[1][1]


async def test_one_call_at_a_time_and_a_bounded_line() -> None:
    wire = Wire("ocpp1.6", lambda _call: None)
    waiting = [
        asyncio.create_task(wire.calls.carry_out(c.Reset())) for _ in range(MOST_WAITING + 1)
    ]
    await asyncio.sleep(0)
    busy = await wire.calls.carry_out(c.Reset())
    assert (busy.status, busy.detail) == (OutcomeStatus.ERROR, "busy")
    for number in range(MOST_WAITING + 1):
        await wire.sending.acquire()
        assert len(wire.sent) == number + 1
        assert wire.say([3, wire.sent[-1][1], {"status": "Accepted"}])
    outcomes: list[Outcome] = await asyncio.gather(*waiting)
    assert {outcome.status for outcome in outcomes} == {OutcomeStatus.ACCEPTED}


async def test_a_lost_connection_ends_what_is_out() -> None:
    """It was sent, so it is not offline: the station may have done it."""
    wire = Wire("ocpp1.6", lambda _call: None)
    asking = asyncio.create_task(wire.calls.carry_out(c.Reset()))
    await wire.sending.acquire()
    wire.calls.close()
    outcome = await asking
    assert outcome.status is OutcomeStatus.TIMED_OUT
    assert outcome.description is not None
    assert "connection was lost" in outcome.description
    assert wire.say([3, "anything", {}]) is False


async def test_what_cannot_be_sent_is_offline() -> None:
    wire = Wire("ocpp1.6", lambda _call: None)

    async def gone(_frame: bytes, _message_id: str, _action: str) -> None:
        raise ConnectionError

    wire.calls = Calls("CP1", DIALECTS["ocpp1.6"], gone, wire._tell)
    assert (await wire.calls.carry_out(c.Reset())).status is OutcomeStatus.OFFLINE


async def test_what_breaks_off_halfway_may_have_been_sent() -> None:
    wire = Wire("ocpp1.6", lambda _call: None)

    async def broken(_frame: bytes, _message_id: str, _action: str) -> None:
        raise BrokenPipeError

    wire.calls = Calls("CP1", DIALECTS["ocpp1.6"], broken, wire._tell)
    outcome = await wire.calls.carry_out(c.Reset())
    assert outcome.status is OutcomeStatus.TIMED_OUT
    assert "may have done what was asked" in (outcome.description or "")


def test_a_station_s_password_is_not_written_down() -> None:
    two = json.dumps(prepare(DIALECTS["ocpp2.0.1"], c.SetVariables(variables=(PASSWORD,)))[1])
    one = json.dumps(prepare(DIALECTS["ocpp1.6"], c.SetVariables(variables=(KEY,)))[1])
    for text in (two, one):
        assert "hush" in text
        assert "hush" not in without_secrets(text)
        assert json.loads(without_secrets(text))
    assert without_secrets('{"value":"60"}') == '{"value":"60"}'

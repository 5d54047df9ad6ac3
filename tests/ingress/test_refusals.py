"""Frames that cannot be answered with a result get the CALLERROR that they deserve, in their version's spelling."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.errors import CsmsError, Invalid, NotRegistered, NotSupported, Unavailable
from app.ingress.errors import refusal_of
from app.ingress.translate import translate

AT = datetime(2026, 1, 21, 10, 31, tzinfo=UTC)
TOKEN = {"idToken": "T", "type": "Central"}
BOOT = {"chargingStation": {"model": "M", "vendorName": "V"}, "reason": "PowerUp"}
STATUS = {"timestamp": "2026-01-21T10:30:47Z", "connectorStatus": "Available", "connectorId": 1}
TATTOO = {"idToken": {"idToken": "T", "type": "Tattoo"}}
OCCURRENCE, TYPE, PROPERTY = (
    "OccurrenceConstraintViolation",
    "TypeConstraintViolation",
    "PropertyConstraintViolation",
)
EVENT = {
    "eventType": "Updated",
    "timestamp": "2026-01-21T10:30:47Z",
    "triggerReason": "Trigger",
    "seqNo": 1,
    "transactionInfo": {"transactionId": "x"},
}


def answer_to(subprotocol: str, frame: object) -> list[Any] | None:
    """The answer frame, read; None for silence."""
    text = frame if isinstance(frame, bytes | str) else json.dumps(frame)
    answer = translate(subprotocol, text, AT).answer
    return None if answer is None else json.loads(answer)


@pytest.mark.parametrize(
    ("subprotocol", "action", "payload", "code", "named"),
    [
        ("ocpp2.0.1", "Authorize", {}, OCCURRENCE, "idToken"),
        ("ocpp1.6", "Authorize", {}, "OccurenceConstraintViolation", "idTag"),
        ("ocpp1.6", "Authorize", {"idTag": 5}, TYPE, "idTag"),
        ("ocpp1.6", "Authorize", {"idTag": "x" * 21}, TYPE, "idTag"),
        ("ocpp1.6", "Authorize", {"idTag": "x", "pin": 1}, "FormationViolation", "pin"),
        ("ocpp2.0.1", "Authorize", {"idToken": TOKEN, "pin": 1}, "FormatViolation", "pin"),
        ("ocpp2.0.1", "BootNotification", {**BOOT, "reason": "Bored"}, PROPERTY, "reason"),
        ("ocpp2.0.1", "Authorize", TATTOO, PROPERTY, "idToken.type"),
        ("ocpp2.0.1", "TransactionEvent", {**EVENT, "transactionInfo": {}}, OCCURRENCE, "transactionId"),
        ("ocpp2.0.1", "TransactionEvent", {**EVENT, "seqNo": "1"}, TYPE, "seqNo"),
        ("ocpp2.0.1", "TransactionEvent", {**EVENT, "seqNo": 2**40}, PROPERTY, "seqNo"),
        ("ocpp2.1", "StatusNotification", {**STATUS, "evseId": -1}, PROPERTY, "evseId"),
        ("ocpp1.6", "MeterValues", {"connectorId": 1, "meterValue": []}, "OccurenceConstraintViolation", "meterValue"),
        ("ocpp2.0.1", "MeterValues", [1], "FormatViolation", "MeterValues"),
        ("ocpp1.6", "Heartbeat", None, "FormationViolation", "Heartbeat"),
        ("ocpp2.0.1", "SetVariables", {}, "NotImplemented", "SetVariables"),
        ("ocpp2.1", "NotifyDERAlarm", {}, "NotImplemented", "NotifyDERAlarm"),
        ("ocpp1.6", "DoTheDishes", {}, "NotImplemented", "DoTheDishes"),
        ("ocpp1.6", "SetChargingProfile", {}, "NotImplemented", "SetChargingProfile"),
    ],
)  # fmt: skip
def test_the_code_fits_and_the_member_is_named(
    subprotocol: str, action: str, payload: object, code: str, named: str
) -> None:
    answer = answer_to(subprotocol, [2, "id-1", action, payload])
    assert answer is not None
    assert answer[:3] == [4, "id-1", code]
    assert named in answer[3]
    assert answer[4] == {}
    assert len(answer) == 5


def test_a_refused_value_is_not_repeated() -> None:
    answer = answer_to("ocpp1.6", [2, "1", "Authorize", {"idTag": "my secret token is too long"}])
    assert answer is not None
    assert "secret" not in answer[3]


UNREADABLE = [
    (b"", "-1"),
    (b"hello", "-1"),
    (b"[]", "-1"),
    (b"{}", "-1"),
    (b'"text"', "-1"),
    (b"\xff\xfe[2]", "-1"),
    (b'[2,17,"Heartbeat",{}]', "-1"),
    (b'[2,"1",{},{}]', "1"),
    (b'[2,"1","Heartbeat"]', "1"),
    (b'[2,"1","Heartbeat",{},{}]', "1"),
    (b'["2","1","Heartbeat",{}]', "-1"),
    (b'[true,"1","Heartbeat",{}]', "-1"),
    (b'[2,"' + b"x" * 300 + b'","Heartbeat",{}]', "-1"),
]


@pytest.mark.parametrize(("frame", "message_id"), UNREADABLE)
def test_an_unreadable_frame_is_answered_as_well_as_can_be(frame: bytes, message_id: str) -> None:
    two = answer_to("ocpp2.0.1", frame)
    one = answer_to("ocpp1.6", frame)
    assert two is not None
    assert one is not None
    assert two[:3] == [4, message_id, "RpcFrameworkError"]
    assert one[:3] == [4, message_id, "FormationViolation"]


@pytest.mark.parametrize(
    "frame",
    [
        b'[2,"deep","DataTransfer",' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"]",
        b'[2,"deep","DataTransfer",' + b"[" * 200_000,
        b'[2,"deep","Heartbeat",{"a":"\xff"}]',
    ],
)
def test_a_broken_payload_is_refused_under_its_own_id(frame: bytes) -> None:
    answer = answer_to("ocpp2.0.1", frame)
    assert answer is not None
    assert answer[:3] == [4, "deep", "FormatViolation"]


def test_message_types_nobody_knows() -> None:
    assert answer_to("ocpp1.6", [7, "1", "X", {}]) is None  # "SHALL ignore"
    for kind in (5, 6, 7):
        answer = answer_to("ocpp2.0.1", [kind, "1", "X", {}])
        assert answer is not None
        assert answer[:3] == [4, "1", "MessageTypeNotSupported"]
    assert answer_to("ocpp2.1", [5, "1", "InternalError", "", {}]) is None
    assert answer_to("ocpp2.1", [6, "1", "NotifyPeriodicEventStream", {}]) is None
    assert answer_to("ocpp2.1", [3]) is None  # an answer is never answered
    assert answer_to("ocpp2.1", [4, 17]) is None


def test_a_long_message_id_is_borne() -> None:
    message_id = "{" + "a" * 38 + "}"
    found = translate("ocpp1.6", json.dumps([2, message_id, "Heartbeat", {}]), AT)
    assert [type(report).__name__ for report in found.reports] == ["StationSeen"]


def test_a_nul_character_is_taken_out() -> None:
    payload = {"chargePointVendor": "A\0B", "chargePointModel": "M\\u0000"}
    found = translate("ocpp1.6", json.dumps([2, "1", "BootNotification", payload]), AT)
    assert found.reports[0].vendor == "AB"  # type: ignore[attr-defined]
    assert found.reports[0].model == "M\\u0000"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotRegistered(), "SecurityError"),
        (Unavailable(), "InternalError"),
        (Invalid("no"), "PropertyConstraintViolation"),
        (NotSupported(), "NotSupported"),
        (CsmsError(), "InternalError"),
    ],
)
def test_what_the_living_room_refuses_keeps_its_sentence(error: CsmsError, code: str) -> None:
    refusal = refusal_of(error)
    assert (refusal.code, refusal.description) == (code, error.message)

"""One frame becomes the lines that users of the originals search for."""

import json

import pytest

from app.domain.masks import without_secrets
from app.protocol_log.lines import TAGS, Frame, Side, Way, lines_of

CALL = '[2,"7","BootNotification",{"chargingStation":{"model":"제주","vendorName":"V"}}]'


def said(side: Side, way: Way, text: str | bytes, station: str = "cp-1") -> list[tuple[str, str]]:
    return [tuple(line) for line in lines_of(Frame(0.0, side, way, station, text), without_secrets)]  # type: ignore[misc]


def test_there_are_seventeen() -> None:
    assert len(TAGS) == 17


def test_a_call_is_said_by_both_sides_in_the_order_of_the_originals() -> None:
    sent, received = said("CHARGER", "SEND", CALL), said("SERVER", "RECV", CALL.encode())
    pretty = json.dumps(json.loads(CALL)[3], indent=2, ensure_ascii=False)
    assert "제주" in pretty
    assert sent == [
        ("ocpp_messages", "[OCPP-CALL-SEND] Action: BootNotification, ID: 7"),
        ("ocpp_messages", f"[OCPP-PAYLOAD-SEND] {pretty}"),
        ("charger_simulator", f"[CHARGER-SEND] cp-1: {CALL}"),
    ]
    assert received == [
        ("ocpp_server", f"[SERVER-RECV] cp-1: {CALL}"),
        ("ocpp_messages", f"[OCPP-RAW-RECV] {CALL}"),
        ("ocpp_messages", "[OCPP-CALL-RECV] Action: BootNotification, ID: 7"),
        ("ocpp_messages", f"[OCPP-PAYLOAD-RECV] {pretty}"),
    ]


def test_answers_and_errors() -> None:
    assert [text for _, text in said("SERVER", "SEND", b'[3,"7",{}]')] == [
        "[OCPP-CALLRESULT-SEND] ID: 7",
        "[OCPP-RESPONSE-SEND] {}",
        '[SERVER-SEND] cp-1: [3,"7",{}]',
    ]
    error = '[4,"7","NotImplemented","Action X not implemented"]'
    assert [text for _, text in said("CHARGER", "RECV", error)][2:] == [
        "[OCPP-CALLERROR-RECV] ID: 7",
        "[OCPP-ERROR-RECV] Code: NotImplemented, Message: Action X not implemented",
    ]


@pytest.mark.parametrize("text", [b"\xff\xfe", "no JSON", "[", "{}", "[9]", '[2,"a"]', "[" * 5000])
def test_what_is_no_message_is_shown_raw(text: str | bytes) -> None:
    assert [line.split("]")[0] for _, line in said("SERVER", "RECV", text)] == [
        "[SERVER-RECV",
        "[OCPP-RAW-RECV",
    ]


def test_secrets_are_hidden_in_every_line() -> None:
    call = (
        '[2,"1","SetVariables",{"setVariableData":[{"attributeValue":"hunter2hunter2",'
        '"component":{"name":"SecurityCtrlr"},"variable":{"name":"BasicAuthPassword"}}]}]'
    )
    tag = '[2,"2","Authorize",{"idToken":{"idToken":"CARD-ABC123","type":"ISO14443"}}]'
    for text in (call, tag):
        lines = str(said("SERVER", "SEND", text) + said("CHARGER", "RECV", text))
        assert "hunter2" not in lines
        assert "CARD-ABC123" not in lines
        assert "***" in lines


def test_no_station_forges_a_line() -> None:
    forged = '[2,"1\\n[SERVER-SEND] x","A\\u2028B",{"a":"c\\nd"}]\n2026 - ocpp_server - DEBUG - x'
    lines = [
        *said("SERVER", "RECV", forged, "cp\n1"),
        *said("SERVER", "RECV", forged.split("\n")[0]),
    ]
    for _, line in lines:
        if "PAYLOAD" not in line:
            assert line.splitlines() == [line]

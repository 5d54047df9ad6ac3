"""P: vendors' own data, both ways."""

from typing import Any

import pytest

from app.csms import vendor_data
from app.csms.audit import HALLA
from tests.ingress.oca.charging import AT
from tests.ingress.oca.conftest import ID, Bench

STORED = "SELECT direction, vendor, message, data, status, answer FROM vendor_message ORDER BY id"


@pytest.mark.oca("TC_P_02")
async def test_tc_p_02(bench: Bench) -> None:
    """A vendor or a message that nobody knows is answered so; what is known is taken; all is kept."""
    await vendor_data.register_vendor(bench.context, HALLA, "kr.example", ["Parking"])
    async with bench.connect() as station:
        for vendor, message, status in (
            ("somebody", "Parking", "UnknownVendorId"),
            ("kr.example", "Weather", "UnknownMessageId"),
            ("kr.example", None, "UnknownMessageId"),
            ("kr.example", "Parking", "Accepted"),
        ):
            said: dict[str, Any] = {"vendorId": vendor, "data": {"bay": 3}}
            if message is not None:
                said["messageId"] = message
            assert await station.call("DataTransfer", said) == {"status": status}
    assert await bench.rows(STORED) == [
        ("received", "somebody", "Parking", {"bay": 3}, "UnknownVendorId", None),
        ("received", "kr.example", "Weather", {"bay": 3}, "UnknownMessageId", None),
        ("received", "kr.example", None, {"bay": 3}, "UnknownMessageId", None),
        ("received", "kr.example", "Parking", {"bay": 3}, "Accepted", None),
    ]


@pytest.mark.oca("TC_P_03")
async def test_tc_p_03(bench: Bench) -> None:
    """Custom data in any message, at any depth, hinders nothing."""
    custom = {"vendorId": "kr.example", "anything": [1, {"goes": True}]}
    async with bench.connect() as station:
        answer = await station.call("Heartbeat", {"customData": custom})
        assert "currentTime" in answer
        boot = {"vendorName": "OCA", "model": "Case", "customData": custom}
        answer = await station.call(
            "BootNotification",
            {"chargingStation": boot, "reason": "PowerUp", "customData": custom},
        )
        assert answer["status"] == "Accepted"
        await station.status("Available", customData=custom)
        event = {
            "eventType": "Started",
            "timestamp": AT,
            "triggerReason": "CablePluggedIn",
            "seqNo": 0,
            "transactionInfo": {"transactionId": "t1", "customData": custom},
            "evse": {"id": 1, "connectorId": 1, "customData": custom},
            "customData": custom,
        }
        assert await station.call("TransactionEvent", event) == {}
    assert await bench.rows("SELECT status FROM connector_state") == [("Available",)]
    assert await bench.rows("SELECT transaction_id FROM transaction") == [("t1",)]
    assert await bench.rows("SELECT vendor FROM station WHERE id = %s", ID) == [("OCA",)]


async def test_data_for_a_station(bench: Bench) -> None:
    """P01: sent, answered, and both are kept; a refusal is an outcome."""
    async with bench.connect() as station:
        for status in ("Accepted", "UnknownVendorId"):
            task = bench.start(
                vendor_data.send_vendor_data(
                    bench.context, bench.actor, ID, "kr.example", "Greet", {"text": "hello"}
                )
            )
            asked = await station.obey("DataTransfer", {"status": status, "data": [1]})
            assert asked == {
                "vendorId": "kr.example",
                "messageId": "Greet",
                "data": {"text": "hello"},
            }
            assert (await task).outcome.detail == status
    assert await bench.rows(STORED) == [
        ("sent", "kr.example", "Greet", {"text": "hello"}, status, [1])
        for status in ("Accepted", "UnknownVendorId")
    ]

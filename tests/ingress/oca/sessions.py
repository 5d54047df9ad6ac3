"""A charging session, as a station of either version tells it."""

from typing import Any

from tests.ingress.oca.station import Station

AT = "2026-11-20T03:00:00Z"
LATER = "2026-11-20T03:10:00Z"


async def begin(station: Station, transaction: str = "T1") -> Any:
    """A transaction that charges at EVSE 1; its id on the wire."""
    if station.version == "1.6":
        started = await station.call(
            "StartTransaction",
            {"connectorId": 1, "idTag": "VALID", "meterStart": 0, "timestamp": AT},
        )
        await station.status("Charging")
        return started["transactionId"]
    await station.call(
        "TransactionEvent",
        {
            "eventType": "Started",
            "timestamp": AT,
            "triggerReason": "Authorized",
            "seqNo": 0,
            "transactionInfo": {"transactionId": transaction, "chargingState": "Charging"},
            "evse": {"id": 1, "connectorId": 1},
            "idToken": {"idToken": "VALID", "type": "ISO14443"},
        },
    )
    return transaction


async def end(
    station: Station,
    transaction: Any = "T1",
    reason: str = "Local",
    trigger: str = "StopAuthorized",
) -> None:
    """It ends, for `reason`."""
    if station.version == "1.6":
        await station.call(
            "StopTransaction",
            {"transactionId": transaction, "meterStop": 500, "timestamp": LATER, "reason": reason},
        )
        return
    await station.call(
        "TransactionEvent",
        {
            "eventType": "Ended",
            "timestamp": LATER,
            "triggerReason": trigger,
            "seqNo": 1,
            "transactionInfo": {"transactionId": transaction, "stoppedReason": reason},
            "evse": {"id": 1, "connectorId": 1},
        },
    )

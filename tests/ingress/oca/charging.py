"""How a station of 2.x plays a transaction, in few words."""

import itertools
from typing import Any

from tests.ingress.oca.station import Station

TX = "2b0c6a1e-9f3d-4a55-8d2c-0d6f7d1c9a10"
AT = "2026-11-20T03:00:00Z"
_SEQ = itertools.count()


async def event(
    station: Station,
    kind: str,
    trigger: str,
    *,
    state: str | None = None,
    evse: int | None = None,
    token: str | None = None,
    start_id: int | None = None,
    reason: str | None = None,
    transaction: str = TX,
    **more: Any,
) -> dict[str, Any]:
    """TransactionEvent; its answer."""
    info: dict[str, Any] = {"transactionId": transaction}
    if state is not None:
        info["chargingState"] = state
    if reason is not None:
        info["stoppedReason"] = reason
    if start_id is not None:
        info["remoteStartId"] = start_id
    said = {
        "eventType": kind,
        "timestamp": AT,
        "triggerReason": trigger,
        "seqNo": next(_SEQ),
        "transactionInfo": info,
        **more,
    }
    if evse is not None:
        said["evse"] = {"id": evse, "connectorId": 1}
    if token is not None:
        said["idToken"] = {"idToken": token, "type": "ISO14443"}
    return await station.call("TransactionEvent", said)


async def charge(station: Station, transaction: str = TX, evse: int = 1) -> None:
    """A transaction runs at the EVSE."""
    await event(
        station,
        "Started",
        "Authorized",
        state="Charging",
        evse=evse,
        token="VALID",
        transaction=transaction,
    )

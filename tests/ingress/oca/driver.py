"""A session as a station of 2.0.1 tells it: numbered events, ten seconds apart."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.ingress.oca.station import Station

BEGIN = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
REGISTER = "Energy.Active.Import.Register"


def moment(seconds: float) -> str:
    """So long after the begin, as a station writes it."""
    return (BEGIN + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def measured(
    seconds: float, wh: float, context: str = "Sample.Periodic", **more: Any
) -> dict[str, Any]:
    """One MeterValueType with the import register."""
    sample = {"value": wh, "context": context, "measurand": REGISTER, **more}
    return {"timestamp": moment(seconds), "sampledValue": [sample]}


class Session:
    """One transaction; `evse` None: the station does not say where."""

    def __init__(
        self, station: Station, transaction: str = "TX-0001", evse: int | None = 1
    ) -> None:
        self.station = station
        self.transaction = transaction
        self.evse = evse
        self.seq_no = 0
        self.seconds = 0.0

    async def event(
        self,
        kind: str,
        trigger: str,
        *,
        state: str | None = None,
        token: str | None = None,
        token_type: str = "ISO14443",
        reason: str | None = None,
        wh: float | None = None,
        info: dict[str, Any] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """TransactionEvent; its answer. `wh`: with a reading of this moment."""
        told = {"transactionId": self.transaction, **(info or {})}
        if state is not None:
            told["chargingState"] = state
        if reason is not None:
            told["stoppedReason"] = reason
        said: dict[str, Any] = {
            "eventType": kind,
            "timestamp": moment(self.seconds),
            "triggerReason": trigger,
            "seqNo": self.seq_no,
            "transactionInfo": told,
        }
        if self.evse is not None:
            said["evse"] = {"id": self.evse, "connectorId": 1}
        if token is not None:
            said["idToken"] = {"idToken": token, "type": token_type}
        if wh is not None:
            context = {"Started": "Transaction.Begin", "Ended": "Transaction.End"}.get(kind)
            said["meterValue"] = [measured(self.seconds, wh, context or "Sample.Periodic")]
        answer = await self.station.call("TransactionEvent", {**said, **more})
        self.seq_no += 1
        self.seconds += 10
        return answer

    async def start(self, wh: float | None = 0, token: str = "VALID") -> dict[str, Any]:
        """A car charges that was authorized."""
        return await self.event("Started", "Authorized", state="Charging", token=token, wh=wh)

    async def sample(self, wh: float, **more: Any) -> dict[str, Any]:
        """A periodic reading."""
        return await self.event("Updated", "MeterValuePeriodic", wh=wh, **more)

    async def end(
        self, wh: float | None = None, trigger: str = "StopAuthorized", reason: str = "Local"
    ) -> dict[str, Any]:
        """It is over."""
        return await self.event("Ended", trigger, reason=reason, wh=wh)


async def authorize(station: Station, token: str, kind: str = "ISO14443") -> dict[str, Any]:
    """Authorize; its idTokenInfo."""
    said = {"idToken": {"idToken": token, "type": kind}}
    info: dict[str, Any] = (await station.call("Authorize", said))["idTokenInfo"]
    return info

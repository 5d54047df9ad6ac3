"""Simulator A, .NET `OCPPSimulator`: charging periods, times that end in two Z, 4096 bytes a read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.ingress.legacy.wire import Simulator, dashed_guid, dotnet, hex_id

PRICE = 150


class TwoZ(Simulator):
    """One charger of it. It takes a profile whose schedule is an object, in W; anything else it says yes to."""

    reads = 4096

    def __init__(self, charger_id: str, max_power: float = 100, **more: Any) -> None:
        super().__init__(charger_id, **more)
        self.max_power = max_power
        self.power = 0.0
        self.kwh = 0.0
        self.state = "Available"
        self.transaction: str | None = None

    def new_id(self) -> str:
        return dashed_guid()

    def time(self, moment: datetime | None = None) -> str:
        return f"{moment or self.now:%Y-%m-%dT%H:%M:%S.%f}7ZZ"

    async def on_open(self) -> None:
        await self.call(
            "BootNotification",
            {
                "chargingStation": {
                    "model": "CSharpSimulator",
                    "vendorName": "OCPP.NET",
                    "serialNumber": f"SN-{self.charger_id}-001",
                    "firmwareVersion": "1.0.0",
                },
                "reason": "PowerUp",
            },
        )

    async def heartbeat(self) -> None:
        """Every 30 s, and a pong that nobody asked for, as .NET does."""
        await self.socket.pong(b"")
        await self.call("Heartbeat", {"currentTime": self.time()})

    async def status(self, word: str) -> None:
        """There is a method for it that no scenario calls."""
        body = {"timestamp": self.time(), "connectorStatus": word, "evseId": 1, "connectorId": 1}
        await self.call("StatusNotification", body)

    async def event(self, kind: str) -> None:
        at = self.time()
        data: dict[str, Any] = {
            "transactionId": self.transaction or "unknown",
            "chargingState": self.state,
            "timeSpentCharging": 0,
        }
        if kind == "Ended":
            data["stoppedReason"] = "Local"
        data["totalCost"] = dotnet(self.kwh * PRICE)
        data["chargingPeriods"] = [
            {
                "startDateTime": at,
                "dimensions": [
                    dimension("Energy.Active.Import.Register", "Wh", 1, self.kwh * 1000),
                    dimension("Power.Active.Import", "W", 1000, self.power),
                ],
            }
        ]
        await self.call(
            "TransactionEvent",
            {
                "eventType": kind,
                "timestamp": at,
                "triggerReason": "Authorized",
                "seqNo": 0,
                "transactionData": data,
            },
        )

    # --- its state machine

    async def start(self, transaction: str | None = None) -> None:
        """Started, and 2 s later the first Updated with full power."""
        self.transaction = transaction or hex_id(8)
        self.state, self.kwh = "Preparing", 0.0
        await self.event("Started")
        self.wait(2)
        self.state, self.power = "Charging", self.max_power
        await self.event("Updated")

    async def tick(self) -> None:
        """What happens every 5 s."""
        self.wait(5)
        self.kwh += self.power / 3600 * 5
        if self.kwh > 20:
            self.power = 0.7 * self.max_power
        await self.event("Updated")

    async def stop(self) -> None:
        self.state = "Finishing"
        await self.event("Updated")
        self.wait(1)
        await self.event("Ended")
        self.transaction, self.state, self.power = None, "Available", 0.0

    # --- what it answers

    async def on_call(self, message_id: str, action: str, payload: Any) -> None:
        if action == "RequestStartTransaction":
            assert payload["idToken"]["idToken"]
            await self.answer(message_id, {"status": "Accepted"})
            if self.transaction is None:
                await self.start()
        elif action == "RequestStopTransaction":
            await self.answer(message_id, {"status": "Accepted"})
            await self.stop()
        elif action == "SetChargingProfile":
            await self.answer(message_id, {"status": self._limit(payload)})
        else:
            await self.answer(message_id, {"status": "Accepted"})

    def _limit(self, payload: Any) -> str:
        profile = payload.get("chargingProfile")
        if profile is None:
            return "Accepted"
        try:
            limit = profile["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"]
        except TypeError:  # an array has no such property
            return "Rejected"
        self.power = min(limit / 1000, self.max_power)
        return "Accepted"


def dimension(name: str, unit: str, multiplier: int, value: float) -> dict[str, Any]:
    """One value; the multiplier is a factor."""
    return {"name": name, "unit": unit, "unitMultiplier": multiplier, "value": dotnet(value)}

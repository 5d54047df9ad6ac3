"""Simulator B, .NET with websocket-sharp: no subprotocol, path `/`, profiles at the root in kW, tokens as texts."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from tests.ingress.legacy.wire import Simulator, hex_id

PRICE = 150
MAX_KW = 100.0
PONG_S = 20.0


class Nameless(Simulator):
    """One charger of it. Before everything it sends, it asks by a ping whether the server is there."""

    subprotocols = None

    def __init__(
        self, charger_id: str, model: str = "EVBox Home", vendor: str = "EVBox", **more: Any
    ) -> None:
        super().__init__(charger_id, **more)
        self.model, self.vendor = model, vendor
        self.power = 0.0
        self.kwh = 0.0
        self.state = "Available"
        self.transaction: str | None = None

    @property
    def path(self) -> str:
        return "/"

    def new_id(self) -> str:
        return hex_id(12)

    def time(self, moment: datetime | None = None) -> str:
        return f"{moment or self.now:%Y-%m-%dT%H:%M:%S.%f}7Z"

    async def send(self, frame: Any) -> None:
        async with asyncio.timeout(PONG_S):
            await (await self.socket.ping())
        await super().send(frame)

    async def on_open(self) -> None:
        self.wait(0.5)
        await self.call(
            "BootNotification",
            {
                "chargingStation": {
                    "model": self.model,
                    "vendorName": self.vendor,
                    "serialNumber": f"SN-{self.charger_id}-001",
                    "firmwareVersion": "1.0.0",
                },
                "reason": "PowerUp",
            },
        )

    async def heartbeat(self) -> None:
        await self.call("Heartbeat", {"currentTime": self.time()})

    async def status(self, word: str) -> None:
        body = {"timestamp": self.time(), "connectorStatus": word, "evseId": 1, "connectorId": 1}
        await self.call("StatusNotification", body)

    async def event(self, kind: str) -> None:
        await self.call(
            "TransactionEvent",
            {
                "eventType": kind,
                "timestamp": self.time(),
                "triggerReason": "Authorized",
                "seqNo": 0,
                "transactionData": {
                    "transactionId": self.transaction or "unknown",
                    "chargingState": self.state,
                    "timeSpentCharging": 0,
                    "stoppedReason": "Local" if kind == "Ended" else None,
                    "totalCost": round(self.kwh * PRICE, 2),
                    "chargingPeriods": [
                        {
                            "startDateTime": self.time(self.now - timedelta(seconds=60)),
                            "dimensions": [
                                {
                                    "name": "Energy.Active.Import.Register",
                                    "unit": "Wh",
                                    "unitMultiplier": 1,
                                    "value": self.kwh * 1000,
                                },
                                {
                                    "name": "Power.Active.Import",
                                    "unit": "W",
                                    "unitMultiplier": 1000,
                                    "value": self.power,
                                },
                            ],
                        }
                    ],
                },
            },
        )

    async def start(self) -> None:
        self.transaction = hex_id(8)
        self.state, self.kwh = "Preparing", 0.0
        await self.event("Started")
        self.state, self.power = "Charging", MAX_KW

    async def tick(self) -> None:
        """It adds one second's worth for five, and before it waits."""
        self.kwh += self.power / 3600
        await self.event("Updated")
        self.wait(5)

    async def stop(self) -> None:
        self.state = "Finishing"
        await self.event("Ended")
        self.transaction, self.state, self.power = None, "Available", 0.0

    async def on_call(self, message_id: str, action: str, payload: Any) -> None:
        # its library sends from a thread of its own: the pong is read while it waits
        asyncio.ensure_future(self._obey(message_id, action, payload)).add_done_callback(
            lambda task: task.result()
        )

    async def _obey(self, message_id: str, action: str, payload: Any) -> None:
        try:
            if action == "RequestStartTransaction":
                if not isinstance(payload["idToken"], str):
                    raise TypeError("idToken")
                await self.answer(message_id, {"status": "Accepted"})
                await self.start()
            elif action == "RequestStopTransaction":
                await self.answer(message_id, {"status": "Accepted"})
                await self.stop()
            elif action == "SetChargingProfile":
                limit = payload["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"]
                self.power = min(limit, MAX_KW)
                await self.answer(message_id, {"status": "Accepted"})
            elif action == "GetVariables":
                await self.answer(message_id, {"variableData": self._variables()})
            else:
                await self.answer(message_id, {"status": "Rejected"})
        except (KeyError, TypeError):
            await self.answer(message_id, {"status": "Rejected"})

    def _variables(self) -> list[dict[str, str]]:
        told = {
            "State": self.state,
            "Power": f"{self.power:g}",
            "EnergyAccumulated": f"{self.kwh:.2f}",
        }
        return [{"variableName": name, "value": value} for name, value in told.items()]

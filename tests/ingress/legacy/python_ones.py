"""The Python simulators: samples at the root (P1), periods at the root (P2), and a copy of A with a single Z (P3)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from tests.ingress.legacy.wire import Simulator, dashed_guid, hex_id

PRICE = 150


class SamplesAtRoot(Simulator):
    """P1: meter values in kWh with `unit`, `evseId` at the root, spaces in its JSON, errors of four elements."""

    separators = (", ", ": ")

    def __init__(self, charger_id: str, **more: Any) -> None:
        super().__init__(charger_id, **more)
        self.meter_value = 0.0
        self.charge_rate = 0.1
        self.voltage, self.current = 400.0, 0.0
        self.transaction_id: str | None = None

    def new_id(self) -> str:
        return str(uuid.uuid4())

    def time(self, moment: datetime | None = None) -> str:
        return f"{moment or self.now:%Y-%m-%dT%H:%M:%S.%f}Z"

    async def on_open(self) -> None:
        station = {
            "model": "EVBox Home",
            "vendorName": "EVBox",
            "serialNumber": f"SN-{self.charger_id}",
            "firmwareVersion": "1.0.0",
        }
        await self.call("BootNotification", {"chargingStation": station, "reason": "PowerUp"})

    async def heartbeat(self) -> None:
        await self.call("Heartbeat", {})

    async def event(self, kind: str) -> None:
        at = self.time()
        await self.call(
            "TransactionEvent",
            {"eventType": kind, "timestamp": at, **self.meter(), "evseId": 1, "connectorId": 1}
            | self.samples(at),
        )

    def meter(self) -> dict[str, Any]:
        return {
            "transactionInfo": {"transactionId": self.transaction_id, "chargingState": "Charging"}
        }

    def samples(self, at: str) -> dict[str, Any]:
        energy = {
            "value": self.meter_value,
            "context": "Sample.Periodic",
            "measurand": "Energy.Active.Import.Register",
            "unit": "kWh",
        }
        voltage = {"value": self.voltage, "measurand": "Voltage", "unit": "V"}
        current = {"value": self.current, "measurand": "Current.Import", "unit": "A"}
        return {"meterValue": [{"timestamp": at, "sampledValue": [energy, voltage, current]}]}

    async def tick(self) -> None:
        """Every 5 s while `is_charging`, whether a transaction was started or not."""
        self.wait(5)
        self.transaction_id = self.transaction_id or str(uuid.uuid4())
        self.meter_value += self.charge_rate
        await self.event("Updated")

    async def on_call(self, message_id: str, action: str, payload: Any) -> None:
        if action == "RequestStartTransaction":
            self.transaction_id = str(uuid.uuid4())
            self.current = 16.0
            accepted = {"status": "Accepted", "transactionId": self.transaction_id}
            await self.answer(message_id, accepted)
            await self.event("Started")
        elif action == "RequestStopTransaction":
            await self.answer(message_id, {"status": "Accepted"})
            await self.end()
        elif action == "SetChargingProfile":
            await self.answer(message_id, {"status": "Accepted"})
        else:
            await self.send([4, message_id, "NotImplemented", f"Action {action} not implemented"])

    async def end(self) -> None:
        await self.event("Ended")
        self.transaction_id, self.meter_value = None, 0.0


class PeriodsAtRoot(SamplesAtRoot):
    """P2: the same program with a newer wire format; every multiplier is 1."""

    def meter(self) -> dict[str, Any]:
        return {
            "transactionData": {
                "transactionId": self.transaction_id,
                "chargingState": "Charging",
                "totalCost": 0,
                "chargingPeriods": [
                    {
                        "startDateTime": self.time(),
                        "dimensions": [
                            {
                                "name": "Energy.Active.Import.Register",
                                "unit": "Wh",
                                "unitMultiplier": 1,
                                "value": self.meter_value * 1000,
                            },
                            {
                                "name": "Power.Active.Import",
                                "unit": "W",
                                "unitMultiplier": 1,
                                "value": self.voltage * self.current,
                            },
                        ],
                    }
                ],
            }
        }

    def samples(self, at: str) -> dict[str, Any]:
        return {}


class Periods(Simulator):
    """P3: A's shape with a single Z; its loop adds a tick even after the stop; a limit counts at the next start."""

    separators = (", ", ": ")

    def __init__(self, charger_id: str, **more: Any) -> None:
        super().__init__(charger_id, **more)
        self.max_power, self.power, self.kwh = 100.0, 0.0, 0.0
        self.state = "Available"
        self.transaction: str | None = None

    def new_id(self) -> str:
        return dashed_guid()

    def time(self, moment: datetime | None = None) -> str:
        return f"{moment or self.now:%Y-%m-%dT%H:%M:%S.%f}Z"

    async def on_open(self) -> None:
        station = {
            "model": "Simulator",
            "vendorName": "Python",
            "serialNumber": f"SN-{self.charger_id}-001",
            "firmwareVersion": "1.0.0",
        }
        await self.call("BootNotification", {"chargingStation": station, "reason": "PowerUp"})

    async def event(self, kind: str) -> None:
        at = self.time()
        energy, power = self.kwh * 1000, self.power
        await self.call(
            "TransactionEvent",
            {
                "eventType": kind,
                "timestamp": at,
                "triggerReason": "Authorized",
                "seqNo": 0,
                "transactionData": {
                    "transactionId": self.transaction,
                    "chargingState": self.state,
                    "timeSpentCharging": 0,
                    "stoppedReason": "Local" if kind == "Ended" else None,
                    "totalCost": round(self.kwh * PRICE, 2),
                    "chargingPeriods": [
                        {
                            "startDateTime": at,
                            "dimensions": [
                                {
                                    "name": "Energy.Active.Import.Register",
                                    "unit": "Wh",
                                    "unitMultiplier": 1,
                                    "value": energy,
                                },
                                {
                                    "name": "Power.Active.Import",
                                    "unit": "W",
                                    "unitMultiplier": 1000,
                                    "value": power,
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
        self.wait(2)
        self.state, self.power = "Charging", self.max_power
        await self.event("Updated")

    async def tick(self) -> None:
        self.wait(5)
        self.kwh += self.power / 3600 * 5
        await self.event("Updated")

    async def stop(self) -> None:
        self.state = "Finishing"
        await self.event("Updated")
        self.wait(1)
        self.kwh += self.power / 3600 * 5  # the loop's last tick
        await self.event("Ended")
        self.transaction, self.state, self.power = None, "Available", 0.0

    async def on_call(self, message_id: str, action: str, payload: Any) -> None:
        if action == "SetChargingProfile":
            schedule = payload["chargingProfile"]["chargingSchedule"]
            if isinstance(schedule, list):
                await self.answer(message_id, {"status": "Rejected"})
                return
            limit = schedule["chargingSchedulePeriod"][0]["limit"]
            self.max_power = min(limit / 1000, 100)
        await self.answer(message_id, {"status": "Accepted"})
        if action == "RequestStartTransaction":
            await self.start()
        elif action == "RequestStopTransaction":
            await self.stop()

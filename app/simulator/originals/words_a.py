"""What simulator A (the .NET one with scenarios 1 to 5) writes and answers, to the letter.

Times end in `ZZ`, numbers have at most 15 digits, `seqNo` is always 0, every trigger is Authorized, multipliers are
factors. It accepts whatever it is asked, but a charging profile only with the schedule as an object.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from ..plan import Payload
from .habits import Habits, Reading, Wish

__all__ = ["A"]


def stamp(at: datetime) -> str:
    """Seven digits, and a Z too many."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0ZZ"


def boot(station_id: str) -> Payload:
    """BootNotification."""
    return {
        "chargingStation": {
            "model": "CSharpSimulator",
            "vendorName": "OCPP.NET",
            "serialNumber": f"SN-{station_id}-001",
            "firmwareVersion": "1.0.0",
        },
        "reason": "PowerUp",
    }


def event(kind: str, at: datetime, reading: Reading) -> Payload:
    """TransactionEvent."""
    told: Payload = {
        "transactionId": reading.transaction_id,
        "chargingState": reading.state,
        "timeSpentCharging": 0,
    }
    if kind == "Ended":
        told["stoppedReason"] = "Local"
    told["totalCost"] = digits(cost(reading.energy_kwh))
    energy, power = digits(reading.energy_kwh * 1000.0), digits(reading.power_kw)
    told["chargingPeriods"] = [
        {
            "startDateTime": stamp(at),
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
    ]
    return {
        "eventType": kind,
        "timestamp": stamp(at),
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionData": told,
    }


def heartbeat(at: datetime) -> Payload:
    """Heartbeat has no members; this one has."""
    return {"currentTime": stamp(at)}


def status(at: datetime, state: str) -> Payload:
    """StatusNotification, with a word of 1.6."""
    return {"timestamp": stamp(at), "connectorStatus": state, "evseId": 1, "connectorId": 1}


def cost(energy_kwh: float) -> float:
    """In won, not rounded."""
    return energy_kwh * 150.0


def digits(number: float) -> int | float:
    """As .NET writes a decimal made of a double."""
    short = float(f"{number:.15g}")
    return int(short) if short.is_integer() else short


def answer(action: str, payload: Payload, look: Reading) -> tuple[Payload, Wish]:
    """What it answers, and what it does then."""
    if action == "RequestStartTransaction":
        return {"status": "Accepted"}, Wish(start=True)
    if action == "RequestStopTransaction":
        return {"status": "Accepted"}, Wish(stop=True)
    if action == "SetChargingProfile" and "chargingProfile" in payload:
        try:
            return {"status": "Accepted"}, Wish(limit_kw=_limit_kw(payload["chargingProfile"]))
        except (KeyError, IndexError, TypeError, ValueError):
            return {"status": "Rejected"}, Wish()
    return {"status": "Accepted"}, Wish()


def _limit_kw(profile: Any) -> float:
    """Of the schedule as an object; the array that the standard has is a mistake to it."""
    schedule = profile["chargingSchedule"]
    if not isinstance(schedule, dict):
        raise TypeError("not an object")
    return float(schedule["chargingSchedulePeriod"][0]["limit"]) / 1000.0


A = Habits(
    name="legacy-a",
    in_path=True,
    subprotocol="ocpp2.0.1",
    settles_s=(0.0, 0.0),
    message_id=lambda: str(uuid4())[:12],
    boot=boot,
    heartbeat=heartbeat,
    status=status,
    event=event,
    cost=lambda kwh: float(digits(cost(kwh))),
    answer=answer,
    tick_share=1.0,
    adds_first=False,
    tapers=True,
)

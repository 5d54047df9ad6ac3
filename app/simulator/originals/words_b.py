"""What simulator B (the older one, one file, two chargers) writes and answers, to the letter.

It connects without an identity and without a subprotocol, adds a second's energy every five seconds, writes nulls,
and understands commands in forms of its own.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from ..plan import Payload
from .habits import Habits, Reading, Wish

__all__ = ["B"]

_MODELS = {
    "emart_jeju_01": ("ABB Terra 53", "ABB"),
    "emart_shinjeju_01": ("Siemens VersiCharge", "Siemens"),
}


def stamp(at: datetime) -> str:
    """Seven digits."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def boot(station_id: str) -> Payload:
    """BootNotification, the only message that says who it is."""
    model, vendor = _MODELS.get(station_id, ("EVBox Home", "EVBox"))
    return {
        "chargingStation": {
            "model": model,
            "vendorName": vendor,
            "serialNumber": f"SN-{station_id}-001",
            "firmwareVersion": "1.0.0",
        },
        "reason": "PowerUp",
    }


def event(kind: str, at: datetime, reading: Reading) -> Payload:
    """TransactionEvent."""
    return {
        "eventType": kind,
        "timestamp": stamp(at),
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionData": {
            "transactionId": reading.transaction_id,
            "chargingState": reading.state,
            "timeSpentCharging": 0,
            "stoppedReason": "Local" if kind == "Ended" else None,
            "totalCost": whole(cost(reading.energy_kwh)),
            "chargingPeriods": [
                {
                    "startDateTime": stamp(at - timedelta(seconds=60)),
                    "dimensions": [
                        {
                            "name": "Energy.Active.Import.Register",
                            "unit": "Wh",
                            "unitMultiplier": 1,
                            "value": whole(reading.energy_kwh * 1000.0),
                        },
                        {
                            "name": "Power.Active.Import",
                            "unit": "W",
                            "unitMultiplier": 1000,
                            "value": whole(reading.power_kw),
                        },
                    ],
                }
            ],
        },
    }


def heartbeat(at: datetime) -> Payload:
    """As A's, but for the time."""
    return {"currentTime": stamp(at)}


def status(at: datetime, state: str) -> Payload:
    """StatusNotification, with a word of 1.6."""
    return {"timestamp": stamp(at), "connectorStatus": state, "evseId": 1, "connectorId": 1}


def cost(energy_kwh: float) -> float:
    """In won, two decimals."""
    return round(energy_kwh * 150.0, 2)


def whole(number: float) -> int | float:
    """As .NET writes a double."""
    return int(number) if float(number).is_integer() else number


def answer(action: str, payload: Payload, look: Reading) -> tuple[Payload, Wish]:
    """What it answers, and what it does then."""
    rejected: Payload = {"status": "Rejected"}
    if action == "RequestStartTransaction":
        known = isinstance(payload.get("idToken"), str)
        return ({"status": "Accepted"}, Wish(start=True)) if known else (rejected, Wish())
    if action == "RequestStopTransaction":
        return {"status": "Accepted"}, Wish(stop=True)
    if action == "SetChargingProfile":
        try:
            limit = payload["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"]
            return {"status": "Accepted"}, Wish(limit_kw=float(limit))
        except (KeyError, IndexError, TypeError, ValueError):
            return rejected, Wish()
    if action == "GetVariables":
        told = {
            "State": look.state,
            "Power": f"{look.power_kw:g}",
            "EnergyAccumulated": f"{look.energy_kwh:.2f}",
        }
        named = [{"variableName": name, "value": value} for name, value in told.items()]
        return {"variableData": named}, Wish()
    return rejected, Wish()


B = Habits(
    name="legacy-b",
    in_path=False,
    subprotocol=None,
    settles_s=(0.5, 1.0),
    message_id=lambda: uuid4().hex[:12],
    boot=boot,
    heartbeat=heartbeat,
    status=status,
    event=event,
    cost=cost,
    answer=answer,
    tick_share=0.2,
    adds_first=True,
    tapers=False,
)

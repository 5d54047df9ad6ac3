"""A standard session of each version, and the original simulators' literal frames, end as true transactions."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from app.csms.context import Context
from app.simulator.fleet import plan_from_ids, run_fleet
from tests.charger import charger
from tests.factories import make_station, make_token

STATION = "emart_jeju_main_01"


async def rows(context: Context, query: str) -> list[tuple[Any, ...]]:
    async with context.database.read() as connection:
        return await (await connection.execute(query)).fetchall()


@pytest.mark.parametrize(
    ("version", "energy_wh"), [("1.6", "417"), ("2.0.1", "416.67"), ("2.1", "416.67")]
)
async def test_a_standard_session_costs_63_won(
    context: Context, ocpp_port: int, version: str, energy_wh: str
) -> None:
    """1.6 counts whole watt-hours."""
    await make_station(context, STATION)
    for token in ("CARD-0001", "CARD-0002", "CARD-0003"):
        await make_token(context, token)
    plan = plan_from_ids(
        [STATION], url=f"ws://127.0.0.1:{ocpp_port}", version=version, scenario="exact", strict=True
    )
    summary = await asyncio.wait_for(run_fleet(plan, stop=asyncio.Event()), 60)
    assert summary.violations == ()
    assert await rows(
        context,
        "SELECT count(*), round(max(energy_wh), 2), max(cost), bool_and(ended_at IS NOT NULL) FROM transaction",
    ) == [(1, Decimal(energy_wh), Decimal(63), True)]


ZZ = "2026-01-21T10:30:{:02d}.1234567ZZ"


def simulator_a(kind: str, second: int, state: str, wh: float, kw: float, **more: Any) -> Any:
    """TransactionEvent as simulator A sends it."""
    at = ZZ.format(second)
    energy = {
        "name": "Energy.Active.Import.Register",
        "unit": "Wh",
        "unitMultiplier": 1,
        "value": wh,
    }
    power = {"name": "Power.Active.Import", "unit": "W", "unitMultiplier": 1000, "value": kw}
    return {
        "eventType": kind,
        "timestamp": at,
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionData": {
            "transactionId": "1f3a9c2e",
            "chargingState": state,
            "timeSpentCharging": 0,
            **more,
            "totalCost": wh * 0.15,
            "chargingPeriods": [{"startDateTime": at, "dimensions": [energy, power]}],
        },
    }


async def test_simulator_a_is_understood(context: Context, ocpp_port: int) -> None:
    await make_station(context, STATION)
    async with charger(ocpp_port, STATION) as station:
        boot = await station.call(
            "BootNotification",
            {
                "chargingStation": {
                    "model": "CSharpSimulator",
                    "vendorName": "OCPP.NET",
                    "serialNumber": "SN-emart_jeju_01-001",
                    "firmwareVersion": "1.0.0",
                },
                "reason": "PowerUp",
            },
        )
        assert boot["status"] == "Accepted"
        assert "currentTime" in await station.call("Heartbeat", {"currentTime": ZZ.format(20)})
        status = {
            "timestamp": ZZ.format(25),
            "connectorStatus": "Charging",
            "evseId": 1,
            "connectorId": 1,
        }
        assert await station.call("StatusNotification", status) == {}
        for event in (
            simulator_a("Started", 30, "Preparing", 0, 0),
            simulator_a("Updated", 35, "Charging", 138.888888888889, 100),
            simulator_a("Updated", 40, "Charging", 277.777777777778, 100),
            simulator_a("Ended", 45, "Finishing", 416.666666666667, 100, stoppedReason="Local"),
        ):
            answer = await station.call("TransactionEvent", event)
            assert isinstance(answer, dict), answer
    stored = await rows(
        context,
        "SELECT transaction_id, energy_wh, cost, round(station_cost, 2), stop_reason FROM transaction",
    )
    assert stored == [
        ("1f3a9c2e", Decimal("416.666666666667"), Decimal(63), Decimal("62.50"), "Local")
    ]
    assert await rows(context, "SELECT max(power_w) FROM meter_sample") == [(100_000.0,)]


async def test_simulator_b_is_understood(context: Context, ocpp_port: int) -> None:
    """No subprotocol, the identity only in the serial number."""
    await make_station(context, STATION)
    async with charger(ocpp_port, "", None) as station:
        boot = await station.call(
            "BootNotification",
            {
                "chargingStation": {
                    "model": "ABB Terra 53",
                    "vendorName": "ABB",
                    "serialNumber": f"SN-{STATION}-001",
                    "firmwareVersion": "1.0.0",
                },
                "reason": "PowerUp",
            },
        )
        assert boot["status"] == "Accepted"
        for kind, second, wh in (("Started", 30, 0), ("Updated", 40, 200), ("Ended", 50, 416.67)):
            event = simulator_a(kind, second, "Charging", wh, 100, stoppedReason=None)
            assert isinstance(await station.call("TransactionEvent", event), dict)
    assert await rows(context, "SELECT energy_wh, cost FROM transaction") == [
        (Decimal("416.67"), Decimal(63))
    ]


async def test_simulator_p1_is_understood(context: Context, ocpp_port: int) -> None:
    """No triggerReason, no seqNo, root-level evseId, units in sampledValue."""
    await make_station(context, STATION)

    def event(kind: str, second: int, kwh: float) -> dict[str, Any]:
        at = f"2026-01-19T16:01:{second:02d}.365767Z"
        energy = {
            "value": kwh,
            "context": "Sample.Periodic",
            "measurand": "Energy.Active.Import.Register",
            "unit": "kWh",
        }
        voltage = {"value": 400.0, "measurand": "Voltage", "unit": "V"}
        return {
            "eventType": kind,
            "timestamp": at,
            "transactionInfo": {"transactionId": "7db49e33", "chargingState": "Charging"},
            "evseId": 1,
            "connectorId": 1,
            "meterValue": [{"timestamp": at, "sampledValue": [energy, voltage]}],
        }

    async with charger(ocpp_port, STATION) as station:
        for kind, second, kwh in (
            ("Started", 10, 0.0),
            ("Updated", 15, 0.1),
            ("Ended", 20, 0.41667),
        ):
            assert isinstance(
                await station.call("TransactionEvent", event(kind, second, kwh)), dict
            )
    assert await rows(context, "SELECT energy_wh, cost FROM transaction") == [
        (Decimal("416.67"), Decimal(63))
    ]


async def test_twenty_calls_without_waiting_get_twenty_answers(
    context: Context, ocpp_port: int
) -> None:
    await make_station(context, STATION)
    async with charger(ocpp_port, STATION) as station:
        for number in range(20):
            await station.send([2, f"m{number}", "Heartbeat", {}])
        answers = [await station.hear() for _ in range(20)]
    assert [answer[:2] for answer in answers] == [[3, f"m{number}"] for number in range(20)]

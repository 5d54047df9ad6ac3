"""The literal frames of the known simulators, over a real socket, through real lanes, into the real database."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from psycopg.rows import dict_row

from app.csms.context import Context
from app.csms.journal import Journal
from app.csms.lanes import Lanes
from app.ingress.server import Server, serve
from tests.factories import make_station
from tests.ingress.conftest import hear, station
from tests.ingress.golden import FRAMES

RUNS = {
    "a": (["a_started", "a_updated", "a_ended"], "1f3a9c2e", "416.666666666667", "63", "62.5"),
    "p1": (["p1_started", "p1_ended"], "7db49e33-9772-4fcb-bd7d-7945cbf20ea6", "200", "30", None),
    "p3": (["p3_started", "p3_ended"], "ab12cd34", "416.666666666667", "63", "62.5"),
}


@asynccontextmanager
async def serving(context: Context) -> AsyncIterator[Server]:
    journal = Journal(context)
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, journal, host="127.0.0.1", port=0) as server,
    ):
        yield server
    await journal.write()


async def rows(context: Context, query: str) -> list[dict[str, Any]]:
    async with context.database.read() as connection:
        cursor = await connection.cursor(row_factory=dict_row).execute(query)
        return await cursor.fetchall()


def frame(name: str) -> str:
    content = json.loads((FRAMES / "legacy" / f"{name}.json").read_text(encoding="utf-8"))
    return json.dumps(content["frame"])


@pytest.mark.parametrize("run", RUNS)
async def test_literal_frames_end_as_correct_transactions(context: Context, run: str) -> None:
    names, transaction, energy_wh, cost, station_cost = RUNS[run]
    await make_station(context, "emart_jeju_main_01", price="150")
    async with serving(context) as server, station(server, "emart_jeju_main_01", "ocpp2.0.1") as cp:
        for name in ["BootNotification.a", *(f"TransactionEvent.{name}" for name in names)]:
            await cp.send(frame(name))
            answer = await hear(cp)
            assert answer[0] == 3, answer
        assert answer[2]["totalCost"] == int(cost)
    [row] = await rows(context, "SELECT * FROM transaction")
    assert row["transaction_id"] == transaction
    assert row["ended_at"] is not None
    assert row["stop_reason"] == "Local"
    assert abs(row["energy_wh"] - Decimal(energy_wh)) < Decimal("0.001")
    assert row["cost"] == Decimal(cost)
    if station_cost is not None:
        assert row["station_cost"] == Decimal(station_cost)


async def test_1_6_from_start_to_stop(context: Context) -> None:
    await make_station(context, "CP16", price="150")
    at = "2026-11-20T03:{}:00Z".format
    async with serving(context) as server, station(server, "CP16", "ocpp1.6") as cp:

        async def ask(action: str, payload: dict[str, Any]) -> Any:
            await cp.send(json.dumps([2, "same id", action, payload]))
            return (await hear(cp))[2]

        boot = await ask("BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"})
        assert boot["status"] == "Accepted"
        start = {"connectorId": 1, "idTag": "CARD", "meterStart": 1000, "timestamp": at("00")}
        started = await ask("StartTransaction", start)
        again = await ask("StartTransaction", start)
        assert started["transactionId"] == again["transactionId"]
        sample = {"timestamp": at("05"), "sampledValue": [{"value": "1.25", "unit": "kWh"}]}
        tx = {"transactionId": started["transactionId"]}
        assert await ask("MeterValues", {"connectorId": 1, **tx, "meterValue": [sample]}) == {}
        await ask("StopTransaction", {**tx, "meterStop": 1417, "timestamp": at("10")})
    [row] = await rows(context, "SELECT * FROM transaction")
    assert (row["energy_wh"], row["cost"], row["stop_reason"]) == (417, 63, "Local")
    entries = await rows(
        context, "SELECT direction, action FROM journal_frame ORDER BY at, direction"
    )
    assert len(entries) == 10

"""Simulator A's whole scenarios, as an unchanged client plays them, and what the tables say then."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.work import batch_work
from app.domain.legacy import LegacyKind, kind_of
from app.domain.roles import Role
from app.ingress.server import Server
from app.queries import conformance, transactions
from tests.ingress.legacy.conftest import Rows, findings
from tests.ingress.legacy.periods_two_z import TwoZ

OPERATOR = Actor(name="kim", role=Role.OPERATOR)
STATION = "emart_jeju_main_01"
KWH = Decimal("0.0001")


async def session(cp: TwoZ, ticks: int) -> None:
    """Scenario 2's: 2 s, start, 15 s of charging in which its race lets 3 or 2 ticks through, stop."""
    cp.wait(2)
    await cp.start()
    for _ in range(ticks):
        await cp.tick()
    cp.wait(15 - 5 * ticks)
    await cp.stop()
    cp.wait(2)


def kwh(row: dict[str, Any]) -> Decimal:
    return (row["energy_wh"] / 1000).quantize(KWH)


async def write_tariff(context: Context, price: str) -> None:
    """Another price per kWh from now on."""
    async with batch_work(context) as unit:
        await unit.connection.execute("UPDATE tariff SET price_per_kwh = %s::numeric", (price,))


async def finished(rows: Rows) -> list[dict[str, Any]]:
    """All transactions, each of which has ended as an unchanged client ends them."""
    found = await rows("SELECT * FROM transaction ORDER BY id")
    assert all(row["ended_at"] is not None and row["stop_reason"] == "Local" for row in found)
    return found


async def test_1_connects_under_its_alias_and_says_who_it_is(
    door: Server, context: Context, rows: Rows
) -> None:
    async with TwoZ.connected(door.port, "emart_jeju_01") as cp:
        assert door.online == (STATION,)
        assert cp.results[cp.sent[0][1]]["status"] == "Accepted"
        assert cp.socket.subprotocol == "ocpp2.0.1"
        for _ in range(2):
            cp.wait(30)
            await cp.heartbeat()
    [station] = await rows(f"SELECT * FROM station WHERE id = '{STATION}'")
    assert (station["vendor"], station["model"]) == ("OCPP.NET", "CSharpSimulator")
    assert await rows("SELECT * FROM transaction") == []
    assert kind_of(set(station["traits"])) is LegacyKind.PERIODS_TWO_Z
    [habits] = await conformance.habits(context.database, STATION)
    assert (habits.dialect, habits.traits) == (LegacyKind.PERIODS_TWO_Z, ["known_make"])


async def test_it_is_free_from_its_boot_on_whatever_another_program_told(
    door: Server, rows: Rows
) -> None:
    connectors = "SELECT station_id, status, derived FROM connector_state"
    free = {"station_id": STATION, "status": "Available", "derived": True}
    async with TwoZ.connected(door.port, "emart_jeju_01"):
        assert await rows(connectors) == [free]
    async with TwoZ.connected(door.port, "emart_jeju_01") as standard:
        said = {"timestamp": standard.time(), "connectorStatus": "Unavailable"}
        await standard.call("StatusNotification", {**said, "evseId": 1, "connectorId": 1})
        await standard.heard()
        assert await rows(connectors) == [{**free, "status": "Unavailable", "derived": False}]
    async with TwoZ.connected(door.port, "emart_jeju_01") as cp:
        assert await rows(connectors) == [free]
        await cp.start()
        await cp.heard()
        assert await rows(connectors) == [{**free, "status": "Occupied"}]
    async with TwoZ.connected(door.port, "emart_jeju_01"):
        assert await rows(connectors) == [{**free, "status": "Occupied"}]


@pytest.mark.parametrize(
    ("ticks", "energy", "cost", "said"),
    [(3, "0.4167", 63, Decimal("62.5")), (2, "0.2778", 42, Decimal("41.6666666666667"))],
)
async def test_2_one_session_with_or_without_its_last_tick(
    door: Server, context: Context, rows: Rows, ticks: int, energy: str, cost: int, said: Decimal
) -> None:
    async with TwoZ.connected(door.port, "emart_jeju_01") as cp:
        await session(cp, ticks)
        await cp.heard()
        assert cp.results[cp.sent[-1][1]] == {"totalCost": cost}
    [row] = await finished(rows)
    assert (kwh(row), row["cost"], row["station_cost"]) == (Decimal(energy), cost, said)
    [shown] = await transactions.recent(context.database, STATION)
    assert not shown.cost_differs
    assert (row["station_id"], row["evse_id"], row["id_token"]) == (STATION, 1, None)
    assert (row["ended_at"] - row["started_at"]).total_seconds() == 2 + 15 + 1
    samples = await rows(
        "SELECT power_w, energy_wh, suspect FROM meter_sample ORDER BY measured_at"
    )
    assert [s["power_w"] for s in samples] == [0.0, *([100_000.0] * 5)]
    assert {s["suspect"] for s in samples} == {None}
    [connector] = await rows("SELECT * FROM connector_state")
    assert (connector["status"], connector["derived"]) == ("Available", True)


async def test_3_three_at_the_same_time(door: Server, rows: Rows) -> None:
    async def one(charger_id: str, power: float) -> None:
        async with TwoZ.connected(door.port, charger_id, max_power=power) as cp:
            cp.wait(3)
            await cp.start()
            for _ in range(4):
                await cp.tick()
            await cp.stop()

    async with asyncio.TaskGroup() as tasks:
        for charger_id, power in (
            ("emart_jeju_01", 100),
            ("emart_jeju_02", 100),
            ("emart_shinjeju_01", 50),
        ):
            tasks.create_task(one(charger_id, power))
    found = {row["station_id"]: (kwh(row), row["cost"]) for row in await finished(rows)}
    assert found == {
        STATION: (Decimal("0.5556"), 83),
        "emart_jeju_main_02": (Decimal("0.5556"), 83),
        "emart_shinjeju_main_01": (Decimal("0.2778"), 42),
    }


async def explicit_values(cp: TwoZ) -> None:
    """Scenario 4: the energy is given, and the transaction is always called the same."""
    cp.transaction, cp.state, cp.power, cp.kwh = "txn_test_001", "Preparing", 100, 0.0
    await cp.event("Started")
    cp.state = "Charging"
    for value in (0.5, 1.0, 1.5):
        cp.wait(1)
        cp.kwh = value
        await cp.event("Updated")
    cp.wait(1)
    cp.state = "Finishing"
    await cp.event("Ended")
    cp.transaction = None
    cp.wait(1)


async def test_4_gives_one_and_a_half_kwh_every_time(door: Server, rows: Rows) -> None:
    start = None
    for _ in range(3):
        async with TwoZ.connected(door.port, "emart_jeju_01", now=start) as cp:
            for _ in range(2):
                await explicit_values(cp)
            start = cp.now
    found = await finished(rows)
    assert len(found) == 6
    assert {row["transaction_id"] for row in found} == {"txn_test_001"}
    assert {(row["energy_wh"], row["cost"], row["station_cost"]) for row in found} == {
        (1500, 225, 225)
    }


async def test_4_counts_again_when_a_run_was_cut_off(door: Server, rows: Rows) -> None:
    """Its program was killed before Ended: the next run is a session of its own."""
    async with TwoZ.connected(door.port, "emart_jeju_01") as cp:
        cp.transaction, cp.state, cp.power = "txn_test_001", "Preparing", 100
        await cp.event("Started")
        cp.wait(1)
        cp.state, cp.kwh = "Charging", 0.5
        await cp.event("Updated")
        start = cp.now
    async with TwoZ.connected(door.port, "emart_jeju_01", now=start) as cp:
        cp.wait(60)
        await explicit_values(cp)
    cut, whole = await rows("SELECT * FROM transaction ORDER BY id")
    assert (cut["energy_wh"], cut["stop_reason"]) == (500, "Superseded")
    assert (whole["energy_wh"], whole["cost"], whole["stop_reason"]) == (1500, 225, "Local")


async def test_5_five_in_a_row_with_a_loop_that_lives_on(
    door: Server, context: Context, rows: Rows
) -> None:
    """Each 2 + 5 + 1 + 1 s. A loop may survive into the next session, which then counts twice, and beyond its end."""
    async with TwoZ.connected(door.port, "emart_jeju_01") as cp:
        for number, ticks in enumerate((1, 0, 1, 1, 1), start=1):
            cp.wait(2)
            await cp.start()
            for _ in range(ticks):
                await cp.tick()
            if number == 3:  # the second's loop is not dead, and adds to the third
                cp.now = cp.now.replace(microsecond=cp.now.microsecond // 2)
                cp.wait(1)
                cp.kwh += cp.power / 3600 * 5
                await cp.event("Updated")
            await cp.stop()
            if number == 4:  # and the third's once more, when there is no transaction any more
                cp.wait(0.5)
                await cp.event("Updated")
            cp.wait(1)
    found = await finished(rows)
    one, two = (Decimal("0.1389"), 21), (Decimal("0.2778"), 42)
    assert [(kwh(row), row["cost"]) for row in found] == [one, (Decimal(0), 0), two, one, one]
    samples = await rows("SELECT suspect, transaction_id FROM meter_sample")
    assert {row["suspect"] for row in samples} == {None}
    assert len([row for row in samples if row["transaction_id"] is None]) == 1
    assert ("TransactionEvent", "no_transaction") in await findings(context, STATION)


async def test_each_deviation_is_a_finding(door: Server, context: Context) -> None:
    async with TwoZ.connected(door.port, "emart_jeju_01") as cp:
        await session(cp, 1)
        await cp.heartbeat()
        await cp.status("Charging")
        await cp.heard()
    found = await findings(context, STATION)
    assert found == {
        ("Heartbeat", "unknown_member"),
        ("StatusNotification", "double_z"),
        ("StatusNotification", "unknown_word"),
        *(
            ("TransactionEvent", quirk)
            for quirk in (
                *("double_z", "transaction_data", "unknown_word", "cost_in_request"),
                *("charging_periods", "linear_multiplier", "missing_evse", "missing_token"),
                *("constant_seq_no", "wrong_trigger"),
            )
        ),
    }


async def test_a_cost_that_is_not_ours_is_flagged(
    door: Server, context: Context, rows: Rows
) -> None:
    """Its price is built in. 62.50 beside 63 is the same; at another tariff it is not."""
    await write_tariff(context, "200")
    async with TwoZ.connected(door.port, "emart_jeju_01") as cp:
        await session(cp, 3)
    [row] = await transactions.recent(context.database, STATION)
    assert (row.cost, row.cost_exact, row.station_cost) == (83, Decimal("83.3333333333334"), 62.5)
    assert row.cost_differs
    assert ("TransactionEvent", "cost_differs") in await findings(context, STATION)


async def test_its_own_connector_status_does_not_outlive_its_session(
    door: Server, rows: Rows
) -> None:
    async with TwoZ.connected(door.port, "emart_jeju_01") as cp:
        await cp.start()
        await cp.status("Charging")
        await cp.heard()
        [state] = await rows("SELECT status FROM connector_state")
        assert state["status"] == "Occupied"
        await cp.stop()
    [state] = await rows("SELECT status FROM connector_state")
    assert state["status"] == "Available"

"""The three Python simulators, as unchanged clients play them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from decimal import Decimal

import pytest

from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.remote_control import start_charging, stop_charging
from app.csms.smart_charging import set_power_limit
from app.domain.commands import OutcomeStatus, Reset
from app.domain.legacy import LegacyKind, kind_of
from app.domain.roles import Role
from app.ingress.server import Server
from tests.ingress.legacy.conftest import Rows, findings
from tests.ingress.legacy.python_ones import Periods, PeriodsAtRoot, SamplesAtRoot

OPERATOR = Actor(name="kim", role=Role.OPERATOR)
STATION = "emart_jeju_main_01"


@pytest.mark.parametrize(
    ("client", "kind", "power_w"),
    [
        (SamplesAtRoot, LegacyKind.SAMPLES_AT_ROOT, None),
        (PeriodsAtRoot, LegacyKind.PERIODS_AT_ROOT, 6400.0),
    ],
)
async def test_started_and_stopped_from_afar(
    door: Server,
    context: Context,
    rows: Rows,
    client: type[SamplesAtRoot],
    kind: LegacyKind,
    power_w: float | None,
) -> None:
    async with client.connected(door.port, "emart_jeju_01") as cp:
        await cp.heartbeat()
        for _ in range(2):
            started = await start_charging(context, OPERATOR, STATION, id_token="CARD-ABC123")
            assert started.transaction_id == cp.transaction_id
            for _ in range(3):
                await cp.tick()
            stopped = await stop_charging(context, OPERATOR, STATION)
            assert stopped.outcome.status is OutcomeStatus.ACCEPTED
            cp.wait(5)
        limited = await set_power_limit(context, OPERATOR, STATION, 60_000)
        assert limited.outcome.status is OutcomeStatus.ACCEPTED
        refused = await context.bus.ask(STATION, Reset(), 5)
        assert (refused.status, refused.detail) == (OutcomeStatus.NOT_SUPPORTED, "NotImplemented")
    found = await rows("SELECT * FROM transaction ORDER BY id")
    assert [(row["energy_wh"], row["cost"], row["id_token"]) for row in found] == [
        (300, 45, "CARD-ABC123")
    ] * 2
    assert all(row["ended_at"] for row in found)
    samples = await rows("SELECT DISTINCT power_w, suspect FROM meter_sample")
    assert power_w in {row["power_w"] for row in samples}
    assert {row["suspect"] for row in samples} == {None}
    [station] = await rows(f"SELECT traits FROM station WHERE id = '{STATION}'")
    assert kind_of(set(station["traits"])) is kind
    quirks = {quirk for _, quirk in await findings(context, STATION)}
    assert quirks >= {"evse_at_root", "missing_trigger", "missing_member", "short_error"}


async def test_a_script_that_only_says_it_charges(door: Server, rows: Rows) -> None:
    """Updated without a Started, under an id of its own: its first 0.1 kWh count as well."""
    async with SamplesAtRoot.connected(door.port, "emart_jeju_01") as cp:
        for _ in range(4):
            await cp.tick()
        await cp.end()
    [row] = await rows("SELECT * FROM transaction")
    assert (row["energy_wh"], row["cost"]) == (400, 60)
    assert row["ended_at"] is not None


async def test_the_copy_adds_its_last_tick_after_the_stop(
    door: Server, context: Context, rows: Rows
) -> None:
    """0, 0.14, 0.28, 0.28 at Finishing, Ended 0.42; a limit counts from its next start."""
    async with Periods.connected(door.port, "emart_jeju_01") as cp:
        cp.wait(2)
        await cp.start()
        for _ in range(2):
            await cp.tick()
        await cp.stop()
        await cp.heard()
        limited = await set_power_limit(context, OPERATOR, STATION, 50_000)
        assert limited.outcome.status is OutcomeStatus.ACCEPTED
        cp.wait(5)
        started = await start_charging(context, OPERATOR, STATION, id_token="CARD-ABC123")
        assert started.transaction_id == cp.transaction
        await cp.tick()
        await cp.stop()
    first, second = await rows("SELECT * FROM transaction ORDER BY id")
    assert (first["energy_wh"] / 1000).quantize(Decimal("0.0001")) == Decimal("0.4167")
    assert (first["cost"], first["station_cost"]) == (63, Decimal("62.5"))
    assert (second["energy_wh"] / 1000).quantize(Decimal("0.0001")) == Decimal("0.1389")
    [station] = await rows(f"SELECT traits FROM station WHERE id = '{STATION}'")
    # it took its schedule as an object, as the one does that it was copied from
    assert kind_of(set(station["traits"])) is LegacyKind.PERIODS_TWO_Z


async def test_the_copys_first_scenario_connects_and_says_who_it_is(
    door: Server, rows: Rows
) -> None:
    async with Periods.connected(door.port, "emart_jeju_01") as cp:
        assert door.online == (STATION,)
        assert cp.results[cp.sent[0][1]]["status"] == "Accepted"
        cp.wait(5)
        assert cp.errors == []
    [station] = await rows(
        f"SELECT vendor, model, serial_number FROM station WHERE id = '{STATION}'"
    )
    assert station == {
        "vendor": "Python",
        "model": "Simulator",
        "serial_number": "SN-emart_jeju_01-001",
    }
    assert await rows("SELECT * FROM transaction") == []
    assert await rows("SELECT * FROM station_state WHERE online") == []


async def test_the_copys_third_scenario_has_three_at_the_same_time(
    door: Server, rows: Rows
) -> None:
    """20 s each, and the tick after the stop."""

    async def one(charger_id: str, power: float) -> None:
        async with Periods.connected(door.port, charger_id) as cp:
            cp.max_power = power
            cp.wait(3)
            await cp.start()
            for _ in range(4):
                await cp.tick()
            await cp.stop()

    powers = {"emart_jeju_01": 100.0, "emart_jeju_02": 100.0, "emart_shinjeju_01": 50.0}
    async with asyncio.TaskGroup() as tasks:
        for charger_id, power in powers.items():
            tasks.create_task(one(charger_id, power))
    found = await rows("SELECT * FROM transaction WHERE stop_reason = 'Local'")
    assert {row["station_id"]: (_kwh(row["energy_wh"]), row["cost"]) for row in found} == {
        STATION: (Decimal("0.6944"), 104),
        "emart_jeju_main_02": (Decimal("0.6944"), 104),
        "emart_shinjeju_main_01": (Decimal("0.3472"), 52),
    }
    assert all(row["ended_at"] for row in found)


@pytest.mark.parametrize("client", [SamplesAtRoot, PeriodsAtRoot])
async def test_the_demo_with_three_chargers(
    door: Server, context: Context, rows: Rows, client: type[SamplesAtRoot]
) -> None:
    """All connect, the first is started, limited and stopped; what it takes is nobody else's."""
    names = ("emart_jeju_01", "emart_jeju_02", "emart_shinjeju_01")
    async with AsyncExitStack() as stack:
        first, *others = [
            await stack.enter_async_context(client.connected(door.port, name)) for name in names
        ]
        assert set(door.online) == {STATION, "emart_jeju_main_02", "emart_shinjeju_main_01"}
        started = await start_charging(context, OPERATOR, STATION, id_token="CARD-ABC123")
        assert started.transaction_id == first.transaction_id
        for _ in range(2):
            await first.tick()
        limited = await set_power_limit(context, OPERATOR, STATION, 50_000)
        assert limited.outcome.status is OutcomeStatus.ACCEPTED
        stopped = await stop_charging(context, OPERATOR, STATION)
        assert stopped.outcome.status is OutcomeStatus.ACCEPTED
        for other in others:
            await other.heartbeat()
        assert [cp.errors for cp in (first, *others)] == [[], [], []]
    found = await rows("SELECT * FROM transaction")
    assert [(row["station_id"], row["energy_wh"], row["cost"]) for row in found] == [
        (STATION, 200, 30)
    ]
    assert found[0]["ended_at"] is not None


def _kwh(energy_wh: Decimal) -> Decimal:
    return (energy_wh / 1000).quantize(Decimal("0.0001"))

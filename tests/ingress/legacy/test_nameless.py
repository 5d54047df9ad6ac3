"""Simulator B's own run with its two chargers, and what it understands."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest
from websockets.exceptions import InvalidStatus

from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.lanes import Lanes
from app.csms.remote_control import start_charging, stop_charging
from app.csms.smart_charging import set_power_limit
from app.domain.commands import GetVariables, OutcomeStatus, Reset
from app.domain.legacy import LegacyKind, kind_of
from app.domain.reports import Variable
from app.domain.roles import Role
from app.ingress.server import Server, serve
from tests.ingress.legacy.conftest import Rows, findings
from tests.ingress.legacy.nameless import Nameless
from tests.ingress.legacy.periods_two_z import TwoZ
from tests.ingress.legacy.python_ones import SamplesAtRoot

OPERATOR = Actor(name="kim", role=Role.OPERATOR)
STATION = "emart_jeju_main_01"
OTHER = "emart_shinjeju_main_01"


async def test_its_own_run(door: Server, rows: Rows) -> None:
    """+2 s the second, start, +3 s the other's start, +15 s statuses, +3 s stop, +2 s stop: five ticks of a fifth."""
    async with (
        Nameless.connected(door.port, "emart_jeju_01", model="ABB Terra 53", vendor="ABB") as one,
        Nameless.connected(
            door.port, "emart_shinjeju_01", model="Siemens VersiCharge", vendor="Siemens"
        ) as two,
    ):
        assert set(door.online) == {STATION, OTHER}
        assert one.socket.subprotocol is None
        for cp in (one, two):
            cp.wait(1)
            await cp.heartbeat()
            await cp.start()
            for _ in range(3):
                await cp.tick()
            await cp.status("Charging")
            for _ in range(2):
                await cp.tick()
            await cp.stop()
    found = await rows("SELECT * FROM transaction ORDER BY station_id")
    assert [row["station_id"] for row in found] == [STATION, OTHER]
    for row in found:
        energy = (row["energy_wh"] / 1000).quantize(Decimal("0.0001"))
        assert (energy, row["cost"]) == (Decimal("0.1389"), 21)
        assert (row["station_cost"], row["stop_reason"]) == (Decimal("20.83"), "Local")
        assert row["started_at"] < row["ended_at"]
    # what it measures is of now, though its periods begin a minute before
    old = await rows(
        "SELECT FROM meter_sample m JOIN transaction t ON t.id = m.transaction_id"
        " WHERE m.measured_at < t.started_at"
    )
    assert old == []
    states = await rows("SELECT status FROM connector_state")
    assert {state["status"] for state in states} == {"Available"}


async def test_where_it_comes_from_is_told(door: Server, context: Context, rows: Rows) -> None:
    async with Nameless.connected(door.port, "emart_jeju_01") as cp:
        await cp.start()
        await cp.tick()
        await cp.stop()
    found = await findings(context, STATION)
    assert found >= {
        ("(handshake)", "no_subprotocol"),
        ("(handshake)", "no_identity"),
        ("TransactionEvent", "null"),
        ("TransactionEvent", "transaction_data"),
    }
    assert "double_z" not in {quirk for _, quirk in found}
    [station] = await rows(f"SELECT traits FROM station WHERE id = '{STATION}'")
    assert kind_of(set(station["traits"])) is LegacyKind.PERIODS_NAMELESS


async def test_it_is_started_with_its_token_as_a_text(
    door: Server, context: Context, rows: Rows
) -> None:
    async with Nameless.connected(door.port, "emart_jeju_01") as cp:
        for _ in range(2):
            started = await start_charging(context, OPERATOR, STATION, id_token="CARD-ABC123")
            assert started.outcome.status is OutcomeStatus.ACCEPTED
            assert started.transaction_id == cp.transaction
            await cp.tick()
            stopped = await stop_charging(context, OPERATOR, STATION)
            assert stopped.outcome.status is OutcomeStatus.ACCEPTED
            cp.wait(5)
    tokens = [p["idToken"] for action, p in cp.calls if action == "RequestStartTransaction"]
    standard = {"idToken": "CARD-ABC123", "type": "Central"}
    assert tokens == [standard, "CARD-ABC123", "CARD-ABC123"]
    found = await rows("SELECT id_token, ended_at FROM transaction")
    assert [row["id_token"] for row in found] == ["CARD-ABC123"] * 2
    commands = await rows("SELECT status, effect FROM station_command ORDER BY id")
    assert len(commands) == 4
    assert all(c["status"] == "accepted" and c["effect"] for c in commands)


async def test_it_is_limited_at_the_root_in_kw(door: Server, context: Context, rows: Rows) -> None:
    async with Nameless.connected(door.port, "emart_jeju_01") as cp:
        await cp.start()
        await cp.tick()
        limited = await set_power_limit(context, OPERATOR, STATION, 60_000)
        assert limited.outcome.status is OutcomeStatus.ACCEPTED
        assert "in kW" in (limited.outcome.description or "")
        assert len(cp.calls) == 3
        assert cp.power == 60
        again = await set_power_limit(context, OPERATOR, STATION, 45_000)
        assert again.outcome.status is OutcomeStatus.ACCEPTED
        assert len(cp.calls) == 4
        await cp.tick()
        await cp.heard()
        [evse] = await rows("SELECT power_w FROM evse_state WHERE evse_id = 1")
        assert evse["power_w"] == 45_000


async def test_its_variables_are_read(door: Server, context: Context, rows: Rows) -> None:
    async with Nameless.connected(door.port, "emart_jeju_01") as cp:
        await cp.start()
        await cp.tick()
        asked = (
            Variable(component="EVSE", name="Power", value=None),
            Variable(component="OCPPCommCtrlr", name="HeartbeatInterval", value=None),
        )
        outcome = await context.bus.ask(STATION, GetVariables(variables=asked), 5)
        refused = await context.bus.ask(STATION, Reset(), 5)
    assert refused.status is OutcomeStatus.REJECTED
    assert outcome.payload is not None
    told = await rows("SELECT component, name, value FROM station_variable ORDER BY name")
    assert {(row["name"], row["value"]) for row in told if row["value"] is not None} == {
        ("Power", "100"),
        ("State", "Charging"),
        ("EnergyAccumulated", "0.03"),
    }
    assert ("GetVariables", "own_variables") in await findings(context, STATION)


async def test_another_program_that_plays_the_same_charger_is_another(
    door: Server, context: Context, rows: Rows
) -> None:
    async def known() -> LegacyKind | None:
        [station] = await rows(f"SELECT traits FROM station WHERE id = '{STATION}'")
        return kind_of(set(station["traits"]))

    async with Nameless.connected(door.port, "emart_jeju_01") as cp:
        await set_power_limit(context, OPERATOR, STATION, 60_000)
        assert len(cp.calls) == 3
    assert await known() is LegacyKind.PERIODS_NAMELESS
    async with TwoZ.connected(door.port, "emart_jeju_01") as two:
        await set_power_limit(context, OPERATOR, STATION, 60_000)
        assert len(two.calls) == 2
    assert await known() is LegacyKind.PERIODS_TWO_Z
    async with SamplesAtRoot.connected(door.port, "emart_jeju_01") as samples:
        await samples.tick()
        await samples.heard()
        assert await known() is LegacyKind.SAMPLES_AT_ROOT
        await samples.end()
    async with Nameless.connected(door.port, "emart_jeju_01") as cp:
        await set_power_limit(context, OPERATOR, STATION, 60_000)
        assert len(cp.calls) == 3
    assert await known() is LegacyKind.PERIODS_NAMELESS


async def test_both_chargers_at_once_from_one_address(door: Server) -> None:
    """The path says nothing, so a newer one must not be taken for the same."""
    async with (
        Nameless.connected(door.port, "emart_jeju_01") as one,
        Nameless.connected(door.port, "emart_shinjeju_01") as two,
    ):
        await asyncio.gather(one.heartbeat(), two.heartbeat())
        await asyncio.gather(one.heard(), two.heard())
        assert len(door.online) == 2


async def test_it_may_be_kept_out(door: Server, context: Context) -> None:
    """HALLA_WITHOUT_SUBPROTOCOL=deny."""
    settings = replace(context.settings, without_subprotocol="deny")
    strict = replace(context, settings=settings)
    async with (
        Lanes(strict).run() as lanes,
        serve(strict, lanes, None, host="127.0.0.1", port=0) as server,
    ):
        with pytest.raises(InvalidStatus) as refused:
            await Nameless("emart_jeju_01").open(server.port)
    assert refused.value.response.status_code == 400
    assert b"No subprotocol is offered" in refused.value.response.body

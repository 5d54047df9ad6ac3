"""What simulator A is asked: limits, starts and stops in the form that it understands, and what becomes of the rest."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.csms.audit import HALLA
from app.csms.charging_profiles import set_profile
from app.csms.conformance import forget_findings, set_habits
from app.csms.context import Context
from app.csms.lanes import Lanes
from app.csms.remote_control import start_charging, stop_charging, unlock
from app.csms.smart_charging import set_power_limit
from app.domain.commands import GetVariables, OutcomeStatus, Reset, SendVendorData
from app.domain.reports import Variable
from app.domain.smart_charging import ChargingProfile, LimitScope, ProfilePurpose, SchedulePeriod
from app.ingress.server import Server, serve
from tests.factories import after
from tests.ingress.legacy.conftest import Rows, findings
from tests.ingress.legacy.periods_two_z import TwoZ
from tests.ingress.legacy.test_periods_two_z import OPERATOR, STATION, finished, kwh


async def test_a_limit_is_taken_as_an_object_and_its_power_follows(
    door: Server, context: Context, rows: Rows
) -> None:
    async with TwoZ.connected(door.port, "emart_jeju_01") as cp:
        await cp.start()
        await cp.heard()
        outcome = (await set_power_limit(context, OPERATOR, STATION, 60_000)).outcome
        assert (outcome.status, outcome.detail) == (OutcomeStatus.ACCEPTED, "Accepted")
        assert "as an object" in (outcome.description or "")
        assert [type(p["chargingProfile"]["chargingSchedule"]) for _, p in cp.calls] == [list, dict]
        await cp.tick()
        await cp.heard()
        [evse] = await rows("SELECT power_w FROM evse_state WHERE evse_id = 1")
        assert evse["power_w"] == 60_000
        [limit] = await rows("SELECT status, requested_w, accepted_w FROM power_limit")
        assert limit == {"status": "accepted", "requested_w": 60_000, "accepted_w": 60_000}
        # what was learned goes first the next time
        cp.calls.clear()
        limit_w, session_limit = 30_000, LimitScope.SESSION
        again = await set_power_limit(context, OPERATOR, STATION, limit_w, session_limit)
        assert again.outcome.status is OutcomeStatus.ACCEPTED
        [(_, payload)] = cp.calls
        assert isinstance(payload["chargingProfile"]["chargingSchedule"], dict)
        assert cp.power == 30
        await cp.stop()
    commands = await rows("SELECT action, status FROM station_command")
    assert [c["action"] for c in commands] == ["InstallChargingProfile"] * 2
    assert {c["status"] for c in commands} == {"accepted"}
    profiles = await rows("SELECT evse_id FROM charging_profile ORDER BY evse_id")
    assert profiles == [{"evse_id": 0}, {"evse_id": 1}]
    assert ("SetChargingProfile", "object_schedule") in await findings(context, STATION)


async def test_the_form_is_known_after_a_restart_until_it_is_forgotten(
    door: Server, context: Context
) -> None:
    async with TwoZ.connected(door.port, "emart_jeju_01") as cp:
        await set_power_limit(context, OPERATOR, STATION, 60_000)
        assert len(cp.calls) == 2
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, None, host="127.0.0.1", port=0) as other,
        TwoZ.connected(other.port, "emart_jeju_01") as cp,
    ):
        await set_power_limit(context, OPERATOR, STATION, 50_000)
        assert len(cp.calls) == 1
        await forget_findings(context, HALLA, STATION)
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, None, host="127.0.0.1", port=0) as third,
        TwoZ.connected(third.port, "emart_jeju_01") as cp,
    ):
        await set_power_limit(context, OPERATOR, STATION, 40_000)
        assert len(cp.calls) == 2


async def test_a_limit_that_a_start_forgot_is_said_again(door: Server, context: Context) -> None:
    async with TwoZ.connected(door.port, "emart_jeju_01") as cp:
        accepted = await set_power_limit(context, OPERATOR, STATION, 40_000)
        assert accepted.outcome.status is OutcomeStatus.ACCEPTED
        await asyncio.sleep(1.1)  # what is measured within a second may be of before
        await cp.start()
        async with asyncio.timeout(20):
            while cp.power != 40:
                await asyncio.sleep(0.02)
        await cp.tick()
        await cp.stop()


async def test_remote_start_and_stop_are_confirmed_by_what_follows(
    door: Server, context: Context, rows: Rows
) -> None:
    async with TwoZ.connected(door.port, "emart_jeju_01") as cp:
        started = await start_charging(context, OPERATOR, STATION, id_token="CARD-ABC123")
        assert started.outcome.status is OutcomeStatus.ACCEPTED
        assert started.transaction_id == cp.transaction
        await cp.tick()
        stopped = await stop_charging(context, OPERATOR, STATION)
        assert stopped.outcome.status is OutcomeStatus.ACCEPTED
    [row] = await finished(rows)
    assert (row["id_token"], row["token_type"], kwh(row)) == (
        "CARD-ABC123",
        "Central",
        Decimal("0.1389"),
    )
    effects = await rows("SELECT effect, transaction_id FROM station_command ORDER BY id")
    assert [e["effect"] for e in effects] == [
        "The transaction has started.",
        "The transaction has ended.",
    ]
    assert {e["transaction_id"] for e in effects} == {row["id"]}


async def test_a_start_that_was_asked_while_it_charged_is_not_the_next_one(
    door: Server, context: Context, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says yes and does nothing; who plugs in afterwards is somebody else."""
    monkeypatch.setattr("app.csms.remote_control.EFFECT_S", 0.3)
    async with TwoZ.connected(door.port, "emart_jeju_01", now=datetime.now(UTC)) as cp:
        await cp.start()
        await cp.heard()
        asked = await start_charging(context, OPERATOR, STATION, id_token="CARD-ABC123")
        assert (asked.outcome.status, asked.transaction_id) == (OutcomeStatus.ACCEPTED, None)
        await cp.tick()
        await cp.stop()
        await cp.start()
        await cp.stop()
    assert [row["id_token"] for row in await finished(rows)] == [None, None]


async def test_nor_is_it_the_next_one_while_it_is_waited_for(
    door: Server, context: Context, rows: Rows
) -> None:
    async with TwoZ.connected(door.port, "emart_jeju_01", now=datetime.now(UTC)) as cp:
        await cp.start()
        await cp.heard()
        asking = asyncio.create_task(
            start_charging(context, OPERATOR, STATION, id_token="CARD-ABC123")
        )
        while not any(action == "RequestStartTransaction" for action, _ in cp.calls):
            await asyncio.sleep(0.01)
        await cp.heard()
        await cp.stop()
        cp.wait(1)
        await cp.start()
        await cp.heard()
        with pytest.raises(TimeoutError):  # it goes on waiting
            await asyncio.wait_for(asking, 1.0)
        await cp.stop()
    found = await rows("SELECT id_token FROM transaction ORDER BY id")
    assert [row["id_token"] for row in found] == [None, None]


async def test_a_yes_that_means_nothing_is_not_taken_for_one(
    door: Server, context: Context
) -> None:
    async with TwoZ.connected(door.port, "emart_jeju_01") as cp:
        unlocked = await unlock(context, OPERATOR, STATION, 1)
        variables = (Variable(component="A", name="B", value=None),)
        asked = await context.bus.ask(STATION, GetVariables(variables=variables), 5)
        reset = await context.bus.ask(STATION, Reset(), 5)
        assert len(cp.calls) == 3
    assert unlocked.outcome.status is OutcomeStatus.NOT_SUPPORTED
    assert asked.status is OutcomeStatus.NOT_SUPPORTED
    assert reset.status is OutcomeStatus.ACCEPTED
    assert "only what follows will show" in (reset.description or "")


async def test_no_frame_is_longer_than_it_reads(door: Server, context: Context) -> None:
    async with TwoZ.connected(door.port, "emart_jeju_01") as cp:
        periods = tuple(SchedulePeriod(start_s=60 * n, limit_w=50_000) for n in range(200))
        long = ChargingProfile(
            id=7,
            purpose=ProfilePurpose.STATION_MAX,
            start_at=after(0),
            periods=periods,
        )
        outcome = (await set_profile(context, OPERATOR, STATION, long)).outcome
        assert outcome.status is OutcomeStatus.INVALID
        assert "fewer periods" in (outcome.description or "")
        data = SendVendorData(vendor="x", data="충" * 1400)  # 4,200 bytes, 1,400 characters
        assert (await context.bus.ask(STATION, data, 5)).status is OutcomeStatus.INVALID
        assert cp.calls == []
        three = replace(long, periods=periods[:3])
        taken = (await set_profile(context, OPERATOR, STATION, three)).outcome
        assert taken.status is OutcomeStatus.ACCEPTED
        assert "only the first of 3 periods" in (taken.description or "")
        assert cp.misread == 0


async def test_a_strict_station_is_spoken_to_as_it_is_written(
    door: Server, context: Context
) -> None:
    await set_habits(context, HALLA, STATION, strict=True)
    await door.board.habits.read()
    async with TwoZ.connected(door.port, "emart_jeju_01") as cp:
        limited = await set_power_limit(context, OPERATOR, STATION, 60_000)
        assert limited.outcome.status is OutcomeStatus.REJECTED
        assert len(cp.calls) == 1

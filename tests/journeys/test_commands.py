"""Start, limit, stop: what is asked for reaches the station, and what it does comes back. All versions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.csms.actors import Actor
from app.csms.commands import CommandResult
from app.csms.context import Context
from app.csms.remote_control import (
    call,
    change_availability,
    reset,
    start_charging,
    stop_charging,
    trigger,
    unlock,
)
from app.csms.smart_charging import clear_power_limit, composite_schedule, set_power_limit
from app.domain.commands import OutcomeStatus, ResetKind
from app.domain.errors import Conflict, Invalid, StationNotFound
from app.domain.roles import Role
from app.domain.smart_charging import LimitScope
from app.domain.stations import Availability
from app.simulator.fleet import plan_from_ids, run_fleet
from tests.factories import make_station, make_token

STATION = "emart_jeju_main_01"
KIM = Actor(name="kim", role=Role.OPERATOR)
EVERY_VERSION = pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])


@asynccontextmanager
async def simulated(context: Context, port: int, version: str) -> AsyncIterator[None]:
    """A virtual station that only waits, checked strictly against the schemas."""
    await make_station(context, STATION)
    await make_token(context, "token_user_001")
    stop = asyncio.Event()
    plan = plan_from_ids(
        [STATION],
        url=f"ws://127.0.0.1:{port}",
        version=version,
        scenario="idle",
        strict=True,
        sample_interval_s=0.5,
    )
    running = asyncio.create_task(run_fleet(plan, stop=stop))
    try:
        await until(
            context, "SELECT 1 FROM connector_state WHERE status = 'Available' AND evse_id = 1"
        )
        yield
    finally:
        stop.set()
        summary = await asyncio.wait_for(running, 30)
        assert summary.violations == ()


async def until(context: Context, query: str, within_s: float = 30) -> Any:
    """The first row of `query`, as soon as there is one."""
    async with asyncio.timeout(within_s):
        while True:
            async with context.database.read() as connection:
                row = await (await connection.execute(query)).fetchone()
            if row is not None:
                return row
            await asyncio.sleep(0.1)


def accepted(result: CommandResult) -> bool:
    return result.outcome.status is OutcomeStatus.ACCEPTED


@EVERY_VERSION
async def test_start_limit_stop(context: Context, ocpp_port: int, version: str) -> None:
    async with simulated(context, ocpp_port, version):
        started = await start_charging(context, KIM, STATION, id_token="token_user_001", evse_id=1)
        assert accepted(started), started
        assert started.transaction_no is not None
        await until(context, "SELECT 1 FROM evse_state WHERE power_w > 40000")

        limited = await set_power_limit(context, KIM, STATION, 30_000)
        assert accepted(limited), limited
        assert await until(context, "SELECT requested_w, accepted_w, status FROM power_limit") == (
            30_000,
            30_000,
            "accepted",
        )
        await until(context, "SELECT 1 FROM evse_state WHERE power_w BETWEEN 1 AND 30500")

        session = await set_power_limit(context, KIM, STATION, 11_000, LimitScope.SESSION)
        assert accepted(session), session
        await until(context, "SELECT 1 FROM evse_state WHERE power_w BETWEEN 1 AND 11500")
        composite = await composite_schedule(context, KIM, STATION, 1, 600)
        assert composite.status is OutcomeStatus.ACCEPTED, composite

        for scope in (LimitScope.SESSION, LimitScope.STATION):
            assert accepted(await clear_power_limit(context, KIM, STATION, scope))
        await until(context, "SELECT 1 FROM evse_state WHERE power_w > 40000")

        stopped = await stop_charging(context, KIM, STATION)
        assert accepted(stopped), stopped
        assert stopped.transaction_no == started.transaction_no
        row = await until(
            context,
            "SELECT energy_wh > 0, stop_reason, id_token FROM transaction WHERE ended_at IS NOT NULL",
        )
        assert row == (True, "Remote", "token_user_001")
        with pytest.raises(Conflict):
            await stop_charging(context, KIM, STATION)


@EVERY_VERSION
async def test_the_other_commands_are_answered(
    context: Context, ocpp_port: int, version: str
) -> None:
    async with simulated(context, ocpp_port, version):
        assert accepted(await trigger(context, KIM, STATION, "Heartbeat"))
        assert accepted(await unlock(context, KIM, STATION, 1))
        out = await change_availability(context, KIM, STATION, Availability.INOPERATIVE)
        assert accepted(out), out
        await until(
            context, "SELECT 1 FROM connector_state WHERE status = 'Unavailable' AND evse_id = 1"
        )
        refused = await start_charging(context, KIM, STATION, id_token="token_user_001", evse_id=1)
        assert refused.outcome.status is OutcomeStatus.REJECTED
        assert accepted(await change_availability(context, KIM, STATION, Availability.OPERATIVE))
        unknown = await call(context, KIM, STATION, "NoSuchAction", {})
        assert unknown.status is OutcomeStatus.NOT_SUPPORTED
        invalid = await call(context, KIM, STATION, "UnlockConnector", {"connectorId": "one"})
        assert invalid.status is OutcomeStatus.INVALID
        booted = await until(context, "SELECT booted_at FROM station_state")
        assert accepted(await reset(context, KIM, STATION, ResetKind.IMMEDIATE))
        await until(
            context, f"SELECT 1 FROM station_state WHERE booted_at > '{booted[0]}' AND online"
        )


async def test_what_cannot_be_is_told(context: Context) -> None:
    await make_station(context, STATION)
    with pytest.raises(StationNotFound):
        await start_charging(context, KIM, "nobody", id_token="x")
    with pytest.raises(Invalid):
        await set_power_limit(context, KIM, STATION, 100_001)
    with pytest.raises(Conflict):
        await set_power_limit(context, KIM, STATION, 10_000, LimitScope.SESSION)
    offline = await start_charging(context, KIM, STATION, id_token="token_user_001")
    assert offline.outcome.status is OutcomeStatus.OFFLINE
    row = await until(context, "SELECT action, status, requested_by FROM station_command")
    assert row == ("RequestStartTransaction", "offline", "kim")

"""The worker: no job ends the others, and nothing waits for ever for somebody who is gone."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from app.csms import commands, watchdog
from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.lost_commands import LONGEST, LOOK_BACK, settle_lost
from app.csms.smart_charging import set_power_limit
from app.domain.commands import Command, Outcome, OutcomeStatus, Reset
from app.domain.errors import Unavailable
from app.domain.roles import Role
from tests.conftest import Clock
from tests.factories import make_station

ID = "emart_jeju_main_01"
ME = Actor(name="me", role=Role.OPERATOR)


async def rows(context: Context, query: str) -> list[tuple[Any, ...]]:
    async with context.database.read() as connection:
        return await (await connection.execute(query.encode())).fetchall()


async def silence(_command: Command) -> Outcome:
    await asyncio.sleep(3600)
    return Outcome(status=OutcomeStatus.ACCEPTED)


async def test_a_job_that_fails_ends_no_other(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    enough = asyncio.Event()

    async def fails(_context: Context) -> None:
        done.append("fails")
        raise ZeroDivisionError

    async def works(_context: Context) -> None:
        done.append("works")
        if min(done.count("fails"), done.count("works")) >= 2:
            enough.set()

    monkeypatch.setattr(watchdog, "JOBS", ((fails, 0.01), (works, 0.01)))
    watching = asyncio.create_task(watchdog.keep_watch(context))
    async with asyncio.timeout(10):
        await enough.wait()
    assert not watching.done()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_what_is_done_once_is_done_again_until_it_went_well(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    async def settles(_context: Context) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise Unavailable

    monkeypatch.setattr(asyncio, "sleep", lambda _seconds, sleep=asyncio.sleep: sleep(0))
    await watchdog._once(context, settles, 60.0)
    assert tries == 3


async def test_a_command_whose_asker_was_ended_is_not_awaited_for_ever(
    context: Context, clock: Clock
) -> None:
    await make_station(context, ID)
    await context.bus.serve(ID, silence)
    asking = [
        asyncio.create_task(commands.carry_out(context, ME, ID, Reset())),
        asyncio.create_task(set_power_limit(context, ME, ID, 10_000)),
    ]
    for _ in range(100):
        await asyncio.sleep(0.05)
        if len(await rows(context, "SELECT id FROM station_command")) == 2:
            break
    for task in asking:
        task.cancel()  # as a kill does
    await asyncio.gather(*asking, return_exceptions=True)
    status = "SELECT status FROM station_command UNION ALL SELECT status FROM power_limit"
    await settle_lost(context)
    assert sorted(await rows(context, status)) == [("queued",), ("queued",), ("requested",)]
    clock.now = clock() + LONGEST + timedelta(seconds=1)
    await settle_lost(context)
    assert await rows(context, status) == [("timed_out",)] * 3


async def test_at_the_start_the_old_ones_are_found_too(context: Context, clock: Clock) -> None:
    await make_station(context, ID)
    await context.bus.serve(ID, silence)
    asking = asyncio.create_task(commands.carry_out(context, ME, ID, Reset()))
    async with asyncio.timeout(10):
        while not await rows(context, "SELECT id FROM station_command"):
            await asyncio.sleep(0.05)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    clock.now = clock() + LOOK_BACK + timedelta(days=3)
    await settle_lost(context)
    assert await rows(context, "SELECT status FROM station_command") == [("queued",)]
    await watchdog.settle_all_lost(context)
    assert await rows(context, "SELECT status FROM station_command") == [("timed_out",)]

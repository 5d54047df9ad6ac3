"""A limit's three truths, when operators and stations do not wait for each other, or mean amperes."""

import asyncio
from typing import Any

import pytest

from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.smart_charging import set_power_limit
from app.domain.commands import Command, InstallChargingProfile, Outcome, OutcomeStatus
from app.domain.roles import Role
from app.domain.smart_charging import RateUnit, SchedulePeriod
from tests.factories import make_station

ID = "emart_jeju_main_01"
KIM, LEE = (Actor(name=name, role=Role.OPERATOR) for name in ("kim", "lee"))
YES = Outcome(status=OutcomeStatus.ACCEPTED, detail="Accepted", latency_ms=1.0)
NO = Outcome(status=OutcomeStatus.REJECTED, detail="Rejected", latency_ms=1.0)


async def limits(context: Context) -> list[tuple[Any, ...]]:
    async with context.database.read() as connection:
        found = await connection.execute("SELECT requested_w, status, accepted_w FROM power_limit")
        return await found.fetchall()


@pytest.mark.parametrize(
    ("second", "first_is_heard", "truth"),
    [
        (NO, "before", (7_000, "rejected", 11_000)),
        (NO, "after", (7_000, "rejected", 11_000)),
        (YES, "before", (7_000, "accepted", 7_000)),
        (YES, "after", (7_000, "accepted", 11_000)),  # not what was asked last
    ],
)
async def test_of_two_limits_at_once_what_the_station_took_last_holds(
    context: Context, second: Outcome, first_is_heard: str, truth: tuple[Any, ...]
) -> None:
    """A station carries out one after the other, not always in the order in which they were asked for."""
    await make_station(context, ID)
    heard = {11_000.0: asyncio.Event(), 7_000.0: asyncio.Event()}
    asked = asyncio.Event()

    async def answer(command: Command) -> Outcome:
        assert isinstance(command, InstallChargingProfile)
        [period] = command.profile.periods
        asked.set()
        await heard[period.limit_w].wait()
        return YES if period.limit_w == 11_000 else second

    await context.bus.serve(ID, answer)
    one = asyncio.create_task(set_power_limit(context, KIM, ID, 11_000))
    await asked.wait()
    two = asyncio.create_task(set_power_limit(context, LEE, ID, 7_000))
    while (await limits(context))[0][0] != 7_000:
        await asyncio.sleep(0.01)
    tasks = [(one, 11_000.0), (two, 7_000.0)]
    for task, watts in tasks if first_is_heard == "before" else reversed(tasks):
        heard[watts].set()
        await asyncio.wait_for(task, 10)
    assert await limits(context) == [truth]


async def test_an_ac_charger_that_refuses_watts_is_told_in_amperes(context: Context) -> None:
    """11 kW on three phases of 230 V, rounded down: never more than was asked for."""
    await make_station(context, ID, max_power_w=22_000)
    told: list[tuple[RateUnit, tuple[SchedulePeriod, ...]]] = []

    async def answer(command: Command) -> Outcome:
        assert isinstance(command, InstallChargingProfile)
        told.append((command.profile.unit, command.profile.periods))
        return YES if command.profile.unit is RateUnit.AMPERE else NO

    await context.bus.serve(ID, answer)
    result = await set_power_limit(context, KIM, ID, 11_000)
    assert result.outcome.status is OutcomeStatus.ACCEPTED
    assert told == [
        (RateUnit.WATT, (SchedulePeriod(start_s=0, limit_w=11_000),)),
        (RateUnit.AMPERE, (SchedulePeriod(start_s=0, limit_w=15.9, phases=3),)),
    ]
    assert await limits(context) == [(11_000, "accepted", 11_000)]


async def test_amperes_that_are_not_answered_may_have_been_taken(context: Context) -> None:
    await make_station(context, ID, max_power_w=22_000)
    silent = Outcome(status=OutcomeStatus.TIMED_OUT)

    async def answer(command: Command) -> Outcome:
        assert isinstance(command, InstallChargingProfile)
        return silent if command.profile.unit is RateUnit.AMPERE else NO

    await context.bus.serve(ID, answer)
    result = await set_power_limit(context, KIM, ID, 11_000)
    assert result.outcome.status is OutcomeStatus.TIMED_OUT
    assert await limits(context) == [(11_000, "timed_out", None)]


@pytest.mark.parametrize(("most_w", "times"), [(22_000, 2), (100_000, 1)])
async def test_what_takes_neither_has_refused(context: Context, most_w: float, times: int) -> None:
    """A DC charger's amperes are of another voltage: it is not asked."""
    await make_station(context, ID, max_power_w=most_w)
    told: list[Command] = []

    async def answer(command: Command) -> Outcome:
        told.append(command)
        return NO

    await context.bus.serve(ID, answer)
    result = await set_power_limit(context, KIM, ID, 11_000)
    assert result.outcome.status is OutcomeStatus.REJECTED
    assert len(told) == times
    assert await limits(context) == [(11_000, "rejected", None)]

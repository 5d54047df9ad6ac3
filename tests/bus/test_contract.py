"""What every bus keeps."""

import asyncio

from app.bus.port import Bus, CommandHandler
from app.domain.changes import CommandChanged, LocationsChanged, StationsChanged, StationsRetired
from app.domain.commands import (
    Command,
    InstallChargingProfile,
    Outcome,
    OutcomeStatus,
    RawCall,
    Reset,
)
from app.domain.smart_charging import LimitScope, limit_profile
from tests.factories import NOON

SOON_S = 20.0
ODD_ID = "EV.*=Ä|@1".replace("Ä", "x")


async def test_news_reach_every_listener_in_order(bus: Bus) -> None:
    told = [
        StationsChanged(stations=("a", "b"), status=("a",)),
        CommandChanged(station_id="a", command_id=1),
        LocationsChanged(),
        StationsRetired(stations=("A",)),
    ]
    async with bus.listen() as one, bus.listen() as other:
        for change in told:
            await bus.publish(change)
        for listener in (one, other):
            async with asyncio.timeout(SOON_S):
                assert [await anext(listener) for _ in told] == told


async def test_nobody_listening_is_no_error(bus: Bus) -> None:
    await bus.publish(LocationsChanged())


async def test_a_listener_that_is_too_slow_is_told_that_it_lost_news(bus: Bus) -> None:
    async with bus.listen(queue_size=2) as news, bus.listen() as quick:
        for number in range(20):
            await bus.publish(CommandChanged(station_id="a", command_id=number))
        async with asyncio.timeout(SOON_S):
            for _ in range(20):  # whoever hears it later than `news` has heard all of it
                await anext(quick)
            heard = [await anext(news)]
        assert None in heard or (heard and (await anext(news)) is None)


async def test_a_command_reaches_the_owner_of_the_station(bus: Bus) -> None:
    heard: list[Command] = []

    async def obey(command: Command) -> Outcome:
        heard.append(command)
        return Outcome(
            status=OutcomeStatus.ACCEPTED, payload={"status": "Accepted"}, latency_ms=1.5
        )

    let_go = await bus.serve(ODD_ID, obey)
    profile = limit_profile(50_000.0, LimitScope.STATION, None, NOON)
    command = InstallChargingProfile(evse_id=0, profile=profile)
    outcome = await bus.ask(ODD_ID, command, 5)
    assert outcome == Outcome(
        status=OutcomeStatus.ACCEPTED, payload={"status": "Accepted"}, latency_ms=1.5
    )
    assert heard == [command]
    await let_go()
    assert (await bus.ask(ODD_ID, command, 5)).status is OutcomeStatus.OFFLINE


async def test_the_newest_owner_wins(bus: Bus) -> None:
    """The station came again before its old socket was known to be dead: the old owner is asked no more."""
    heard: list[str] = []

    def owner(name: str, status: OutcomeStatus) -> CommandHandler:
        async def obey(_command: Command) -> Outcome:
            heard.append(name)
            return Outcome(status=status)

        return obey

    told = asyncio.Event()
    let_go_of_old = await bus.serve(ODD_ID, owner("old", OutcomeStatus.OFFLINE), 1, told.set)
    let_go = await bus.serve(ODD_ID, owner("new", OutcomeStatus.ACCEPTED), 2)
    await asyncio.wait_for(told.wait(), SOON_S)  # the news takes its way
    assert (await bus.ask(ODD_ID, Reset(), 5)).status is OutcomeStatus.ACCEPTED
    await let_go_of_old()
    assert (await bus.ask(ODD_ID, Reset(), 5)).status is OutcomeStatus.ACCEPTED
    assert heard == ["new", "new"]
    await let_go()
    assert (await bus.ask(ODD_ID, Reset(), 5)).status is OutcomeStatus.OFFLINE


async def test_an_older_owner_learns_that_it_is_one(bus: Bus) -> None:
    """Whether it was there first or comes late: it is told once, and the newer one never."""
    told: list[str] = []

    async def obey(_command: Command) -> Outcome:
        return Outcome(status=OutcomeStatus.ACCEPTED)

    async def lost(_command: Command) -> Outcome:
        return Outcome(status=OutcomeStatus.OFFLINE)

    await bus.serve("S", lost, 1, lambda: told.append("first"))
    await bus.serve("S", obey, 3, lambda: told.append("newest"))
    let_go = await bus.serve("S", lost, 2, lambda: told.append("late"))
    await bus.serve("other", lost, 4, lambda: told.append("other"))
    async with asyncio.timeout(SOON_S):
        while len(told) < 2:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    assert sorted(told) == ["first", "late"]
    await let_go()
    assert (await bus.ask("S", Reset(), 5)).status is OutcomeStatus.ACCEPTED


async def test_it_is_known_whether_anybody_holds_a_station(bus: Bus) -> None:
    async def busy(command: Command) -> Outcome:
        raise AssertionError(command)

    assert await bus.held(ODD_ID, 5) is False
    let_go = await bus.serve(ODD_ID, busy)
    assert await bus.held(ODD_ID, 5) is True
    await let_go()
    assert await bus.held(ODD_ID, 5) is False


async def test_an_unowned_station_is_offline(bus: Bus) -> None:
    assert (await bus.ask("nobody", Reset(), 5)).status is OutcomeStatus.OFFLINE


async def test_a_silent_owner_times_out_and_does_not_hold_up_others(bus: Bus) -> None:
    async def sleep(command: Command) -> Outcome:
        await asyncio.sleep(30)
        raise AssertionError

    async def answer(command: Command) -> Outcome:
        assert isinstance(command, RawCall)
        return Outcome(status=OutcomeStatus.ACCEPTED, payload=command.payload)

    await bus.serve("slow", sleep)
    await bus.serve("quick", answer)
    slow = asyncio.create_task(bus.ask("slow", Reset(), 0.5))
    quick = await bus.ask("quick", RawCall(action="X", payload={"a": [1, {"b": None}]}), 5)
    assert quick.payload == {"a": [1, {"b": None}]}
    assert (await slow).status is OutcomeStatus.TIMED_OUT

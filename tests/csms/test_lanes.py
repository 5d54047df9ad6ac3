"""Batches: one bad report harms itself only; nothing is acknowledged that is not stored; queues have bounds."""

import asyncio
from collections.abc import Sequence

import psycopg
import pytest

from app.csms import lanes
from app.csms.context import Context
from app.csms.lanes import Lanes
from app.csms.receive import receive
from app.csms.work import Locked
from app.domain.certificates import SigningAnswer, SigningAsked, SigningUse
from app.domain.errors import CsmsError, NotRegistered, StationNotFound, Unavailable
from app.domain.reports import (
    Answer,
    BootAnswer,
    Received,
    SeenAnswer,
    StationBooted,
    StationConnected,
    StationSeen,
    TransactionAnswer,
    TransactionStarted,
    TransactionUpdated,
)
from tests.factories import after, make_station, reading, received

BAD = TransactionStarted(transaction="bad\0id", at=after(0), evse_id=1)
"""PostgreSQL's text cannot hold a NUL: the whole statement fails."""


async def test_one_bad_report_harms_itself_only(context: Context) -> None:
    for number in range(4):
        await make_station(context, f"S{number}")
    async with Lanes(context, lanes=1).run() as running:
        waiting = [
            running.submit(
                received(
                    BAD if number == 2 else TransactionStarted(transaction="T", at=after(0)),
                    f"S{number}",
                )
            )
            for number in range(4)
        ]
        answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answer) for answer in answers] == [
        TransactionAnswer,
        TransactionAnswer,
        CsmsError,
        TransactionAnswer,
    ]
    async with context.database.read() as connection:
        cursor = await connection.execute("SELECT station_id FROM transaction ORDER BY 1")
        assert await cursor.fetchall() == [("S0",), ("S1",), ("S3",)]


async def test_an_unknown_station_is_told_so(context: Context) -> None:
    async with Lanes(context).run() as running:
        with pytest.raises(StationNotFound):
            await running.submit(received(StationSeen(), "nobody"))


async def test_a_pending_station_may_boot_but_not_charge(context: Context) -> None:
    await make_station(context, registration="pending")
    async with Lanes(context).run() as running:
        boot = await running.submit(received(StationBooted(vendor="V", model="M")))
        assert getattr(boot, "registration", None) == "pending"
        with pytest.raises(NotRegistered):
            await running.submit(received(TransactionStarted(transaction="T", at=after(0))))


async def test_while_the_database_is_away_reports_wait_and_are_then_stored(
    context: Context,
) -> None:
    away = 3

    async def flaky(context: Context, reports: Sequence[Received]) -> list[Answer | CsmsError]:
        nonlocal away
        if away:
            away -= 1
            raise Unavailable
        return await receive(context, reports)

    await make_station(context)
    async with Lanes(context, flaky).run() as running:
        assert isinstance(await running.submit(received(StationSeen())), SeenAnswer)
    assert away == 0


async def test_a_report_that_waited_too_long_is_refused(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(context: Context, reports: Sequence[Received]) -> list[Answer | CsmsError]:
        raise Unavailable

    monkeypatch.setattr(lanes, "DEADLINE_S", 0.5)
    async with Lanes(context, gone).run() as running:
        with pytest.raises(Unavailable):
            await running.submit(received(StationSeen()))


async def test_a_database_that_says_nothing_is_away(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(context: Context, reports: Sequence[Received]) -> list[Answer | CsmsError]:
        await asyncio.sleep(3600)
        return []

    monkeypatch.setattr(lanes, "ATTEMPT_S", 0.2)
    monkeypatch.setattr(lanes, "DEADLINE_S", 0.5)
    async with Lanes(context, silent).run() as running:
        async with asyncio.timeout(10):
            with pytest.raises(Unavailable):
                await running.submit(received(StationSeen()))


async def test_a_row_that_somebody_holds_makes_its_own_station_wait_only(
    context: Context, database_url: str
) -> None:
    for number in range(3):
        await make_station(context, f"S{number}")
    async with (
        await psycopg.AsyncConnection.connect(database_url) as other,
        Lanes(context, lanes=1).run() as running,
    ):
        for number in range(3):
            connected = StationConnected(connection=1, protocol="p", remote_address="a", profile=0)
            await running.submit(received(connected, f"S{number}"))
        await other.execute("UPDATE station_state SET revision = 1 WHERE station_id = 'S1'")
        boot = StationBooted(vendor="V", model="M")
        waiting = [running.submit(received(boot, f"S{number}")) for number in range(3)]
        async with asyncio.timeout(15):
            answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(answer) for answer in answers] == [BootAnswer, Locked, BootAnswer]
        await other.rollback()
        assert isinstance(await running.submit(received(boot, "S1")), BootAnswer)


async def test_a_question_beside_the_lanes_is_answered_in_time(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it waits for; and that it cannot be given up at once keeps no station waiting."""
    given_up = asyncio.Event()

    async def silent(context: Context, received: Received) -> Answer:
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.5)
            given_up.set()
        return Answer()

    monkeypatch.setitem(lanes.ASKED, SigningAsked, silent)
    monkeypatch.setattr(lanes, "ASKED_S", 0.2)
    async with Lanes(context).run() as running:
        async with asyncio.timeout(5):
            with pytest.raises(Unavailable):
                await running.submit(received(SigningAsked(csr="", use=SigningUse.STATION)))
            assert not given_up.is_set()
            await given_up.wait()


async def test_a_question_whose_station_is_locked_is_answered_in_time(
    context: Context, database_url: str
) -> None:
    await make_station(context)
    async with (
        await psycopg.AsyncConnection.connect(database_url) as other,
        Lanes(context).run() as running,
    ):
        await other.execute("SELECT FROM station FOR UPDATE")
        asked = SigningAsked(csr="", use=SigningUse.STATION)
        async with asyncio.timeout(15):
            with pytest.raises(Locked):
                await running.submit(received(asked))
        await other.rollback()
        assert isinstance(await running.submit(received(asked)), SigningAnswer)


async def test_a_full_lane_refuses_at_once(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "MOST_WAITING", 2)
    idle = Lanes(context, lanes=1)
    waiting = [idle.submit(received(StationSeen())) for _ in range(3)]
    assert not waiting[0].done()
    assert isinstance(waiting[2].exception(), Unavailable)


async def test_urgent_reports_go_ahead_of_samples(context: Context) -> None:
    order: list[str] = []

    async def watch(context: Context, reports: Sequence[Received]) -> list[Answer | CsmsError]:
        order.extend(type(one.report).__name__ for one in reports)
        return [Answer() for _ in reports]

    waiting = Lanes(context, watch, lanes=1)
    sample = TransactionUpdated(transaction="T", at=after(1), readings=(reading(after(1), "1"),))
    futures = [
        waiting.submit(received(report))
        for report in (sample, sample, TransactionStarted(transaction="T", at=after(0)))
    ]
    async with waiting.run():
        await asyncio.gather(*futures)
    assert order == ["TransactionStarted", "TransactionUpdated", "TransactionUpdated"]


async def test_what_waits_at_the_stop_is_still_stored(context: Context) -> None:
    await make_station(context)
    async with Lanes(context).run() as running:
        future = running.submit(received(TransactionStarted(transaction="T", at=after(0))))
    assert isinstance(future.result(), TransactionAnswer)

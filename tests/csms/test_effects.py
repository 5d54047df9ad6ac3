"""What is seen to come of a command: the transaction that it caused, however late; or that none came."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.csms import remote_control
from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.receive import receive
from app.domain.authorization import TokenStatus
from app.domain.commands import Command, Outcome, OutcomeStatus
from app.domain.errors import Conflict
from app.domain.reports import StationBooted, TransactionEnded, TransactionStarted
from app.domain.roles import Role
from tests.factories import make_station, make_token, received

ID = "emart_jeju_main_01"
ME = Actor(name="me", role=Role.OPERATOR)
ROW = (
    "SELECT status, effect, effect_at IS NOT NULL, transaction_id FROM station_command ORDER BY id"
)


async def rows(context: Context) -> list[tuple[object, ...]]:
    async with context.database.read() as connection:
        return await (await connection.execute(ROW)).fetchall()


@pytest.fixture(autouse=True)
async def station(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """A station that says yes to everything, and a short wait."""
    await make_station(context, ID)
    await make_token(context, "token_user_001")

    async def accept(_command: Command) -> Outcome:
        return Outcome(status=OutcomeStatus.ACCEPTED, detail="Accepted", latency_ms=3.0)

    await context.bus.serve(ID, accept)
    monkeypatch.setattr(remote_control, "EFFECT_S", 0.3)


def started(context: Context, start_id: int | None, **more: object) -> TransactionStarted:
    at = context.clock()
    values = {"transaction": "t1", "at": at, "evse_id": 1, "id_token": "TOKEN_USER_001", **more}
    return TransactionStarted(remote_start_id=start_id, **values)  # type: ignore[arg-type]


async def start(context: Context) -> int:
    """Ask for a transaction; nothing comes in time. Its remoteStartId."""
    result = await remote_control.start_charging(context, ME, ID, id_token="token_user_001")
    assert result.transaction_id is None
    async with context.database.read() as connection:
        asked = await connection.execute(
            "SELECT (request->>'remote_start_id')::int FROM station_command"
        )
        row = await asked.fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"blocked": True}, "blocked"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "expired"),
        ({"status": TokenStatus.NO_CREDIT}, "may not charge"),
    ],
)
async def test_who_may_not_charge_is_not_started_from_afar(
    context: Context, known: dict[str, Any], said: str
) -> None:
    await make_token(context, "CARD", **known)
    with pytest.raises(Conflict, match=said):
        await remote_control.start_charging(context, ME, ID, id_token="card")
    assert await rows(context) == [], "nothing was sent"


async def test_none_came(context: Context) -> None:
    """The row says so, in words."""
    await start(context)
    assert await rows(context) == [("accepted", "No transaction came within 0 s.", False, None)]


@pytest.mark.parametrize("told", [True, False])
async def test_it_came_late(context: Context, told: bool) -> None:
    """By its remoteStartId, or (1.6) by its token; then the stop that ends it has its effect too."""
    start_id = await start(context)
    report = started(context, start_id if told else None)
    await receive(context, [received(report, ID, context.clock())])
    [row] = await rows(context)
    assert row[:3] == ("accepted", "The transaction has started.", True)
    assert row[3] is not None
    await remote_control.stop_charging(context, ME, ID)
    assert (await rows(context))[1] == ("accepted", "No end came within 0 s.", False, None)
    end = TransactionEnded(transaction="t1", at=context.clock(), stop_reason="Remote")
    await receive(context, [received(end, ID, context.clock())])
    assert (await rows(context))[1] == ("accepted", "The transaction has ended.", True, row[3])


async def test_somebody_else_s_transaction_is_no_effect(context: Context) -> None:
    """Another start id, another token: the command has nothing to do with it."""
    start_id = await start(context)
    for number, report in enumerate(
        (started(context, start_id + 1), started(context, None, id_token="other")), start=1
    ):
        other = received(report, ID, context.clock() + timedelta(seconds=number))
        await receive(context, [other])
    assert (await rows(context))[0][2:] == (False, None)


async def test_a_boot_is_the_effect_of_a_reset(context: Context) -> None:
    """But not of one that was asked for long ago, nor of another command."""
    await remote_control.reset(context, ME, ID)
    await remote_control.unlock(context, ME, ID, 1)
    boot = StationBooted(vendor="v", model="m")
    late = context.clock() + timedelta(hours=2)
    await receive(context, [received(boot, ID, late)])
    assert [row[1] for row in await rows(context)] == [None, None]
    await receive(context, [received(boot, ID, context.clock() + timedelta(seconds=9))])
    assert [row[1] for row in await rows(context)] == ["The station has started again.", None]


async def test_what_was_done_without_an_answer_has_its_effect(context: Context) -> None:
    """The connection was lost, the station charges: the row tells both."""

    async def lost(_command: Command) -> Outcome:
        return Outcome(status=OutcomeStatus.TIMED_OUT, description="lost")

    await context.bus.serve(ID, lost)
    start_id = await start(context)
    await receive(context, [received(started(context, start_id), ID, context.clock())])
    [row] = await rows(context)
    assert row[:3] == ("timed_out", "The transaction has started.", True)
    assert row[3] is not None


@pytest.mark.parametrize("ends", [True, False])
async def test_a_stop_says_whether_the_session_has_ended(context: Context, ends: bool) -> None:
    """A yes that nothing follows is not the end; news of it goes to everybody who looks at the log."""
    report = started(context, None)
    await receive(context, [received(report, ID, context.clock())])

    async def stop(_command: Command) -> Outcome:
        if ends:
            end = TransactionEnded(transaction="t1", at=context.clock(), stop_reason="Remote")
            await receive(context, [received(end, ID, context.clock())])
        return Outcome(status=OutcomeStatus.ACCEPTED, detail="Accepted", latency_ms=3.0)

    await context.bus.serve(ID, stop)
    result = await remote_control.stop_charging(context, ME, ID)
    said = "The transaction has ended." if ends else "No end came within 0 s."
    assert (result.transaction_id, result.effect) == ("t1", said)
    assert [row[:2] for row in await rows(context)] == [("accepted", said)]

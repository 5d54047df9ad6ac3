"""What is left of a password that a station was to be given: nothing, if it cannot have it; else both count."""

import pytest

from app.csms import security
from app.csms.actors import Actor
from app.csms.context import Context
from app.domain.commands import Command, Outcome, OutcomeStatus
from app.domain.errors import Conflict
from app.domain.roles import Role
from tests.factories import make_station

ID = "CP1"
ME = Actor(name="me", role=Role.ADMIN)
HALFWAY = Outcome(status=OutcomeStatus.TIMED_OUT, description="The connection was lost.")


async def offered(context: Context) -> str | None:
    async with context.database.read() as connection:
        cursor = await connection.execute("SELECT next_password_hash FROM station_security")
        row = await cursor.fetchone()
    return None if row is None else row[0]


async def test_what_was_never_sent_is_no_password(context: Context) -> None:
    await make_station(context, ID)
    result = await security.rotate_password(context, ME, ID)
    assert result.outcome.status is OutcomeStatus.OFFLINE
    assert await offered(context) is None
    with pytest.raises(Conflict, match="needs a password first"):
        await security.upgrade_profile(context, ME, ID, 1)


@pytest.mark.parametrize("outcome", [HALFWAY, Outcome(status=OutcomeStatus.OFFLINE)])
async def test_what_may_have_been_sent_counts(context: Context, outcome: Outcome) -> None:
    """Who says offline although somebody holds the station may be the older of two that were asked."""
    await make_station(context, ID)

    async def answer(_command: Command) -> Outcome:
        return outcome

    await context.bus.serve(ID, answer)
    await security.rotate_password(context, ME, ID)
    assert await offered(context) is not None


@pytest.mark.parametrize("later", [OutcomeStatus.REJECTED, None])
async def test_the_one_that_it_has_and_has_not_used_stays(
    context: Context, later: OutcomeStatus | None
) -> None:
    await make_station(context, ID)
    status = OutcomeStatus.ACCEPTED

    async def answer(_command: Command) -> Outcome:
        return Outcome(status=status)

    let_go = await context.bus.serve(ID, answer)
    await security.rotate_password(context, ME, ID)
    taken = await offered(context)
    assert taken is not None
    if later is None:
        await let_go()
    else:
        status = later
    await security.rotate_password(context, ME, ID)
    assert await offered(context) == taken

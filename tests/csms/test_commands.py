"""What a command's row says of its way: whether it left does not depend on which news comes first."""

import pytest

from app.csms import remote_control
from app.csms.actors import Actor
from app.csms.context import Context
from app.domain.commands import Command, Outcome, OutcomeStatus
from app.domain.roles import Role
from tests.factories import make_station

ID = "emart_jeju_main_01"
ME = Actor(name="me", role=Role.OPERATOR)


@pytest.mark.parametrize(
    ("status", "latency_ms", "left"),
    [
        (OutcomeStatus.ACCEPTED, 3.0, True),
        (OutcomeStatus.NOT_SUPPORTED, 3.0, True),  # the station's own word
        (OutcomeStatus.NOT_SUPPORTED, None, False),  # its version has no such call
        (OutcomeStatus.ERROR, None, False),  # too many wait before it
    ],
)
async def test_what_was_answered_has_left(
    context: Context, status: OutcomeStatus, latency_ms: float | None, left: bool
) -> None:
    """The answer alone is enough: the door's word that it was sent is stored in its own time."""
    await make_station(context, ID)

    async def answer(_command: Command) -> Outcome:
        return Outcome(status=status, latency_ms=latency_ms)

    await context.bus.serve(ID, answer)
    await remote_control.unlock(context, ME, ID, 1)
    async with context.database.read() as connection:
        asked = await connection.execute("SELECT status, sent_at IS NOT NULL FROM station_command")
        assert await asked.fetchall() == [(status.value, left)]

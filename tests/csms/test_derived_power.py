"""Where a station sends no power, its register tells it; what it measures is never replaced."""

from datetime import timedelta
from typing import Any

import pytest

from app.csms.context import Context
from app.csms.receive import receive
from app.domain.metering import Suspect, power_between
from app.domain.reports import (
    MeterValuesReported,
    Report,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from tests.factories import after, make_station, reading, received

STARTED = TransactionStarted(
    transaction="t", at=after(0), evse_id=1, readings=(reading(after(0), "1000"),)
)


def updated(second: float, wh: str | None, kw: float | None = None, **more: Any) -> Report:
    told = reading(after(second), wh, kw, **more)
    return TransactionUpdated(transaction="t", at=after(second), evse_id=1, readings=(told,))


async def power(context: Context, *reports: Report) -> tuple[float | None, bool]:
    """What the EVSE takes now, and whether that was derived."""
    for report in reports:
        [answer] = await receive(context, [received(report)])
        assert not isinstance(answer, Exception)
    async with context.database.read() as connection:
        query = "SELECT power_w, power_derived FROM evse_state"
        row = await (await connection.execute(query)).fetchone()
    assert row is not None
    return row[0], row[1]


async def test_the_register_tells_the_power(context: Context) -> None:
    await make_station(context)
    assert await power(context, STARTED) == (None, False)
    assert await power(context, updated(60, "1120")) == (7200.0, True)
    # what says nothing of energy moves nothing
    assert await power(context, updated(90, None, soc_percent=50.0)) == (7200.0, True)
    assert await power(context, updated(120, "1360")) == (14_400.0, True)
    assert await power(context, updated(180, "1360")) == (0.0, True)
    loose = MeterValuesReported(evse_id=1, readings=(reading(after(240), "1480"),))
    assert await power(context, loose) == (7200.0, True)
    async with context.database.read() as connection:
        rows = await (await connection.execute("SELECT power_w FROM meter_sample")).fetchall()
    assert {row[0] for row in rows} == {None}, "a sample holds what was measured, nothing else"
    ended = TransactionEnded(transaction="t", at=after(300), evse_id=1)
    assert (await power(context, ended))[0] is None


async def test_what_is_measured_is_not_replaced(context: Context) -> None:
    await make_station(context)
    assert await power(context, STARTED, updated(60, "1120")) == (7200.0, True)
    assert await power(context, updated(120, "1240", 11.0)) == (11_000.0, False)
    assert await power(context, updated(180, "1360")) == (11_000.0, False)
    assert await power(context, updated(185, None, 9.0)) == (9000.0, False)


async def test_a_register_that_is_not_believed_tells_nothing(context: Context) -> None:
    await make_station(context)
    assert await power(context, STARTED, updated(60, "1120")) == (7200.0, True)
    assert await power(context, updated(120, "900")) == (7200.0, True)


@pytest.mark.parametrize(
    ("before", "seconds", "now", "expected"),
    [
        ("1000", 60, "1120", 7200.0),
        ("1000", 0.5, "1120", None),
        ("1000", 3600, "8200", None),
        ("1000", 60, "999", None),
        (None, 60, "1120", None),
    ],
)
def test_a_power_needs_a_step_of_some_length(
    before: str | None, seconds: float, now: str, expected: float | None
) -> None:
    told = reading(after(seconds), now)
    start = reading(after(0), before)
    assert power_between(start.energy_wh, after(0), told) == expected
    doubtful = reading(after(seconds), now, suspect=Suspect.JUMPING)
    assert power_between(start.energy_wh, after(0), doubtful) is None
    assert power_between(start.energy_wh, told.measured_at + timedelta(1), told) is None


async def test_a_connector_is_made_at_the_first_word_about_it(context: Context) -> None:
    await make_station(context)
    started = TransactionStarted(
        transaction="elsewhere", at=after(0), evse_id=2, connector_id=1, id_token="card"
    )
    await power(context, started)
    async with context.database.read() as connection:
        query = "SELECT evse_id, connector_id FROM connector ORDER BY evse_id"
        assert await (await connection.execute(query)).fetchall() == [(1, 1), (2, 1)]

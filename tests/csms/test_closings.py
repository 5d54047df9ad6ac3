"""Closing a session by hand: only a silent one, at its last word, and the station's word counts after all."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.csms import closings
from app.csms.accounts import Actor
from app.csms.context import Context
from app.csms.receive import receive
from app.domain.errors import Conflict, TransactionNotFound
from app.domain.metering import MeterReading
from app.domain.reports import Received, TransactionEnded, TransactionReport, TransactionUpdated
from app.domain.roles import Role
from app.domain.stations import ChargingState
from app.queries import transactions
from app.queries.transactions import TransactionRow
from tests.conftest import Clock
from tests.queries.planting import NOW, Garden

KIM = Actor("kim", Role.OPERATOR)
HEARD = NOW - timedelta(minutes=20)


@pytest.fixture
async def number(context: Context, clock: Clock) -> int:
    """A session that was heard of twenty minutes ago, after 8.5 kWh."""
    clock.now = NOW
    garden = Garden(context.database)
    await garden.station("A", online=True)
    await garden.connector("A", "Occupied", derived=True)
    return await garden.charging(
        "A",
        started_at=NOW - timedelta(hours=1),
        last_event_at=HEARD,
        meter_wh=Decimal(8500),
        meter_at=HEARD,
    )


async def hear(context: Context, report: TransactionReport) -> None:
    await receive(context, [Received(station_id="A", report=report, at=context.clock())])


async def stored(context: Context, number: int) -> TransactionRow:
    return await transactions.one(context.database, number)


async def test_it_ends_at_the_last_word_and_frees_its_connector(
    context: Context, number: int
) -> None:
    await closings.close_session(context, KIM, number)
    row = await stored(context, number)
    assert (row.ended_at, row.stop_reason, row.energy_wh) == (HEARD, "ClosedByOperator", 8500)
    async with context.database.read() as connection:
        found = await connection.execute(
            "SELECT e.transaction_id, c.status, a.actor, a.action, a.subject"
            " FROM evse_state e, connector_state c, audit_entry a"
        )
        assert await found.fetchall() == [
            (None, "Available", "kim", "session.close", f"session:{number}")
        ]
    with pytest.raises(Conflict):
        await closings.close_session(context, KIM, number)


async def test_one_that_lives_is_not_closed(context: Context, number: int, clock: Clock) -> None:
    clock.now = HEARD + timedelta(minutes=14)
    with pytest.raises(Conflict, match="15 minutes"):
        await closings.close_session(context, KIM, number)
    with pytest.raises(TransactionNotFound):
        await closings.close_session(context, KIM, number + 1)
    assert (await stored(context, number)).ended_at is None


async def test_the_stations_own_end_takes_its_place(context: Context, number: int) -> None:
    await closings.close_session(context, KIM, number)
    reading = MeterReading(measured_at=NOW, energy_wh=Decimal(9_000))
    await hear(
        context,
        TransactionEnded(
            transaction="tx1", at=NOW, evse_id=1, stop_reason="Local", readings=(reading,)
        ),
    )
    row = await stored(context, number)
    assert (row.ended_at, row.stop_reason, row.energy_wh) == (NOW, "Local", 9_000)


async def test_it_goes_on_if_the_station_says_so(context: Context, number: int) -> None:
    await closings.close_session(context, KIM, number)
    charging = ChargingState.CHARGING
    replay = TransactionUpdated(transaction="tx1", at=HEARD, evse_id=1, charging_state=charging)
    await hear(context, replay)
    assert (await stored(context, number)).ended_at == HEARD
    reading = MeterReading(measured_at=NOW, energy_wh=Decimal(9_000))
    await hear(
        context,
        TransactionUpdated(
            transaction="tx1", at=NOW, evse_id=1, charging_state=charging, readings=(reading,)
        ),
    )
    row = await stored(context, number)
    assert (row.ended_at, row.stop_reason, row.energy_wh) == (None, None, 9_000)
    assert row.charging_state == "Charging"


async def test_one_that_a_wrong_clock_began_in_the_future_ends_now_and_can_go_on(
    context: Context, clock: Clock
) -> None:
    clock.now = NOW
    garden = Garden(context.database)
    await garden.station("A", online=True)
    begun = NOW + timedelta(days=3650)
    number = await garden.charging("A", started_at=begun, last_event_at=begun)
    await closings.close_session(context, KIM, number)
    row = await stored(context, number)
    assert (row.started_at, row.ended_at) == (NOW, NOW)
    clock.now = NOW + timedelta(minutes=1)
    await hear(context, TransactionUpdated(transaction="tx1", at=clock.now, evse_id=1))
    assert (await stored(context, number)).ended_at is None

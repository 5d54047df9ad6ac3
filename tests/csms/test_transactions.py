"""Reports about transactions become one true record, in any order, any number of times."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from app.csms.context import Context
from app.csms.receive import receive
from app.domain.authorization import TokenStatus
from app.domain.reports import (
    ConnectorStatusReported,
    MeterValuesReported,
    StationConnected,
    TransactionAnswer,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from app.domain.stations import ChargingState, ConnectorStatus
from tests.factories import after, make_station, make_token, reading, received

STARTED = TransactionStarted(
    transaction="1f3a9c2e",
    at=after(0),
    evse_id=1,
    connector_id=1,
    charging_state=ChargingState.EV_CONNECTED,
    seq_no=0,
    id_token="token_user_001",
    token_type="Central",
    readings=(reading(after(0), "0", context="Transaction.Begin"),),
)
UPDATED = TransactionUpdated(
    transaction="1f3a9c2e",
    at=after(5),
    evse_id=1,
    charging_state=ChargingState.CHARGING,
    seq_no=1,
    readings=(reading(after(5), "138.888888888889", 100.0, soc_percent=20.0),),
)
ENDED = TransactionEnded(
    transaction="1f3a9c2e",
    at=after(15),
    seq_no=2,
    stop_reason="Local",
    readings=(reading(after(15), "416.666666666667", 100.0, context="Transaction.End"),),
)


async def rows(context: Context, query: str) -> list[tuple[Any, ...]]:
    async with context.database.read() as connection:
        return await (await connection.execute(query)).fetchall()


async def test_a_session_becomes_a_bill_of_63_won(context: Context) -> None:
    await make_station(context)
    await make_token(context)
    answers = [(await receive(context, [received(r)]))[0] for r in (STARTED, UPDATED, ENDED)]
    started, _, ended = answers
    assert isinstance(started, TransactionAnswer)
    assert started.token is not None
    assert started.token.status is TokenStatus.ACCEPTED
    assert isinstance(ended, TransactionAnswer)
    assert ended.cost == 63
    stored = await rows(
        context,
        "SELECT transaction_id, energy_wh, cost, stop_reason, started_at, ended_at, id_token, token_status"
        " FROM transaction",
    )
    assert stored == [
        (
            "1f3a9c2e",
            Decimal("416.666666666667"),
            Decimal(63),
            "Local",
            after(0),
            after(15),
            "token_user_001",
            "Accepted",
        )
    ]
    assert await rows(context, "SELECT count(*) FROM meter_sample") == [(3,)]


@pytest.mark.parametrize("order", list(permutations((STARTED, UPDATED, ENDED))))
async def test_any_order_and_any_replay_end_the_same(context: Context, order: Any) -> None:
    await make_station(context)
    await make_token(context)
    for report in (*order, *order):
        await receive(context, [received(report)])
    stored = await rows(
        context,
        "SELECT count(*), min(started_at), max(ended_at), max(energy_wh), max(cost), max(stop_reason)"
        " FROM transaction",
    )
    assert stored == [(1, after(0), after(15), Decimal("416.666666666667"), Decimal(63), "Local")]
    assert await rows(context, "SELECT count(*) FROM meter_sample") == [(3,)]
    assert await rows(context, "SELECT transaction_id, power_w FROM evse_state") == [(None, None)]


async def test_all_of_one_batch_is_as_good_as_one_by_one(context: Context) -> None:
    await make_station(context)
    answers = await receive(context, [received(r) for r in (STARTED, UPDATED, ENDED)])
    assert isinstance(answers[2], TransactionAnswer)
    assert answers[2].cost == 63
    assert await rows(context, "SELECT count(*), max(energy_wh) FROM transaction") == [
        (1, Decimal("416.666666666667"))
    ]


async def test_an_id_that_comes_back_is_a_new_transaction(context: Context) -> None:
    await make_station(context)
    for start in (0, 100):
        for report in (
            TransactionStarted(transaction="txn_test_001", at=after(start), evse_id=1),
            TransactionEnded(transaction="txn_test_001", at=after(start + 10)),
        ):
            await receive(context, [received(report)])
    assert await rows(context, "SELECT started_at, ended_at FROM transaction ORDER BY id") == [
        (after(0), after(10)),
        (after(100), after(110)),
    ]


async def test_the_csms_issues_the_id_once_for_a_start_and_its_replay(context: Context) -> None:
    await make_station(context)
    await make_token(context)
    start = TransactionStarted(
        transaction=None,
        at=after(0),
        evse_id=1,
        connector_id=1,
        id_token="token_user_001",
        meter_start_wh=Decimal(1000),
    )
    first, second = [(await receive(context, [received(start)]))[0] for _ in range(2)]
    assert isinstance(first, TransactionAnswer)
    assert first == second
    end = TransactionEnded(
        transaction=first.transaction,
        at=after(60),
        meter_stop_wh=Decimal(1500),
        stop_reason="Local",
    )
    await receive(context, [received(end)])
    assert await rows(
        context, "SELECT id::text, transaction_id, energy_wh, cost FROM transaction"
    ) == [(first.transaction, first.transaction, Decimal(500), Decimal(75))]


async def test_a_new_transaction_ends_the_one_that_was_never_ended(context: Context) -> None:
    await make_station(context)
    lost = TransactionStarted(transaction="lost", at=after(0), evse_id=1)
    new = TransactionStarted(transaction="new", at=after(50), evse_id=1)
    for report in (lost, new):
        await receive(context, [received(report)])
    assert await rows(
        context, "SELECT transaction_id, ended_at, stop_reason FROM transaction ORDER BY id"
    ) == [("lost", after(0), "Superseded"), ("new", None, None)]
    late = TransactionEnded(transaction="lost", at=after(40), stop_reason="PowerLoss")
    await receive(context, [received(late)])
    assert await rows(
        context, "SELECT ended_at, stop_reason FROM transaction WHERE transaction_id = 'lost'"
    ) == [(after(40), "PowerLoss")]


async def test_an_unknown_token_is_told_and_the_energy_is_kept(context: Context) -> None:
    await make_station(context)
    (answer,) = await receive(context, [received(STARTED)])
    assert isinstance(answer, TransactionAnswer)
    assert answer.token is not None
    assert answer.token.status is TokenStatus.UNKNOWN
    assert await rows(context, "SELECT token_status FROM transaction") == [("Unknown",)]


async def test_readings_without_a_transaction_join_the_one_that_runs(context: Context) -> None:
    await make_station(context)
    await receive(context, [received(STARTED)])
    values = MeterValuesReported(evse_id=1, readings=(reading(after(8), "250", 50.0),))
    await receive(context, [received(values)])
    assert await rows(context, "SELECT energy_wh FROM transaction") == [(Decimal(250),)]
    assert await rows(context, "SELECT power_w, register_wh FROM evse_state") == [
        (50_000.0, Decimal(250))
    ]


async def test_connectors_of_silent_stations_follow_their_transactions(context: Context) -> None:
    await make_station(context)
    await receive(context, [received(STARTED)])
    query = "SELECT status, derived FROM connector_state"
    assert await rows(context, query) == [("Occupied", True)]
    await receive(context, [received(ENDED)])
    assert await rows(context, query) == [("Available", True)]
    said = ConnectorStatusReported(
        evse_id=1,
        connector_id=1,
        status=ConnectorStatus.FAULTED,
        at=after(20),
        error_code="GroundFailure",
    )
    await receive(context, [received(said)])
    await receive(context, [received(STARTED, at=after(30))])
    assert await rows(context, query) == [("Faulted", False)]


async def test_what_changes_nothing_is_not_news(context: Context) -> None:
    await make_station(context)
    async with context.bus.listen() as news:
        connected = StationConnected(connection=1, protocol="x", remote_address="127.0.0.1")
        for report in (connected, STARTED, UPDATED, UPDATED):
            await receive(context, [received(report)])
        await context.bus.close()
        heard = [change async for change in news]
    assert [change.status != () for change in heard if change] == [True, True, True]


@pytest.mark.parametrize("ahead", ["the report", "the reading", "the start"])
async def test_a_clock_that_was_wrong_once_freezes_nothing(context: Context, ahead: str) -> None:
    """A moment ten years from now is told, then the time is right again: energy, power and bill go on."""
    await make_station(context)
    far = after(3600 * 24 * 3650)
    first = replace(STARTED, at=far) if ahead == "the start" else STARTED
    wild = replace(
        UPDATED,
        at=UPDATED.at if ahead == "the reading" else far,
        readings=(reading(far, "138.888888888889", 100.0, soc_percent=20.0),),
    )
    later = replace(
        UPDATED, at=after(10), readings=(reading(after(9.5), "277.777777777778", 50.0),)
    )
    for report in (first, wild, later):
        await receive(context, [received(report)])
    energy = (
        "SELECT round(energy_wh, 3), last_event_at, started_at <= last_event_at FROM transaction"
    )
    assert await rows(context, energy) == [(Decimal("277.778"), after(10), True)]
    assert await rows(context, "SELECT power_w, measured_at FROM evse_state") == [
        (50_000, after(9.5))
    ]
    [answer] = await receive(context, [received(ENDED)])
    assert isinstance(answer, TransactionAnswer)
    assert answer.cost == 63
    suspect = "SELECT count(*) FROM meter_sample WHERE suspect IS NOT NULL"
    assert await rows(context, suspect) == [(0,)]


async def test_an_empty_id_is_an_id(context: Context) -> None:
    """2.x bounds its length above only; what bears it is one session, not one for each event."""
    await make_station(context)
    for report in (STARTED, UPDATED, ENDED):
        await receive(context, [received(replace(report, transaction=""))])
    session = "SELECT transaction_id, cost FROM transaction"
    assert await rows(context, session) == [("", 63)]


UNSET = datetime(1970, 1, 1, 0, 0, 30, tzinfo=UTC)


async def test_a_clock_that_was_lost_moves_no_start_and_no_end(context: Context) -> None:
    """A station that restarts without its clock says 1970 until it is told the time."""
    await make_station(context)
    lost = replace(UPDATED, at=UNSET, readings=(reading(UNSET, "1"),))
    end = replace(ENDED, at=UNSET, readings=(), meter_stop_wh=Decimal(400), stop_reason="PowerLoss")
    for report in (STARTED, UPDATED, lost, end, end):
        await receive(context, [received(report)])
    session = "SELECT started_at, ended_at, energy_wh FROM transaction"
    assert await rows(context, session) == [(STARTED.at, UPDATED.at, 400)]


async def test_what_an_unset_clock_began_begins_with_its_first_right_word(context: Context) -> None:
    await make_station(context)
    begun = replace(STARTED, at=UNSET, readings=(reading(UNSET, "0"),))
    for report in (begun, UPDATED, begun, ENDED):
        await receive(context, [received(report)])
    session = "SELECT started_at, ended_at, round(energy_wh, 3) FROM transaction"
    assert await rows(context, session) == [(UPDATED.at, ENDED.at, Decimal("416.667"))]


NAMELESS = replace(
    ENDED, transaction=None, seq_no=None, readings=(), meter_stop_wh=Decimal(500), id_token=None
)
"""As a station of 1.6 says it that never learned its transaction's id."""


async def test_an_end_without_an_id_ends_the_one_that_runs_once(context: Context) -> None:
    await make_station(context)
    for report in (STARTED, UPDATED, NAMELESS, NAMELESS):
        await receive(context, [received(report)])
    session = "SELECT ended_at, energy_wh, id_token FROM transaction"
    assert await rows(context, session) == [(NAMELESS.at, 500, "token_user_001")]


async def test_of_several_that_run_an_end_without_an_id_ends_that_of_its_token(
    context: Context,
) -> None:
    await make_station(context)
    other = replace(STARTED, transaction="two", evse_id=2, id_token="TWO")
    for report in (STARTED, other, replace(NAMELESS, id_token="two")):
        await receive(context, [received(report)])
    ended = "SELECT transaction_id FROM transaction WHERE ended_at IS NOT NULL"
    assert await rows(context, ended) == [("two",)]


@pytest.mark.parametrize(("outlets", "goes_on"), [(1, False), (2, True)])
async def test_an_end_without_an_id_by_a_tag_that_began_nothing_ends_what_it_can_only_mean(
    context: Context, outlets: int, goes_on: bool
) -> None:
    """With two outlets the tag's own beginning may be what was lost: another's car goes on charging."""
    await make_station(context)
    free = ConnectorStatusReported(
        evse_id=outlets, connector_id=1, status=ConnectorStatus.AVAILABLE, at=after(0)
    )
    for report in (free, STARTED, replace(NAMELESS, id_token="another")):
        await receive(context, [received(report)])
    runs = (
        f"SELECT ended_at IS NULL FROM transaction WHERE transaction_id = '{STARTED.transaction}'"
    )
    assert await rows(context, runs) == [(goes_on,)]


async def test_an_end_that_fits_nothing_stands_for_itself(context: Context) -> None:
    """Two may be meant: none is ended; and what is told twice is kept once."""
    await make_station(context)
    other = replace(STARTED, transaction="two", evse_id=2)
    another = replace(NAMELESS, at=after(20), meter_stop_wh=Decimal(900))
    for report in (STARTED, other, NAMELESS, another, NAMELESS):
        await receive(context, [received(report)])
    sessions = "SELECT ended_at, energy_wh FROM transaction ORDER BY id"
    assert await rows(context, sessions) == [
        (None, 0), (None, 0), (NAMELESS.at, 0), (another.at, 0)
    ]  # fmt: skip


UNISSUED = replace(UPDATED, transaction="987654", issued=True, readings=(reading(after(5), "100"),))
"""As a station of 1.6 says it whose transaction has another id, or none."""


async def test_an_id_that_was_never_issued_begins_a_session_only_where_none_runs(
    context: Context,
) -> None:
    """Then it may be one of after the backup that was restored. Once another begins there, that is meant."""
    await make_station(context)
    at_two = replace(UNISSUED, transaction="987655", at=after(-5), evse_id=2, readings=())
    wanders = replace(at_two, at=after(10), evse_id=1, readings=(reading(after(10), "160"),))
    later = replace(UNISSUED, at=after(9), readings=(reading(after(9), "150"),))
    early = replace(UNISSUED, at=after(-5), readings=())
    for report in (early, at_two, STARTED, later, wanders):
        await receive(context, [received(report)])
    sessions = "SELECT transaction_id, evse_id, stop_reason, energy_wh FROM transaction ORDER BY id"
    assert await rows(context, sessions) == [
        ("987654", 1, "Superseded", 0),
        ("987655", 2, None, 0),
        ("1f3a9c2e", 1, None, 160),
    ]


async def test_an_id_that_only_the_station_issues_begins_a_session_of_its_own(
    context: Context,
) -> None:
    """Its start was lost: what ran before is over."""
    await make_station(context)
    lost = replace(UPDATED, transaction="another", at=after(9))
    for report in (STARTED, lost):
        await receive(context, [received(report)])
    sessions = "SELECT transaction_id, stop_reason FROM transaction ORDER BY id"
    assert await rows(context, sessions) == [("1f3a9c2e", "Superseded"), ("another", None)]


async def test_an_end_whose_id_was_never_issued_ends_nothing_that_runs(context: Context) -> None:
    await make_station(context)
    for report in (STARTED, UPDATED, replace(ENDED, transaction="987654", evse_id=None)):
        await receive(context, [received(report)])
    sessions = "SELECT transaction_id, ended_at, energy_wh > 0 FROM transaction ORDER BY id"
    assert await rows(context, sessions) == [
        ("1f3a9c2e", None, True),
        ("987654", ENDED.at, False),
    ]
    assert await rows(context, "SELECT count(transaction_id) FROM evse_state") == [(1,)]


async def test_a_transaction_of_the_far_future_does_not_keep_its_evse(context: Context) -> None:
    await make_station(context)
    lost = replace(STARTED, transaction="lost", at=after(3600 * 24 * 3650), readings=())
    await receive(context, [received(lost)])
    await receive(context, [received(STARTED)])
    assert await rows(
        context,
        "SELECT t.transaction_id FROM evse_state e JOIN transaction t ON t.id = e.transaction_id",
    ) == [(STARTED.transaction,)]
    # closed when the next one began: not in ten years, and not before it began
    assert await rows(
        context, "SELECT started_at, ended_at FROM transaction WHERE transaction_id = 'lost'"
    ) == [(STARTED.at, STARTED.at)]


async def test_a_clock_that_is_always_ahead_is_taken_at_its_word(context: Context) -> None:
    """Its own zone's time, told as UTC: nine hours ahead, but in order; what is late is late."""
    await make_station(context)
    zone = 9 * 3600
    shifted = [
        replace(
            report,
            at=report.at + timedelta(seconds=zone),
            readings=tuple(
                r._replace(measured_at=r.measured_at + timedelta(seconds=zone))
                for r in report.readings
            ),
        )
        for report in (STARTED, UPDATED, ENDED)
    ]
    late = replace(UPDATED, at=after(zone + 2), readings=(reading(after(zone + 2), "1"),))
    for report in (shifted[0], shifted[1], late, shifted[2]):
        [answer] = await receive(context, [received(report)])
    assert isinstance(answer, TransactionAnswer)
    assert answer.cost == 63
    assert await rows(context, "SELECT started_at, ended_at FROM transaction") == [
        (after(zone), after(zone + 15))
    ]
    assert await rows(context, "SELECT count(*) FROM meter_sample WHERE suspect = 'late'") == [(1,)]

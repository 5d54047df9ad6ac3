"""What a lane remembers is never older than the database: whoever changes a row between two batches is heard."""

import asyncio
import random
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from app.csms.context import Context
from app.csms.memory import Memory
from app.csms.receive import receive
from app.domain.errors import CsmsError, NotRegistered, StationNotFound
from app.domain.reports import (
    Answer,
    ConnectorStatusReported,
    MeterValuesReported,
    Report,
    StationConnected,
    StationSeen,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from app.domain.stations import ConnectorStatus
from tests.csms.test_query_budget import counted
from tests.factories import after, make_station, reading, received

S1, S2 = "S1", "S2"


def updated(seconds: float, wh: str, transaction: str = "T", evse_id: int = 1) -> Report:
    sample = reading(after(seconds), wh, 7.0)
    return TransactionUpdated(
        transaction=transaction, at=after(seconds), evse_id=evse_id, readings=(sample,)
    )


def measured(seconds: float, wh: str, evse_id: int = 1) -> Report:
    return MeterValuesReported(evse_id=evse_id, readings=(reading(after(seconds), wh, 7.0),))


@pytest.fixture
async def memory(context: Context) -> Memory:
    """Of a lane whose two stations charge, and have told of it once."""
    memory = Memory()
    for station_id in (S1, S2):
        await make_station(context, station_id)
        for report in (
            StationConnected(connection=1, protocol="test", remote_address="127.0.0.1"),
            TransactionStarted(transaction="T", at=after(0), evse_id=1),
            updated(1, "100"),
        ):
            await receive(context, [received(report, station_id)], memory)
    return memory


async def tell(
    context: Context, memory: Memory, *reports: Report, station_id: str = S1, seconds: float = 5
) -> list[Answer | CsmsError]:
    told = [received(report, station_id, after(seconds)) for report in reports]
    return await receive(context, told, memory)


async def change(context: Context, statement: str) -> None:
    """What somebody else does: an admin, a job, another process."""
    async with context.database.pool.connection() as connection:
        await connection.execute(statement.encode())


async def rows(context: Context, query: str) -> list[tuple[Any, ...]]:
    async with context.database.read() as connection:
        return await (await connection.execute(query.encode())).fetchall()


ENERGIES = "SELECT station_id, energy_wh FROM transaction ORDER BY station_id"


async def test_what_is_periodic_costs_one_statement_and_no_question(
    context: Context, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [received(updated(2, "150"), station_id) for station_id in (S1, S2)]
    with counted(monkeypatch) as told:
        await receive(context, both, memory)
    assert len(told) == 1
    assert await rows(context, ENERGIES) == [(S1, Decimal(50)), (S2, Decimal(50))]
    assert await rows(context, "SELECT count(*) FROM meter_sample") == [(4,)]


async def test_heartbeats_and_readings_without_a_transaction_need_no_question_either(
    context: Context, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with counted(monkeypatch) as told:
        await tell(context, memory, StationSeen(), measured(3, "180"))
    assert len(told) == 1
    assert (await rows(context, ENERGIES))[0] == (S1, Decimal(80))


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("DELETE FROM station WHERE id = 'S1'", StationNotFound),
        ("UPDATE station SET registration = 'rejected' WHERE id = 'S1'", NotRegistered),
    ],
)
@pytest.mark.parametrize("report", [updated(2, "150"), StationSeen(), measured(2, "150")])
async def test_a_station_that_was_deleted_or_shut_out_is_told_so(
    context: Context, memory: Memory, statement: str, error: type[CsmsError], report: Report
) -> None:
    await change(context, statement)
    answers = await receive(
        context, [received(report, S1), received(updated(2, "150"), S2)], memory
    )
    assert type(answers[0]) is error
    assert isinstance(answers[1], Answer)
    assert (S2, Decimal(50)) in await rows(context, ENERGIES)
    query = "SELECT count(*) FROM meter_sample WHERE station_id = 'S1'"
    assert await rows(context, query) == [(1,)]


async def test_a_transaction_that_another_process_ended_stays_ended(
    context: Context, memory: Memory
) -> None:
    ended = TransactionEnded(transaction="T", at=after(2), stop_reason="Local")
    await receive(context, [received(ended, S1)])  # a memory of its own, as another process has
    await tell(context, memory, updated(3, "150"))
    (row,) = await rows(
        context, "SELECT ended_at, stop_reason, energy_wh FROM transaction WHERE station_id = 'S1'"
    )
    assert row == (after(2), "Local", Decimal(0))
    assert await rows(context, "SELECT transaction_id FROM evse_state WHERE station_id = 'S1'") == [
        (None,)
    ]


async def test_the_next_transaction_that_another_process_began_is_not_lost(
    context: Context, memory: Memory
) -> None:
    for report in (
        TransactionEnded(transaction="T", at=after(2), stop_reason="Local"),
        TransactionStarted(transaction="T", at=after(60), evse_id=1),
    ):
        await receive(context, [received(report, S1)])
    await tell(context, memory, updated(61, "200"), updated(62, "230"))
    energies = await rows(
        context, "SELECT energy_wh FROM transaction WHERE station_id = 'S1' ORDER BY id"
    )
    assert energies == [(Decimal(0),), (Decimal(30),)]


async def test_what_another_process_wrote_of_an_evse_is_built_upon(
    context: Context, memory: Memory
) -> None:
    await receive(context, [received(updated(9, "900"), S1)])
    await tell(context, memory, updated(4, "400"))  # older, so the newest reading stays
    query = "SELECT register_wh, measured_at FROM evse_state WHERE station_id = 'S1'"
    assert await rows(context, query) == [(Decimal(900), after(9))]


async def test_a_revision_that_somebody_raised_is_not_put_back(
    context: Context, memory: Memory
) -> None:
    far = 9_000_000_000_000_000
    await change(context, f"UPDATE station_state SET revision = {far} WHERE station_id = 'S1'")
    await tell(context, memory, updated(20, "400"), seconds=60)  # last_seen_at is written again
    query = "SELECT revision >= 9000000000000000 FROM station_state WHERE station_id = 'S1'"
    assert await rows(context, query) == [(True,)]


async def test_a_station_that_a_newer_connection_took_over_is_not_overwritten(
    context: Context, memory: Memory
) -> None:
    taken = StationConnected(connection=9, protocol="test", remote_address="127.0.0.2")
    await receive(context, [received(taken, S1)])
    await tell(context, memory, StationSeen(), seconds=60)
    query = "SELECT connection, remote_address FROM station_state WHERE station_id = 'S1'"
    assert await rows(context, query) == [(9, "127.0.0.2")]


@pytest.mark.parametrize("remembers", [True, False])
@pytest.mark.parametrize(
    ("table", "column"), [("evse_state", "voltage_v"), ("transaction", "soc_start_percent")]
)
async def test_who_changes_a_row_while_it_is_being_saved_is_not_overwritten(
    context: Context, memory: Memory, remembers: bool, table: str, column: str
) -> None:
    """The batch read the row as it was, waits for the other's lock, and then sees that it was late."""
    async with context.database.pool.connection() as connection, connection.transaction():
        await connection.execute(f"UPDATE {table} SET {column} = 42".encode())
        telling = asyncio.create_task(
            tell(context, memory if remembers else Memory(), updated(3, "180"))
        )
        await asyncio.sleep(0.3)
        assert not telling.done()
    await telling
    stored = await rows(context, f"SELECT {column} FROM {table} WHERE station_id = 'S1'")
    assert stored == [(42.0,)]
    assert (await rows(context, ENERGIES))[0] == (S1, Decimal(80))


async def test_a_report_that_is_not_periodic_is_decided_on_what_is_asked(
    context: Context, memory: Memory
) -> None:
    await change(context, "UPDATE transaction SET energy_wh = 7 WHERE station_id = 'S1'")
    status = ConnectorStatusReported(
        evse_id=1, connector_id=1, status=ConnectorStatus.OCCUPIED, at=after(2)
    )
    await tell(context, memory, updated(2, "150"), status)
    await tell(context, memory, TransactionEnded(transaction="T", at=after(3)))
    await tell(context, memory, updated(4, "180"))
    assert await rows(context, "SELECT count(*) FROM transaction WHERE ended_at IS NULL") == [(1,)]


async def test_rows_that_could_not_be_saved_are_not_remembered(
    context: Context, memory: Memory
) -> None:
    bad = TransactionUpdated(transaction="T", at=after(3), trigger="x", charging_state="nonsense")  # type: ignore[arg-type]
    with pytest.raises(psycopg.Error):
        await tell(context, memory, updated(2, "9999"), bad)
    await tell(context, memory, updated(4, "180"))
    assert (await rows(context, ENERGIES))[0] == (S1, Decimal(80))


SEED = 20261120
BATCHES = 60
STORED = (
    """SELECT transaction_id, evse_id, started_at, ended_at, stop_reason, energy_wh, meter_wh, meter_at, cost,
       last_seq_no, charging_state, token_status FROM transaction WHERE station_id = '{}' ORDER BY id""",
    """SELECT evse_id, revision, charging_state, transaction_id IS NULL, measured_at, power_w, register_wh
       FROM evse_state WHERE station_id = '{}' ORDER BY 1""",
    "SELECT revision, online, last_seen_at FROM station_state WHERE station_id = '{}'",
    "SELECT evse_id, connector_id, status FROM connector_state WHERE station_id = '{}' ORDER BY 1, 2",
    """SELECT evse_id, measured_at, context, energy_wh, suspect FROM meter_sample WHERE station_id = '{}'
       ORDER BY 1, 2, 3""",
)


def anything(chance: random.Random, now: float) -> Report:
    """A report of a station with two EVSEs, names of transactions that are used again, and clocks that go back."""
    evse_id, name = chance.choice((1, 2)), chance.choice("TUV")
    at, wh = now - chance.choice((0, 0, 0, 40)), str(int(now) * chance.choice((1, 1, 2)))
    kind = chance.random()
    if kind < 0.5:
        return updated(at, wh, name, chance.choice((evse_id, None)))  # type: ignore[arg-type]
    if kind < 0.65:
        return measured(at, wh, evse_id)
    if kind < 0.75:
        return StationSeen()
    if kind < 0.85:
        return TransactionStarted(transaction=name, at=after(at), evse_id=evse_id)
    if kind < 0.95:
        return TransactionEnded(transaction=name, at=after(at), evse_id=evse_id)
    status = chance.choice((ConnectorStatus.AVAILABLE, ConnectorStatus.OCCUPIED))
    return ConnectorStatusReported(evse_id=evse_id, connector_id=1, status=status, at=after(at))


async def test_two_processes_that_remember_store_what_one_stores_that_always_asks(
    context: Context,
) -> None:
    chance = random.Random(SEED)
    remembering = (Memory(), Memory())
    served = 0
    for station_id in ("A1", "A2", "B1", "B2"):
        await make_station(context, station_id)
        hello = StationConnected(connection=1, protocol="test", remote_address="127.0.0.1")
        await receive(context, [received(hello, station_id)])
    for number in range(BATCHES):
        now = number * 7.0
        told = [
            (chance.choice("12"), anything(chance, now + part / 10))
            for part in range(chance.randint(1, 6))
        ]
        memory = remembering[chance.random() < 0.2]
        served += len(memory)
        for letter, how in (("A", memory), ("B", None)):
            batch = [received(report, letter + which, after(now)) for which, report in told]
            await receive(context, batch, how)
    assert served > BATCHES / 4, "hardly anything was remembered: this tests nothing"
    for query in STORED:
        for which in "12":
            remembered = await rows(context, query.format("A" + which))
            assert remembered == await rows(context, query.format("B" + which))
            assert remembered

"""The journal: pairs, what stands on answers, what is hidden, and how long it is kept."""

import dataclasses
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.csms import journal as journal_writer
from app.csms.context import Context
from app.csms.journal import Journal
from app.csms.journal_entries import JournalEntry
from app.csms.watchdog import drop_old_frames
from app.domain.errors import Unavailable
from app.queries import journal
from app.queries.journal import Wanted
from app.store.journal import append
from app.store.partitions import days_around, make_partitions
from tests.conftest import Clock
from tests.factories import NOON, after, make_station

A_MOMENT = timedelta(milliseconds=5)


def call(message_id: str, action: str, payload: str = "{}", **more: Any) -> JournalEntry:
    frame = f'[2,"{message_id}","{action}",{payload}]'.encode()
    values = {"at": NOON, "station_id": "CP1", "direction": "in", **more}
    return JournalEntry(message_type=2, message_id=message_id, action=action, frame=frame, **values)


def answered(entry: JournalEntry, payload: str = "{}", **more: Any) -> JournalEntry:
    """`entry` with its answer, or the answer, if it has none."""
    frame = f'[3,"{entry.message_id}",{payload}]'.encode()
    values = {"message_type": 3, "frame": frame, "latency_ms": 0.0, **more}
    return entry.answered(**values) or entry


async def write(context: Context, *entries: JournalEntry) -> None:
    writer = Journal(context)
    for entry in entries:
        writer.record(entry)
    await writer.write()


async def test_a_call_and_its_answer_are_one_row(context: Context) -> None:
    entry = call("1", "Authorize", '{"idTag":"HUSH"}')
    await write(context, answered(entry, '{"idTagInfo":{"status":"Blocked"}}', latency_ms=3.5))
    [row] = await journal.exchanges(context.database)
    assert (row.action, row.outcome, row.latency_ms) == ("Authorize", "Blocked", 3.5)
    assert row.call == '[2,"1","Authorize",{"idTag":"***"}]'
    assert row.answer == '[3,"1",{"idTagInfo":{"status":"Blocked"}}]'
    assert row.answered_at == NOON + timedelta(milliseconds=3.5)
    newest, oldest = await journal.frames(context.database)
    assert (oldest.direction, oldest.message_type, oldest.frame) == ("in", 2, row.call)
    assert (newest.direction, newest.message_type, newest.frame) == ("out", 3, row.answer)
    assert (oldest.latency_ms, oldest.outcome) == (None, None)
    assert (newest.latency_ms, newest.outcome, newest.at) == (3.5, "Blocked", row.answered_at)
    assert newest.exchange == oldest.exchange
    assert oldest.exchange is not None
    async with context.database.read() as connection:
        cursor = await connection.execute("SELECT count(*) FROM journal")
        assert await cursor.fetchone() == (1,)


async def test_an_answer_that_comes_after_its_call_was_written_is_paired_too(
    context: Context,
) -> None:
    writer = Journal(context)
    reset, start = call("x", "Reset", direction="out"), call("s", "StartTransaction")
    writer.record(reset)
    writer.record(start)
    await writer.write()
    unanswered = {row.action: row.answer for row in await journal.exchanges(context.database)}
    assert unanswered == {"Reset": None, "StartTransaction": None}
    writer.record(answered(reset, '{"status":"Accepted"}', latency_ms=2000.0))
    writer.record(answered(start, '{"idTagInfo":{"status":"Accepted"},"transactionId":17}'))
    error = b'[4,"y","NotSupported","",{}]'
    writer.record(JournalEntry(after(3), "CP1", "in", 4, "y", None, error))  # to nothing
    await writer.write()
    found = {row.action: row for row in await journal.exchanges(context.database)}
    assert set(found) == {"Reset", "StartTransaction"}
    assert (found["Reset"].outcome, found["Reset"].latency_ms) == ("Accepted", 2000)
    assert found["StartTransaction"].transaction_id == "17"
    unpaired, *others = await journal.frames(context.database)
    assert (unpaired.exchange, unpaired.outcome) == (None, "NotSupported")
    assert {row.direction for row in others if row.action == "Reset"} == {"in", "out"}
    about = await journal.frames(context.database, Wanted(transaction_id="17"))
    assert [row.message_type for row in about] == [3, 2]


async def test_a_call_waits_a_moment_for_its_answer(context: Context) -> None:
    writer = Journal(context)
    old, young = call("1", "Heartbeat"), call("2", "Heartbeat", at=after(2))
    for entry in (old, young):
        writer.record(entry)
    await writer.write(after(1))
    assert [row.message_id for row in await journal.frames(context.database)] == ["1"]
    assert len(writer) == 1
    answered(young)
    await writer.write(after(1))
    assert len(writer) == 0
    rows = await journal.frames(context.database, Wanted(message_id="2"))
    assert [row.message_type for row in rows] == [3, 2]


async def test_frames_of_a_station_are_written_in_the_order_of_time(context: Context) -> None:
    """They are followed live by their numbers; other stations' do not wait."""
    writer = Journal(context)
    reset = call("r", "Reset", direction="out", at=after(2))
    writer.record(reset)
    writer.record(answered(call("h", "Heartbeat", at=after(2.1))))
    writer.record(answered(call("o", "Heartbeat", at=after(2.1), station_id="CP2")))
    await writer.write(after(1))
    assert [row.station_id for row in await journal.frames(context.database)] == ["CP2"] * 2
    answered(reset, latency_ms=500.0)
    await writer.write(after(1))
    rows = await journal.newer(context.database, "CP1", 0, NOON)
    assert [(row.message_id, row.message_type) for row in rows] == [
        *(("r", 2), ("r", 3)),
        *(("h", 2), ("h", 3)),
    ]


async def test_a_second_answer_takes_no_first_one_s_place(context: Context) -> None:
    writer = Journal(context)
    entry = answered(call("1", "Heartbeat"))
    writer.record(entry)
    again = answered(entry, frame=b'[4,"1","InternalError","",{}]', message_type=4)
    assert again is not entry
    writer.record(again)
    await writer.write()
    rows = await journal.frames(context.database)
    assert [(row.message_type, row.outcome) for row in rows] == [
        *((4, "InternalError"), (3, "Answered")),
        (2, None),
    ]


async def test_both_frames_know_the_transaction(context: Context) -> None:
    about = '{"transactionInfo":{"transactionId":"a-b"}}'
    await write(
        context,
        answered(call("1", "StartTransaction"), '{"idTagInfo":{},"transactionId":17}'),
        answered(call("2", "TransactionEvent", about)),
    )
    for name, action in (("17", "StartTransaction"), ("a-b", "TransactionEvent")):
        rows = await journal.frames(context.database, Wanted(transaction_id=name))
        assert [(row.message_type, row.action) for row in rows] == [(3, action), (2, action)]


async def test_the_two_frames_of_a_row_are_filtered_and_paged_by_themselves(
    context: Context,
) -> None:
    entries = [call(str(n), "Heartbeat", at=after(n)) for n in range(3)]
    await write(context, *(answered(e, latency_ms=5.0) for e in entries))
    database = context.database
    seen: list[tuple[str | None, str]] = []
    before = None
    while rows := await journal.frames(database, limit=1, before=before):
        seen += [(row.message_id, row.direction) for row in rows]
        before = journal.cursor_of(rows[-1])
    assert seen == [(n, d) for n in ("2", "1", "0") for d in ("out", "in")]
    assert len({row.id for row in await journal.frames(database)}) == 6
    window = Wanted(since=after(1), until=after(2))
    found = [(row.message_id, row.direction) for row in await journal.frames(database, window)]
    assert found == [("1", "out"), ("1", "in")]
    window = Wanted(since=after(1) + A_MOMENT, until=after(2) + A_MOMENT)
    found = [(row.message_id, row.direction) for row in await journal.frames(database, window)]
    assert found == [("2", "in"), ("1", "out")]
    ours = await journal.frames(database, Wanted(direction="out"))
    assert [row.message_type for row in ours] == [3, 3, 3]


async def test_frames_are_filtered_and_paged(context: Context) -> None:
    entries = [call(str(n), "Heartbeat", at=after(n)) for n in range(5)]
    entries.append(call("d", "DataTransfer", '{"vendorId":"100%_sure"}', at=after(9)))
    entries.append(call("e", "Heartbeat", station_id="CP2", at=after(10)))
    await write(context, *entries)
    database = context.database
    seen, before = [], None
    while rows := await journal.frames(database, Wanted(station_id="CP1"), limit=4, before=before):
        seen += [row.message_id for row in rows]
        before = journal.cursor_of(rows[-1])
    assert seen == ["d", "4", "3", "2", "1", "0"]
    assert [r.message_id for r in await journal.frames(database, Wanted(text="100%_S"))] == ["d"]
    window = Wanted(action="Heartbeat", since=after(1), until=after(3))
    assert [r.message_id for r in await journal.frames(database, window)] == ["2", "1"]
    followed = await journal.newer(database, "CP1", rows[-1].id if rows else 0, NOON)
    assert [row.message_id for row in followed] == ["0", "1", "2", "3", "4", "d"]


async def test_mean_and_p99_of_each_action(context: Context) -> None:
    entries = []
    for number in range(100):
        entries.append(answered(call(str(number), "Heartbeat"), latency_ms=float(number + 1)))
    await write(context, *entries)
    [row] = await journal.timings(context.database, NOON - timedelta(hours=1))
    assert (row.action, row.answered_by, row.count, row.errors) == ("Heartbeat", "csms", 100, 0)
    assert row.mean_ms == pytest.approx(50.5)
    assert row.p99_ms == pytest.approx(99.01)


async def test_old_days_are_dropped_as_partitions(context: Context, clock: Clock) -> None:
    clock.now = NOON
    settings = dataclasses.replace(context.settings, journal_days=30)
    kept = dataclasses.replace(context, settings=settings)
    old, young = NOON - timedelta(days=40), NOON - timedelta(days=20)
    async with context.database.read() as connection:
        await make_partitions(connection, old)
        await make_partitions(connection, young)
    lost = NOON - timedelta(days=300)  # no partition was ever made for it
    await write(context, *(call("1", "Heartbeat", at=at) for at in (lost, old, young, NOON)))
    await drop_old_frames(kept)
    assert [row.at for row in await journal.frames(context.database)] == [NOON, young]
    async with context.database.read() as connection:
        cursor = await connection.execute("SELECT to_regclass(%s)", (_partition(old),))
        assert await cursor.fetchone() == (None,)
        cursor = await connection.execute("SELECT to_regclass(%s)::text", (_partition(young),))
        assert await cursor.fetchone() == (_partition(young),)


def _partition(at: datetime) -> str:
    return f"journal_y{at:%Y}m{at:%m}d{at:%d}"


def test_days_are_made_ahead() -> None:
    days = days_around(NOON)
    assert days[0] < NOON - timedelta(hours=24) + timedelta(hours=4)
    assert days[-1] - NOON > timedelta(days=2)


async def test_a_nul_is_made_visible(context: Context) -> None:
    await make_station(context, "CP1")
    entry = JournalEntry(NOON, "CP1", "in", 0, None, None, b"a\0b\xff")
    await write(context, entry)
    [row] = await journal.frames(context.database)
    assert row.frame == "a␀b\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    "frame", [b'[2,"1","X",{"a":"\\ud800","b":"\\u0000"}]', b"\x00\xff\\u0000", b""]
)
async def test_no_frame_stops_the_journal(context: Context, frame: bytes) -> None:
    writer = Journal(context)
    writer.record(JournalEntry(NOON, "CP1", "in", 2, "\0", "\0", frame))
    await writer.write()
    assert (len(writer), writer.dropped) == (0, 0)
    assert len(await journal.frames(context.database)) == 1


async def test_a_frame_that_cannot_be_stored_is_lost_alone(context: Context) -> None:
    writer = Journal(context)
    for number in range(5):
        writer.record(call(str(number), "Heartbeat"))
        writer.record(JournalEntry(NOON, "CP1", "in", 2**40 + number, "x", None, b"[]"))
    await writer.write()
    assert (len(writer), writer.dropped) == (0, 5)
    assert len(await journal.frames(context.database)) == 5


async def test_a_frame_that_cannot_be_prepared_is_lost_alone(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No such frame is known: whatever raises, the ones before and after are written."""
    writer = Journal(context)
    seal = JournalEntry.seal

    def stumble(entry: JournalEntry, exchange: int) -> None:
        if entry.message_id == "1":
            raise RecursionError
        seal(entry, exchange)

    monkeypatch.setattr(JournalEntry, "seal", stumble)
    for number in range(3):
        writer.record(call(str(number), "Heartbeat"))
    await writer.write()
    assert (len(writer), writer.dropped) == (0, 1)
    assert {row.message_id for row in await journal.frames(context.database)} == {"0", "2"}


async def test_frames_are_stored_once_though_the_database_goes_between_two_halves(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, statements = Journal(context), 0
    writer.record(JournalEntry(NOON, "CP1", "in", 2**40, "x", None, b"[]"))
    for number in range(3):
        writer.record(call(str(number), "Heartbeat"))

    async def goes(connection: Any, rows: Any) -> None:
        nonlocal statements
        statements += 1
        if statements == 5:  # all, half, one, one; now the second half
            raise Unavailable
        await append(connection, rows)

    monkeypatch.setattr(journal_writer, "append", goes)
    await writer.write()
    assert (len(writer), writer.dropped) == (2, 1)
    await writer.write()
    frames = await journal.frames(context.database)
    assert sorted(row.message_id or "" for row in frames) == ["0", "1", "2"]

"""The journal's readers: an exchange tells the same whether it is stored as one row or, as it once was, as two."""

from dataclasses import asdict, astuple, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.queries import frame_checks, journal, journal_files, response_times
from app.queries.journal import Wanted
from app.store.database import Database
from tests.queries.planting import Garden

BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=30)
ONE, TWO = "ONE_ROW", "TWO_ROWS"
EXCHANGES: tuple[tuple[float, str, str, int, str, float, str | None], ...] = (
    (0, "in", "Heartbeat", 3, "Answered", 2.0, None),
    (1, "in", "StartTransaction", 3, "Accepted", 5.0, "17"),
    (2, "out", "Reset", 3, "Rejected", 1500.0, None),
    (3, "in", "MeterValues", 3, "Answered", 4.0, "17"),
    (4, "in", "StopTransaction", 4, "InternalError", 9.0, "17"),
    (5, "out", "GetLog", 4, "NotSupported", 300.0, None),
    (6, "in", "MeterValues", 3, "Answered", 3.0, None),
)
"""second, direction of the call, action, type of the answer, outcome, latency in ms, transaction."""


async def plant(garden: Garden, number: int, station_id: str) -> None:
    second, direction, action, kind, outcome, latency_ms, transaction = EXCHANGES[number]
    at = BEGAN + timedelta(seconds=second)
    about: dict[str, Any] = {
        "station_id": station_id,
        "message_id": str(number),
        "action": action,
        "exchange": number + 1,
        "transaction_id": transaction,
    }
    call = about | {
        "at": at,
        "direction": direction,
        "message_type": 2,
        "frame": f'[2,"{number}","{action}",{{}}]',
    }
    answer = f'[{kind},"{number}",{{"said":"{outcome}"}}]'
    end = {"latency_ms": latency_ms, "outcome": outcome}
    if station_id == ONE:
        await garden.put("journal", **call, **end, answer_type=kind, answer=answer)
        return
    await garden.put("journal", **call)
    back = {"at": at + timedelta(milliseconds=latency_ms), "message_type": kind, "frame": answer}
    other = {"in": "out", "out": "in"}[direction]
    await garden.put("journal", **about, **end, **back, direction=other)


@pytest.fixture
async def planted(garden: Garden, database: Database) -> Database:
    for number in range(len(EXCHANGES)):
        for station_id in (ONE, TWO):
            await plant(garden, number, station_id)
    return database


FILTERS = (
    Wanted(),
    Wanted(direction="in"),
    Wanted(direction="out"),
    Wanted(action="MeterValues"),
    Wanted(message_id="2"),
    Wanted(exchange=3),
    Wanted(transaction_id="17"),
    Wanted(outcome="NotSupported"),
    Wanted(failed=True),
    Wanted(slower_than_ms=100),
    Wanted(text="rejected"),
    Wanted(since=BEGAN + timedelta(seconds=2), until=BEGAN + timedelta(seconds=4)),
    Wanted(since=BEGAN + timedelta(seconds=3), until=BEGAN + timedelta(seconds=6)),
    Wanted(since=BEGAN, failed=True, direction="out"),
)


def told(rows: list[Any]) -> list[tuple[Any, ...]]:
    """What rows say but for their numbers, their station and by what they are ordered."""
    plain = [replace(row, id=0, station_id="") for row in rows]
    plain = [replace(row, call_at=row.at) if hasattr(row, "call_at") else row for row in plain]
    return [astuple(row) for row in plain]


def filtered_by(wanted: Wanted) -> str:
    """A name without a moment in it: all that run the tests must find the same names, each at its own second."""
    return "-".join(name for name, value in asdict(wanted).items() if value)


@pytest.mark.parametrize("wanted", FILTERS, ids=filtered_by)
async def test_every_filter_finds_the_same(planted: Database, wanted: Wanted) -> None:
    for ask in (journal.frames, journal.exchanges):
        one, two = [
            told(await ask(planted, replace(wanted, station_id=station_id)))
            for station_id in (ONE, TWO)
        ]
        assert sorted(one, key=str) == sorted(two, key=str)
        assert one


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
async def test_pages_hold_everything_once_whoever_wrote_it(planted: Database, limit: int) -> None:
    for ask in (journal.frames, journal.exchanges):
        seen: list[int] = []
        before: str | None = None
        while rows := await ask(planted, limit=limit, before=before):
            seen += [row.id for row in rows]
            before = journal.cursor_of(rows[-1])
        everything = [row.id for row in await ask(planted, limit=1000)]
        assert seen == everything
        assert len(set(seen)) == len(seen) == len(EXCHANGES) * (4 if ask is journal.frames else 2)


async def test_files_hold_every_frame_once(
    planted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "PAGE", 3)
    kinds: tuple[tuple[journal_files.Kind, int], ...] = (("jsonl", 0), ("csv", 1))
    for kind, more in kinds:
        text = "".join(
            [part async for part in journal_files.lines(planted, Wanted(), kind, limit=100)]
        )
        assert len(text.splitlines()) == 4 * len(EXCHANGES) + more
        assert "call_at" not in text


async def test_our_response_time_is_that_of_our_answers(planted: Database) -> None:
    ours = [latency for _, direction, *_, latency, _ in EXCHANGES if direction == "in"]
    for station_id in (ONE, TWO):
        found = await response_times.of_the_csms(planted, BEGAN, station_id)
        assert (found.answered, found.longest_ms) == (len(ours), max(ours))
    assert (await response_times.of_the_csms(planted, BEGAN)).answered == 2 * len(ours)
    rows = {
        station_id: [astuple(row) for row in await journal.timings(planted, BEGAN, station_id)]
        for station_id in (ONE, TWO)
    }
    assert rows[ONE] == rows[TWO]


async def test_what_was_acknowledged_is_the_same(planted: Database) -> None:
    one, two = [await frame_checks.told(planted, station_id, BEGAN) for station_id in (ONE, TWO)]
    assert one == two
    assert [row.action for row in one] == ["StartTransaction", "MeterValues", "MeterValues"]


async def test_what_is_followed_live_comes_once(planted: Database) -> None:
    for station_id in (ONE, TWO):
        seen: list[int] = []
        while rows := await journal.newer(planted, station_id, max(seen, default=0), BEGAN, 3):
            seen += [row.id for row in rows]
        assert len(seen) == len(set(seen)) == 2 * len(EXCHANGES)

"""O: messages on the station's display are set, replaced, read, cleared."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.csms import display
from app.domain.commands import OutcomeStatus
from app.domain.display import (
    MessageCriteria,
    MessageFormat,
    MessagePriority,
    MessageState,
    ScreenMessage,
)
from app.domain.errors import Invalid
from tests.ingress.oca.charging import TX, charge
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.station import Station

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
PLAIN: dict[str, Any] = {"id": 1, "priority": MessagePriority.NORMAL_CYCLE, "content": "반갑습니다"}
KNOWN = "SELECT message_id, priority, content, origin FROM display_message ORDER BY 1"


async def show(
    bench: Bench, station: Station, status: str = "Accepted", **message: Any
) -> dict[str, Any]:
    """SetDisplayMessage; the message as it was on the wire."""
    said = ScreenMessage(**{**PLAIN, **message})
    task = bench.start(display.set_message(bench.context, bench.actor, ID, said))
    asked = await station.obey("SetDisplayMessage", {"status": status})
    outcome = (await task).outcome
    assert outcome.detail == status
    accepted = outcome.status is OutcomeStatus.ACCEPTED
    assert accepted == (status == "Accepted")
    wire: dict[str, Any] = asked["message"]
    return wire


@pytest.mark.oca("TC_O_01")
async def test_tc_o_01(bench: Bench) -> None:
    """A message is set; it is on the wire as it was written, and known."""
    async with bench.connect() as station:
        wire = await show(bench, station, language="ko")
    assert wire == {
        "id": 1,
        "priority": "NormalCycle",
        "message": {"format": "UTF8", "language": "ko", "content": "반갑습니다"},
    }
    assert await bench.rows(KNOWN) == [(1, "NormalCycle", "반갑습니다", "installed")]


@pytest.mark.oca("TC_O_06")
async def test_tc_o_06(bench: Bench) -> None:
    """A message for one transaction names it."""
    async with bench.connect() as station:
        await charge(station)
        wire = await show(bench, station, transaction=TX)
    assert wire["transactionId"] == TX
    assert await bench.rows("SELECT transaction_id FROM display_message") == [(TX,)]


@pytest.mark.parametrize(
    ("start", "end", "of_transaction"),
    [
        pytest.param(True, False, False, marks=pytest.mark.oca("TC_O_13")),
        pytest.param(False, True, False, marks=pytest.mark.oca("TC_O_14")),
        pytest.param(True, False, True, marks=pytest.mark.oca("TC_O_27")),
        pytest.param(False, True, True, marks=pytest.mark.oca("TC_O_28")),
    ],
)
async def test_a_message_has_its_time(
    bench: Bench, start: bool, end: bool, of_transaction: bool
) -> None:
    """Shown from a moment on, or until one; for everybody or for one transaction."""
    later = NOON + timedelta(minutes=5)
    times: dict[str, Any] = {}
    if start:
        times["start_at"] = NOON
    if end:
        times["end_at"] = later
    async with bench.connect() as station:
        if of_transaction:
            await charge(station)
            times["transaction"] = TX
        wire = await show(bench, station, **times)
    assert wire.get("startDateTime") == ("2026-11-20T03:00:00.000Z" if start else None)
    assert wire.get("endDateTime") == ("2026-11-20T03:05:00.000Z" if end else None)
    assert wire.get("transactionId") == (TX if of_transaction else None)
    assert await bench.rows("SELECT start_at, end_at FROM display_message") == [
        (NOON if start else None, later if end else None)
    ]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        pytest.param(
            "UnknownTransaction", {"transaction": "gone"}, marks=pytest.mark.oca("TC_O_10")
        ),
        pytest.param(
            "NotSupportedPriority",
            {"priority": MessagePriority.ALWAYS_FRONT},
            marks=pytest.mark.oca("TC_O_17"),
        ),
        pytest.param(
            "NotSupportedState",
            {"state": MessageState.UNAVAILABLE},
            marks=pytest.mark.oca("TC_O_18"),
        ),
        pytest.param(
            "NotSupportedMessageFormat",
            {"format": MessageFormat.HTML},
            marks=pytest.mark.oca("TC_O_19"),
        ),
        pytest.param("Rejected", {}, marks=pytest.mark.oca("TC_O_26")),
    ],
)
async def test_a_message_is_refused(bench: Bench, status: str, message: dict[str, Any]) -> None:
    """The station says why not: its word stands in the row, and no message is believed to be there."""
    async with bench.connect() as station:
        await show(bench, station, status, **message)
    assert await bench.rows("SELECT status, detail FROM station_command") == [("rejected", status)]
    assert await bench.rows(KNOWN) == []


@pytest.mark.oca("TC_O_12")
async def test_tc_o_12(bench: Bench) -> None:
    """The same id again replaces the message."""
    async with bench.connect() as station:
        await show(bench, station)
        await show(bench, station, content="안녕히 가세요", priority=MessagePriority.IN_FRONT)
    assert await bench.rows(KNOWN) == [(1, "InFront", "안녕히 가세요", "installed")]


@pytest.mark.parametrize(
    "state",
    [MessageState.CHARGING, MessageState.FAULTED, MessageState.IDLE, MessageState.UNAVAILABLE],
)
@pytest.mark.oca("TC_O_25")
async def test_tc_o_25(bench: Bench, state: MessageState) -> None:
    """A message for one state of the station, whichever."""
    async with bench.connect() as station:
        wire = await show(bench, station, state=state)
    assert wire["state"] == state.value
    assert await bench.rows("SELECT state FROM display_message") == [(state.value,)]


# --- reading


def info(message_id: int, **more: Any) -> dict[str, Any]:
    """A message as the station tells it."""
    return {
        "id": message_id,
        "priority": "NormalCycle",
        "message": {"format": "UTF8", "content": f"message {message_id}"},
        **more,
    }


@pytest.mark.parametrize(
    ("criteria", "wire", "told", "kept"),
    [
        pytest.param(MessageCriteria(), {}, [{}], {1}, marks=pytest.mark.oca("TC_O_02")),
        pytest.param(
            MessageCriteria(ids=(1,)),
            {"id": [1]},
            [{}],
            {1, 2, 3},
            marks=pytest.mark.oca("TC_O_07"),
        ),
        pytest.param(
            MessageCriteria(priority=MessagePriority.IN_FRONT),
            {"priority": "InFront"},
            [{"priority": "InFront"}],
            {1, 3},
            marks=pytest.mark.oca("TC_O_08"),
        ),
        pytest.param(
            MessageCriteria(state=MessageState.FAULTED),
            {"state": "Faulted"},
            [{"state": "Faulted"}],
            {1, 2},
            marks=pytest.mark.oca("TC_O_09"),
        ),
    ],
)
async def test_messages_are_read(
    bench: Bench,
    criteria: MessageCriteria,
    wire: dict[str, Any],
    told: list[dict[str, Any]],
    kept: set[int],
) -> None:
    """All, or by id, priority, state; in parts. What was meant and not told is gone, the rest is kept."""
    async with bench.connect() as station:
        await show(bench, station, id=2, priority=MessagePriority.IN_FRONT)
        await show(bench, station, id=3, state=MessageState.FAULTED)
        task = bench.start(display.get_messages(bench.context, bench.actor, ID, criteria))
        asked = await station.obey("GetDisplayMessages", {"status": "Accepted"})
        request_id = asked.pop("requestId")
        assert asked == wire
        await task
        assert await bench.rows("SELECT request_id FROM station_question") == [(request_id,)]
        part = {"requestId": request_id, "messageInfo": [info(1, **told[0])]}
        assert await station.call("NotifyDisplayMessages", {**part, "tbc": True}) == {}
        assert await station.call("NotifyDisplayMessages", part) == {}
    known = {row[0]: row for row in await bench.rows(KNOWN)}
    assert known[1][2:] == ("message 1", "reported")
    assert set(known) == kept
    assert await bench.rows("SELECT request_id FROM station_question") == []


@pytest.mark.parametrize(
    "criteria",
    [
        pytest.param(MessageCriteria(), marks=pytest.mark.oca("TC_O_03")),
        pytest.param(MessageCriteria(ids=(1, 9)), marks=pytest.mark.oca("TC_O_11")),
    ],
)
async def test_no_such_messages(bench: Bench, criteria: MessageCriteria) -> None:
    """The station knows of none: neither are they believed to be there."""
    async with bench.connect() as station:
        await show(bench, station)
        task = bench.start(display.get_messages(bench.context, bench.actor, ID, criteria))
        asked = await station.obey("GetDisplayMessages", {"status": "Unknown"})
        assert asked.get("id") == (list(criteria.ids) or None)
        assert (await task).outcome.detail == "Unknown"
    assert await bench.rows(KNOWN) == []


# --- clearing


@pytest.mark.parametrize(
    "status",
    [
        pytest.param("Accepted", marks=pytest.mark.oca("TC_O_04")),
        pytest.param("Unknown", marks=pytest.mark.oca("TC_O_05")),
    ],
)
async def test_tc_o_04_and_05(bench: Bench, status: str) -> None:
    """Cleared by its id; where the station knows of none, none is believed to be there."""
    async with bench.connect() as station:
        await show(bench, station)
        await show(bench, station, id=2)
        task = bench.start(display.clear_message(bench.context, bench.actor, ID, 1))
        assert await station.obey("ClearDisplayMessage", {"status": status}) == {"id": 1}
        assert (await task).outcome.detail == status
    assert await bench.rows("SELECT message_id FROM display_message") == [(2,)]


async def test_what_cannot_be_shown_never_leaves(bench: Bench) -> None:
    """Too long, or over before it begins: refused with a sentence."""
    for message in (
        {"content": "x" * 513},
        {"content": ""},
        {"start_at": NOON, "end_at": NOON - timedelta(seconds=1)},
    ):
        said = ScreenMessage(**{**PLAIN, **message})
        with pytest.raises(Invalid):
            await display.set_message(bench.context, bench.actor, ID, said)
    assert await bench.rows("SELECT 1 FROM station_command") == []

"""Which readings are believed."""

from decimal import Decimal

import pytest

from app.domain.metering import JUMP_WH, Suspect, implausible, judged
from app.domain.reports import TransactionEnded, TransactionStarted, TransactionUpdated
from app.domain.transactions import Transaction, apply, begin, judge
from tests.factories import after, reading

MOST_W = 50_000.0


@pytest.mark.parametrize(
    ("wh", "seconds", "found"),
    [
        ("1000", 10, None),
        ("999.9", 10, Suspect.DECREASING),
        ("-1", 10, Suspect.DECREASING),
        (str(1000 + JUMP_WH), 10, None),
        (str(1001 + JUMP_WH), 0, Suspect.JUMPING),
        ("900000", 10, Suspect.JUMPING),
        # as much as the station gives in twelve hours, after twelve hours
        ("601000", 12 * 3600, None),
    ],
)
def test_a_register_rises_no_faster_than_the_station_can(
    wh: str, seconds: float, found: Suspect | None
) -> None:
    told = implausible(
        Decimal(wh), after(seconds), last_wh=Decimal(1000), last_at=after(0), most_w=MOST_W
    )
    assert told is found


def test_without_a_reading_before_there_is_nothing_to_compare() -> None:
    found = implausible(Decimal(9_000_000), after(0), last_wh=None, last_at=None, most_w=MOST_W)
    assert found is None


def test_a_bad_reading_between_good_ones_harms_nobody() -> None:
    rows = (reading(after(0), "100"), reading(after(10), "0"), reading(after(20), "200"))
    found = judged(rows, last_wh=None, last_at=None, most_w=MOST_W, in_order=True)
    assert [row.suspect for row in found] == [None, Suspect.DECREASING, None]


def test_good_readings_are_given_back_as_they_are() -> None:
    rows = (reading(after(0), "100"), reading(after(10), "200"), reading(after(20), kw=7))
    assert judged(rows, last_wh=None, last_at=None, most_w=MOST_W, in_order=True) is rows


def test_an_older_reading_is_late_unless_the_station_kept_it_back() -> None:
    old = (reading(after(0), "100"),)
    last = {"last_wh": Decimal(200), "last_at": after(10), "most_w": MOST_W}
    assert judged(old, in_order=True, **last)[0].suspect is Suspect.LATE  # type: ignore[arg-type]
    assert judged(old, in_order=False, **last) is old  # type: ignore[arg-type]
    ahead = (reading(after(0), "300"),)
    found = judged(ahead, in_order=False, **last)  # type: ignore[arg-type]
    assert found[0].suspect is Suspect.DECREASING


def test_doubled_readings_are_both_kept() -> None:
    rows = (reading(after(10), "100"), reading(after(10), "150"))
    first, second = judged(rows, last_wh=None, last_at=None, most_w=MOST_W, in_order=True)
    assert (first.suspect, second.suspect) == (None, Suspect.DOUBLED)
    assert first.measured_at != second.measured_at


def test_one_instant_in_pieces_is_put_together() -> None:
    rows = (reading(after(10), "100"), reading(after(10), kw=7), reading(after(10), soc_percent=40))
    (row,) = judged(rows, last_wh=None, last_at=None, most_w=MOST_W, in_order=True)
    assert (row.energy_wh, row.power_w, row.soc_percent) == (100, 7000, 40)


def transaction(*reports: object) -> Transaction:
    """After these reports, each judged first."""
    known: Transaction | None = None
    for report in reports:
        before = known or begin(report, id=1, station_id="A", tariff=None)  # type: ignore[arg-type]
        known = apply(before, judge(before, report, MOST_W))  # type: ignore[arg-type]
    assert known is not None
    return known


def test_what_is_suspect_is_not_billed_and_the_rest_is() -> None:
    ended = transaction(
        TransactionStarted(transaction="T", at=after(0), readings=(reading(after(0), "1000"),)),
        TransactionUpdated(transaction="T", at=after(10), readings=(reading(after(10), "1500"),)),
        TransactionUpdated(transaction="T", at=after(20), readings=(reading(after(20), "0"),)),
        TransactionUpdated(transaction="T", at=after(30), readings=(reading(after(30), "9e8"),)),
        TransactionEnded(transaction="T", at=after(40), readings=(reading(after(40), "2000"),)),
    )
    assert ended.energy_wh == 1000


def test_a_stop_register_below_a_good_reading_is_a_marked_reading() -> None:
    running = transaction(
        TransactionStarted(transaction="T", at=after(0), meter_start_wh=Decimal(1000)),
        TransactionUpdated(transaction="T", at=after(10), readings=(reading(after(10), "1500"),)),
    )
    stop = TransactionEnded(transaction="T", at=after(20), meter_stop_wh=Decimal(3))
    judged_stop = judge(running, stop, MOST_W)
    assert [row.suspect for row in judged_stop.readings] == [Suspect.DECREASING]
    assert apply(running, judged_stop).energy_wh == 500


def test_a_first_sample_of_the_very_second_of_the_start_is_good() -> None:
    running = transaction(
        TransactionStarted(transaction="T", at=after(0), meter_start_wh=Decimal(1000)),
        TransactionUpdated(transaction="T", at=after(0), readings=(reading(after(0), "1010"),)),
    )
    assert running.energy_wh == 10

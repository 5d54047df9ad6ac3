"""Which limit follows from the profiles a station has installed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.simulator.physics import Supply
from app.simulator.profiles import (
    STATION_MAX,
    TX,
    TX_DEFAULT,
    Installed,
    Occasion,
    Period,
    Profile,
    Schedule,
    clear,
    composite,
    install,
    limit_w,
    read_profile,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DC = Supply.rated(100_000)
ASKED = Occasion(evse=1, at=NOW, supply=DC, started_at=NOW, transaction_id="tx")


def one(
    limit: float | None,
    *,
    purpose: str = TX_DEFAULT,
    level: int = 0,
    number: int = 1,
    evse: int = 1,
    unit: str = "W",
    periods: tuple[Period, ...] = (),
    duration_s: float | None = None,
    start_at: datetime | None = NOW,
    **more: Any,
) -> Installed:
    schedule = Schedule(
        unit=unit,
        periods=periods or (Period(start_s=0, limit=limit),),
        duration_s=duration_s,
        start_at=start_at,
    )
    fields = {"kind": "Absolute", **more}
    return Installed(
        evse=evse,
        profile=Profile(id=number, stack_level=level, purpose=purpose, schedule=schedule, **fields),
    )


def test_without_profiles_the_charger_is_the_limit() -> None:
    assert limit_w([], ASKED) == 100_000


def test_the_highest_stack_level_leads() -> None:
    kept = [one(20_000, level=3), one(80_000, level=1, number=2)]
    assert limit_w(kept, ASKED) == 20_000
    assert limit_w([one(20_000), one(80_000, level=1, number=2)], ASKED) == 80_000


def test_a_tx_profile_replaces_the_default_even_when_it_allows_more() -> None:
    kept = [one(20_000), one(60_000, purpose=TX, number=2, transaction_id="tx")]
    assert limit_w(kept, ASKED) == 60_000
    other = replace(ASKED, transaction_id="another")
    assert limit_w(kept, other) == 20_000
    assert limit_w(kept, replace(ASKED, started_at=None, transaction_id=None)) == 20_000


def test_the_station_maximum_caps_and_is_shared() -> None:
    kept = [one(60_000), one(90_000, purpose=STATION_MAX, number=2, evse=0)]
    assert limit_w(kept, ASKED) == 60_000
    assert limit_w(kept, replace(ASKED, sharing=2)) == 45_000


def test_a_default_for_all_evses_yields_to_the_own_one() -> None:
    kept = [one(10_000, evse=0), one(30_000, number=2)]
    assert limit_w(kept, ASKED) == 30_000
    assert limit_w(kept, replace(ASKED, evse=2)) == 10_000


def test_amperes_become_watts() -> None:
    three_phases = replace(ASKED, supply=Supply.rated(22_000))
    assert limit_w([one(16, unit="A")], three_phases) == 16 * 220 * 3
    one_phase = one(16, unit="A", periods=(Period(start_s=0, limit=16, phases=1),))
    assert limit_w([one_phase], three_phases) == 16 * 220


@pytest.mark.parametrize(
    ("seconds", "watts"), [(-1, 100_000), (0, 50_000), (59, 50_000), (60, 20_000), (90, 100_000)]
)
def test_periods_begin_and_the_duration_ends(seconds: int, watts: float) -> None:
    periods = (Period(start_s=0, limit=50_000), Period(start_s=60, limit=20_000))
    kept = [one(None, periods=periods, duration_s=90)]
    assert limit_w(kept, replace(ASKED, at=NOW + timedelta(seconds=seconds))) == watts


def test_validity_is_a_window() -> None:
    window = {"valid_from": NOW, "valid_to": NOW + timedelta(hours=1)}
    kept = [one(5_000, start_at=NOW - timedelta(days=1), **window)]
    assert limit_w(kept, replace(ASKED, at=NOW - timedelta(seconds=1))) == 100_000
    assert limit_w(kept, ASKED) == 5_000
    assert limit_w(kept, replace(ASKED, at=NOW + timedelta(hours=1))) == 100_000


def test_a_daily_profile_comes_back() -> None:
    night = one(7_000, start_at=NOW, duration_s=3_600, kind="Recurring", recurrency="Daily")
    for days in (0, 1, 9):
        at = NOW + timedelta(days=days, minutes=30)
        assert limit_w([night], replace(ASKED, at=at)) == 7_000
        assert limit_w([night], replace(ASKED, at=at + timedelta(hours=1))) == 100_000


def test_a_relative_profile_counts_from_the_start_of_the_transaction() -> None:
    periods = (Period(start_s=0, limit=50_000), Period(start_s=600, limit=10_000))
    kept = [one(None, purpose=TX, periods=periods, start_at=None, kind="Relative")]
    early = replace(ASKED, started_at=NOW - timedelta(seconds=599))
    assert limit_w(kept, early) == 50_000
    assert limit_w(kept, replace(ASKED, started_at=NOW - timedelta(seconds=600))) == 10_000


def test_a_composite_schedule_has_every_change() -> None:
    periods = (Period(start_s=0, limit=50_000), Period(start_s=60, limit=20_000))
    kept = [
        one(None, periods=periods, duration_s=300),
        one(40_000, purpose=STATION_MAX, number=2, evse=0, valid_to=NOW + timedelta(seconds=30)),
    ]
    assert composite(kept, ASKED, 600) == [
        (0, 40_000),
        (30, 50_000),
        (60, 20_000),
        (300, 100_000),
    ]
    assert composite(kept, ASKED, 60) == [(0, 40_000), (30, 50_000)]


def test_installing_replaces_by_id_and_by_place() -> None:
    first, same_id = one(1_000), one(2_000, level=5)
    assert install([first], same_id) == [same_id]
    same_place = one(3_000, number=9)
    assert install([first], same_place) == [same_place]
    other_place = one(3_000, number=9, level=1)
    assert install([first], other_place) == [first, other_place]


def test_clearing_matches_every_criterion() -> None:
    kept = [one(1, number=1), one(2, number=2, level=1), one(3, number=3, purpose=TX)]
    assert clear(kept, profile_id=2) == [kept[0], kept[2]]
    assert clear(kept, purpose=TX_DEFAULT, stack_level=1) == [kept[0], kept[2]]
    assert clear(kept, evse=2) == kept
    assert clear(kept) == []


@pytest.mark.parametrize(
    "change",
    [
        {"chargingProfilePurpose": "ChargingStationExternalConstraints"},
        {"chargingProfileKind": "Dynamic"},
        {"chargingProfileKind": "Recurring"},
        {"chargingSchedule": {"chargingRateUnit": "W", "chargingSchedulePeriod": []}},
        {
            "chargingSchedule": {
                "chargingRateUnit": "W",
                "chargingSchedulePeriod": [{"startPeriod": 5, "limit": 1}],
            }
        },
    ],
)
def test_profiles_that_make_no_sense_are_refused(change: dict[str, Any]) -> None:
    raw = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": TX,
        "chargingProfileKind": "Relative",
        "chargingSchedule": {
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 1}],
        },
    }
    purposes = {TX: TX}
    assert read_profile(raw, id_key="id", purposes=purposes).purpose == TX
    with pytest.raises(ValueError, match=r"Invalid|Unsupported"):
        read_profile({**raw, **change}, id_key="id", purposes=purposes)

"""The rules, as sentences."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.authorization import IdToken, TokenStatus, decide, decide_start, decide_stop
from app.domain.geo import Position, look_swapped
from app.domain.identifiers import is_station_id, subject_token
from app.domain.reports import (
    TransactionEnded,
    TransactionReport,
    TransactionStarted,
    TransactionUpdated,
)
from app.domain.roles import Permission, Role, may
from app.domain.smart_charging import LimitScope, ProfilePurpose, limit_profile
from app.domain.stations import (
    ConnectorStatus,
    ConnectorView,
    DisplayStatus,
    StationCategory,
    category_of,
    display_status,
)
from app.domain.tariffs import Tariff, cost_of, round_money
from app.domain.transactions import Transaction, apply, begin, is_same
from app.domain.units import energy_wh, power_w
from tests.factories import NOON, after, reading

WON = Tariff(currency="KRW", price_per_kwh=Decimal(150))


@pytest.mark.parametrize(
    ("wh", "exact", "billed"),
    [
        ("416.67", "62.5005", 63),
        ("416.666666666667", "62.50000000000005", 63),
        ("25500", "3825", 3825),
    ],
)
def test_a_bill_is_rounded_once_half_up(wh: str, exact: str, billed: int) -> None:
    cost = cost_of(Decimal(wh), WON)
    assert (cost.exact, cost.amount) == (Decimal(exact), billed)


def test_half_a_won_is_a_won_and_cents_are_kept() -> None:
    assert round_money(Decimal("62.5"), "KRW") == 63
    assert round_money(Decimal("62.505"), "EUR") == Decimal("62.51")
    assert round_money(Decimal("62.505"), "VND") == 63
    assert round_money(Decimal("0.1255"), "KWD") == Decimal("0.126")


def test_a_session_fee_is_paid_once() -> None:
    tariff = Tariff(currency="KRW", price_per_kwh=Decimal(300), session_fee=Decimal(1000))
    assert cost_of(Decimal(2000), tariff).amount == 1600


def test_units_are_normalised() -> None:
    assert energy_wh(Decimal("0.41667"), "kWh") == Decimal("416.67")
    assert energy_wh(Decimal(5), "Wh", 3) == 5000
    assert energy_wh(Decimal(5), None) == 5
    assert power_w(7.4, "kW") == 7400
    with pytest.raises(ValueError, match="not a unit of energy"):
        energy_wh(Decimal(1), "W")
    with pytest.raises(ValueError, match="not a unit of power"):
        power_w(1, "Wh")


A, C, F, R, U = (
    ConnectorView(ConnectorStatus.AVAILABLE, False),
    ConnectorView(ConnectorStatus.OCCUPIED, True),
    ConnectorView(ConnectorStatus.FAULTED, False),
    ConnectorView(ConnectorStatus.RESERVED, False),
    ConnectorView(None, False),
)


@pytest.mark.parametrize(
    ("online", "connectors", "shown"),
    [
        (False, (A, C, F), DisplayStatus.OFFLINE),
        (True, (A, C, F), DisplayStatus.FAULTED),
        (True, (A, C), DisplayStatus.CHARGING),
        (True, (ConnectorView(ConnectorStatus.OCCUPIED, False),), DisplayStatus.OCCUPIED),
        (True, (A,), DisplayStatus.AVAILABLE),
        (True, (R,), DisplayStatus.UNAVAILABLE),
        (True, (U,), DisplayStatus.UNAVAILABLE),
        (True, (ConnectorView(None, True),), DisplayStatus.CHARGING),
        (True, (), DisplayStatus.UNAVAILABLE),
    ],
)
def test_one_word_for_a_station(
    online: bool, connectors: tuple[ConnectorView, ...], shown: DisplayStatus
) -> None:
    assert display_status(online=online, connectors=connectors) is shown


def test_how_fast_is_fast() -> None:
    assert [category_of(kw * 1000) for kw in (7, 50, 100)] == [
        StationCategory.SLOW,
        StationCategory.FAST,
        StationCategory.ULTRA_FAST,
    ]


@pytest.mark.parametrize(
    ("token", "status"),
    [
        (None, TokenStatus.UNKNOWN),
        (IdToken(token="a"), TokenStatus.ACCEPTED),
        (IdToken(token="a", blocked=True), TokenStatus.BLOCKED),
        (IdToken(token="a", expires_at=NOON), TokenStatus.EXPIRED),
        (IdToken(token="a", expires_at=after(1)), TokenStatus.ACCEPTED),
    ],
)
def test_who_may_charge(token: IdToken | None, status: TokenStatus) -> None:
    assert decide(token, NOON).status is status


@pytest.mark.parametrize(
    ("presented", "started_with", "status"),
    [
        (IdToken(token="a"), "a", TokenStatus.ACCEPTED),
        (IdToken(token="a"), None, TokenStatus.ACCEPTED),
        (IdToken(token="b", group="family"), IdToken(token="a", group="Family"), "Accepted"),
        (IdToken(token="family"), IdToken(token="a", group="Family"), TokenStatus.ACCEPTED),
        (IdToken(token="c"), IdToken(token="a", group="family"), TokenStatus.INVALID),
        (IdToken(token="c"), IdToken(token="a"), TokenStatus.INVALID),
        (IdToken(token="c"), "a", TokenStatus.INVALID),
        (IdToken(token="a", blocked=True), "a", TokenStatus.BLOCKED),
        (None, "a", TokenStatus.UNKNOWN),
    ],
)
def test_who_may_stop(
    presented: IdToken | None, started_with: IdToken | str | None, status: str
) -> None:
    assert decide_stop(presented, started_with, NOON).status == status


def test_two_at_once() -> None:
    token = IdToken(token="a", group="family")
    assert decide_start(token, NOON, charging=False).status is TokenStatus.ACCEPTED
    twice = decide_start(token, NOON, charging=True)
    assert (twice.status, twice.group) == (TokenStatus.CONCURRENT_TX, "family")
    blocked = IdToken(token="a", blocked=True)
    assert decide_start(blocked, NOON, charging=True).status is TokenStatus.BLOCKED


def test_a_role_may_all_that_a_weaker_one_may() -> None:
    for permission in Permission:
        allowed = [may(role, permission) for role in Role]
        assert allowed == sorted(allowed)
    assert not may(Role.VIEWER, Permission.CONTROL_CHARGING)
    assert not may(Role.OPERATOR, Permission.MANAGE_ACCOUNTS)


@given(st.from_regex(r"[A-Za-z0-9*\-_=:+|@.]{1,48}", fullmatch=True))
def test_any_station_id_travels_as_a_subject(station_id: str) -> None:
    token = subject_token(station_id)
    assert unquote(token.replace("=", "%")) == station_id
    assert not set(token) & set(".*> %")


def test_what_is_a_station_id() -> None:
    assert is_station_id("emart_jeju_main_01")
    assert not is_station_id("")
    assert not is_station_id("a/b")
    assert not is_station_id("x" * 49)
    assert not is_station_id(".")  # nobody could open its page
    assert not is_station_id("..")
    assert is_station_id("...")


def test_swapped_coordinates_are_seen() -> None:
    assert look_swapped(126.5245, 33.5119)
    assert not look_swapped(33.5119, 126.5245)
    with pytest.raises(ValueError, match="not on the earth"):
        Position(126.5, 233.5)


def test_a_limit_names_its_session_only_if_it_is_for_one() -> None:
    station = limit_profile(50_000, LimitScope.STATION, "T1", NOON)
    session = limit_profile(50_000, LimitScope.SESSION, "T1", NOON)
    assert (station.purpose, station.transaction) == (ProfilePurpose.STATION_MAX, None)
    assert (session.purpose, session.transaction) == (ProfilePurpose.TX, "T1")
    assert station.id != session.id


def story() -> list[TransactionReport]:
    """A whole session, a reading each ten seconds."""
    told: list[TransactionReport] = [
        TransactionStarted(
            transaction="T", at=after(0), evse_id=2, readings=(reading(after(0), "1000"),)
        )
    ]
    told += [
        TransactionUpdated(
            transaction="T",
            at=after(10 * n),
            seq_no=n,
            readings=(reading(after(10 * n), str(1000 + 100 * n), soc_percent=20.0 + n),),
        )
        for n in range(1, 5)
    ]
    told.append(
        TransactionEnded(
            transaction="T",
            at=after(50),
            seq_no=5,
            stop_reason="Local",
            readings=(reading(after(50), "1500"),),
        )
    )
    return told


def settle(reports: list[TransactionReport]) -> Transaction:
    transaction = begin(reports[0], id=1, station_id="S", tariff=WON)
    for report in reports:
        assert is_same(transaction, report)
        transaction = apply(transaction, report)
    return transaction


@given(st.permutations(story()), st.data())
def test_order_and_replays_do_not_matter(
    reports: list[TransactionReport], data: st.DataObject
) -> None:
    replayed = reports + data.draw(st.lists(st.sampled_from(reports), max_size=6))
    settled = settle(replayed)
    assert settled.started_at == after(0)
    assert settled.ended_at == after(50)
    assert settled.meter_start_wh == 1000
    assert settled.energy_wh == 500
    assert settled.cost == 75
    assert settled.stop_reason == "Local"
    assert settled.charging_state is None


def test_a_reading_from_after_the_end_is_not_billed() -> None:
    late = TransactionUpdated(transaction="T", at=after(60), readings=(reading(after(60), "9000"),))
    assert settle([*story(), late]).energy_wh == 500


def test_an_id_used_again_is_another_transaction() -> None:
    known = settle(story())
    again = TransactionStarted(transaction="T", at=after(3600))
    assert not is_same(known, again)
    assert is_same(
        known, TransactionStarted(transaction="T", at=known.started_at + timedelta(seconds=0.5))
    )


def test_a_meter_that_runs_backwards_delivers_nothing() -> None:
    dropped = TransactionUpdated(transaction="T", at=after(5), readings=(reading(after(5), "0"),))
    assert settle([story()[0], dropped]).energy_wh == 0

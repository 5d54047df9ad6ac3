"""Numbers, money and moments as people read them; geometry of charts; addresses of files and tiles."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.config import ROOT, read_settings
from app.domain.errors import Invalid
from app.queries.metering import CurvePoint, HourEnergy
from app.web.assets import asset, tree_hash
from app.web.charts import BASE, hourly_chart, round_step, session_curve, shares
from app.web.format import (
    age,
    ago,
    clock,
    day,
    day_month,
    duration,
    energy,
    exact_money,
    exact_wh,
    kw,
    kwh,
    latency,
    moment,
    money,
    rated_kw,
    short_number,
    zone_name,
)
from app.web.forms import Filters, day_begins, number_of, plain_number, watts_of
from app.web.headers import content_security_policy
from app.web.i18n import speaking

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def test_power() -> None:
    assert [kw(w) for w in (47_840, 100_000, 99_960, 0, None)] == ["47.8", "100", "100", "0", "—"]
    assert [rated_kw(w) for w in (100_000, 7_000, 3_500)] == ["100", "7", "3.5"]


def test_energy() -> None:
    assert [kwh(wh) for wh in (Decimal("416.67"), 8_500, 123_456, 0)] == [
        "0.417",
        "8.50",
        "123.5",
        "0",
    ]
    assert energy(12_345_678) == "12.35 MWh"
    assert exact_wh(Decimal("416.666666666667")) == "416.667 Wh"


def test_sixty_three_won_and_what_is_behind_it() -> None:
    assert money(Decimal("62.5005"), "KRW") == "₩63"
    with speaking("ko"):
        assert money(Decimal("12345"), "KRW") == "12,345원"
    assert exact_money(Decimal("62.500500")) == "62.5005"
    assert money(Decimal("1.005"), "EUR") == "1.01 EUR"
    assert money(None) == "—"


def test_german_writes_numbers_money_and_days_its_own_way() -> None:
    with speaking("de"):
        assert kw(1_234_600) == "1.235"
        assert rated_kw(3_500) == "3,5"
        assert kwh(Decimal("416.67")) == "0,417"
        assert energy(12_345_678) == "12,35 MWh"
        assert money(Decimal("12345.4"), "KRW") == "12.345 ₩"
        assert money(Decimal("1234.005"), "EUR") == "1.234,01 EUR"
        assert exact_money(Decimal("62.5005")) == "62,5005"
        assert moment(NOON) == "20.11.2026 12:00:00"
        assert latency(812) == "0,8 s"
        assert day_month(NOON) == "20.11."
        assert [short_number(n) for n in (0.1 + 0.2, 2.5, 1_234.567_89)] == [
            "0,3",
            "2,5",
            "1.234,57",
        ]
    with speaking("ko"):
        assert day(NOON) == "2026. 11. 20."
        assert day_month(NOON) == "11. 20."
    assert [short_number(n) for n in (1_500_000, 100, 0)] == ["1,500,000", "100", "0"]


@pytest.mark.parametrize(
    ("language", "label"), [("ko", "11. 20."), ("en", "11-20"), ("de", "20.11.")]
)
def test_a_week_is_labelled_by_its_days(language: str, label: str) -> None:
    midnight = datetime(2026, 11, 19, 15, tzinfo=UTC)
    hours = [
        HourEnergy(hour=midnight + timedelta(hours=h), energy_wh=None, partial=False)
        for h in range(72)
    ]
    with speaking(language):
        labels = [bar.label for bar in hourly_chart(hours, "Asia/Seoul").bars]
    assert labels[0] == label
    assert sum(map(bool, labels)) == 3


def test_moments_are_told_on_the_sites_clock() -> None:
    assert clock(NOON) == "12:00:00"
    assert moment(NOON, "Europe/Berlin") == "2026-11-20 04:00:00"
    assert moment(NOON, "No/Where") == "2026-11-20 12:00:00"
    assert zone_name() == "KST (UTC+9)"


def test_lengths_of_time() -> None:
    assert ago(NOON - timedelta(minutes=3), NOON) == "3 min ago"
    assert ago(NOON, NOON) == "just now"
    assert age(NOON - timedelta(hours=5, minutes=59), NOON) == "5 h"
    assert [duration(s) for s in (45, 27 * 60, 5_220)] == ["45 s", "27 min", "1 h 27 min"]
    assert [latency(ms) for ms in (45, 812, None)] == ["45 ms", "0.8 s", ""]
    with speaking("ko"):
        assert ago(NOON - timedelta(minutes=3), NOON) == "3분 전"


def test_hours_without_readings_are_not_zero() -> None:
    hours = [
        HourEnergy(hour=NOON + timedelta(hours=h), energy_wh=wh, partial=h == 2)
        for h, wh in enumerate((None, 0.0, 30_000.0))
    ]
    chart = hourly_chart(hours, "Asia/Seoul")
    nothing, zero, much = chart.bars
    assert nothing.energy_wh is None
    assert nothing.height > 0
    assert (zero.height, zero.y) == (0, BASE)
    assert much.height == pytest.approx(BASE - chart.grid[-1].y)
    assert [line.label for line in chart.grid] == ["0", "10", "20", "30"]
    assert chart.total_wh == 30_000
    assert hourly_chart(hours[:1], "Asia/Seoul").empty


@pytest.mark.parametrize("highest", [0, 0.004, 1, 59, 61, 1234, 99_999])
def test_the_scale_is_round_and_reaches(highest: float) -> None:
    step = round_step(highest, 3)
    assert step * 3 >= highest * 0.999
    assert f"{step:e}"[0] in "125"


def test_a_limit_is_drawn_from_when_it_was_accepted() -> None:
    points = [
        CurvePoint(
            at=NOON + timedelta(minutes=m),
            power_w=w,
            energy_wh=None,
            soc_percent=None,
            offered_w=None,
        )
        for m, w in ((0, 90_000.0), (5, None), (10, 50_000.0))
    ]
    limit_at = NOON + timedelta(minutes=5)
    curve = session_curve(
        points, limit_w=50_000, limit_at=limit_at, max_power_w=100_000, time_zone="Asia/Seoul"
    )
    assert curve is not None
    assert (curve.limit_x, curve.limit_y) == (curve.width / 2, float(curve.line.split(" ")[-1]))
    assert (curve.began, curve.until) == ("12:00", "12:10")
    assert (
        session_curve(
            points[:2], limit_w=None, limit_at=None, max_power_w=1.0, time_zone="Asia/Seoul"
        )
        is None
    )


def test_shares_fill_the_bar() -> None:
    assert shares([("faulted", 0), ("charging", 1), ("available", 3)]) == [
        ("charging", 0, 24),
        ("available", 25, 74),
    ]
    assert shares([]) == []


def test_limits_as_people_type_them() -> None:
    assert [watts_of(text) for text in ("50", " 42.5 ", "7,5")] == [50_000, 42_500, 7_500]
    for wrong in ("", "fast", "-1", "nan", "inf", "1e9"):
        with pytest.raises(Invalid):
            watts_of(wrong)


def test_days_begin_at_the_sites_midnight() -> None:
    assert day_begins("2026-11-20") == datetime(2026, 11, 19, 15, tzinfo=UTC)
    assert day_begins("2026-11-20", add_days=1) == datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert day_begins("yesterday") is None
    assert day_begins("9999-12-31", add_days=1) is None
    assert [number_of(text) for text in ("17", "-1", "x", "9" * 40, None)] == [
        17,
        None,
        None,
        None,
        None,
    ]


def test_an_address_is_a_saved_view() -> None:
    filters = Filters(q="a&b", site="emart")
    assert filters.address(charger="X") == "/?site=emart&q=a%26b&charger=X"
    assert Filters().address() == "/"
    assert not Filters(charger="X").narrowed


def test_assets_carry_the_hash_of_the_tree() -> None:
    assert asset("css/tokens.css") == f"/static/{tree_hash()}/css/tokens.css"
    with pytest.raises(FileNotFoundError):
        asset("css/nothing.css")


def test_the_policy_lets_in_only_the_tiles_that_were_chosen() -> None:
    def policy(**environment: str) -> str:
        given = {f"HALLA_MAP_TILES{name}": value for name, value in environment.items()}
        return content_security_policy(read_settings(given))

    assert "img-src 'self' data: https://tile.openstreetmap.org;" in policy()
    assert "img-src 'self' data:;" in policy(**{"": "none"})
    assert "img-src 'self' data: https://api.vworld.kr;" in policy(**{"": "vworld", "_KEY": "k"})
    pmtiles = policy(**{"": "pmtiles", "_URL": "https://maps.example/jeju.pmtiles"})
    assert "connect-src 'self' https://maps.example;" in pmtiles
    own = policy(**{"": "custom", "_URL": "/tiles/{z}/{x}/{y}.png", "_ATTRIBUTION": "us"})
    assert "img-src 'self' data:;" in own


def test_every_template_that_is_named_exists() -> None:
    templates = {
        path.relative_to(ROOT / "templates").as_posix()
        for path in (ROOT / "templates").rglob("*.html")
    }
    named = set()
    for path in (ROOT / "app" / "web").rglob("*.py"):
        named |= {part for part in path.read_text().split('"') if part.endswith(".html")}
    assert named
    assert named <= templates


@pytest.mark.parametrize(
    ("language", "typed", "meant"),
    [
        *(("ko", "1,500", "1500"), ("en", "1,500", "1500"), ("en", "12,345,678", "12345678")),
        *(("de", "1,500", "1.500"), ("de", "1.234,5", "1234.5"), ("en", "1,234.5", "1234.5")),
        *(("ko", "150,5", "150.5"), ("ko", "0,250", "0.250"), ("en", "1.500", "1.500")),
    ],
)
def test_a_price_is_what_its_writer_means(language: str, typed: str, meant: str) -> None:
    with speaking(language):
        assert plain_number(typed) == meant
        if float(meant) < 100_000:
            assert watts_of(typed) == float(meant) * 1000

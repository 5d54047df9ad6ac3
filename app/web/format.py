"""Jinja filters: numbers with their units, money, moments. Templates format with these and compute nothing."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale

from app.domain.tariffs import round_money
from app.web.i18n import gettext, language, ngettext

Number = Decimal | float | int
DASH = "—"
SITE_ZONE = "Asia/Seoul"
SECOND, MINUTE, HOUR, DAY = 1, 60, 3_600, 86_400
_DAYS = {"ko": "%Y. %m. %d.", "de": "%d.%m.%Y"}
"""A day as each language writes it; the others as ISO 8601, which no English speaker reads wrong."""
_DAYS_OF_YEAR = {"ko": "%m. %d.", "de": "%d.%m."}


def kw(watts: Number | None) -> str:
    """`47.8` of 47 800 W: one digit below 100 kW, none from there."""
    if watts is None:
        return DASH
    value = float(watts) / 1000
    return number(value, 0 if abs(value) >= 99.95 or value == 0 else 1)


def rated_kw(watts: Number | None) -> str:
    """A nameplate's power: `100`, `7`, `3.5`."""
    return DASH if watts is None else short_number(float(watts) / 1000)


def power(watts: Number | None) -> str:
    """Power with its unit."""
    return DASH if watts is None else f"{kw(watts)} kW"


def kwh(wh: Number | None) -> str:
    """`0.417` of 416.67 Wh: three digits below 1 kWh, two below 100, one from there."""
    if wh is None:
        return DASH
    value = float(wh) / 1000
    digits = 3 if 0 < abs(value) < 1 else 2 if abs(value) < 100 else 1
    return number(value, digits) if value else "0"


def measured(value: Number | None, unit: str) -> str:
    """`400.2 V`, `125 A`: a reading to a tenth, with its unit."""
    return DASH if value is None else f"{short_number(round(float(value), 1))} {unit}"


def energy(wh: Number | None) -> str:
    """Energy with its unit, MWh from ten of them."""
    if wh is None:
        return DASH
    return f"{number(float(wh) / 1e6, 2)} MWh" if abs(float(wh)) >= 10_000_000 else f"{kwh(wh)} kWh"


def energy_parts(wh: Number | None) -> tuple[str, str]:
    """Number and unit apart, for large print."""
    number, _, unit = energy(wh).partition(" ")
    return number, unit


def exact_wh(wh: Number | None) -> str:
    """Energy to the last known digit, for tooltips: `416.667 Wh`."""
    if wh is None:
        return DASH
    value = Decimal(wh) if not isinstance(wh, float) else Decimal(repr(wh))
    return f"{_plain(value, 3)} Wh"


def money(amount: Number | None, currency: str | None = "KRW") -> str:
    """`63원`, `₩63`, `63 ₩`; other currencies with their code. Rounded once, half up, to the minor unit."""
    if amount is None:
        return DASH
    digits, unit = money_parts(amount, currency)
    if unit == "원":
        return f"{digits}{unit}"
    return f"{unit}{digits}" if unit_first(unit) else f"{digits} {unit}"


def money_parts(amount: Number | None, currency: str | None = "KRW") -> tuple[str, str]:
    """Number and unit apart, for large print."""
    if amount is None:
        return DASH, ""
    code = currency or "KRW"
    digits = _local(f"{round_money(Decimal(amount), code):,f}")
    if code == "KRW":
        return digits, "원" if language() == "ko" else "₩"
    return digits, code


def unit_first(unit: str) -> bool:
    """Whether this unit of money stands before the number: a sign does in English."""
    return unit == "₩" and language() == "en"


def exact_money(amount: Number | None) -> str:
    """Money as computed, before rounding: `62.5005`."""
    return DASH if amount is None else _plain(Decimal(amount), 4)


def percent(value: Number | None, digits: int = 0) -> str:
    """`63` of 63.2; the template adds the sign."""
    return DASH if value is None else number(value, digits)


def number(value: Number, digits: int) -> str:
    """A number as the language writes it: `1,234.5` or `1.234,5`."""
    return _local(f"{value:,.{digits}f}")


def short_number(value: Number) -> str:
    """With as many digits as it has, of a fraction six in all: `100`, `3.5`, `1,500,000`."""
    whole = len(f"{abs(float(value)):.0f}")
    return _plain(Decimal(repr(float(value))), max(0, 6 - whole))


def count(value: Number | None) -> str:
    """A whole number."""
    return DASH if value is None else number(int(value), 0)


def short_duration(seconds: float | None) -> str:
    """`45 s`, `27 min`, `5 h`, `3 d`: the largest unit, cut."""
    if seconds is None:
        return ""
    whole = max(0, int(seconds))
    if whole < MINUTE:
        return gettext("%(n)s s") % {"n": whole}
    if whole < HOUR:
        return gettext("%(n)s min") % {"n": whole // MINUTE}
    if whole < DAY:
        return gettext("%(n)s h") % {"n": whole // HOUR}
    return gettext("%(n)s d") % {"n": whole // DAY}


def duration(seconds: float | None) -> str:
    """`1 h 27 min`, `27 min`, `45 s`."""
    if seconds is None:
        return DASH
    whole = max(0, int(seconds))
    if whole < HOUR:
        return short_duration(whole)
    hours, rest = divmod(whole, HOUR)
    return gettext("%(h)s h %(m)s min") % {"h": hours, "m": rest // MINUTE}


def ago(at: datetime | None, now: datetime) -> str:
    """`3 min ago`, `just now`; empty for never."""
    if at is None:
        return ""
    seconds = (now - at).total_seconds()
    if seconds < 5:
        return gettext("just now")
    return gettext("%(time)s ago") % {"time": short_duration(seconds)}


def age(at: datetime | None, now: datetime) -> str:
    """How long something has lasted, short: `27 min`."""
    return "" if at is None else short_duration((now - at).total_seconds())


def latency(milliseconds: float | None) -> str:
    """`0.8 s`, `45 ms`."""
    if milliseconds is None:
        return ""
    if milliseconds < 100:
        return gettext("%(n)s ms") % {"n": number(milliseconds, 0)}
    return gettext("%(n)s s") % {"n": number(milliseconds / 1000, 1)}


def clock(at: datetime | None, zone: str = SITE_ZONE) -> str:
    """`14:02:11` on the site's clock."""
    return "" if at is None else f"{at.astimezone(_zone(zone)):%H:%M:%S}"


def hour_minute(at: datetime | None, zone: str = SITE_ZONE) -> str:
    """`14:02` on the site's clock."""
    return "" if at is None else f"{at.astimezone(_zone(zone)):%H:%M}"


def moment(at: datetime | None, zone: str = SITE_ZONE) -> str:
    """`2026-11-20 14:02:11`, `20.11.2026 14:02:11` on the site's clock."""
    return DASH if at is None else f"{at.astimezone(_zone(zone)):{_day_form()} %H:%M:%S}"


def day(at: datetime | date | None, zone: str = SITE_ZONE) -> str:
    """`2026-11-20`, `2026. 11. 20.`, `20.11.2026`; of a moment: on the site's clock."""
    if at is None:
        return DASH
    return f"{at.astimezone(_zone(zone)) if isinstance(at, datetime) else at:{_day_form()}}"


def day_month(at: datetime, zone: str = SITE_ZONE) -> str:
    """`11-20`, `11. 20.`, `20.11.` on the site's clock: a day where the year is known."""
    return f"{at.astimezone(_zone(zone)):{_DAYS_OF_YEAR.get(language(), '%m-%d')}}"


def masked(token: str | None) -> str:
    """An id token where passers-by may look: its last three signs at most."""
    if not token:
        return ""
    return "•••" + (token[-3:] if len(token) > 5 else "")


def iso(at: datetime | None) -> str:
    """For the `datetime` attribute: UTC, to the second."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def zone_name(zone: str = SITE_ZONE, at: datetime | None = None) -> str:
    """`KST (UTC+9)`: which clock is shown; of a zone with a summer time, the one that holds now, or held `at`."""
    local = at.astimezone(_zone(zone)) if at else datetime.now(_zone(zone))
    offset = (local.utcoffset() or local - local).total_seconds() / HOUR
    return f"{local:%Z} (UTC{offset:+g})"


def shared_clock(rows: Iterable[Any], member: str) -> str:
    """The clock on which the moment `member` of every row is told, as a table's head names it; empty: they differ."""
    names = {zone_name(row.time_zone, at) for row in rows if (at := getattr(row, member))}
    return names.pop() if len(names) == 1 else ""


def shared_zone(rows: Iterable[Any]) -> str:
    """The time zone that all rows share; SITE_ZONE where they differ, or there are none."""
    zones = {row.time_zone for row in rows}
    return zones.pop() if len(zones) == 1 else SITE_ZONE


def _day_form() -> str:
    return _DAYS.get(language(), "%Y-%m-%d")


def site_name(place: Any) -> str:
    """The site's name in the request's language. `place` has `name` and `name_en`, or the same after `location_`."""
    korean, english = _names(place)
    return (korean or english or "") if language() == "ko" else (english or korean or "")


def site_other_name(place: Any) -> str:
    """The site's name in the other language, empty where there is none."""
    korean, english = _names(place)
    other = (english if language() == "ko" else korean) or ""
    return "" if other == site_name(place) else other


def plural(number: int, singular: str, many: str) -> str:
    """The form for `number`, with it filled in as `%(num)s`."""
    return ngettext(singular, many, number) % {"num": count(number)}


def filters() -> dict[str, Callable[..., object]]:
    """Every filter by its name in templates."""
    return {
        each.__name__: each
        for each in (
            *(kw, rated_kw, power, measured, kwh, energy, energy_parts, exact_wh),
            *(money, money_parts, unit_first, exact_money, percent, count, short_number),
            *(short_duration, duration, ago, age, latency),
            *(clock, hour_minute, moment, day, iso, zone_name, shared_clock, shared_zone),
            *(site_name, site_other_name, masked),
        )
    }


def _names(place: Any) -> tuple[str | None, str | None]:
    if hasattr(place, "location_name"):
        return place.location_name, place.location_name_en
    return place.name, place.name_en


def _plain(value: Decimal, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    return _local(text.rstrip("0").rstrip(".") if "." in text else text)


def _local(text: str) -> str:
    """`1,234.5` with the separators of the request's language."""
    return text.translate(_separators(language()))


@cache
def _separators(chosen: str) -> dict[int, str]:
    symbols = Locale.parse(chosen).number_symbols["latn"]
    return str.maketrans({",": symbols["group"], ".": symbols["decimal"]})


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(SITE_ZONE)

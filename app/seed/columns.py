"""What a file may say: its kinds and their columns, each with how its text is read.

GeoJSON has the same names as properties. docs/seeding.md describes the columns; a test compares.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, available_timezones

from app.domain.identifiers import is_station_id
from app.domain.stations import StationCategory

KOREA = ZoneInfo("Asia/Seoul")
MAX_TEXT = 500
MAX_EVSES = 64
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `read` turns its text into a value or raises ValueError("is ...")."""

    name: str
    read: Callable[[str], object]
    meaning: str
    required: bool = False


def _text(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ValueError(f"is longer than {MAX_TEXT} characters")
    if not text.isprintable():
        raise ValueError("holds a line break or another character that cannot be printed")
    return text


def _id(text: str) -> str:
    if _ID.fullmatch(text) is None:
        raise ValueError(
            "is not an id (1 to 64 letters, digits or _.:-, the first a letter or digit)"
        )
    return text


def _station_id(text: str) -> str:
    if not is_station_id(text):
        raise ValueError("is not a station's id (1 to 48 letters, digits or *-_=:+|@.)")
    return text


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        hint = "; write it without thousands separators" if "," in text else ""
        raise ValueError(f"is not a number{hint}")
    return number


def _degrees(text: str) -> float:
    return float(_decimal(text))


def _price(text: str) -> Decimal:
    number = _decimal(text)
    if number < 0:
        raise ValueError("is negative")
    return number


def _watts(text: str) -> float:
    kilowatts = _decimal(text)
    if kilowatts < 0:
        raise ValueError("is negative")
    if kilowatts > 100_000:
        raise ValueError("is more than 100 MW; the column is in kW")
    return float(kilowatts * 1000)


def _currency(text: str) -> str:
    if re.fullmatch(r"[A-Z]{3}", text) is None:
        raise ValueError("is not a currency's three letters, as KRW")
    return text


def _time_zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError("is not a time zone, as Asia/Seoul")
    return text


def _category(text: str) -> StationCategory:
    try:
        return StationCategory(text)
    except ValueError:
        raise ValueError(f"is not one of {', '.join(StationCategory)}") from None


def _evses(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_EVSES:
        raise ValueError(f"is not a whole number from 1 to {MAX_EVSES}")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("is not a day, as 2026-01-20") from None


def _moment(text: str) -> datetime:
    """A bare day is its first moment in Korea."""
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time.min, KOREA).astimezone(UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            "is not a day or a moment, as 2026-12-31 or 2026-12-31T18:00+09:00"
        ) from None
    if moment.tzinfo is None:
        raise ValueError("lacks its time zone, as in 2026-12-31T18:00+09:00")
    return moment.astimezone(UTC)


def _yes(text: str) -> bool:
    answers = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if text.lower() not in answers:
        raise ValueError("is not yes or no")
    return answers[text.lower()]


_NOTE = Column("note", _text, "A remark for readers of the file; not stored.")

KINDS: dict[str, tuple[Column, ...]] = {
    "tariffs": (
        Column("tariff", _id, "The tariff's id.", required=True),
        Column("name", _text, "What people call it.", required=True),
        Column("currency", _currency, "ISO 4217, as `KRW`.", required=True),
        Column("price_per_kwh", _price, "Per kWh, in major units (won).", required=True),
        Column("session_fee", _price, "Once per session; empty is 0."),
        _NOTE,
    ),
    "locations": (
        Column("location", _id, "The site's id.", required=True),
        Column("name", _text, "What people call it.", required=True),
        Column("name_en", _text, "Its English name."),
        Column("address", _text, "Postal address."),
        Column("latitude", _degrees, "Degrees north, WGS 84.", required=True),
        Column("longitude", _degrees, "Degrees east, WGS 84.", required=True),
        Column("time_zone", _time_zone, "Where its day begins; empty is `Asia/Seoul`."),
        Column("tariff", _id, "What its stations charge, unless they say otherwise."),
        Column("operator_name", _text, "Who runs it."),
        Column("operator_phone", _text, "Whom to call."),
        Column("operator_email", _text, "Whom to write to."),
        Column("grid_limit_kw", _watts, "What the site may draw."),
        _NOTE,
    ),
    "stations": (
        Column("station", _station_id, "OCPP identity, the end of its URL.", required=True),
        Column("location", _id, "The site where it stands.", required=True),
        Column("location_name", _text, "Name of the site, if no file describes the site."),
        Column("name", _text, "What people call the station."),
        Column("latitude", _degrees, "Degrees north, WGS 84.", required=True),
        Column("longitude", _degrees, "Degrees east, WGS 84.", required=True),
        Column("max_power_kw", _watts, "Rated power.", required=True),
        Column("min_power_kw", _watts, "Least power while charging; empty is 0."),
        Column("category", _category, "`slow`, `fast` or `ultra_fast`; empty goes by the power."),
        Column("connector_type", _text, "As `Type2_DC`."),
        Column("evses", _evses, "How many cars at once; empty is 1."),
        Column("serial_number", _text, "Of the cabinet."),
        Column("location_detail", _text, "Where on the site."),
        Column("vendor", _text, "Maker; the station says it too when it boots."),
        Column("model", _text, "Model; the station says it too when it boots."),
        Column("installed_on", _day, "Day of installation, as `2026-01-20`."),
        Column("tariff", _id, "What it charges; empty is the site's."),
        _NOTE,
    ),
    "aliases": (
        Column("alias", _station_id, "Another identity a station connects with.", required=True),
        Column("station", _station_id, "Which station that is.", required=True),
        _NOTE,
    ),
    "tokens": (
        Column("token", _text, "Id token; upper and lower case are the same.", required=True),
        Column("name", _text, "Whose it is."),
        Column("group", _text, "Tokens of a group may stop each other's sessions."),
        Column("blocked", _yes, "`yes` or `no`; empty is no."),
        Column("expires_at", _moment, "Not valid from then on; a bare day starts in Korea."),
        _NOTE,
    ),
}
"""Kinds by the name of their file, in the order in which they refer to each other."""

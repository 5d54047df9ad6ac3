"""What people send and what addresses say, read leniently.

A filter nobody knows is no filter; a wrong number is Invalid.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends, Request

from app.domain.errors import Invalid
from app.domain.geo import Position, within
from app.domain.stations import DisplayStatus, StationCategory
from app.queries.heatmap import Weight
from app.web.format import SITE_ZONE
from app.web.i18n import N_, gettext, language

E = TypeVar("E", bound=StrEnum)
HOURS = (24, 48, 168)
HEAT_DAYS = (30, 7, 90)
"""Of the heatmap; the first is what is shown without being asked for."""
MAX_TEXT = 100
_GROUPED = re.compile(r"[1-9]\d{0,2}(,\d{3})+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the overview is narrowed to. Lives in the address, so a copied address is a saved view."""

    status: DisplayStatus | None = None
    site: str | None = None
    category: StationCategory | None = None
    q: str = ""
    charger: str | None = None
    view: str = ""
    hours: int = HOURS[0]
    box: tuple[float, float, float, float] | None = None
    """South, west, north, east: only what stands in this part of the map."""
    heat: Weight | None = None
    days: int = HEAT_DAYS[0]

    @property
    def query(self) -> str:
        """The filters as an address's query, without the leading `?`."""
        pairs = {
            "status": self.status,
            "site": self.site,
            "category": self.category,
            "q": self.q,
            "charger": self.charger,
            "view": self.view,
            "hours": "" if self.hours == HOURS[0] else str(self.hours),
            "box": self.box_text,
            "heat": self.heat,
            "days": "" if self.days == HEAT_DAYS[0] else str(self.days),
        }
        return query_of(pairs)

    @property
    def narrowed(self) -> bool:
        """Whether the list and the map show less than everything."""
        return bool(self.status or self.site or self.category or self.q or self.box)

    @property
    def box_text(self) -> str:
        """The part of the map as the address says it: south,west,north,east in degrees."""
        return ",".join(f"{edge:.5f}" for edge in self.box) if self.box else ""

    def holds(self, lat: float | None, lon: float | None) -> bool:
        """Whether a place is in the part of the map that is wanted; what stands nowhere is in none."""
        if self.box is None:
            return True
        return lat is not None and lon is not None and within(Position(lat, lon), self.box)

    def address(self, **changes: str | None) -> str:
        """The overview's address with `changes`."""
        changed = replace(self, **changes)  # type: ignore[arg-type]
        return f"/?{changed.query}" if changed.query else "/"


def filters_of(request: Request) -> Filters:
    """The overview's filters from the address."""
    query = request.query_params
    return Filters(
        status=one_of(DisplayStatus, query.get("status")),
        site=text_of(query.get("site")) or None,
        category=one_of(StationCategory, query.get("category")),
        q=text_of(query.get("q")),
        charger=text_of(query.get("charger")) or None,
        view="list" if query.get("view") == "list" else "",
        hours=_one_number(query.get("hours"), HOURS),
        box=_box_of(query.get("box")),
        heat=one_of(Weight, query.get("heat")),
        days=_one_number(query.get("days"), HEAT_DAYS),
    )


CurrentFilters = Annotated[Filters, Depends(filters_of)]


def _one_number(text: str | None, numbers: tuple[int, ...]) -> int:
    """The number if it is one of `numbers`, else the first of them."""
    found = number_of(text)
    return found if found in numbers else numbers[0]


def _box_of(text: str | None) -> tuple[float, float, float, float] | None:
    try:
        south, west, north, east = (float(edge) for edge in (text or "").split(","))
    except ValueError:
        return None
    on_earth = -90 <= south < north <= 90 and -180 <= west < east <= 180
    return (south, west, north, east) if on_earth else None


def query_of(pairs: Mapping[str, str | None]) -> str:
    """An address's query, without the leading `?`; what is empty is left out."""
    return urlencode({name: value for name, value in pairs.items() if value})


def one_of(words: type[E], text: str | None) -> E | None:
    """The word, or None if it is none of `words`."""
    try:
        return words(text or "")
    except ValueError:
        return None


def text_of(text: str | None) -> str:
    """Trimmed, bounded, without what no column can hold."""
    return (text or "").replace("\x00", "").strip()[:MAX_TEXT]


def number_of(text: str | None) -> int | None:
    """A row's number from the address; None for anything else."""
    if text and text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    return None


def session_number_of(text: str | None) -> int | None:
    """Our number of a session from the address; generated ones count downwards from -1."""
    sign = -1 if text and text.startswith("-") else 1
    number = number_of(text[1:] if text and sign < 0 else text)
    return None if number is None else sign * number


def plain_number(text: str) -> str:
    """`1234.5` of `1,234.5`, `1.234,5` and `1234,5`: the last sign of the two is the decimal one.

    `1,500` alone is what the reader's language means by it: one and a half in German, else fifteen hundred.
    """
    text = text.replace(" ", "").replace("\u00a0", "")
    if _GROUPED.fullmatch(text) and language() != "de":
        return text.replace(",", "")
    if "," in text and "." in text:
        thousands = "," if text.rindex(".") > text.rindex(",") else "."
        text = text.replace(thousands, "")
    return text.replace(",", ".")


def watts_of(kilowatts: str) -> float:
    """kW as typed, in W. Raises Invalid."""
    try:
        value = float(plain_number(kilowatts.strip()))
    except ValueError:
        value = float("nan")
    if not 0 <= value < 100_000:
        raise Invalid(gettext(N_("Enter the limit as a number of kW.")))
    return round(value * 1000, 3)


def day_begins(text: str | None, *, add_days: int = 0) -> datetime | None:
    """Midnight on the sites' clock of a day written YYYY-MM-DD; None for anything else."""
    try:
        day = date.fromisoformat(text or "") + timedelta(days=add_days)
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(SITE_ZONE)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day_of(text: str | None) -> date | None:
    """A day written YYYY-MM-DD; None for anything else, and for years that no clock can turn."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if 1900 < day.year < 3000 else None


def moment_of(text: str | None, zone: str = SITE_ZONE) -> datetime | None:
    """A moment as a form writes it (YYYY-MM-DDTHH:MM, on that clock); None for nothing. Raises Invalid."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(gettext(N_("Enter a date and a time."))) from error


def degrees_of(latitude: str, longitude: str) -> Position | None:
    """A place as typed; None if nothing was. Raises Invalid."""
    if not latitude.strip() and not longitude.strip():
        return None
    try:
        return Position(lat=float(latitude), lon=float(longitude))
    except ValueError as error:
        sentence = N_("Enter latitude and longitude in degrees, like 33.51709 and 126.52232.")
        raise Invalid(gettext(sentence)) from error

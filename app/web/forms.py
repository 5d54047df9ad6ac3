"""What people send and what addresses say, read leniently.

A filter nobody knows is no filter; a wrong number is Invalid.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends, Request

from app.domain.errors import Invalid
from app.domain.geo import Position
from app.domain.stations import DisplayStatus, StationCategory
from app.web.format import SITE_ZONE
from app.web.i18n import N_, gettext

E = TypeVar("E", bound=StrEnum)
HOURS = (24, 48, 168)
MAX_TEXT = 100


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
        }
        return urlencode({name: value for name, value in pairs.items() if value})

    @property
    def narrowed(self) -> bool:
        """Whether the list and the map show less than everything."""
        return bool(self.status or self.site or self.category or self.q)

    def address(self, **changes: str | None) -> str:
        """The overview's address with `changes`."""
        changed = replace(self, **changes)  # type: ignore[arg-type]
        return f"/?{changed.query}" if changed.query else "/"


def filters_of(request: Request) -> Filters:
    """The overview's filters from the address."""
    query = request.query_params
    hours = query.get("hours", "")
    return Filters(
        status=one_of(DisplayStatus, query.get("status")),
        site=text_of(query.get("site")) or None,
        category=one_of(StationCategory, query.get("category")),
        q=text_of(query.get("q")),
        charger=text_of(query.get("charger")) or None,
        view="list" if query.get("view") == "list" else "",
        hours=int(hours)
        if hours.isascii() and hours.isdigit() and int(hours) in HOURS
        else HOURS[0],
    )


CurrentFilters = Annotated[Filters, Depends(filters_of)]


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


def watts_of(kilowatts: str) -> float:
    """kW as typed, in W. Raises Invalid."""
    try:
        value = float(kilowatts.strip().replace(",", "."))
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

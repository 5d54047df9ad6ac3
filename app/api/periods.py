"""Periods of days in queries: both days belong to it; without them, the thirty days that end today."""

from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Query

from app.domain.errors import Invalid

DEFAULT_DAYS = 30
MAX_DAYS = 3_660
EARLIEST, LATEST = date(1970, 1, 1), date(2999, 12, 31)
"""Days outside are Invalid: next to the ends of the calendar no time zone can be reckoned with."""

StartDate = Annotated[
    date | None, Query(description="The first day; else 30 days before the last.")
]
EndDate = Annotated[date | None, Query(description="The last day, included; else today.")]


def period(start: date | None, end: date | None, now: datetime, zone: str) -> tuple[date, date]:
    """The first and the last day. Raises Invalid for one that ends before it begins, or is too long."""
    last = end or now.astimezone(ZoneInfo(zone)).date()
    for name, day in (("start_date", start), ("end_date", end)):
        if day is not None and not EARLIEST <= day <= LATEST:
            raise Invalid(
                f"A period lies between {EARLIEST} and {LATEST}.",
                fields={name: "out of the calendar"},
            )
    first = start or last - timedelta(days=DEFAULT_DAYS)
    if first > last:
        raise Invalid(
            f"The period begins on {first} and ends before, on {last}.",
            fields={"start_date": "after end_date"},
        )
    if (last - first).days > MAX_DAYS:
        raise Invalid(
            f"A period has at most {MAX_DAYS} days.", fields={"start_date": "too long ago"}
        )
    return first, last

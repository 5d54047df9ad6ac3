"""How plain things look on the wire: times, and numbers that must stay exact."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from app.domain.clocks import FIRST, LAST


def utc(moment: datetime) -> datetime:
    """`moment` in UTC, at most FIRST to LAST; one without a zone is taken as UTC."""
    if not FIRST.year < moment.year < LAST.year:
        return _at_the_end(moment)
    zone = moment.tzinfo
    if zone is UTC:
        return moment
    return moment.replace(tzinfo=UTC) if zone is None else moment.astimezone(UTC)


def _at_the_end(moment: datetime) -> datetime:
    if moment.year in (FIRST.year, LAST.year):
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return min(max(moment, FIRST), LAST)
    return FIRST if moment.year < FIRST.year else LAST


def wire_time(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and `Z`: what every station's parser knows."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def instant_of(text: str) -> datetime:
    """A moment as our schemas write it, in UTC. Raises ValueError."""
    return utc(datetime.fromisoformat(text))


def exact(number: float) -> Decimal:
    """The decimal that the station wrote: 416.666666666667 stays that, not its binary neighbour.

    15 digits are what a double holds for sure; what follows is the noise of somebody's additions, and would turn
    62.5 won into 62.
    """
    return Decimal(f"{number:.15g}")


def number(amount: Decimal) -> int | float:
    """A decimal as a JSON number, whole where it is whole."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)

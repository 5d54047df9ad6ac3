"""What a check finds: that something is stored, something else must be, and they differ."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Something that is stored and something that must be, and they differ."""

    station_id: str
    subject: str
    field: str
    stored: object
    expected: object

    def __str__(self) -> str:
        return (
            f"{self.station_id}  {self.subject}  {self.field}:"
            f" stored {shown(self.stored)}, expected {shown(self.expected)}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One kind of check: how many things were looked at, and what was wrong with them."""

    name: str
    count: int
    mismatches: tuple[Mismatch, ...]


def shown(value: object) -> str:
    """A value in a sentence."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, list):
        return " or ".join(shown(each) for each in value)
    return "nothing" if value is None else str(value)

"""Reservations: an EVSE, or any with a certain plug, kept free for one token or its group until a moment (block H)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.authorization import same_group
from app.domain.commands import Command
from app.domain.reports import Report


class ReservationStatus(StrEnum):
    """What became of a reservation that a station accepted."""

    ACTIVE = "active"
    USED = "used"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveNow(Command):
    """H01. `evse_id` None: the station chooses; `connector_type` then narrows its choice."""

    reservation_id: int
    id_token: str
    expires_at: datetime
    token_type: str = "Central"
    evse_id: int | None = None
    connector_type: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReservation(Command):
    """H02."""

    reservation_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationMade(Report):
    """The station accepted ReserveNow; an older one of the same id is replaced (H01.FR.02)."""

    reservation_id: int
    id_token: str
    expires_at: datetime
    token_type: str | None = None
    evse_id: int | None = None
    connector_type: str | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationEnded(Report):
    """ReservationStatusUpdate (H01, H03), or an accepted CancelReservation (H02)."""

    reservation_id: int
    status: ReservationStatus


def opens_for(token: str, group: str | None, reserved_for: str, reserved_group: str | None) -> bool:
    """Whether a reservation is for this token: its own, or one of its group (H03)."""
    return token.lower() == reserved_for.lower() or same_group(group, reserved_group)

"""Reservations: kept, used, expired, taken back (block H), in the same way for every version."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from .equipment import Evse
from .memory import Reservation

if TYPE_CHECKING:
    from .station import VirtualStation

__all__ = ["decide", "keep", "of", "release", "take_back", "use"]


def of(station: VirtualStation, place: Evse) -> Reservation | None:
    """What this EVSE is kept for."""
    found = station.memory.reservations.values()
    return next((one for one in found if one.evse == place.id), None)


def decide(
    station: VirtualStation,
    *,
    number: int,
    evse: int | None,
    token: str,
    group: str | None,
    until: datetime,
) -> tuple[str, Reservation | None]:
    """The word for ReserveNow (the same in all versions), and what would be kept: the EVSE named, or the first free."""
    wanted = [one for one in station.evses if evse in (None, one.id)]
    if not wanted or until <= station.now:
        return "Rejected", None
    own = station.memory.reservations.get(number)
    for place in wanted:
        if place.free and place.vehicle is None and of(station, place) in (None, own):
            return "Accepted", Reservation(
                id=number, evse=place.id, token=token, group=group, expires_at=until
            )
    if all(one.fault is not None for one in wanted):
        return "Faulted", None
    return ("Unavailable" if all(not one.operative for one in wanted) else "Occupied"), None


def keep(station: VirtualStation, reservation: Reservation) -> None:
    """The EVSE is kept from now on; one with the same id is replaced (H01.FR.02)."""
    old = station.memory.reservations.get(reservation.id)
    station.memory.reservations[reservation.id] = reservation
    for evse in {reservation.evse, old.evse if old else reservation.evse}:
        _show(station, evse)
    station.spawn(_expire(station, reservation))


def use(station: VirtualStation, place: Evse) -> int | None:
    """A transaction begins here: its reservation's number, which is used up."""
    reservation = of(station, place)
    if reservation is None:
        return None
    del station.memory.reservations[reservation.id]
    return reservation.id


def release(station: VirtualStation, number: int) -> bool:
    """The CSMS cancels it; False when there is none such."""
    reservation = station.memory.reservations.pop(number, None)
    if reservation is None:
        return False
    _show(station, reservation.evse)
    return True


def take_back(station: VirtualStation, place: Evse, why: str) -> None:
    """The station cannot keep it (`why`: Expired, Removed), and says so where the version can."""
    reservation = of(station, place)
    if reservation is not None:
        del station.memory.reservations[reservation.id]
        station.send(station.dialect.reservation_over(reservation.id, why))


async def _expire(station: VirtualStation, reservation: Reservation) -> None:
    await asyncio.sleep(max(0.0, (reservation.expires_at - station.now).total_seconds()))
    if station.memory.reservations.get(reservation.id) is reservation:
        take_back(station, station.evse(reservation.evse), "Expired")
        _show(station, reservation.evse)


def _show(station: VirtualStation, evse: int) -> None:
    station.report_status(station.evse(evse))

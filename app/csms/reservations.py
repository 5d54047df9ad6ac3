"""Reservations: kept free by the station, remembered here, used, cancelled or run out of time (block H)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.csms.actors import Actor
from app.csms.batch import Batch
from app.csms.commands import CommandResult, carry_out, resolve
from app.csms.context import Context
from app.csms.work import batch_work
from app.domain.changes import StationsChanged
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.reports import Answer, Received, Report
from app.domain.reservations import (
    CancelReservation,
    ReservationEnded,
    ReservationMade,
    ReserveNow,
    opens_for,
)
from app.store.reservations import EndRow, expire, save_ends, save_made

_PREPARE = """
SELECT nextval('reservation_number'), (SELECT type FROM id_token WHERE token = %(token)s),
       (SELECT group_id FROM id_token WHERE token = %(token)s)
"""
_ACTIVE = """
SELECT EXISTS (SELECT FROM reservation
               WHERE station_id = %s AND reservation_id = %s AND status = 'active')
"""
_RESERVED = """
SELECT id_token, group_id, (SELECT group_id FROM id_token WHERE token = %(token)s) FROM reservation
WHERE station_id = %(station)s AND status = 'active' AND evse_id = %(evse)s AND expires_at > %(now)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """How a reservation was answered, and its number on the wire."""

    reservation_id: int
    result: CommandResult


def on_reservation_made(batch: Batch, received: Received) -> Answer:
    """H01: the station keeps a place free."""
    report = received.report
    assert isinstance(report, ReservationMade)
    batch.add(save_made, (received.station_id, report, received.at))
    return Answer()


def on_reservation_ended(batch: Batch, received: Received) -> Answer:
    """H01, H02, H04: it was cancelled, its time is over, or the station gave it up."""
    report = received.report
    assert isinstance(report, ReservationEnded)
    batch.station(received.station_id)
    row = EndRow(received.station_id, report.reservation_id, report.status, received.at)
    batch.add(save_ends, row)
    return Answer()


HANDLES: dict[type[Report], Callable[[Batch, Received], Answer]] = {
    ReservationMade: on_reservation_made,
    ReservationEnded: on_reservation_ended,
}
"""For `app.csms.receive`."""


async def reserve(
    context: Context,
    actor: Actor,
    station_id: str,
    *,
    id_token: str,
    expires_at: datetime,
    evse_id: int | None = None,
    connector_type: str | None = None,
    group: str | None = None,
) -> Reserved:
    """Keep an EVSE (None: any) of a station free for a token and its group until `expires_at`. Raises Invalid."""
    if not id_token or len(id_token) > 36:
        raise Invalid("An id token has 1 to 36 characters.", field="id_token")
    if expires_at <= context.clock():
        raise Invalid("A reservation ends in the future.", field="expires_at")
    station = await resolve(context, station_id)
    async with batch_work(context) as unit:
        cursor = await unit.connection.execute(_PREPARE, {"token": id_token.lower()})
        found = await cursor.fetchone()
        assert found is not None
    number, token_type, known_group = found
    command = ReserveNow(
        reservation_id=number,
        id_token=id_token,
        expires_at=expires_at,
        token_type=token_type or "Central",
        evse_id=evse_id,
        connector_type=connector_type,
        group=group or known_group,
    )
    result = await carry_out(context, actor, station.id, command, evse_id=evse_id)
    return Reserved(reservation_id=number, result=result)


async def cancel(
    context: Context, actor: Actor, station_id: str, reservation_id: int
) -> CommandResult:
    """Have a station give up a reservation. Raises NotFound for one that is not active."""
    station = await resolve(context, station_id)
    async with context.database.read() as connection:
        cursor = await connection.execute(_ACTIVE, (station.id, reservation_id))
        row = await cursor.fetchone()
    if row is None or not row[0]:
        raise NotFound(f"{station.id} has no active reservation {reservation_id}.")
    command = CancelReservation(reservation_id=reservation_id)
    return await carry_out(context, actor, station.id, command)


async def check_free(context: Context, station_id: str, evse_id: int | None, token: str) -> None:
    """Raises Conflict if the EVSE is kept free for somebody else (H03)."""
    if evse_id is None:
        return
    values = {
        "station": station_id,
        "evse": evse_id,
        "token": token.lower(),
        "now": context.clock(),
    }
    async with context.database.read() as connection:
        rows = await (await connection.execute(_RESERVED, values)).fetchall()
    if rows and not any(
        opens_for(token, group, reserved_for, reserved_group)
        for reserved_for, reserved_group, group in rows
    ):
        raise Conflict(f"EVSE {evse_id} is reserved for somebody else.")


async def end_expired(context: Context) -> None:
    """The worker's job: end the reservations whose time is over."""
    async with batch_work(context) as unit:
        gone = await expire(unit.connection, context.clock())
        if gone:
            unit.announce(StationsChanged(stations=tuple(set(gone))))

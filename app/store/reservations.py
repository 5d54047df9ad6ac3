"""Reservations, saved for a whole batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from app.domain.reservations import ReservationMade, ReservationStatus
from app.store.arrays import Pack, bigints, instants, integers, texts

_MADE = """
INSERT INTO reservation AS r (station_id, reservation_id, evse_id, connector_type, id_token, token_type, group_id,
                              status, reserved_at, expires_at)
SELECT DISTINCT ON (1, 2) station_id, reservation_id, evse_id, connector_type, id_token, token_type, group_id,
       'active', reserved_at, expires_at
FROM unnest(%s::text[], %s::int[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
            %s::timestamptz[])
    AS n(station_id, reservation_id, evse_id, connector_type, id_token, token_type, group_id, reserved_at, expires_at)
ORDER BY 1, 2, reserved_at DESC
ON CONFLICT (station_id, reservation_id) DO UPDATE SET
    evse_id = excluded.evse_id, connector_type = excluded.connector_type, id_token = excluded.id_token,
    token_type = excluded.token_type, group_id = excluded.group_id, status = 'active',
    reserved_at = excluded.reserved_at, expires_at = excluded.expires_at, ended_at = NULL, transaction_id = NULL
"""

_ENDED = """
UPDATE reservation r SET status = n.status, ended_at = n.at,
    transaction_id = coalesce(n.transaction_id, r.transaction_id)
FROM (SELECT DISTINCT ON (1, 2) *
      FROM unnest(%s::text[], %s::int[], %s::text[], %s::timestamptz[], %s::bigint[])
          AS u(station_id, reservation_id, status, at, transaction_id)
      ORDER BY 1, 2, u.status = 'used' DESC) n
WHERE r.station_id = n.station_id AND r.reservation_id = n.reservation_id
  AND (r.status = 'active' OR n.status = 'used')
"""

_EXPIRE = """
UPDATE reservation SET status = 'expired', ended_at = expires_at
WHERE status = 'active' AND expires_at < %s RETURNING station_id
"""


@dataclass(slots=True)
class EndRow:
    """The end of a reservation. That it was used outweighs what else is said of it."""

    station_id: str
    reservation_id: int
    status: ReservationStatus
    at: datetime
    transaction_id: int | None = None


async def save_made(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, ReservationMade, datetime]]
) -> None:
    """Store (station, reservation, moment)."""
    values = (
        (
            station_id,
            made.reservation_id,
            made.evse_id,
            made.connector_type,
            made.id_token.lower(),
            made.token_type,
            made.group,
            at,
            made.expires_at,
        )
        for station_id, made, at in rows
    )
    packs: tuple[Pack, ...] = (
        texts,
        integers,
        integers,
        texts,
        texts,
        texts,
        texts,
        instants,
        instants,
    )
    columns = zip(packs, zip(*values, strict=True), strict=True)
    await connection.execute(_MADE, [pack(column) for pack, column in columns])


async def save_ends(connection: AsyncConnection[Any], rows: Sequence[EndRow]) -> None:
    """Store how reservations ended; those that are not known are left out."""
    values = ((r.station_id, r.reservation_id, r.status, r.at, r.transaction_id) for r in rows)
    packs: tuple[Pack, ...] = (texts, integers, texts, instants, bigints)
    columns = zip(packs, zip(*values, strict=True), strict=True)
    await connection.execute(_ENDED, [pack(column) for pack, column in columns])


async def expire(connection: AsyncConnection[Any], before: datetime) -> list[str]:
    """End the reservations whose time is over; 1.6 stations do not tell. Their stations."""
    cursor = await connection.execute(_EXPIRE, (before,))
    return [row[0] for row in await cursor.fetchall()]

"""Closing a session by hand: one of which its station has not spoken for long, or will never speak again.

It ends with the last word about it, so that nothing is billed that was not measured; should the station speak of it
after all, its word counts (`app.domain.transactions.PROVISIONAL`).
"""

from datetime import timedelta

from sqlalchemy import text

from app.csms import audit
from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.work import work
from app.domain.changes import StationsChanged
from app.domain.clocks import was_ahead
from app.domain.errors import Conflict, TransactionNotFound
from app.domain.transactions import CLOSED
from app.store.tables.transactions import Transaction

QUIET = timedelta(minutes=15)
"""So long nobody may have heard of a session that is closed by hand; who wants to end another stops it."""

_LEAVE = """
UPDATE evse_state SET transaction_id = NULL, charging_state = NULL, power_w = NULL, soc_percent = NULL,
    revision = greatest(revision + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
WHERE station_id = :station AND transaction_id = :id
"""

_FREE = """
UPDATE connector_state SET status = 'Available', status_at = :now
WHERE station_id = :station AND evse_id = :evse AND connector_id = :connector AND derived AND status = 'Occupied'
"""

_TOUCH = """
UPDATE station_state
SET revision = greatest(revision + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
WHERE station_id = :station
"""


async def close_session(context: Context, actor: Actor, number: int) -> None:
    """End our session `number` at the last word about it. Raises TransactionNotFound, Conflict if it ended or lives."""
    now = context.clock()
    async with work(context) as w:
        row = await w.session.get(Transaction, number, with_for_update=True)
        if row is None:
            raise TransactionNotFound(f"There is no session {number}.", id=number)
        if row.ended_at is not None:
            raise Conflict("This session has ended already.")
        last = row.last_event_at or row.started_at
        if now - last < QUIET and not was_ahead(last, now):
            raise Conflict(
                "The charger spoke of this session within the last 15 minutes; stop it instead."
            )
        end = min(last, now)  # a wrong clock may have told of the future
        row.started_at, row.ended_at = min(row.started_at, end), end
        row.stop_reason, row.charging_state = CLOSED, None
        values = {
            "station": row.station_id,
            "id": number,
            "evse": row.evse_id,
            "connector": row.connector_id,
            "now": now,
        }
        await w.session.flush()
        connection = await w.session.connection()
        for statement in (_LEAVE, _FREE, _TOUCH):
            await connection.execute(text(statement), values)
        audit.note(
            w,
            actor,
            "session.close",
            f"session:{number}",
            station=row.station_id,
            energy_wh=str(row.energy_wh),
            ended_at=end,
        )
        w.announce(StationsChanged(stations=(row.station_id,), status=(row.station_id,)))

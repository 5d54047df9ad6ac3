"""Commands of which nobody wrote down the end, because who waited for it was ended first, or the database was away.

They are not repeated: nobody knows whether the station did what was asked. What came of it is still noted when it is
seen (`app.csms.effects`).
"""

from datetime import datetime, timedelta

from app.csms.context import Context
from app.csms.work import batch_work
from app.domain.changes import CommandChanged, StationsChanged
from app.store.stations import touch

LONGEST = timedelta(minutes=2)
"""Older than that nobody waits any more (`app.csms.commands.ANSWER_S`, and what the database may take)."""
LOOK_BACK = timedelta(minutes=20)
"""So far the job looks back, again and again; only at its beginning it looks at all there are."""

UNHEARD = "Nobody was there any more to hear the answer; it may have done what was asked."

_SETTLE = """
UPDATE station_command SET status = 'timed_out', description = %(text)s
WHERE status IN ('queued', 'sent') AND requested_at >= %(since)s AND requested_at < %(until)s
RETURNING station_id, id
"""
_SETTLE_LIMITS = """
UPDATE power_limit SET status = 'timed_out' WHERE status = 'requested' AND requested_at < %(until)s
RETURNING station_id
"""


async def settle_lost(context: Context, since: datetime | None = None) -> None:
    """End commands and limits that wait for an answer which nobody hears."""
    now = context.clock()
    values = {
        "since": now - LOOK_BACK if since is None else since,
        "until": now - LONGEST,
        "text": UNHEARD,
    }
    async with batch_work(context) as unit:
        commands = await (await unit.connection.execute(_SETTLE, values)).fetchall()
        limits = await (await unit.connection.execute(_SETTLE_LIMITS, values)).fetchall()
        for station_id, number in commands:
            unit.announce(CommandChanged(station_id=station_id, command_id=number))
        limited = tuple({row[0] for row in limits})
        if limited:
            await touch(unit.connection, limited)
            unit.announce(StationsChanged(stations=limited))

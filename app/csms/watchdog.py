"""The worker's jobs: hourly sums, partitions ahead of time, connections that nobody holds any more, and commands that
nobody waits for.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from app.csms.context import Context
from app.csms.lost_commands import settle_lost
from app.csms.registrations import LOOK_EVERY_S, tell_registrations
from app.csms.reservations import end_expired
from app.csms.running_costs import TELL_EVERY_S, tell_running_costs
from app.csms.signing import renew_certificates
from app.csms.work import batch_work
from app.domain.changes import StationsChanged
from app.domain.errors import Locked, Unavailable
from app.store.partitions import drop_journal, make_partitions
from app.store.rollups import look_again, roll_up

logger = logging.getLogger(__name__)

SILENT = timedelta(minutes=10)
"""A station that is marked online and was not heard of for so long has lost its server; it sends each minute."""

EVER = datetime(2000, 1, 1, tzinfo=UTC)

_ALL_OFFLINE = """
WITH gone AS (
    UPDATE station_state SET online = false, disconnected_at = coalesce(last_seen_at, now()),
        revision = greatest(revision + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
    WHERE online AND (%(before)s::timestamptz IS NULL OR last_seen_at < %(before)s)
    RETURNING station_id, disconnected_at
)
INSERT INTO connection_history (station_id, at, online) SELECT station_id, disconnected_at, false FROM gone
RETURNING station_id
"""

_NEWEST = "SELECT coalesce(max(connection), 0) FROM station_state"

Job = Callable[[Context], Awaitable[None]]


async def forget_connections(context: Context) -> None:
    """At the start of the only ingress process nobody is connected, whatever a crash left in the tables."""
    async with batch_work(context) as unit:
        await unit.connection.execute(_ALL_OFFLINE, {"before": None})


async def newest_connection(context: Context) -> int:
    """The greatest number that a connection ever had: the next ones are newer, whatever the clock says by now."""
    async with context.database.read() as connection:
        row = await (await connection.execute(_NEWEST)).fetchone()
    return 0 if row is None else int(row[0])


async def settle_all_lost(context: Context) -> None:
    """The commands of all processes that are gone, however long ago."""
    await settle_lost(context, EVER)


async def notice_silence(context: Context) -> None:
    """Mark stations offline that were not heard of for long: the process that held them is gone."""
    async with batch_work(context) as unit:
        cursor = await unit.connection.execute(_ALL_OFFLINE, {"before": context.clock() - SILENT})
        gone = tuple(row[0] for row in await cursor.fetchall())
        if gone:
            logger.warning("%d stations are silent: offline", len(gone))
            unit.announce(StationsChanged(stations=gone, status=gone))


async def sum_hours(context: Context) -> None:
    """Bring the hourly sums up to now."""
    async with batch_work(context, patient=True) as unit:
        await roll_up(unit.connection, context.clock())


async def sum_hours_again(context: Context) -> None:
    """Find what the hourly sums have missed."""
    async with batch_work(context, patient=True) as unit:
        await look_again(unit.connection, context.clock())


async def prepare_months(context: Context) -> None:
    """Make the partitions of the months to come."""
    async with context.database.read() as connection:
        await make_partitions(connection, context.clock())


async def drop_old_frames(context: Context) -> None:
    """Drop the journal's days that HALLA_JOURNAL_DAYS does not keep."""
    before = context.clock() - timedelta(days=context.settings.journal_days)
    async with context.database.read() as connection:
        dropped = await drop_journal(connection, before)
    if dropped:
        logger.info("journal: %d day(s) dropped", dropped)


JOBS: tuple[tuple[Job, float], ...] = (
    (sum_hours, 10.0),
    (sum_hours_again, 3600.0),
    (tell_registrations, LOOK_EVERY_S),
    (notice_silence, 60.0),
    (settle_lost, 60.0),
    (end_expired, 10.0),
    (tell_running_costs, TELL_EVERY_S),
    (prepare_months, 6 * 3600.0),
    (renew_certificates, 3600.0),
    (drop_old_frames, 3600.0),
)
"""What is done again and again, and how many seconds lie between."""


async def keep_watch(context: Context) -> None:
    """Do all jobs until cancelled."""
    async with asyncio.TaskGroup() as group:
        group.create_task(_once(context, settle_all_lost, 60.0))
        for job, pause_s in JOBS:
            group.create_task(_repeat(context, job, pause_s))


async def _repeat(context: Context, job: Job, pause_s: float) -> None:
    while True:
        await _try(context, job, pause_s)
        await asyncio.sleep(pause_s)


async def _once(context: Context, job: Job, pause_s: float) -> None:
    """At the start; again only if it failed."""
    while True:
        if await _try(context, job, pause_s):
            return
        await asyncio.sleep(pause_s)


async def _try(context: Context, job: Job, pause_s: float) -> bool:
    """The one guard of the worker: no job that fails may end the others. Whether it went well."""
    try:
        async with asyncio.timeout(300):
            await job(context)
        return True
    except (Unavailable, Locked, TimeoutError) as error:
        logger.warning("%s: %s Tried again in %g s.", job.__name__, error, pause_s)
    except Exception:
        logger.exception("%s failed. Tried again in %g s.", job.__name__, pause_s)
    return False

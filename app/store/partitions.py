"""Partitions of the two tables that grow: made ahead of time, so that the default partition stays empty.

Readings lie in months and are kept; the journal lies in days and is dropped day by day when it is old enough.
"""

import logging
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from psycopg import AsyncConnection, errors, sql

logger = logging.getLogger(__name__)

BY_MONTH = "meter_sample"
BY_DAY = "journal"
MONTHS_BACK = 1
MONTHS_AHEAD = 2
DAYS_BACK = 1
DAYS_AHEAD = 2

_NAME = re.compile(r"_y(\d{4})m(\d\d)(?:d(\d\d))?$")
_PARTITIONS = (
    "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'journal'::regclass"
)


def months_around(now: datetime) -> list[datetime]:
    """The first moments (UTC) of the months from last month to the one after next, and of one more."""
    first = now.astimezone(UTC).year * 12 + now.astimezone(UTC).month - 1 - MONTHS_BACK
    count = MONTHS_BACK + MONTHS_AHEAD + 2
    return [datetime(m // 12, m % 12 + 1, 1, tzinfo=UTC) for m in range(first, first + count)]


def days_around(now: datetime) -> list[datetime]:
    """The midnights (UTC) from yesterday's to that of the day after tomorrow, and one more."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [today + timedelta(days=d) for d in range(-DAYS_BACK, DAYS_AHEAD + 2)]


async def make_partitions(connection: AsyncConnection[Any], now: datetime) -> None:
    """Make the partitions around `now` that do not exist yet. `connection` is in autocommit."""
    for begin, end in pairwise(months_around(now)):
        await _make(connection, BY_MONTH, f"y{begin:%Y}m{begin:%m}", begin, end)
    for begin, end in pairwise(days_around(now)):
        await _make(connection, BY_DAY, f"y{begin:%Y}m{begin:%m}d{begin:%d}", begin, end)


async def make_months(connection: AsyncConnection[Any], since: datetime, until: datetime) -> None:
    """Make the months of readings from `since` to `until` that do not exist yet. `connection` is in autocommit."""
    first, last = (at.astimezone(UTC).year * 12 + at.astimezone(UTC).month for at in (since, until))
    starts = [
        datetime((m - 1) // 12, (m - 1) % 12 + 1, 1, tzinfo=UTC) for m in range(first, last + 2)
    ]
    for begin, end in pairwise(starts):
        await _make(connection, BY_MONTH, f"y{begin:%Y}m{begin:%m}", begin, end)


async def drop_journal(connection: AsyncConnection[Any], before: datetime) -> int:
    """Drop the journal's partitions that end before a moment; how many. `connection` is in autocommit.

    A partition that is being written or read right now is left for the next time.
    """
    cursor = await connection.execute(_PARTITIONS)
    old = [name for (name,) in await cursor.fetchall() if (_end(name) or before) < before]
    await connection.execute("SET lock_timeout = '2s'")
    dropped = 0
    try:
        for name in old:
            try:
                await connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(name)))
                dropped += 1
            except errors.LockNotAvailable:
                logger.info("%s is in use; it is dropped next time", name)
        await connection.execute("DELETE FROM journal_rest WHERE at < %s", (before,))
    finally:
        await connection.execute("RESET lock_timeout")
    return dropped


async def _make(
    connection: AsyncConnection[Any], table: str, when: str, begin: datetime, end: datetime
) -> None:
    name = f"{table}_{when}"
    statement = sql.SQL(
        "CREATE TABLE IF NOT EXISTS {} PARTITION OF {} FOR VALUES FROM ({}) TO ({})"
    ).format(sql.Identifier(name), sql.Identifier(table), begin, end)
    try:
        await connection.execute(statement)
    except errors.CheckViolation:
        # The default partition holds rows of that time already (a station's clock was ahead).
        if table != BY_MONTH or not await _make_of_rest(connection, name, begin, end):
            logger.warning("%s is not made: %s_rest holds rows of that time", name, table)
    except errors.DuplicateTable:
        pass  # another process made it at the same moment
    except errors.LockNotAvailable:
        logger.info("%s is not made: %s is in use; it is made next time", name, table)
    except errors.InvalidObjectDefinition:
        logger.debug("%s is not made: an older, longer partition holds that time", name)


async def _make_of_rest(
    connection: AsyncConnection[Any], name: str, begin: datetime, end: datetime
) -> bool:
    """Make a month of readings, and move there what the default partition holds of it; whether it could be done.

    Else one wrong clock would have all stations' readings of that month lie in the default partition.
    """
    names = {"name": sql.Identifier(name), "begin": begin, "end": end}
    try:
        async with connection.transaction():
            for statement in _MOVE:
                await connection.execute(sql.SQL(statement).format(**names))
    except _NOT_NOW:
        return False
    logger.info("%s is made, with what wrong clocks told of that time", name)
    return True


_NOT_NOW = (
    *(errors.CheckViolation, errors.LockNotAvailable),  # one came while we moved the others
    *(
        errors.DuplicateTable,
        errors.UniqueViolation,
        errors.DeadlockDetected,
    ),  # another process does it
)

_MOVE = (
    "SET LOCAL lock_timeout = '5s'",
    "CREATE TABLE {name} (LIKE meter_sample INCLUDING ALL)",
    """
    WITH moved AS (
        DELETE FROM meter_sample_rest WHERE measured_at >= {begin} AND measured_at < {end} RETURNING *
    )
    INSERT INTO {name} SELECT * FROM moved
    """,
    "ALTER TABLE meter_sample ATTACH PARTITION {name} FOR VALUES FROM ({begin}) TO ({end})",
)


def _end(name: str) -> datetime | None:
    """When the time of a partition of the journal ends; None for the default one."""
    found = _NAME.search(name)
    if found is None:
        return None
    year, month, day = int(found[1]), int(found[2]), int(found[3] or 0)
    if day:
        return datetime(year, month, day, tzinfo=UTC) + timedelta(days=1)
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)

"""Month partitions of the two tables that grow: made ahead of time, so that the default partition stays empty."""

import logging
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from psycopg import AsyncConnection, errors, sql

logger = logging.getLogger(__name__)

PARTITIONED = ("meter_sample", "journal")
MONTHS_BACK = 1
MONTHS_AHEAD = 2


def months_around(now: datetime) -> list[datetime]:
    """The first moments (UTC) of the months from last month to the one after next, and of one more."""
    first = now.astimezone(UTC).year * 12 + now.astimezone(UTC).month - 1 - MONTHS_BACK
    count = MONTHS_BACK + MONTHS_AHEAD + 2
    return [datetime(m // 12, m % 12 + 1, 1, tzinfo=UTC) for m in range(first, first + count)]


async def make_partitions(connection: AsyncConnection[Any], now: datetime) -> None:
    """Make the partitions around `now` that do not exist yet. `connection` is in autocommit."""
    months = months_around(now)
    for table in PARTITIONED:
        for begin, end in pairwise(months):
            name = f"{table}_y{begin:%Y}m{begin:%m}"
            statement = sql.SQL(
                "CREATE TABLE IF NOT EXISTS {} PARTITION OF {} FOR VALUES FROM ({}) TO ({})"
            ).format(sql.Identifier(name), sql.Identifier(table), begin, end)
            try:
                await connection.execute(statement)
            except errors.CheckViolation:
                # The default partition already holds rows of that month (a clock was wrong): they stay there.
                logger.warning("%s is not made: %s_rest holds rows of that month", name, table)
            except errors.DuplicateTable:
                pass  # another process made it at the same moment

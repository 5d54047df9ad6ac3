"""The journal's rows."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

_COPY = (
    "COPY journal (at, station_id, direction, message_type, message_id, action, frame, latency_ms, outcome,"
    " exchange, transaction_id) FROM STDIN"
)


async def append(connection: AsyncConnection[Any], rows: Sequence[tuple[object, ...]]) -> None:
    """Add `rows`, in the order of the columns above."""
    async with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in rows:
            await copy.write_row(row)

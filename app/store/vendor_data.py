"""DataTransfer, both ways, saved for a whole batch; and the vendors that are known."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

_LOAD = "SELECT vendor, messages FROM data_vendor WHERE vendor = ANY(%s::text[])"
_SAVE = """
INSERT INTO vendor_message (station_id, direction, vendor, message, data, status, answer, at)
SELECT * FROM unnest(%t::text[], %t::text[], %t::text[], %t::text[], %t::jsonb[], %t::text[], %t::jsonb[],
                     %t::timestamptz[])
"""


async def load_vendors(
    connection: AsyncConnection[Any], vendors: Sequence[str]
) -> dict[str, frozenset[str] | None]:
    """Those of `vendors` that are known, with the ids of their messages; None: any."""
    rows = await (await connection.execute(_LOAD, (list(vendors),))).fetchall()
    return {row[0]: None if row[1] is None else frozenset(row[1]) for row in rows}


async def save_vendor_messages(
    connection: AsyncConnection[Any], rows: Sequence[tuple[Any, ...]]
) -> None:
    """(station, direction, vendor, message, data, status, answer, when)."""
    await connection.execute(_SAVE, [list(column) for column in zip(*rows, strict=True)])

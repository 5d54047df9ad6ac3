"""The device model's variables, saved for a whole report."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from app.domain.reports import Variable

_SAVE = """
INSERT INTO station_variable (station_id, component, component_instance, evse_id, connector_id, name,
                              variable_instance, attribute, value, readonly, seen_at)
SELECT DISTINCT ON (1, 2, 3, 4, 5, 6, 7, 8) *
FROM unnest(%b::text[], %b::text[], %b::text[], %b::int[], %b::int[], %b::text[], %b::text[], %b::text[], %b::text[],
            %b::bool[], %b::timestamptz[])
ON CONFLICT (station_id, component, component_instance, evse_id, connector_id, name, variable_instance, attribute)
DO UPDATE SET value = excluded.value, readonly = coalesce(excluded.readonly, station_variable.readonly),
              seen_at = excluded.seen_at
"""


async def save_variables(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, Variable, datetime]]
) -> None:
    """Store (station, variable, when seen)."""
    values = (
        (
            station_id,
            v.component,
            v.component_instance or "",
            v.evse_id or 0,
            v.connector_id or 0,
            v.name,
            v.variable_instance or "",
            v.attribute,
            v.value,
            v.readonly,
            at,
        )
        for station_id, v, at in rows
    )
    await connection.execute(_SAVE, [list(column) for column in zip(*values, strict=True)])

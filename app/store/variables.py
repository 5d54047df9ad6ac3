"""The device model's variables, saved for a whole report."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from app.domain.reports import Variable

# Of a variable that is told twice in a batch the last word counts; what is said of its kind stays when it is not
# said again.
_SAVE = """
INSERT INTO station_variable AS v (station_id, component, component_instance, evse_id, connector_id, name,
                                   variable_instance, attribute, value, readonly, mutability, data_type, unit,
                                   min_limit, max_limit, values_list, seen_at)
SELECT DISTINCT ON (station_id, component, component_instance, evse_id, connector_id, name, variable_instance,
                    attribute)
       station_id, component, component_instance, evse_id, connector_id, name, variable_instance, attribute, value,
       readonly, mutability, data_type, unit, min_limit, max_limit, values_list, seen_at
FROM unnest(%b::text[], %b::text[], %b::text[], %b::int[], %b::int[], %b::text[], %b::text[], %b::text[], %b::text[],
            %b::bool[], %b::text[], %b::text[], %b::text[], %b::float8[], %b::float8[], %b::text[], %b::timestamptz[])
    WITH ORDINALITY
    AS s(station_id, component, component_instance, evse_id, connector_id, name, variable_instance, attribute, value,
         readonly, mutability, data_type, unit, min_limit, max_limit, values_list, seen_at, n)
ORDER BY station_id, component, component_instance, evse_id, connector_id, name, variable_instance, attribute, n DESC
ON CONFLICT (station_id, component, component_instance, evse_id, connector_id, name, variable_instance, attribute)
DO UPDATE SET value = excluded.value, readonly = coalesce(excluded.readonly, v.readonly),
              mutability = coalesce(excluded.mutability, v.mutability),
              data_type = coalesce(excluded.data_type, v.data_type), unit = coalesce(excluded.unit, v.unit),
              min_limit = coalesce(excluded.min_limit, v.min_limit),
              max_limit = coalesce(excluded.max_limit, v.max_limit),
              values_list = coalesce(excluded.values_list, v.values_list), seen_at = excluded.seen_at
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
            v.mutability,
            v.data_type,
            v.unit,
            v.min_limit,
            v.max_limit,
            v.values_list,
            at,
        )
        for station_id, v, at in rows
    )
    await connection.execute(_SAVE, [list(column) for column in zip(*values, strict=True)])

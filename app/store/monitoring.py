"""Monitors and events of stations, saved for a whole batch."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from app.domain.monitoring import Monitor, StationEvent

_SAVE_MONITORS = """
INSERT INTO monitor (station_id, monitor_id, component, component_instance, evse_id, connector_id, variable,
                     variable_instance, type, value, severity, transaction, kind, seen_at)
SELECT DISTINCT ON (1, 2) *
FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::text[], %b::int[], %b::int[], %b::text[], %b::text[],
            %b::text[], %b::float8[], %b::int[], %b::bool[], %b::text[], %b::timestamptz[])
ON CONFLICT (station_id, monitor_id) DO UPDATE SET
    component = excluded.component, component_instance = excluded.component_instance, evse_id = excluded.evse_id,
    connector_id = excluded.connector_id, variable = excluded.variable,
    variable_instance = excluded.variable_instance, type = excluded.type, value = excluded.value,
    severity = excluded.severity, transaction = excluded.transaction,
    kind = coalesce(excluded.kind, monitor.kind), seen_at = excluded.seen_at
"""

_FORGET_MONITORS = """
DELETE FROM monitor m USING unnest(%b::text[], %b::bigint[]) AS s(station_id, monitor_id)
WHERE m.station_id = s.station_id AND m.monitor_id = s.monitor_id
"""

_RESET_MONITORS = """
DELETE FROM monitor m USING unnest(%b::text[], %b::bool[]) AS s(station_id, hard_wired_only)
WHERE m.station_id = s.station_id AND (m.kind = 'CustomMonitor'
   OR s.hard_wired_only AND m.kind IS DISTINCT FROM 'HardWiredMonitor')
"""

_SAVE_EVENTS = """
INSERT INTO station_event (station_id, event_id, at, received_at, trigger, kind, component, component_instance,
                           evse_id, connector_id, variable, variable_instance, actual_value, cause, cleared,
                           tech_code, tech_info, transaction_id, monitor_id)
SELECT * FROM unnest(%b::text[], %b::bigint[], %b::timestamptz[], %b::timestamptz[], %b::text[], %b::text[],
                     %b::text[], %b::text[], %b::int[], %b::int[], %b::text[], %b::text[], %b::text[],
                     %b::bigint[], %b::bool[], %b::text[], %b::text[], %b::text[], %b::bigint[])
ON CONFLICT (station_id, event_id, at) DO NOTHING
"""


async def save_monitors(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, Monitor, datetime]]
) -> None:
    """Store (station, monitor, when seen); each with its number."""
    values = [
        (
            station_id,
            m.id,
            m.component,
            m.component_instance or "",
            m.evse_id or 0,
            m.connector_id or 0,
            m.variable,
            m.variable_instance or "",
            m.type,
            float(m.value),
            m.severity,
            m.transaction,
            m.kind,
            at,
        )
        for station_id, m, at in rows
    ]
    await connection.execute(_SAVE_MONITORS, _columns(values))


async def forget_monitors(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, int]]
) -> None:
    """(station, number)."""
    await connection.execute(_FORGET_MONITORS, _columns(rows))


async def reset_monitors(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, bool]]
) -> None:
    """(station, whether only the hard-wired ones are left)."""
    await connection.execute(_RESET_MONITORS, _columns(rows))


async def save_events(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, StationEvent, datetime]]
) -> None:
    """Store (station, event, when it came in); one that is told again is there already."""
    values = [
        (
            station_id,
            e.event_id,
            e.at,
            at,
            e.trigger,
            e.kind,
            e.component,
            e.component_instance or "",
            e.evse_id or 0,
            e.connector_id or 0,
            e.variable,
            e.variable_instance or "",
            e.actual_value,
            e.cause,
            e.cleared,
            e.tech_code,
            e.tech_info,
            e.transaction,
            e.monitor_id,
        )
        for station_id, e, at in rows
    ]
    await connection.execute(_SAVE_EVENTS, _columns(values))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]

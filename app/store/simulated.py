"""The simulated past: its rows in bulk, each marked, and the way to be rid of them.

Its transactions have numbers below zero, so that they never take one of a real transaction and stand before all of
them where the newest number comes first.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection, sql
from psycopg.rows import dict_row

TRANSACTION = (
    *("id", "station_id", "transaction_id", "evse_id", "connector_id", "id_token", "started_at"),
    *("ended_at", "stop_reason", "meter_start_wh", "meter_wh", "meter_at", "energy_wh"),
    *("soc_start_percent", "soc_percent", "last_event_at", "currency", "price_per_kwh"),
    *("session_fee", "cost", "created_at", "simulated"),
)
SAMPLE = (
    *("station_id", "evse_id", "measured_at", "context", "transaction_id", "energy_wh", "power_w"),
    *("current_a", "voltage_v", "soc_percent"),
)
STATUS = ("station_id", "evse_id", "connector_id", "at", "status", "error_code", "simulated")
CONNECTION = ("station_id", "at", "online", "simulated")

_PLACES = """
SELECT s.id, s.category, s.max_power_w, coalesce(l.time_zone, 'Asia/Seoul') AS time_zone,
       t.currency, t.price_per_kwh, t.session_fee,
       coalesce((SELECT array_agg(DISTINCT c.evse_id ORDER BY c.evse_id) FROM connector c
                 WHERE c.station_id = s.id AND c.evse_id > 0), '{1}') AS evses,
       (SELECT min(h.at) FROM connection_history h WHERE h.station_id = s.id AND NOT h.simulated) AS real_since
FROM station s
LEFT JOIN location l ON l.id = s.location_id
LEFT JOIN tariff t ON t.id = coalesce(s.tariff_id, l.tariff_id)
WHERE s.registration = 'accepted' AND s.retired_at IS NULL
  AND (%(ids)s::text[] IS NULL OR s.id = ANY(%(ids)s)
       OR s.id IN (SELECT station_id FROM station_alias WHERE alias = ANY(%(ids)s)))
ORDER BY s.id
"""

_REAL = """
SELECT station_id, evse_id, started_at, coalesce(ended_at, now()) FROM transaction
WHERE NOT simulated AND coalesce(ended_at, now()) > %s AND station_id = ANY(%s)
"""

_SPAN = """
SELECT min(h.at), max(h.at) FROM connection_history h JOIN station s ON s.id = h.station_id
WHERE h.simulated AND h.station_id = ANY(%s)
HAVING max(h.at) > %s
"""

_TOKENS = """
SELECT coalesce(written, token) FROM id_token
WHERE status = 'Accepted' AND NOT blocked AND (expires_at IS NULL OR expires_at > now()) ORDER BY token LIMIT 200
"""

_LOWEST = "SELECT least(min(id), 0) FROM transaction"

_REMOVE_SAMPLES = """
DELETE FROM meter_sample m USING transaction t
WHERE t.station_id = %(station)s AND t.simulated AND m.station_id = %(station)s AND m.evse_id = t.evse_id
  AND m.measured_at BETWEEN t.started_at AND t.ended_at AND m.transaction_id = t.id
"""
_REMOVE_HOURS = """
WITH gone AS (
    SELECT DISTINCT h.station_id, h.hour FROM session_hour h JOIN transaction t ON t.id = h.transaction_id
    WHERE h.station_id = %(station)s AND t.simulated
), cleared AS (
    DELETE FROM energy_hour e USING gone WHERE e.station_id = gone.station_id AND e.hour = gone.hour
)
SELECT h.transaction_id, h.hour FROM gone JOIN session_hour h USING (station_id, hour)
JOIN transaction t ON t.id = h.transaction_id WHERE NOT t.simulated
"""
_REMOVE = (
    "DELETE FROM transaction WHERE station_id = %(station)s AND simulated",
    "DELETE FROM status_history WHERE station_id = %(station)s AND simulated",
    "DELETE FROM connection_history WHERE station_id = %(station)s AND simulated",
)
_SIMULATED = "SELECT DISTINCT station_id FROM connection_history WHERE simulated ORDER BY 1"


async def places(
    connection: AsyncConnection[Any], ids: Sequence[str] | None
) -> list[dict[str, Any]]:
    """Accepted stations, all or those of `ids` (or aliases), with what a past is made of."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_PLACES.encode(), {"ids": list(ids) if ids is not None else None})
        return await cursor.fetchall()


async def real_sessions(
    connection: AsyncConnection[Any], since: datetime, ids: Sequence[str]
) -> list[tuple[str, int, datetime, datetime]]:
    """(station, evse, begin, end) of what really was and ended after `since`."""
    cursor = await connection.execute(_REAL, (since, list(ids)))
    return await cursor.fetchall()


async def simulated_span(
    connection: AsyncConnection[Any], since: datetime, ids: Sequence[str]
) -> tuple[datetime, datetime] | None:
    """From when to when these stations have a simulated past already that reaches beyond `since`."""
    row = await (await connection.execute(_SPAN, (list(ids), since))).fetchone()
    return (row[0], row[1]) if row else None


async def tokens(connection: AsyncConnection[Any]) -> list[str]:
    """Some tokens that may charge."""
    return [row[0] for row in await (await connection.execute(_TOKENS)).fetchall()]


async def lowest_number(connection: AsyncConnection[Any]) -> int:
    """The lowest number of a transaction, at most 0."""
    row = await (await connection.execute(_LOWEST)).fetchone()
    return int(row[0] or 0) if row else 0


async def copy_rows(
    connection: AsyncConnection[Any],
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Add rows in bulk; `connection` is in no pipeline."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    async with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            await copy.write_row(row)


async def simulated_stations(connection: AsyncConnection[Any]) -> list[str]:
    """Which have a simulated past."""
    return [row[0] for row in await (await connection.execute(_SIMULATED)).fetchall()]


async def remove(
    connection: AsyncConnection[Any], station_id: str
) -> tuple[int, list[tuple[int, datetime]]]:
    """Remove the simulated past of a station.

    How many sessions that were, and the hours of real transactions whose sums are to be made again.
    """
    values = {"station": station_id}
    await connection.execute(_REMOVE_SAMPLES, values)
    again = await (await connection.execute(_REMOVE_HOURS, values)).fetchall()
    counts = [(await connection.execute(statement, values)).rowcount for statement in _REMOVE]
    return counts[0], again

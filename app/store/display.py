"""Messages on stations' displays, saved for a whole batch. What a station tells replaces what was known."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

_SAVE = """
INSERT INTO display_message (station_id, message_id, priority, state, start_at, end_at, transaction_id, format,
    language, content, display, origin, request_id, set_at, reported_at)
SELECT DISTINCT ON (station_id, message_id) station_id, message_id, priority, state, start_at, end_at, transaction_id,
    format, language, content, display, origin, request_id,
    CASE WHEN origin = 'installed' THEN at END, CASE WHEN origin = 'reported' THEN at END
FROM unnest(%t::text[], %t::int[], %t::text[], %t::text[], %t::timestamptz[], %t::timestamptz[], %t::text[], %t::text[],
    %t::text[], %t::text[], %t::jsonb[], %t::text[], %t::bigint[], %t::timestamptz[]) WITH ORDINALITY
    r(station_id, message_id, priority, state, start_at, end_at, transaction_id, format, language, content, display,
      origin, request_id, at, nth)
ORDER BY station_id, message_id, nth DESC
ON CONFLICT (station_id, message_id) DO UPDATE SET
    priority = excluded.priority, state = excluded.state, start_at = excluded.start_at, end_at = excluded.end_at,
    transaction_id = excluded.transaction_id, format = excluded.format, language = excluded.language,
    content = excluded.content, display = excluded.display, request_id = excluded.request_id,
    origin = CASE WHEN display_message.content = excluded.content AND display_message.origin = 'installed'
                  THEN 'installed' ELSE excluded.origin END,
    set_at = CASE WHEN excluded.origin = 'installed' THEN excluded.set_at
                  WHEN display_message.content = excluded.content THEN display_message.set_at END,
    reported_at = coalesce(excluded.reported_at, display_message.reported_at)
"""

_FORGET = """
DELETE FROM display_message m
WHERE m.station_id = %s AND (cardinality(%s::int[]) = 0 OR m.message_id = ANY (%s))
  AND m.priority = coalesce(%s, m.priority) AND (%s::text IS NULL OR m.state = %s)
"""

_SETTLE = """
WITH settled AS (
    DELETE FROM station_question q
    USING unnest(%t::text[], %t::bigint[]) r(station_id, request_id)
    WHERE q.station_id = r.station_id AND q.request_id = r.request_id AND q.subject = 'messages'
    RETURNING q.station_id, q.request_id, q.criteria c, q.asked_at
)
DELETE FROM display_message m USING settled s
WHERE m.station_id = s.station_id AND m.request_id IS DISTINCT FROM s.request_id
  AND coalesce(m.set_at, s.asked_at) <= s.asked_at
  AND (jsonb_array_length(s.c->'ids') = 0 OR s.c->'ids' @> to_jsonb(m.message_id))
  AND m.priority = coalesce(s.c->>'priority', m.priority)
  AND (s.c->>'state' IS NULL OR m.state = s.c->>'state')
"""

Rows = Sequence[tuple[Any, ...]]


async def save_messages(connection: AsyncConnection[Any], rows: Rows) -> None:
    """Rows in the order of the columns; origin, request id and moment last."""
    await connection.execute(_SAVE, [list(column) for column in zip(*rows, strict=True)])


async def forget_messages(connection: AsyncConnection[Any], rows: Rows) -> None:
    """(station, ids, priority, state): all that meet any of these; they are few and seldom."""
    for station_id, ids, priority, state in rows:
        await connection.execute(_FORGET, (station_id, ids, ids, priority, state, state))


async def settle_messages(connection: AsyncConnection[Any], rows: Rows) -> None:
    """(station, request id): the series is whole, so what it was asked for and did not name is gone."""
    await connection.execute(_SETTLE, [list(column) for column in zip(*rows, strict=True)])

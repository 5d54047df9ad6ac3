"""How far commands have come, saved for a whole batch; and what was seen to come of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import AsyncConnection

_SENT = """
UPDATE station_command c
SET status = CASE WHEN c.status = 'queued' THEN 'sent' ELSE c.status END,
    sent_at = coalesce(c.sent_at, r.at)
FROM unnest(%t::bigint[], %t::timestamptz[]) r(number, at)
WHERE c.id = r.number
"""

# A start is known by its remoteStartId; where the station tells none (1.6), by its token, as long as stations wait
# for the cable. A stop is known by its transaction. Raw calls have the same effects: their payloads count as well.
# So have those that the station did without its answer reaching us.
_EFFECTS = """
UPDATE station_command c
SET effect = r.effect, effect_at = r.at, transaction_id = coalesce(r.number, c.transaction_id)
FROM unnest(%t::text[], %t::text[], %t::bigint[], %t::text[], %t::text[], %t::bigint[], %t::text[],
            %t::timestamptz[]) r(station_id, kind, start_id, token, wire, number, effect, at)
WHERE c.station_id = r.station_id AND c.effect_at IS NULL AND c.status IN ('queued', 'sent', 'accepted', 'timed_out')
  AND c.requested_at BETWEEN r.at - interval '1 hour' AND r.at
  AND CASE r.kind
      WHEN 'started' THEN
          c.action IN ('RequestStartTransaction', 'RemoteStartTransaction')
          AND CASE WHEN r.start_id IS NULL
              THEN c.requested_at > r.at - interval '3 minutes'
                   AND lower(coalesce(c.request->>'id_token', c.request#>>'{payload,idTag}',
                                      c.request#>>'{payload,idToken,idToken}', '')) = lower(r.token)
              ELSE coalesce(c.request->>'remote_start_id', c.request#>>'{payload,remoteStartId}') = r.start_id::text
              END
      WHEN 'ended' THEN
          c.action IN ('RequestStopTransaction', 'RemoteStopTransaction')
          AND coalesce(c.request->>'transaction', c.request#>>'{payload,transactionId}') = r.wire
      WHEN 'booted' THEN c.action = 'Reset'
      END
"""

# A station that names neither token nor remoteStartId when it starts: what was asked for last, and has not come yet.
# These say yes to a start while they charge, and do nothing: what was asked then is not what begins afterwards.
_UNNAMED = """
WITH found AS (
    SELECT DISTINCT ON (r.number) r.number, r.at, c.id,
           coalesce(c.request->>'id_token', c.request#>>'{payload,idToken,idToken}') AS token,
           coalesce(c.request->>'token_type', c.request#>>'{payload,idToken,type}') AS token_type
    FROM unnest(%s::text[], %s::bigint[], %s::timestamptz[]) r(station_id, number, at)
    JOIN station_command c ON c.station_id = r.station_id AND c.action = 'RequestStartTransaction'
        AND c.effect_at IS NULL AND c.status IN ('queued', 'sent', 'accepted', 'timed_out')
        AND c.requested_at BETWEEN r.at - interval '3 minutes' AND r.at
        AND NOT EXISTS (
            SELECT FROM transaction t
            WHERE t.station_id = r.station_id AND t.id < r.number AND t.started_at < c.requested_at
              AND (t.ended_at IS NULL OR t.ended_at > c.requested_at))
    ORDER BY r.number, c.id DESC
), noted AS (
    UPDATE station_command c SET effect = %s, effect_at = f.at, transaction_id = f.number
    FROM found f WHERE c.id = f.id
)
UPDATE transaction t SET id_token = f.token, token_type = f.token_type
FROM found f WHERE t.id = f.number AND t.id_token IS NULL
"""


class Effect(NamedTuple):
    """What a report shows of earlier commands. `kind`: started, ended, booted; `number`: our transaction's."""

    station_id: str
    kind: str
    start_id: int | None
    token: str | None
    wire: str | None
    number: int | None
    effect: str
    at: datetime


async def save_sent(connection: AsyncConnection[Any], rows: Sequence[tuple[int, datetime]]) -> None:
    """Store (number of the command, when it left)."""
    await connection.execute(_SENT, [list(column) for column in zip(*rows, strict=True)])


async def save_effects(connection: AsyncConnection[Any], rows: Sequence[Effect]) -> None:
    """Let the commands that caused these know of it; most have no such command."""
    await connection.execute(_EFFECTS, [list(column) for column in zip(*rows, strict=True)])


class Unnamed(NamedTuple):
    """A transaction (our number) that began without saying for whom."""

    station_id: str
    number: int
    at: datetime
    effect: str


async def save_unnamed(connection: AsyncConnection[Any], rows: Sequence[Unnamed]) -> None:
    """Let a remote start that waits for its transaction have it, and the transaction its token."""
    stations, numbers, moments, effects = (list(column) for column in zip(*rows, strict=True))
    await connection.execute(_UNNAMED, (stations, numbers, moments, effects[0]))

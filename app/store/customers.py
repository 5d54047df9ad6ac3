"""Requests about customers and the stations' answers, saved for a whole batch."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection

from app.domain.customers import CustomerAsked, CustomerTold

_SAVE_REQUESTS = """
INSERT INTO customer_request (station_id, request_id, report, clear, id_token, customer_identifier, certificate,
                              status, requested_at)
SELECT s.a, s.b, s.c, s.d, s.e, s.f, s.g::jsonb, s.h, s.i
FROM unnest(%b::text[], %b::bigint[], %b::bool[], %b::bool[], %b::text[], %b::text[], %b::text[], %b::text[],
            %b::timestamptz[]) AS s(a, b, c, d, e, f, g, h, i)
"""

_SAVE_PARTS = """
INSERT INTO customer_part (station_id, request_id, seq_no, generated_at, data, more_follows)
SELECT DISTINCT ON (1, 2, 3) *
FROM unnest(%b::text[], %b::bigint[], %b::int[], %b::timestamptz[], %b::text[], %b::bool[])
ON CONFLICT (station_id, request_id, seq_no) DO UPDATE SET
    generated_at = excluded.generated_at, data = excluded.data, more_follows = excluded.more_follows
"""


async def save_customer_requests(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, CustomerAsked, datetime]]
) -> None:
    """Store (station, what was asked and answered, when)."""
    values = [
        (
            station_id,
            asked.request_id,
            asked.report,
            asked.clear,
            asked.id_token.lower() if asked.id_token else None,
            asked.customer_identifier,
            msgspec.json.encode(asked.certificate).decode() if asked.certificate else None,
            asked.status,
            at,
        )
        for station_id, asked, at in rows
    ]
    await connection.execute(_SAVE_REQUESTS, _columns(values))


async def save_customer_parts(
    connection: AsyncConnection[Any], rows: Sequence[tuple[str, CustomerTold]]
) -> None:
    """Store (station, part); one that comes again replaces itself."""
    values = [
        (
            station_id,
            told.request_id,
            told.seq_no,
            told.generated_at,
            told.data,
            told.more_follows,
        )
        for station_id, told in rows
    ]
    await connection.execute(_SAVE_PARTS, _columns(values))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]

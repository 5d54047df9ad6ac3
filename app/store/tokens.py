"""Id tokens, loaded for a whole batch."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from app.domain.authorization import IdToken
from app.store.stations import Cursor

_LOAD = "SELECT token, blocked, expires_at, group_id FROM id_token WHERE token = ANY(%b::text[])"


async def ask_tokens(connection: AsyncConnection[Any], tokens: Sequence[str]) -> Cursor:
    """Ask for `tokens`, in lower case."""
    cursor = connection.cursor(binary=True)
    await cursor.execute(_LOAD, (list(tokens),))
    return cursor


async def read_tokens(cursor: Cursor) -> list[IdToken]:
    """What `ask_tokens` asked for."""
    return [
        IdToken(token=row[0], blocked=row[1], expires_at=row[2], group=row[3])
        for row in await cursor.fetchall()
    ]

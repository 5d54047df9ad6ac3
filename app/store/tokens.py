"""Id tokens, loaded for a whole batch."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from app.domain.authorization import IdToken, TokenStatus
from app.store.arrays import texts

_LOAD = """
SELECT token, blocked, expires_at, group_id, type, status FROM id_token WHERE token = ANY(%s::text[])
"""


async def load_tokens(connection: AsyncConnection[Any], tokens: Sequence[str]) -> list[IdToken]:
    """Those of `tokens` (in lower case) that are known."""
    cursor = await connection.execute(_LOAD, (texts(tokens),), binary=True)
    return [
        IdToken(
            token=row[0],
            blocked=row[1],
            expires_at=row[2],
            group=row[3],
            type=row[4],
            status=TokenStatus(row[5]),
        )
        for row in await cursor.fetchall()
    ]

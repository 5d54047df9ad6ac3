"""Id tokens as people and programs look them up."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import NotFound
from app.queries.rows import fetch, pattern_of
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """One token; `token` in lower case, as it is compared. `status`: what is answered about it now."""

    token: str
    type: str | None
    status: str
    name: str | None
    group: str | None
    group_id: str | None
    blocked: bool
    expires_at: datetime | None
    created_at: datetime


async def listing(
    database: Database, q: str | None = None, *, limit: int = 1000, after: str | None = None
) -> list[TokenRow]:
    """Tokens by their text; `q` is looked for in token, name and group. The next page is `after` the last one."""
    values = {
        "q": pattern_of(q) if q and q.strip() else None,
        "limit": limit,
        "after": after,
    }
    return await fetch(database, TokenRow, _LISTING, values)


async def one(database: Database, token: str) -> TokenRow:
    """One token, in any case of letters. Raises NotFound."""
    rows = await fetch(
        database, TokenRow, _COLUMNS + "WHERE token = %(token)s", {"token": token.lower()}
    )
    if not rows:
        raise NotFound(f"There is no id token {token}.", token=token)
    return rows[0]


_COLUMNS = """
SELECT token, type, name, group_id AS "group", group_id, blocked, expires_at, created_at,
       CASE WHEN blocked THEN 'Blocked' WHEN status <> 'Accepted' THEN status
            WHEN expires_at <= now() THEN 'Expired' ELSE status END AS status
FROM id_token
"""

_LISTING = (
    _COLUMNS
    + """
WHERE (%(q)s::text IS NULL OR token ILIKE %(q)s OR name ILIKE %(q)s OR group_id ILIKE %(q)s)
  AND (%(after)s::text IS NULL OR token > %(after)s)
ORDER BY token LIMIT %(limit)s
"""
)

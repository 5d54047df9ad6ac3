"""Id tokens as people and programs look them up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.errors import NotFound
from app.queries.rows import fetch, fetch_dicts, pattern_of
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """One token; `token` in lower case, as it is compared, `written` as a person wrote it.

    `status`: what is answered about it now.
    """

    token: str
    type: str | None
    status: str
    name: str | None
    group: str | None
    group_id: str | None
    blocked: bool
    expires_at: datetime | None
    created_at: datetime
    written: str | None
    updated_at: datetime


async def listing(
    database: Database,
    q: str | None = None,
    *,
    status: str | None = None,
    group: str | None = None,
    limit: int = 1000,
    after: str | None = None,
) -> list[TokenRow]:
    """Tokens by their text; `q` is looked for in token, name and group. The next page is `after` the last one.

    `status`: only those about which this is answered now.
    """
    values = {
        "q": pattern_of(q) if q and q.strip() else None,
        "limit": limit,
        "after": after,
        "status": status,
        "group": group,
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


async def among(database: Database, texts: Sequence[str]) -> dict[str, TokenRow]:
    """Those of `texts` that are known, by their text in lower case."""
    values = {"tokens": [text.lower() for text in texts]}
    statement = _COLUMNS + "WHERE token = ANY(%(tokens)s::text[])"
    return {row.token: row for row in await fetch(database, TokenRow, statement, values)}


async def groups(database: Database) -> list[str]:
    """The groups that tokens are in."""
    rows = await fetch_dicts(database, _GROUPS, {})
    return [row["group_id"] for row in rows]


async def use_of(database: Database, token: str) -> tuple[int, int]:
    """How many sessions a token has had, and how many of these run."""
    row = (await fetch_dicts(database, _USE, {"token": token.lower()}))[0]
    return row["sessions"], row["running"]


_GROUPS = """
SELECT DISTINCT group_id FROM id_token WHERE group_id IS NOT NULL ORDER BY 1 LIMIT 500
"""

_USE = """
SELECT count(*) AS sessions, count(*) FILTER (WHERE ended_at IS NULL) AS running
FROM "transaction" WHERE id_token = %(token)s
"""

_COLUMNS = """
SELECT * FROM (
SELECT token, type, name, group_id AS "group", group_id, blocked, expires_at, created_at, written, updated_at,
       CASE WHEN blocked THEN 'Blocked' WHEN status <> 'Accepted' THEN status
            WHEN expires_at <= now() THEN 'Expired' ELSE status END AS status
FROM id_token) shown
"""

_LISTING = (
    _COLUMNS
    + """
WHERE (%(q)s::text IS NULL OR token ILIKE %(q)s OR name ILIKE %(q)s OR group_id ILIKE %(q)s)
  AND (%(after)s::text IS NULL OR token > %(after)s)
  AND (%(status)s::text IS NULL OR status = %(status)s)
  AND (%(group)s::text IS NULL OR lower(group_id) = lower(%(group)s))
ORDER BY token LIMIT %(limit)s
"""
)

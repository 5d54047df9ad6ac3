"""Id tokens: who may charge. Tokens are compared case-insensitively, so they are stored lower-case.

The decision about one is `app.domain.authorization.decide`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.csms.actors import Actor
from app.csms.audit import note
from app.csms.context import Context
from app.csms.work import Work, work
from app.domain.authorization import TOKEN_TYPES, TokenStatus
from app.domain.clocks import FIRST, LAST
from app.domain.errors import Conflict, Invalid, NotFound
from app.store.tables.authorization import IdToken
from app.store.upserts import Upserted, upsert

MAX_TOKEN = 255
"""OCPP 2.1's IdTokenType.idToken; 2.0.1 allows 36, 1.6 20 characters."""

MAX_OWN = 20
"""OCPP 1.6's longest token: who starts a session without naming one is named so long."""

MAX_NOTED = 200
"""Of an import, so many tokens are named in the audit log."""

_TOKENS = """
INSERT INTO id_token AS old (token, name, group_id, blocked, expires_at, type, status, written)
SELECT * FROM unnest(
    CAST(:token AS text[]), CAST(:name AS text[]), CAST(:group_id AS text[]),
    CAST(:blocked AS boolean[]), CAST(:expires_at AS timestamptz[]),
    CAST(:type AS text[]), CAST(:status AS text[]), CAST(:written AS text[]))
ON CONFLICT (token) DO UPDATE SET
    name = excluded.name, group_id = excluded.group_id, blocked = excluded.blocked,
    expires_at = excluded.expires_at, type = excluded.type, status = excluded.status,
    written = coalesce(old.written, excluded.written), updated_at = now()
WHERE (old.name, old.group_id, old.blocked, old.expires_at, old.type, old.status)
    IS DISTINCT FROM (excluded.name, excluded.group_id, excluded.blocked, excluded.expires_at,
                      excluded.type, excluded.status)
RETURNING old.token, old.xmax = 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """A token as it is written down; `group`: who may stop each other's transactions.

    `blocked` and the status Blocked are the same. `type`: one of TOKEN_TYPES, None if nobody said.
    """

    token: str
    name: str | None = None
    group: str | None = None
    blocked: bool = False
    expires_at: datetime | None = None
    type: str | None = None
    status: TokenStatus = TokenStatus.ACCEPTED


async def put_token(
    context: Context,
    actor: Actor,
    *,
    token: str,
    name: str | None = None,
    group: str | None = None,
    blocked: bool = False,
    expires_at: datetime | None = None,
    type: str | None = None,
    status: TokenStatus = TokenStatus.ACCEPTED,
) -> None:
    """Create or replace a token. Raises Invalid for text that cannot be one."""
    record = TokenRecord(
        token=token,
        name=name,
        group=group,
        blocked=blocked,
        expires_at=expires_at,
        type=type,
        status=status,
    )
    async with work(context) as w:
        changed = await put_tokens_in(w, [record])
        if changed.created or changed.updated:
            _note_record(w, actor, "tag.create" if changed.created else "tag.write", record)


async def put_tokens_in(w: Work, records: Sequence[TokenRecord]) -> Upserted:
    """Create or replace tokens as a part of a work; each token only once."""
    for record in records:
        _check(record)
    return await upsert(
        await w.session.connection(),
        "token",
        _TOKENS,
        token=[record.token.lower() for record in records],
        written=[record.token for record in records],
        name=[record.name or None for record in records],
        group_id=[record.group or None for record in records],
        blocked=[record.blocked or record.status is TokenStatus.BLOCKED for record in records],
        expires_at=[record.expires_at for record in records],
        type=[record.type for record in records],
        status=[
            TokenStatus.BLOCKED.value if record.blocked else record.status.value
            for record in records
        ],
    )


async def own_token(context: Context, actor: Actor) -> str:
    """The token on whose account `actor` charges without naming one: its own name, made known if it is not yet.

    One that was blocked or written otherwise stays as it is.
    """
    token = actor.name[:MAX_OWN].rstrip()
    async with work(context) as w:
        known = await w.session.get(IdToken, token.lower())
        if known is None:
            record = TokenRecord(token=token, name=actor.name, type="Central")
            await put_tokens_in(w, [record])
            _note_record(w, actor, "tag.create", record)
    return token


async def create_token(context: Context, actor: Actor, record: TokenRecord) -> None:
    """Make a token that nobody knows yet. Raises Conflict for one that is there, Invalid for what cannot be one."""
    async with work(context) as w:
        changed = await put_tokens_in(w, [record])
        if not changed.created:
            raise Conflict(f"There is a token {record.token} already.", field="token")
        _note_record(w, actor, "tag.create", record)


async def import_tokens(
    context: Context, actor: Actor, records: Sequence[TokenRecord], source: str
) -> Upserted:
    """Create or replace tokens from a file called `source`, all or none; each only once."""
    async with work(context) as w:
        changed = await put_tokens_in(w, records)
        if changed.changed:
            note(
                w,
                actor,
                "tag.import",
                "tags",
                file=source,
                created=changed.created,
                updated=changed.updated,
                tags=list(changed.changed[:MAX_NOTED]),
            )
    return changed


async def remove_token(context: Context, actor: Actor, token: str) -> None:
    """Forget a token; from now on it is unknown. Its transactions keep it."""
    async with work(context) as w:
        gone = await (await w.session.connection()).execute(
            text("DELETE FROM id_token WHERE token = :token"), {"token": token.lower()}
        )
        if not gone.rowcount:
            raise NotFound(f"There is no token {token!r}.")
        note(w, actor, "tag.delete", f"tag:{token.lower()}")


def _note_record(w: Work, actor: Actor, action: str, record: TokenRecord) -> None:
    note(
        w,
        actor,
        action,
        f"tag:{record.token.lower()}",
        name=record.name,
        group=record.group,
        blocked=record.blocked,
        expires_at=record.expires_at,
        status=record.status,
    )


def _check(record: TokenRecord) -> None:
    token = record.token
    if not token or token != token.strip() or len(token) > MAX_TOKEN or not token.isprintable():
        raise Invalid(
            f"A token has 1 to {MAX_TOKEN} printable characters and no space at its ends."
        )
    if record.type is not None and record.type not in TOKEN_TYPES:
        raise Invalid(f"{record.type!r} is no kind of token: {', '.join(TOKEN_TYPES)}.")
    if record.expires_at is not None and record.expires_at.tzinfo is None:
        raise Invalid("The moment when a token expires needs a time zone.")
    if record.expires_at is not None and not FIRST <= record.expires_at <= LAST:
        raise Invalid("A token expires between 1970 and 9998; one without a date never does.")

"""Programs' keys: made here, shown once, kept as a hash. Who makes and revokes them is audited.

A key is 256 random bits, so a plain SHA-256 is enough; only what people choose needs a slow hash.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row, tuple_row
from sqlalchemy import text

from app.csms import audit
from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.work import work
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.roles import Role

MIN_GIVEN_KEY = 16
PREFIX = 10
USED_EVERY = timedelta(minutes=1)
"""How exactly `last_used_at` is kept: not one write per request."""

SETTINGS_KEY = "HALLA_ADMIN_API_KEY"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRow:
    """One key as an admin sees it; the key itself is not known any more."""

    name: str
    prefix: str
    role: str
    created_at: datetime
    last_used_at: datetime | None


async def create_api_key(
    context: Context, actor: Actor, name: str, role: Role, key: str | None = None
) -> str:
    """A new key with `role`; returns it, the only time it is seen. Raises Conflict if `name` exists."""
    if not name.strip() or len(name) > 64 or not name.isprintable():
        raise Invalid("The name of a key has 1 to 64 printable characters.")
    if key is not None and len(key) < MIN_GIVEN_KEY:
        raise Invalid(f"A key has at least {MIN_GIVEN_KEY} characters; leave it out to get one.")
    key = key or f"halla_{secrets.token_urlsafe(32)}"
    async with work(context) as w:
        connection = await w.session.connection()
        made = await connection.execute(
            text(
                "INSERT INTO api_key (name, prefix, key_hash, role)"
                " VALUES (:name, :prefix, :hash, :role) ON CONFLICT DO NOTHING"
            ),
            _values(name, role, key),
        )
        if not made.rowcount:
            raise Conflict(f"There is a key {name!r} already; choose another name.")
        audit.note(w, actor, "api_key.create", f"api_key:{name}", role=role)
    return key


async def ensure_admin_key(context: Context) -> None:
    """Make HALLA_ADMIN_API_KEY valid, and the key that stood there before invalid."""
    key = context.settings.admin_api_key
    if key is None:
        return
    values = _values(SETTINGS_KEY, Role.ADMIN, key)
    async with context.database.read() as reading:
        cursor = await reading.execute(
            "SELECT name, role FROM api_key WHERE key_hash = %s", (values["hash"],)
        )
        if await cursor.fetchone() == (SETTINGS_KEY, Role.ADMIN.value):
            return
    async with work(context) as w:
        connection = await w.session.connection()
        await connection.execute(
            text("DELETE FROM api_key WHERE name = :name AND key_hash <> :hash"), values
        )
        await connection.execute(
            text(
                "INSERT INTO api_key (name, prefix, key_hash, role)"
                " VALUES (:name, :prefix, :hash, :role) ON CONFLICT DO NOTHING"
            ),
            values,
        )
        await connection.execute(
            text("UPDATE api_key SET role = :role WHERE key_hash = :hash"), values
        )
        audit.note(w, audit.HALLA, "api_key.create", f"api_key:{SETTINGS_KEY}", role=Role.ADMIN)


async def revoke_api_key(context: Context, actor: Actor, name: str) -> None:
    """Make a key invalid at once."""
    async with work(context) as w:
        connection = await w.session.connection()
        gone = await connection.execute(
            text("DELETE FROM api_key WHERE name = :name"), {"name": name}
        )
        if not gone.rowcount:
            raise NotFound(f"There is no key {name!r}.")
        audit.note(w, actor, "api_key.revoke", f"api_key:{name}")


async def list_api_keys(context: Context) -> Sequence[ApiKeyRow]:
    """All keys by name."""
    async with context.database.read() as connection:
        cursor = await connection.cursor(row_factory=class_row(ApiKeyRow)).execute(
            "SELECT name, prefix, role, created_at, last_used_at FROM api_key ORDER BY name"
        )
        return await cursor.fetchall()


async def who_has_key(context: Context, key: str) -> Actor | None:
    """The program whose key this is; None if it is nobody's."""
    now = context.clock()
    key_hash = _hash(key)
    async with context.database.read() as connection:
        cursor = await connection.cursor(row_factory=tuple_row).execute(
            "SELECT name, role, last_used_at FROM api_key WHERE key_hash = %s", (key_hash,)
        )
        row = await cursor.fetchone()
    if row is None:
        return None
    name, role, used_at = row
    if used_at is None or now - used_at > USED_EVERY:
        async with work(context) as w:
            await (await w.session.connection()).execute(
                text("UPDATE api_key SET last_used_at = :now WHERE key_hash = :hash"),
                {"now": now, "hash": key_hash},
            )
    return Actor(f"api:{name}", Role(role))


def _values(name: str, role: Role, key: str) -> dict[str, str]:
    return {"name": name, "prefix": key[:PREFIX], "hash": _hash(key), "role": role.value}


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

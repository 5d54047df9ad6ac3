"""People who use Halla: their accounts, and what a signed-in person or program is (`Actor`). Changes are audited.

How one signs in is next door in `sign_ins`, programs' keys are in `api_keys`; both can be reached
from here as well. What a role may do is `app.domain.roles`' business.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.config import MAX_PASSWORD, MIN_PASSWORD
from app.csms import audit, passwords
from app.csms.actors import Actor
from app.csms.api_keys import (
    ApiKeyRow,
    create_api_key,
    ensure_admin_key,
    list_api_keys,
    revoke_api_key,
    who_has_key,
)
from app.csms.context import Context
from app.csms.sign_ins import (
    MAX_NAME,
    PASSWORD_LENGTH,
    SignedIn,
    TooManyAttempts,
    Visitor,
    check_password,
    create_sign_in_link,
    sign_in,
    sign_in_with_link,
    sign_out,
    who,
)
from app.csms.work import work
from app.domain.errors import Conflict, Invalid, NotFound, NotSignedIn
from app.domain.roles import Role

__all__ = [
    "AccountRow",
    "Actor",
    "ApiKeyRow",
    "SignedIn",
    "TooManyAttempts",
    "Visitor",
    "change_own_password",
    "create_account",
    "create_api_key",
    "create_sign_in_link",
    "ensure_first_admin",
    "list_accounts",
    "list_api_keys",
    "remove_account",
    "revoke_api_key",
    "set_disabled",
    "set_password",
    "set_role",
    "sign_in",
    "sign_in_with_link",
    "sign_out",
    "who",
    "who_has_key",
]

FIRST_ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """One account as an admin sees it."""

    name: str
    role: str
    disabled: bool
    created_at: datetime
    signed_in: int


async def create_account(
    context: Context, actor: Actor, name: str, password: str, role: Role
) -> None:
    """Let a person sign in. Raises Invalid for a poor name or password, Conflict if `name` exists."""
    _check_name(name)
    _check_password(password)
    password_hash = await passwords.hash_password(password)
    async with work(context) as w:
        connection = await w.session.connection()
        if not await _insert(connection, name, password_hash, role):
            raise Conflict(f"There is an account {name!r} already; choose another name.")
        audit.note(w, actor, "account.create", f"account:{name}", role=role)


async def set_password(context: Context, actor: Actor, name: str, password: str) -> None:
    """A new password; whoever is signed in with the old one is signed out."""
    _check_password(password)
    password_hash = await passwords.hash_password(password)
    async with work(context) as w:
        connection = await w.session.connection()
        account_id = await _account(connection, name)
        values = {"id": account_id, "hash": password_hash}
        for statement in (
            "UPDATE account SET password_hash = :hash WHERE id = :id",
            "DELETE FROM sign_in WHERE account_id = :id",
            "DELETE FROM sign_in_link WHERE account_id = :id",
        ):
            await connection.execute(text(statement), values)
        audit.note(w, actor, "account.set_password", f"account:{name}")


async def change_own_password(context: Context, actor: Actor, old: str, new: str) -> None:
    """Somebody's own password; they are signed out everywhere. Raises Invalid for a wrong old or a poor new one.

    A wrong old password counts as an attempt to sign in, so that nobody guesses here faster.
    """
    _check_password(new)
    try:
        await check_password(context, actor.name, old)
    except TooManyAttempts:
        raise
    except NotSignedIn as error:
        raise Invalid("The present password is wrong.") from error
    await set_password(context, actor, actor.name, new)


async def set_disabled(context: Context, actor: Actor, name: str, disabled: bool) -> None:
    """Keep a person out for a while, or let them in again. Raises Conflict for the last admin."""
    async with work(context) as w:
        connection = await w.session.connection()
        account_id = await _account(connection, name)
        values = {"id": account_id, "disabled": disabled}
        if disabled:
            await _keep_an_admin(connection, account_id)
            await connection.execute(text("DELETE FROM sign_in WHERE account_id = :id"), values)
            await connection.execute(
                text("DELETE FROM sign_in_link WHERE account_id = :id"), values
            )
        await connection.execute(
            text("UPDATE account SET disabled = :disabled WHERE id = :id"), values
        )
        action = "account.disable" if disabled else "account.enable"
        audit.note(w, actor, action, f"account:{name}")


async def set_role(context: Context, actor: Actor, name: str, role: Role) -> None:
    """What a person may do from now on. Raises Conflict for the last admin's other role."""
    async with work(context) as w:
        connection = await w.session.connection()
        account_id = await _account(connection, name)
        if role is not Role.ADMIN:
            await _keep_an_admin(connection, account_id)
        await connection.execute(
            text("UPDATE account SET role = :role WHERE id = :id"),
            {"id": account_id, "role": role.value},
        )
        audit.note(w, actor, "account.set_role", f"account:{name}", role=role)


async def remove_account(context: Context, actor: Actor, name: str) -> None:
    """Take an account away and sign it out. Raises Conflict for the last admin."""
    async with work(context) as w:
        connection = await w.session.connection()
        account_id = await _account(connection, name)
        await _keep_an_admin(connection, account_id)
        await connection.execute(text("DELETE FROM account WHERE id = :id"), {"id": account_id})
        audit.note(w, actor, "account.remove", f"account:{name}")


async def list_accounts(context: Context) -> Sequence[AccountRow]:
    """All accounts by name; `signed_in` counts the browsers that are signed in now."""
    async with context.database.read() as connection:
        cursor = await connection.cursor(row_factory=class_row(AccountRow)).execute(
            "SELECT name, role, disabled, created_at,"
            " (SELECT count(*) FROM sign_in s WHERE s.account_id = a.id AND s.expires_at > %s)"
            " AS signed_in FROM account a ORDER BY name",
            (context.clock(),),
        )
        return await cursor.fetchall()


async def ensure_first_admin(context: Context) -> str | None:
    """Make the account `admin` if there is no account at all, and the key HALLA_ADMIN_API_KEY.

    Returns the password if it was made up here, so that it can be shown this once. Several
    processes may start at the same time: one of them makes the account.
    """
    await ensure_admin_key(context)
    async with context.database.read() as reading:
        cursor = await reading.execute("SELECT EXISTS (SELECT FROM account)")
        row = await cursor.fetchone()
    if row is not None and row[0]:
        return None
    given = context.settings.admin_password
    password = given or secrets.token_urlsafe(12)
    password_hash = await passwords.hash_password(password)
    async with work(context) as w:
        connection = await w.session.connection()
        made = await _insert(connection, FIRST_ADMIN, password_hash, Role.ADMIN)
        if made:
            subject = f"account:{FIRST_ADMIN}"
            audit.note(w, audit.HALLA, "account.create", subject, role=Role.ADMIN)
    return password if made and given is None else None


async def _insert(connection: AsyncConnection, name: str, password_hash: str, role: Role) -> bool:
    made = await connection.execute(
        text(
            "INSERT INTO account (name, password_hash, role) VALUES (:name, :hash, :role)"
            " ON CONFLICT (name) DO NOTHING"
        ),
        {"name": name, "hash": password_hash, "role": role.value},
    )
    return bool(made.rowcount)


async def _account(connection: AsyncConnection, name: str) -> int:
    row = await connection.execute(
        text("SELECT id FROM account WHERE name = :name FOR UPDATE"), {"name": name}
    )
    account_id = row.scalar_one_or_none()
    if account_id is None:
        raise NotFound(f"There is no account {name!r}.")
    return int(account_id)


async def _keep_an_admin(connection: AsyncConnection, but_id: int) -> None:
    """Raise Conflict unless another admin stays. The locks keep two admins from removing each other."""
    admins = await connection.execute(
        text("SELECT id FROM account WHERE role = 'admin' AND NOT disabled ORDER BY id FOR UPDATE")
    )
    ids = set(admins.scalars())
    if but_id in ids and len(ids) == 1:
        raise Conflict("This is the last admin; make somebody else an admin first.")


def _check_name(name: str) -> None:
    if not name or name != name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise Invalid("A user name has 1 to 64 printable characters and no space at its ends.")


def _check_password(password: str) -> None:
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise Invalid(PASSWORD_LENGTH, field="password")

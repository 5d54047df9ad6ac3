"""How a person signs in and stays signed in: password or one-time link, then a cookie's token. All of it is audited.

Tokens are 256 random bits and kept as SHA-256; cookies and pages are `app.web`'s business.
"""

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from psycopg.rows import tuple_row
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.config import MAX_PASSWORD, MIN_PASSWORD
from app.csms import audit, passwords
from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.work import work
from app.domain.errors import Invalid, NotFound, NotSignedIn
from app.domain.roles import Role
from app.store.database import Database

VALID = timedelta(hours=72)
"""How long a sign-in lasts."""

MAX_LINK_VALID_S = 7 * 86_400
FREE_ATTEMPTS = 5
PAUSE = timedelta(seconds=30)
MAX_NAME = 64
MAX_NAMES = 1024
FAILURES_A_MINUTE = 20
"""So many failed sign-ins are written down; the others of that minute are counted."""
STRANGER = Actor("unknown", Role.VIEWER)
"""Who did not sign in. The name that was tried is the note's subject."""
PASSWORD_LENGTH = f"A password has {MIN_PASSWORD} to {MAX_PASSWORD} characters."


class TooManyAttempts(NotSignedIn):
    """Too many wrong passwords for this user name; wait half a minute and try again."""

    code = "too_many_attempts"
    status = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A fresh sign-in. `token` goes into the cookie, `csrf_token` into every form."""

    token: str
    csrf_token: str
    actor: Actor
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who sends a request with a valid cookie."""

    actor: Actor
    csrf_token: str


class _Attempts:
    """Wrong passwords per name, of the newest MAX_NAMES names. In memory: a restart forgives."""

    def __init__(self) -> None:
        self._wrong: OrderedDict[str, tuple[int, datetime]] = OrderedDict()
        self._minute: datetime | None = None
        self._noted = 0
        self._left_out = 0

    def worth_a_note(self, now: datetime) -> int | None:
        """None: too many were noted in this minute. Else how many were left out since the last note."""
        if self._minute is None or now - self._minute >= timedelta(minutes=1):
            self._minute, self._noted = now, 0
        if self._noted >= FAILURES_A_MINUTE:
            self._left_out += 1
            return None
        self._noted += 1
        left_out, self._left_out = self._left_out, 0
        return left_out

    def check(self, name: str, now: datetime) -> None:
        count, last = self._wrong.get(name, (0, now))
        if count < FREE_ATTEMPTS:
            return
        if now - last < PAUSE:
            raise TooManyAttempts
        del self._wrong[name]

    def wrong(self, name: str, now: datetime) -> None:
        count, _ = self._wrong.pop(name, (0, now))
        self._wrong[name] = (count + 1, now)
        if len(self._wrong) > MAX_NAMES:
            self._wrong.popitem(last=False)

    def right(self, name: str) -> None:
        self._wrong.pop(name, None)


_attempts: WeakKeyDictionary[Database, _Attempts] = WeakKeyDictionary()


async def sign_in(context: Context, name: str, password: str) -> SignedIn:
    """Sign in with a password. Raises as `check_password` does."""
    account_id, actor = await check_password(context, name, password)
    async with work(context) as w:
        audit.note(w, actor, "account.sign_in", f"account:{name}", by="password")
        return await _begin(context, await w.session.connection(), account_id, actor)


async def check_password(context: Context, name: str, password: str) -> tuple[int, Actor]:
    """The account's number, and who it is. Raises NotSignedIn, after the same time whether the name exists or not,
    and TooManyAttempts for half a minute after five wrong ones.
    """
    attempts = _attempts.setdefault(context.database, _Attempts())
    name = name[: MAX_NAME + 1]  # a longer one is nobody's either, and is remembered
    attempts.check(name, context.clock())
    # Counted before the slow check, so that many at once are not all free.
    attempts.wrong(name, context.clock())
    if len(password) > MAX_PASSWORD:  # nobody's, whatever the name; nothing is hashed for it
        await _note_failure(context, attempts, name, "password")
        raise NotSignedIn(PASSWORD_LENGTH)
    async with context.database.read() as reading:
        cursor = await reading.cursor(row_factory=tuple_row).execute(
            "SELECT id, password_hash, role FROM account WHERE name = %s AND NOT disabled",
            (name.replace("\x00", "?"),),
        )
        row = await cursor.fetchone()
    account_id, password_hash, role = row or (None, None, None)
    right = await passwords.verify(password_hash, password)
    if account_id is None or role is None or not right:
        await _note_failure(context, attempts, name, "password")
        raise NotSignedIn("User name or password is wrong.")
    attempts.right(name)
    return account_id, Actor(name, Role(role))


async def create_sign_in_link(
    context: Context, actor: Actor, account_name: str, valid_s: int = 3600
) -> str:
    """A token that signs `account_name` in once within `valid_s` seconds; the door makes the link."""
    if not 0 < valid_s <= MAX_LINK_VALID_S:
        raise Invalid("A sign-in link is valid for one second to seven days.")
    token = secrets.token_urlsafe(32)
    async with work(context) as w:
        connection = await w.session.connection()
        made = await connection.execute(
            text(
                "INSERT INTO sign_in_link (token_hash, account_id, expires_at)"
                " SELECT :hash, id, :expires_at FROM account WHERE name = :name AND NOT disabled"
            ),
            {
                "hash": _hash(token),
                "name": account_name,
                "expires_at": context.clock() + timedelta(seconds=valid_s),
            },
        )
        if not made.rowcount:
            raise NotFound(f"There is no account {account_name!r}, or it is disabled.")
        subject = f"account:{account_name}"
        audit.note(w, actor, "account.create_sign_in_link", subject, valid_s=valid_s)
    return token


async def sign_in_with_link(context: Context, link_token: str) -> SignedIn:
    """Use up a link. Raises NotSignedIn if it was used, is too old or never was."""
    async with work(context) as w:
        connection = await w.session.connection()
        used = await connection.execute(
            text(
                "DELETE FROM sign_in_link l USING account a"
                " WHERE l.token_hash = :hash AND a.id = l.account_id AND NOT a.disabled"
                " RETURNING a.id, a.name, a.role, l.expires_at"
            ),
            {"hash": _hash(link_token)},
        )
        row = used.one_or_none()
        signed_in = None
        if row is not None and row.expires_at > context.clock():
            actor = Actor(row.name, Role(row.role))
            audit.note(w, actor, "account.sign_in", f"account:{row.name}", by="link")
            signed_in = await _begin(context, connection, row.id, actor)
    if signed_in is None:
        attempts = _attempts.setdefault(context.database, _Attempts())
        await _note_failure(context, attempts, row.name if row is not None else "", "link")
        raise NotSignedIn("This sign-in link was used already or is too old. Ask for a new one.")
    return signed_in


async def who(context: Context, cookie_token: str) -> Visitor | None:
    """Whose cookie this is; None if nobody's, or no longer. One SELECT."""
    async with context.database.read() as connection:
        cursor = await connection.cursor(row_factory=tuple_row).execute(
            "SELECT a.name, a.role, s.csrf_token FROM sign_in s JOIN account a"
            " ON a.id = s.account_id"
            " WHERE s.token_hash = %s AND s.expires_at > %s AND NOT a.disabled",
            (_hash(cookie_token), context.clock()),
        )
        row = await cursor.fetchone()
    return None if row is None else Visitor(Actor(row[0], Role(row[1])), row[2])


async def sign_out(context: Context, cookie_token: str) -> None:
    """Forget a cookie; one that nobody knows is fine."""
    async with work(context) as w:
        gone = await (await w.session.connection()).execute(
            text(
                "DELETE FROM sign_in s USING account a WHERE s.token_hash = :hash"
                " AND a.id = s.account_id RETURNING a.name, a.role"
            ),
            {"hash": _hash(cookie_token)},
        )
        row = gone.one_or_none()
        if row is not None:
            actor = Actor(row.name, Role(row.role))
            audit.note(w, actor, "account.sign_out", f"account:{row.name}")


async def _note_failure(context: Context, attempts: _Attempts, name: str, by: str) -> None:
    """Write down that somebody did not get in; never the password, and not more than is worth reading."""
    left_out = attempts.worth_a_note(context.clock())
    if left_out is None:
        return
    shown = "".join(sign if sign.isprintable() else "?" for sign in name[:64])
    more = {"left_out": left_out} if left_out else {}
    async with work(context) as w:
        audit.note(w, STRANGER, "account.sign_in_failed", f"account:{shown}", by=by, **more)


async def _begin(
    context: Context, connection: AsyncConnection, account_id: int, actor: Actor
) -> SignedIn:
    now = context.clock()
    signed_in = SignedIn(
        token=secrets.token_urlsafe(32),
        csrf_token=secrets.token_urlsafe(32),
        actor=actor,
        expires_at=now + VALID,
    )
    for table in ("sign_in", "sign_in_link"):
        await connection.execute(
            text(f"DELETE FROM {table} WHERE expires_at <= :now"), {"now": now}
        )
    await connection.execute(
        text(
            "INSERT INTO sign_in (token_hash, account_id, csrf_token, expires_at)"
            " VALUES (:hash, :account_id, :csrf_token, :expires_at)"
        ),
        {
            "hash": _hash(signed_in.token),
            "account_id": account_id,
            "csrf_token": signed_in.csrf_token,
            "expires_at": signed_in.expires_at,
        },
    )
    return signed_in


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

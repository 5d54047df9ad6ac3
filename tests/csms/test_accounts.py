"""People and programs get in with what is theirs, and with nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from app.csms import accounts, passwords, sign_ins
from app.csms.audit import HALLA
from app.csms.context import Context
from app.domain.errors import Conflict, Invalid, NotFound, NotSignedIn
from app.domain.roles import Role
from tests.conftest import Clock

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
async def people(context: Context, clock) -> Context:
    clock.now = NOON
    await accounts.create_account(context, HALLA, "mina", "correct horse", Role.ADMIN)
    await accounts.create_account(context, HALLA, "joon", "battery staple", Role.OPERATOR)
    return context


async def rows(context: Context, statement: str) -> list[tuple[object, ...]]:
    async with context.database.read() as connection:
        return await (await connection.execute(statement)).fetchall()


async def test_right_password_signs_in_and_the_cookie_is_recognised(people: Context) -> None:
    signed_in = await accounts.sign_in(people, "joon", "battery staple")
    visitor = await accounts.who(people, signed_in.token)
    assert visitor is not None
    assert visitor.actor == accounts.Actor("joon", Role.OPERATOR)
    assert visitor.csrf_token == signed_in.csrf_token
    assert signed_in.token != signed_in.csrf_token
    assert await accounts.who(people, signed_in.csrf_token) is None


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("joon", "correct horse"),
        ("nobody", "battery staple"),
        ("", ""),
        ("joon\x00", "battery staple"),
        ("JOON", "battery staple"),
    ],
)
async def test_wrong_name_or_password_gets_the_same_sentence(
    people: Context, name: str, password: str
) -> None:
    with pytest.raises(NotSignedIn, match=r"^User name or password is wrong\.$"):
        await accounts.sign_in(people, name, password)
    assert await rows(people, "SELECT * FROM sign_in") == []


async def test_a_password_that_is_too_long_is_told_and_not_cut(people: Context) -> None:
    longest = "p" * 1024
    await accounts.set_password(people, HALLA, "joon", longest)
    await accounts.sign_in(people, "joon", longest)
    for name in ("joon", "nobody"):
        with pytest.raises(NotSignedIn, match=r"^A password has 8 to 1024 characters\.$"):
            await accounts.sign_in(people, name, longest + "p")


async def test_what_strangers_call_themselves_fills_no_memory(people: Context) -> None:
    for number in range(3):
        with pytest.raises(NotSignedIn):
            await accounts.sign_in(people, f"{number}" + "x" * 1_000_000, "wrong")
    remembered = sign_ins._attempts[people.database]._wrong
    assert len(remembered) == 3
    assert max(map(len, remembered)) < 100


async def test_unknown_name_costs_a_hash_too(
    people: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    real = passwords.hash_password

    async def counted(text: str) -> str:
        hashed.append(text)
        return await real(text)

    monkeypatch.setattr(passwords, "hash_password", counted)
    with pytest.raises(NotSignedIn):
        await accounts.sign_in(people, "nobody", "guess")
    assert hashed == ["guess"]


async def test_sixth_attempt_waits_even_with_the_right_password(people: Context, clock) -> None:
    for _ in range(5):
        with pytest.raises(NotSignedIn, match="wrong"):
            await accounts.sign_in(people, "joon", "guess")
    with pytest.raises(accounts.TooManyAttempts) as refused:
        await accounts.sign_in(people, "joon", "battery staple")
    assert refused.value.status == 429
    assert await accounts.sign_in(people, "mina", "correct horse")  # others are not held up
    clock.now = NOON + timedelta(seconds=31)
    assert await accounts.sign_in(people, "joon", "battery staple")


async def test_right_passwords_never_wait(people: Context) -> None:
    for _ in range(12):
        await accounts.sign_in(people, "joon", "battery staple")


async def test_sign_in_ends_after_three_days(people: Context, clock) -> None:
    signed_in = await accounts.sign_in(people, "joon", "battery staple")
    assert signed_in.expires_at == NOON + timedelta(hours=72)
    clock.now = NOON + timedelta(hours=71, minutes=59)
    assert await accounts.who(people, signed_in.token)
    clock.now = NOON + timedelta(hours=72)
    assert await accounts.who(people, signed_in.token) is None
    await accounts.sign_in(people, "joon", "battery staple")
    assert len(await rows(people, "SELECT * FROM sign_in")) == 1  # the old one is swept


async def test_sign_out_ends_this_sign_in_only(people: Context) -> None:
    here = await accounts.sign_in(people, "joon", "battery staple")
    there = await accounts.sign_in(people, "joon", "battery staple")
    await accounts.sign_out(people, here.token)
    assert await accounts.who(people, here.token) is None
    assert await accounts.who(people, there.token)


async def test_link_signs_in_once(people: Context) -> None:
    token = await accounts.create_sign_in_link(people, HALLA, "joon")
    signed_in = await accounts.sign_in_with_link(people, token)
    assert signed_in.actor == accounts.Actor("joon", Role.OPERATOR)
    with pytest.raises(NotSignedIn, match="link"):
        await accounts.sign_in_with_link(people, token)


async def test_link_is_too_old_after_its_time(people: Context, clock) -> None:
    token = await accounts.create_sign_in_link(people, HALLA, "joon", valid_s=60)
    clock.now = NOON + timedelta(seconds=60)
    with pytest.raises(NotSignedIn, match="too old"):
        await accounts.sign_in_with_link(people, token)
    assert await rows(people, "SELECT * FROM sign_in_link") == []
    with pytest.raises(NotFound):
        await accounts.create_sign_in_link(people, HALLA, "nobody")


async def test_new_password_signs_everybody_out(people: Context) -> None:
    signed_in = await accounts.sign_in(people, "joon", "battery staple")
    link = await accounts.create_sign_in_link(people, HALLA, "joon")
    await accounts.set_password(people, HALLA, "joon", "tr0ub4dor&3")
    assert await accounts.who(people, signed_in.token) is None
    with pytest.raises(NotSignedIn):
        await accounts.sign_in_with_link(people, link)
    with pytest.raises(NotSignedIn):
        await accounts.sign_in(people, "joon", "battery staple")
    assert await accounts.sign_in(people, "joon", "tr0ub4dor&3")


async def test_new_role_counts_at_once(people: Context) -> None:
    signed_in = await accounts.sign_in(people, "joon", "battery staple")
    await accounts.set_role(people, HALLA, "joon", Role.VIEWER)
    visitor = await accounts.who(people, signed_in.token)
    assert visitor is not None
    assert visitor.actor.role is Role.VIEWER


async def test_removed_account_is_signed_out(people: Context) -> None:
    signed_in = await accounts.sign_in(people, "joon", "battery staple")
    await accounts.remove_account(people, HALLA, "joon")
    assert await accounts.who(people, signed_in.token) is None
    assert [row.name for row in await accounts.list_accounts(people)] == ["mina"]


async def test_last_admin_stays(people: Context) -> None:
    for change in (
        accounts.remove_account(people, HALLA, "mina"),
        accounts.set_role(people, HALLA, "mina", Role.VIEWER),
    ):
        with pytest.raises(Conflict, match="last admin"):
            await change
    await accounts.set_role(people, HALLA, "joon", Role.ADMIN)
    await accounts.remove_account(people, HALLA, "mina")


async def test_poor_accounts_are_refused(people: Context) -> None:
    with pytest.raises(Conflict, match="'joon' already"):
        await accounts.create_account(people, HALLA, "joon", "another one", Role.VIEWER)
    for name, password in (
        ("", "long enough"),
        (" x", "long enough"),
        ("x", "short"),
        ("x", "p" * 1025),
    ):
        with pytest.raises(Invalid):
            await accounts.create_account(people, HALLA, name, password, Role.VIEWER)
    with pytest.raises(NotFound):
        await accounts.set_password(people, HALLA, "nobody", "long enough")


async def test_nothing_secret_is_stored_in_clear(people: Context, database_url: str) -> None:
    signed_in = await accounts.sign_in(people, "joon", "battery staple")
    link = await accounts.create_sign_in_link(people, HALLA, "joon")
    key = await accounts.create_api_key(people, HALLA, "billing", Role.VIEWER)
    with psycopg.connect(database_url) as connection:
        stored = " ".join(
            str(row)
            for table in ("account", "sign_in", "sign_in_link", "api_key")
            for row in connection.execute(f"SELECT t::text FROM {table} t")
        )
    assert stored.count("$argon2id$") == 2
    for secret in ("battery staple", "correct horse", signed_in.token, link, key):
        assert secret not in stored


async def test_key_has_its_role_until_it_is_revoked(people: Context) -> None:
    key = await accounts.create_api_key(people, HALLA, "billing", Role.OPERATOR)
    assert await accounts.who_has_key(people, key) == accounts.Actor("api:billing", Role.OPERATOR)
    assert await accounts.who_has_key(people, key + "x") is None
    assert await accounts.who_has_key(people, "") is None
    [row] = await accounts.list_api_keys(people)
    assert (row.prefix, row.last_used_at) == (key[:10], NOON)
    with pytest.raises(Conflict):
        await accounts.create_api_key(people, HALLA, "billing", Role.VIEWER)
    await accounts.revoke_api_key(people, HALLA, "billing")
    assert await accounts.who_has_key(people, key) is None
    with pytest.raises(NotFound):
        await accounts.revoke_api_key(people, HALLA, "billing")


async def test_first_admin_is_made_once_with_a_made_up_password(context: Context) -> None:
    password = await accounts.ensure_first_admin(context)
    assert password is not None
    assert len(password) >= 16
    assert (await accounts.sign_in(context, "admin", password)).actor.role is Role.ADMIN
    assert await accounts.ensure_first_admin(context) is None
    assert await accounts.sign_in(context, "admin", password)


async def test_settings_choose_the_first_password_and_key(context: Context) -> None:
    given = replace(
        context,
        settings=replace(context.settings, admin_password="from outside", admin_api_key="key one"),
    )
    assert await accounts.ensure_first_admin(given) is None
    assert await accounts.sign_in(given, "admin", "from outside")
    assert await accounts.who_has_key(given, "key one") == accounts.Actor(
        "api:HALLA_ADMIN_API_KEY", Role.ADMIN
    )
    other = replace(given, settings=replace(given.settings, admin_api_key="key two"))
    await accounts.ensure_first_admin(other)
    assert await accounts.who_has_key(other, "key one") is None
    assert await accounts.who_has_key(other, "key two")
    assert len(await accounts.list_api_keys(other)) == 1


async def test_hashes_are_salted_and_verify() -> None:
    first, second = [await passwords.hash_password("same") for _ in range(2)]
    station = await passwords.hash_password("same", passwords.STATIONS)
    assert first != second
    for hashed in (first, second, station):
        assert hashed.startswith("$argon2id$")
        assert await passwords.verify(hashed, "same")
        assert not await passwords.verify(hashed, "other")
    assert not await passwords.verify(None, "same")
    assert not await passwords.verify("not a hash", "same")


async def test_what_is_done_to_accounts_and_keys_is_written_down(people: Context) -> None:
    mina = accounts.Actor("mina", Role.ADMIN)
    await accounts.set_disabled(people, mina, "joon", True)
    with pytest.raises(NotSignedIn):
        await accounts.sign_in(people, "joon", "battery staple")
    await accounts.set_disabled(people, mina, "joon", False)
    signed_in = await accounts.sign_in(people, "joon", "battery staple")
    joon = accounts.Actor("joon", Role.OPERATOR)
    with pytest.raises(Invalid):
        await accounts.change_own_password(people, joon, "guess", "another secret")
    await accounts.change_own_password(people, joon, "battery staple", "another secret")
    assert await accounts.who(people, signed_in.token) is None
    await accounts.create_api_key(people, mina, "billing", Role.VIEWER, "very secret indeed")
    await accounts.revoke_api_key(people, mina, "billing")
    rows = await notes(people)
    assert [row[:3] for row in rows[2:]] == [
        ("mina", "account.disable", "account:joon"),
        ("unknown", "account.sign_in_failed", "account:joon"),
        ("mina", "account.enable", "account:joon"),
        ("joon", "account.sign_in", "account:joon"),
        ("unknown", "account.sign_in_failed", "account:joon"),
        ("joon", "account.set_password", "account:joon"),
        ("mina", "api_key.create", "api_key:billing"),
        ("mina", "api_key.revoke", "api_key:billing"),
    ]
    assert not any("secret" in str(row) or "staple" in str(row) for row in rows)


async def test_failed_sign_ins_do_not_fill_the_log(people: Context, clock: Clock) -> None:
    assert clock.now
    for number in range(25):
        with pytest.raises(NotSignedIn):
            await accounts.sign_in(people, f"name {number}\x07" + "x" * 100, "guess")
    failed = [row for row in await notes(people) if row[1] == "account.sign_in_failed"]
    assert len(failed) == 20
    assert failed[0][2] == "account:name 0?" + "x" * 57
    clock.now += timedelta(minutes=1)
    with pytest.raises(NotSignedIn):
        await accounts.sign_in(people, "nobody", "guess")
    assert (await notes(people))[-1][3] == {"by": "password", "left_out": 5}


async def notes(context: Context) -> list[tuple[str, str, str, object]]:
    """Actor, action, subject and detail of the audit log, oldest first."""
    async with context.database.read() as connection:
        cursor = await connection.execute(
            "SELECT actor, action, subject, detail FROM audit_entry ORDER BY id"
        )
        return list(await cursor.fetchall())

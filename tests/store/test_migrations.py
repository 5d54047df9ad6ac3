"""One history, from nothing to what the tables say."""

from urllib.parse import urlsplit

import psycopg
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from app.store.database import open_database
from app.store.migrations import _config, pending


def test_there_is_one_head(database_url: str) -> None:
    assert len(ScriptDirectory.from_config(_config(database_url)).get_heads()) == 1


def test_upgrade_from_empty_leaves_nothing_pending(database_url: str) -> None:
    assert pending(database_url) == ()


def test_tables_and_migrations_do_not_drift(database_url: str) -> None:
    command.check(_config(database_url))


def test_people_with_psql_have_the_sites_today(server_url: str, template: str) -> None:
    with psycopg.connect(server_url) as connection:
        row = connection.execute(
            "SELECT s.setconfig FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase"
            " WHERE d.datname = %s",
            (template,),
        ).fetchone()
    assert row is not None
    assert "TimeZone=Asia/Seoul" in row[0] or "timezone=Asia/Seoul" in row[0]


async def test_the_program_itself_is_in_utc(database_url: str) -> None:
    name = urlsplit(database_url).path.removeprefix("/")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET timezone = 'Asia/Seoul'".encode())
    async with open_database(database_url) as database:
        async with database.read() as reading:
            assert str(reading.info.timezone) == "UTC"
        async with database.lanes.connection() as lane:
            assert (await (await lane.execute("SHOW timezone")).fetchone()) == ("UTC",)
        async with database.session() as session:
            asked = await (await session.connection()).execute(text("SHOW timezone"))
            zone = asked.scalar_one()
    assert zone == "UTC"

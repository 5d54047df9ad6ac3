"""One history, from nothing to what the tables say."""

from urllib.parse import urlsplit

import psycopg
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from app.store.database import open_database
from app.store.migrations import _config, migrate, pending


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


_FRAMES = """
SELECT at, station_id, direction, message_type, message_id, action, frame, latency_ms, outcome, exchange,
       transaction_id FROM {} ORDER BY at, message_id, message_type
"""
_OLD = """
INSERT INTO journal (at, station_id, direction, message_type, message_id, action, frame, latency_ms, outcome, exchange)
VALUES (now(), 'CP1', 'in', 2, 'a', 'Heartbeat', '[2]', NULL, NULL, 1),
       (now() + interval '2 ms', 'CP1', 'out', 3, 'a', 'Heartbeat', '[3]', 2, 'Answered', 1)
"""
_NEW = """
INSERT INTO journal (at, station_id, direction, message_type, message_id, action, frame, answer_type, answer,
                     latency_ms, outcome, exchange, transaction_id)
VALUES (now(), 'CP1', 'out', 2, 'b', 'Reset', '[2]', 4, '[4]', 3, 'NotSupported', 2, NULL),
       (now(), 'CP1', 'in', 2, 'c', 'StartTransaction', '[2]', 3, '[3]', 4, 'Accepted', 3, '17'),
       (now(), 'CP1', 'out', 2, 'd', 'Reset', '[2]', NULL, NULL, NULL, NULL, 4, NULL)
"""


def test_frames_are_the_same_as_two_rows_and_as_one(database_url: str) -> None:
    """There and back, with a journal that was written in both ways; and no number is given twice."""
    config = _config(database_url)

    def ask(statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(database_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    command.downgrade(config, "0021")
    ask(_OLD)
    migrate(database_url)
    ask(_NEW)
    together = ask(_FRAMES.format("journal_frame"))
    assert len(together) == 7
    command.downgrade(config, "0021")
    assert ask(_FRAMES.format("journal")) == together
    ask(_OLD)
    migrate(database_url)
    ask(_NEW)
    assert ask(_FRAMES.format("journal_frame"))[:7] == together
    assert ask("SELECT count(*), count(DISTINCT id) FROM journal_frame") == [(14, 14)]
    assert ask("SELECT count(*), count(passed_at) FROM ocpp_message_log") == [(14, 14)]

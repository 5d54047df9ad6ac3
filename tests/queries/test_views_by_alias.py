"""In the views a charger is found by its aliases too, and nothing is counted twice for it."""

from decimal import Decimal
from uuid import uuid4

from app.store.database import Database
from tests.queries.planting import Garden
from tests.queries.test_views import CHARGER, COLUMNS, LOGS, ask, kst, plant_emart, session


async def test_an_alias_finds_a_charger_and_counts_nothing_twice(
    database: Database, garden: Garden
) -> None:
    await plant_emart(garden)
    await garden.station("other")
    await session(garden, "one", kst(19, 1), 10, "2000")
    await session(garden, "two", kst(19, 2), 10, "4000", "other")
    at = kst(19, 1, 5)
    await garden.sample(CHARGER, at, energy_wh=Decimal(1000))
    await garden.put("connection_history", station_id=CHARGER, at=at, online=True)
    await garden.put(
        "status_history", station_id=CHARGER, evse_id=1, connector_id=1, at=at, status="Available"
    )
    await garden.put(
        "journal", station_id=CHARGER, at=at, direction="in", message_type=2, frame="[]"
    )
    for view in (*(each for each in COLUMNS if "charger_id" in COLUMNS[each]), *LOGS):
        of_one = await ask(database, f"SELECT id FROM {view} WHERE charger_id = '{CHARGER}'")
        named = await ask(database, f"SELECT id FROM {view} WHERE charger_id = 'emart_jeju_01'")
        assert (named, bool(named)) == (of_one, True), view
        (counts,) = await ask(
            database,
            f"""SELECT count(*), count(*) FILTER (WHERE charger_id = 'emart_jeju_01'),
                       count(*) FILTER (WHERE charger_id <> 'emart_jeju_01') FROM {view}""",
        )
        assert counts[0] == counts[1] + counts[2], view
        assert counts[1] == len(of_one), view
        assert await ask(database, f"SELECT * FROM {view} WHERE charger_id = 'nobody'") == []
    sums = "SELECT sum(energy_delivered), count(DISTINCT charger_id) FROM charger_usage_log"
    assert await ask(database, sums) == [(6, 2)]
    joined = """SELECT i.charger_id, sum(l.energy_delivered) FROM charger_info i
                JOIN charger_usage_log l ON l.charger_id = i.charger_id
                JOIN daily_charger_stats d ON d.charger_id = i.charger_id AND d.date = l.session_date
                GROUP BY i.charger_id ORDER BY 1"""
    assert await ask(database, joined) == [(CHARGER, 2), ("other", 4)]
    using = "SELECT count(*) FROM charger_info JOIN charger_usage_log USING (charger_id)"
    assert await ask(database, using) == [(2,)]
    of_itself = "SELECT count(*) FROM charger_usage_log a JOIN charger_usage_log b ON a.charger_id = b.charger_id"
    assert await ask(database, of_itself) == [(2,)]


async def test_who_may_read_only_the_views_finds_a_charger_by_its_alias(
    database: Database, garden: Garden
) -> None:
    await plant_emart(garden)
    await session(garden, "one", kst(19, 1), 10, "2000")
    role = f"reports_{uuid4().hex}"  # roles are the server's, for all tests together
    async with database.read() as connection:
        await connection.execute(f"CREATE ROLE {role}".encode())
        try:
            await connection.execute(f"GRANT SELECT ON charger_usage_log TO {role}".encode())
            await connection.execute(f"SET ROLE {role}".encode())
            found = await connection.execute(
                "SELECT transaction_id FROM charger_usage_log WHERE charger_id = %s",
                ("emart_jeju_01",),
            )
            assert await found.fetchall() == [("one",)]
        finally:
            await connection.execute("RESET ROLE")
            await connection.execute(f"DROP OWNED BY {role}".encode())
            await connection.execute(f"DROP ROLE {role}".encode())


async def test_a_charger_is_looked_up_by_an_index_whatever_its_name(database: Database) -> None:
    async with database.read() as connection:
        await connection.execute("SET enable_seqscan = off")
        plan = await connection.execute(
            "EXPLAIN SELECT * FROM charger_usage_log WHERE charger_id = 'emart_jeju_01'"
        )
        lines = "".join(line for (line,) in await plan.fetchall())
        await connection.execute("RESET enable_seqscan")
    assert "Index Cond: ((station_id)::text = (charger_id_of('emart_jeju_01'" in lines

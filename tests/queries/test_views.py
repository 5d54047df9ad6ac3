"""The original project's tables as views: its columns, its own statements, and what was planted comes out."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.config import ROOT
from app.csms.audit import HALLA
from app.csms.context import Context
from app.seed.load import load
from app.seed.read import read
from app.store.database import Database
from app.store.rollups import roll_up
from tests.queries.planting import Garden

INT, BIG, TEXT, DATE = "integer", "bigint", "text", "date"
LOCAL, FLOAT, BOOL, JSON = "timestamp without time zone", "double precision", "boolean", "jsonb"
WORD = "character varying"


def money(digits: int, places: int) -> str:
    return f"numeric({digits},{places})"


COLUMNS: dict[str, dict[str, str]] = {
    "station_info": {
        "id": INT,
        **dict.fromkeys(("station_id", "station_name", "address"), WORD),
        **dict.fromkeys(("longitude", "latitude"), FLOAT),
        **dict.fromkeys(("operator_name", "operator_phone", "operator_email"), WORD),
        "total_chargers": INT,
        **dict.fromkeys(("created_at", "updated_at"), LOCAL),
    },
    "charger_info": {
        "id": INT,
        **dict.fromkeys(("charger_id", "station_id", "serial_number"), WORD),
        "charger_type": TEXT,
        **dict.fromkeys(("manufacturer", "model_name"), WORD),
        "manufacturing_date": DATE,
        **dict.fromkeys(("rated_power", "max_output", "min_output"), FLOAT),
        "location_detail": WORD,
        **dict.fromkeys(("longitude", "latitude"), FLOAT),
        **dict.fromkeys(("floor_level", "charging_standard", "connector_type"), WORD),
        "is_multi_connector": BOOL,
        "current_status": TEXT,
        "last_status_update": LOCAL,
        **dict.fromkeys(("supports_remote_control", "power_control_available"), BOOL),
        "current_power_limit": FLOAT,
        **dict.fromkeys(("base_fee", "unit_price_kwh", "unit_price_time"), money(10, 2)),
        "parking_fee": money(10, 2),
        **dict.fromkeys(("asset_tag", "fixed_asset_no"), WORD),
        **dict.fromkeys(("installation_date", "warranty_expiry"), DATE),
        "firmware_version": WORD,
        **dict.fromkeys(("last_maintenance", "next_maintenance"), LOCAL),
        **dict.fromkeys(("created_at", "updated_at"), LOCAL),
    },
    "charger_usage_log": {
        "id": BIG,
        **dict.fromkeys(("charger_id", "transaction_id"), WORD),
        "session_date": DATE,
        **dict.fromkeys(("start_time", "end_time"), LOCAL),
        "duration_minutes": INT,
        "energy_delivered": money(10, 3),
        **dict.fromkeys(("energy_meter_start", "energy_meter_end"), money(12, 3)),
        **dict.fromkeys(("average_power", "max_power", "min_power"), FLOAT),
        **dict.fromkeys(("base_charge", "energy_charge", "time_charge"), money(10, 2)),
        **dict.fromkeys(("parking_charge", "total_charge"), money(10, 2)),
        **dict.fromkeys(("payment_method", "payment_status"), WORD),
        "payment_date": LOCAL,
        **dict.fromkeys(("vehicle_type", "user_id_hash"), WORD),
        "status": TEXT,
        **dict.fromkeys(("error_code", "error_message"), WORD),
        "extra_data": JSON,
        "created_at": LOCAL,
    },
    "power_consumption": {
        "id": BIG,
        "charger_id": WORD,
        "measurement_time": LOCAL,
        "measurement_date": DATE,
        "hour": INT,
        "input_power": FLOAT,
        "cumulative_energy": money(12, 3),
        "daily_cumulative": money(10, 3),
        **dict.fromkeys(("power_factor", "voltage", "current"), FLOAT),
        "is_charging": BOOL,
        "charger_status": TEXT,
        "created_at": LOCAL,
    },
    "daily_charger_stats": {
        "id": BIG,
        "charger_id": WORD,
        "stats_date": DATE,
        "num_sessions": INT,
        "total_energy": money(10, 3),
        "total_duration_minutes": INT,
        "total_revenue": money(12, 2),
        "avg_charge_per_session": money(10, 2),
        **dict.fromkeys(("hourly_energy", "hourly_sessions", "hourly_revenue"), JSON),
        "uptime_percentage": FLOAT,
        "fault_count": INT,
        "maintenance_required": BOOL,
        **dict.fromkeys(("created_at", "updated_at"), LOCAL),
    },
    "hourly_charger_stats": {
        "id": BIG,
        "charger_id": WORD,
        "stats_hour": LOCAL,
        "num_sessions": INT,
        "total_energy": money(10, 3),
        "total_duration_minutes": INT,
        "total_revenue": money(12, 2),
        **dict.fromkeys(("avg_power", "max_power"), FLOAT),
        **dict.fromkeys(("created_at", "updated_at"), LOCAL),
    },
    "station_daily_stats": {
        "id": BIG,
        "station_id": WORD,
        "stats_date": DATE,
        "num_sessions": INT,
        "total_energy": money(12, 3),
        "total_revenue": money(12, 2),
        **dict.fromkeys(("num_available", "num_in_use", "num_fault"), INT),
        **dict.fromkeys(("created_at", "updated_at"), LOCAL),
    },
}

LOGS = ("ocpp_message_log", "charger_status_log", "charger_connection_log")
"""What the original only named."""

MORE: dict[str, list[str]] = {
    "charger_info": ["currency"],
    "charger_usage_log": [
        *("station_id", "energy_consumed", "cost", "user_id", "duration_seconds"),
        *("currency", "started_at", "ended_at", "simulated"),
    ],
    "power_consumption": [
        *("station_id", "evse_id", "session_id", "context", "suspect", "measured_at"),
    ],
    "daily_charger_stats": ["date", "sessions", "metered_energy", "station_id", "status_at_end"],
    "hourly_charger_stats": ["metered_energy"],
}
"""What stands behind: seed 001's names, and what Halla knows besides."""

_COLUMNS_OF = """
SELECT attname, format_type(coalesce(nullif(typbasetype, 0), atttypid), atttypmod)
FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
WHERE attrelid = to_regclass(%s) AND attnum > 0 ORDER BY attnum
"""
"""As a program is told them: a domain is its own base type to it."""


async def ask(database: Database, statement: str) -> list[tuple[Any, ...]]:
    """What psql would print in Korea."""
    async with database.read() as connection:
        await connection.execute("SET TIME ZONE 'Asia/Seoul'")
        try:
            return list(await (await connection.execute(statement.encode())).fetchall())
        finally:
            await connection.execute("RESET TIME ZONE")


async def test_columns_are_those_of_the_original(database: Database) -> None:
    async with database.read() as connection:
        for view, columns in COLUMNS.items():
            found = await (await connection.execute(_COLUMNS_OF, (view,))).fetchall()
            assert found[: len(columns)] == list(columns.items()), view
            assert [name for name, _ in found[len(columns) :]] == MORE.get(view, []), view
            told = (await connection.execute(f"SELECT * FROM {view}".encode())).description
            assert told is not None
            types = {each.name: each.type_display for each in told}
            assert {types[each] for each in ("charger_id", "station_id") if each in types} == {
                "varchar"
            }


def kst(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of November 2026 by Jeju's clock."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC) - timedelta(hours=9)


def wall(day: int, hour: int, minute: int = 0) -> datetime:
    """The same by the wall's clock, as the original's tables have it."""
    return datetime(2026, 11, day, hour, minute)  # noqa: DTZ001


CHARGER = "emart_jeju_main_01"
"""The charger that seed 001 calls emart_jeju_01."""


async def korean_midnight() -> datetime:
    """When today began in Korea; shortly before the next midnight, that is waited for: a test has one today."""
    while True:
        clock = datetime.now(UTC) + timedelta(hours=9)
        begun = clock.replace(hour=0, minute=0, second=0, microsecond=0)
        left_s = (begun + timedelta(days=1) - clock).total_seconds()
        if left_s > 20:
            return begun - timedelta(hours=9)
        await asyncio.sleep(left_s)


async def plant_emart(garden: Garden) -> None:
    await garden.location("emart_jeju_main", created_at=kst(1, 0))
    await garden.station(CHARGER, location_id="emart_jeju_main", online=True)
    await garden.put("station_alias", alias="emart_jeju_01", station_id=CHARGER)
    await garden.connector(CHARGER, "Available")


async def session(
    garden: Garden, name: str, begin: datetime, minutes: float, wh: str, charger: str = CHARGER
) -> int:
    cost = (Decimal(wh) * Decimal("0.15")).quantize(Decimal(1), "ROUND_HALF_UP")
    return await garden.transaction(
        charger,
        transaction_id=name,
        started_at=begin,
        ended_at=begin + timedelta(minutes=minutes),
        energy_wh=Decimal(wh),
        meter_wh=Decimal(wh),
        cost=cost,
        id_token="user_123",
    )


SEED_001 = """SELECT
    (SELECT COUNT(*) FROM charger_usage_log
     WHERE charger_id = 'emart_jeju_01'
     AND DATE(start_time) = CURRENT_DATE),
    (SELECT SUM(energy_consumed) FROM charger_usage_log
     WHERE charger_id = 'emart_jeju_01'
     AND DATE(start_time) = CURRENT_DATE),
    (SELECT SUM(cost) FROM charger_usage_log
     WHERE charger_id = 'emart_jeju_01'
     AND DATE(start_time) = CURRENT_DATE)"""


async def test_the_seeds_own_statements_tell_the_truth(context: Context, garden: Garden) -> None:
    """On the shipped seed data, in which emart_jeju_01 is another name of a charger."""
    database = context.database
    await load(context, HALLA, read(ROOT / "seed_data" / "emart_jeju"))
    now = max(await korean_midnight(), datetime.now(UTC) - timedelta(seconds=40))
    await session(garden, "else", now - timedelta(seconds=1), 0.5, "8000", "emart_jeju_main_02")
    await session(garden, "abc12345", now, 0.5, "416.67")
    (row, _) = await ask(
        database,
        """SELECT charger_id, energy_delivered, total_charge
  FROM charger_usage_log
  ORDER BY created_at DESC
  LIMIT 5;""",
    )
    assert row == (CHARGER, Decimal("0.417"), Decimal("63.00"))
    told = await ask(database, SEED_001)
    assert told == [(1, Decimal("0.41667"), Decimal(63))]
    assert await ask(database, SEED_001.replace("emart_jeju_01", CHARGER)) == told
    own = """SELECT sessions, total_energy, total_revenue FROM daily_charger_stats
             WHERE date = CURRENT_DATE AND charger_id = 'emart_jeju_01'"""
    assert await ask(database, own) == [(1, Decimal("0.417"), Decimal("63.00"))]
    exact = """SELECT energy_charge, base_charge, user_id, duration_seconds, station_id FROM charger_usage_log
               WHERE transaction_id = 'abc12345'"""
    assert await ask(database, exact) == [
        (Decimal("62.50"), Decimal("0.00"), "user_123", 30, "emart_jeju_main")
    ]


async def test_the_newest_five_are_found_by_an_index(database: Database) -> None:
    async with database.read() as connection:
        await connection.execute("SET enable_sort = off")
        plan = await connection.execute(
            "EXPLAIN SELECT * FROM charger_usage_log ORDER BY created_at DESC LIMIT 5"
        )
        lines = "".join(line for (line,) in await plan.fetchall())
        await connection.execute("RESET enable_sort")
    assert "Index Scan using transaction_created" in lines
    assert "Sort" not in lines


@pytest.mark.parametrize("charger", ["", "WHERE charger_id = 'emart_jeju_main_01'"])
async def test_the_newest_messages_are_found_by_an_index(database: Database, charger: str) -> None:
    statement = f"SELECT * FROM ocpp_message_log {charger} ORDER BY message_time DESC LIMIT 100"
    async with database.read() as connection:
        await connection.execute("SET enable_sort = off")
        plan = await connection.execute(f"EXPLAIN {statement}".encode())
        lines = "".join(line for (line,) in await plan.fetchall())
        await connection.execute("RESET enable_sort")
    assert "Index Scan" in lines
    assert "->  Sort" not in lines
    assert "Seq Scan on journal" not in lines


async def test_a_message_s_moment_is_its_own_and_its_place_its_call_s(database: Database) -> None:
    async with database.read() as connection:
        await connection.execute(
            "INSERT INTO journal (at, station_id, direction, message_type, frame, answer_type, answer, latency_ms)"
            " VALUES (now(), 'CP1', 'out', 2, '[2]', 3, '[3]', 1500)"
        )
        cursor = await connection.execute(
            "SELECT direction, message_type, extract(epoch FROM passed_at - message_time)::float"
            " FROM ocpp_message_log ORDER BY message_time, id"
        )
        assert await cursor.fetchall() == [("out", "CALL", 0), ("in", "CALLRESULT", 1.5)]


async def test_days_and_hours_are_koreas_and_add_up(database: Database, garden: Garden) -> None:
    await plant_emart(garden)
    await session(garden, "last", kst(18, 23, 59), 0.5, "1000")
    await session(garden, "first", kst(19, 0, 1), 10, "2000")
    over = await session(garden, "over", kst(19, 23, 50), 20, "6000")
    for minute, wh in ((5, 2000), (10, 4000), (20, 6000)):
        at = kst(19, 23, 50) + timedelta(minutes=minute)
        await garden.sample(
            CHARGER, at, transaction_id=over, energy_wh=Decimal(wh), power_w=36_000.0
        )
    async with database.read() as connection:
        await roll_up(connection, datetime.now(UTC))
    days = """SELECT stats_date, num_sessions, total_energy, total_revenue, hourly_sessions, metered_energy
        FROM daily_charger_stats WHERE stats_date BETWEEN '2026-11-18' AND '2026-11-20' ORDER BY 1"""
    assert await ask(database, days) == [
        (date(2026, 11, 18), 1, 1, 150, {"23": 1}, None),
        (date(2026, 11, 19), 2, 8, 1200, {"0": 1, "23": 1}, 2),
        (date(2026, 11, 20), 0, 0, 0, {}, 4),
    ]
    hours = """SELECT stats_hour, num_sessions, total_energy, total_revenue, metered_energy, max_power
        FROM hourly_charger_stats ORDER BY 1"""
    assert await ask(database, hours) == [
        (wall(18, 23), 1, 1, 150, None, None),
        (wall(19, 0), 1, 2, 300, None, None),
        (wall(19, 23), 1, 6, 900, 2, 36),
        (wall(20, 0), 0, 0, 0, 4, 36),
    ]
    everything = """
        SELECT (SELECT sum(total_energy) FROM hourly_charger_stats),
               (SELECT sum(total_energy) FROM daily_charger_stats),
               (SELECT sum(total_energy) FROM station_daily_stats),
               (SELECT sum(energy_delivered) FROM charger_usage_log),
               (SELECT sum(v::numeric) FROM daily_charger_stats, jsonb_each_text(hourly_energy) AS e(k, v))"""
    assert await ask(database, everything) == [(9, 9, 9, 9, 9)]
    readings = """SELECT measurement_time, hour, cumulative_energy, daily_cumulative, is_charging
        FROM power_consumption ORDER BY measurement_time"""
    assert await ask(database, readings) == [
        (wall(19, 23, 55), 23, 2, 4, True),
        (wall(20, 0, 0), 0, 4, 2, True),
        (wall(20, 0, 10), 0, 6, 4, True),
    ]
    powers = "SELECT max_power, min_power, average_power FROM charger_usage_log WHERE transaction_id = 'over'"
    assert await ask(database, powers) == [(36, 36, pytest.approx(18))]


async def test_a_sites_number_stays_when_another_is_removed(
    database: Database, garden: Garden
) -> None:
    await garden.location("first")
    await garden.location("second")
    numbers = "SELECT station_id, id FROM station_info ORDER BY id"
    assert await ask(database, numbers) == [("first", 1), ("second", 2)]
    async with database.read() as connection:
        await connection.execute("UPDATE location SET retired_at = now() WHERE id = 'first'")
    assert await ask(database, numbers) == [("second", 2)]


async def test_what_follows_a_simulated_past_is_not_downtime(
    database: Database, garden: Garden
) -> None:
    await garden.station("A")
    await garden.station("B")
    midnight = await korean_midnight()
    for station in ("A", "B"):
        for hours, online in ((-48, True), (-36, False), (-30, True), (-24, False)):
            await garden.put(
                "connection_history",
                station_id=station,
                at=midnight + timedelta(hours=hours),
                online=online,
                simulated=True,
            )
    await garden.put(
        "connection_history", station_id="A", at=midnight - timedelta(hours=2), online=True
    )
    days = """SELECT charger_id, CURRENT_DATE - stats_date, uptime_percentage, fault_count, status_at_end
              FROM daily_charger_stats ORDER BY 1, 2 DESC"""
    assert await ask(database, days) == [
        ("A", 2, pytest.approx(75), 0, "available"),
        ("A", 1, pytest.approx(100), 0, "available"),
        ("A", 0, pytest.approx(100), 0, "available"),
        ("B", 2, pytest.approx(75), 0, "available"),
        ("B", 1, None, None, None),
        ("B", 0, None, None, None),
    ]


async def test_uptime_is_measured_or_unknown(database: Database, garden: Garden) -> None:
    await plant_emart(garden)
    await garden.station("new", location_id="emart_jeju_main")
    midnight = await korean_midnight() - timedelta(days=1)

    def clock(hour: float) -> datetime:
        return midnight + timedelta(hours=hour)

    for hour, online in ((-12.0, True), (6.0, False), (12.0, True)):
        await garden.put("connection_history", station_id=CHARGER, at=clock(hour), online=online)
    for hour, word in ((10.0, "Faulted"), (15.0, "Available"), (23.0, "Faulted")):
        await garden.put(
            "status_history",
            station_id=CHARGER,
            evse_id=1,
            connector_id=1,
            at=clock(hour),
            status=word,
        )
    rows = await ask(
        database,
        """SELECT charger_id, uptime_percentage, fault_count, maintenance_required FROM daily_charger_stats
           WHERE stats_date = CURRENT_DATE - 1""",
    )
    assert rows == [(CHARGER, pytest.approx(100 * 14 / 24), 2, True)]
    station = "SELECT num_available, num_in_use, num_fault FROM station_daily_stats WHERE stats_date = CURRENT_DATE - 1"
    assert await ask(database, station) == [(0, 0, 1)]
    today = (
        "SELECT num_available, num_fault FROM station_daily_stats WHERE stats_date = CURRENT_DATE"
    )
    assert await ask(database, today) == [(1, 0)]
    status = "SELECT charger_id, current_status, rated_power FROM charger_info ORDER BY id"
    assert await ask(database, status) == [
        (CHARGER, "available", 100),
        ("new", "offline", 100),
    ]
    (number,) = await ask(database, "SELECT id FROM charger_info WHERE charger_id = 'new'")
    async with database.read() as connection:
        await connection.execute("UPDATE station SET retired_at = now() WHERE id = %s", (CHARGER,))
    assert await ask(database, status) == [("new", "offline", 100)]
    assert await ask(database, "SELECT id FROM charger_info") == [number]  # as the API's, it stays
    assert number == (2,)
    assert await ask(database, "SELECT total_chargers FROM station_info") == [(1,)]
    assert await ask(database, station) == [(0, 0, 1)]  # what was stays
    logs = "SELECT count(*), min(event) FROM charger_connection_log"
    assert await ask(database, logs) == [(3, "connected")]

"""Files reach the database whole or not at all, and a second time changes nothing."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg.rows import tuple_row

from app.config import ROOT
from app.csms import provisioning
from app.csms.audit import HALLA
from app.csms.context import Context
from app.domain.authorization import IdToken as Token
from app.domain.authorization import TokenStatus, decide
from app.domain.changes import LocationsChanged, StationsChanged
from app.domain.errors import Invalid
from app.domain.geo import Position
from app.domain.locations import LocationRecord, StationRecord
from app.seed.load import load
from app.seed.read import read
from app.seed.records import Seed

EMART = ROOT / "seed_data" / "emart_jeju"
SAMPLES = ROOT / "seed_data" / "jeju_samples"


async def one(context: Context, statement: str) -> tuple[object, ...] | None:
    async with context.database.read() as connection:
        cursor = await connection.cursor(row_factory=tuple_row).execute(statement)
        return await cursor.fetchone()


TOTALS = """
SELECT (SELECT count(*) FROM location), count(*), sum(max_power_w) / 1000,
       (SELECT count(*) FROM connector) FROM station
"""


async def test_emart_jeju_is_3_sites_34_stations_2900_kw(context: Context) -> None:
    loaded = await load(context, HALLA, read(EMART, known=await provisioning.known(context)))
    assert loaded.registered.locations == 3
    assert loaded.registered.stations == 34
    assert loaded.created == 1 + 3 + 34 + 34 + 12 + 14
    assert loaded.updated == 0
    assert await one(context, TOTALS) == (3, 34, 2900.0, 34)


async def test_samples_add_5_sites_and_9_stations(context: Context) -> None:
    await load(context, HALLA, read(EMART))
    await load(context, HALLA, read(SAMPLES))
    assert await one(context, TOTALS) == (8, 43, 3326.0, 43)
    assert await one(
        context,
        "SELECT l.name, t.price_per_kwh, t.session_fee FROM station s"
        " JOIN tariff t ON t.id = s.tariff_id JOIN location l ON l.id = s.location_id"
        " WHERE s.id = 'JEJU_CHG_003_01'",
    ) == ("제주국제공항 충전소", 400, 2000)


async def test_second_time_changes_and_tells_nothing(context: Context) -> None:
    seed = read(ROOT / "seed_data")
    await load(context, HALLA, seed)
    async with context.bus.listen() as news:
        loaded = await load(context, HALLA, seed)
        await context.bus.publish(StationsChanged(stations=("end",)))
        assert await anext(news) == StationsChanged(stations=("end",))
    assert (loaded.created, loaded.updated) == (0, 0)
    assert sum(part.unchanged for part in loaded.parts) == 7 + 8 + 43 + 43 + 12 + 14


async def test_open_maps_hear_of_it(context: Context) -> None:
    async with context.bus.listen() as news:
        await load(context, HALLA, read(EMART))
        assert await anext(news) == LocationsChanged()


async def test_positions_are_stored_longitude_first(context: Context) -> None:
    await load(context, HALLA, read(EMART))
    assert await one(
        context,
        "SELECT ST_AsText(position), ST_SRID(position) FROM station WHERE id = 'emart_seogwipo_12'",
    ) == ("POINT(126.5671 33.2444)", 4326)


async def test_simulators_of_the_plan_come_in_as_the_stations_they_mean(context: Context) -> None:
    await load(context, HALLA, read(EMART))
    for number in range(1, 13):
        admission = await provisioning.admit(context, f"emart_jeju_{number:02d}")
        assert admission.station_id == f"emart_jeju_main_{number:02d}"
    assert (
        await provisioning.admit(context, "emart_shinjeju_01")
    ).station_id == "emart_shinjeju_01"


async def test_demo_tokens_decide_as_their_names_say(context: Context) -> None:
    await load(context, HALLA, read(EMART))
    async with context.database.read() as connection:
        cursor = await connection.execute("SELECT token, blocked, expires_at FROM id_token")
        rows = await cursor.fetchall()
    decisions = {
        token: decide(Token(token=token, blocked=blocked, expires_at=expires_at), context.clock())
        for token, blocked, expires_at in rows
    }
    assert decisions.pop("card-blocked").status is TokenStatus.BLOCKED
    assert decisions.pop("card-expired").status is TokenStatus.EXPIRED
    assert {info.status for info in decisions.values()} == {TokenStatus.ACCEPTED}
    assert {"token_user_001", "card-abc123"} <= decisions.keys()


async def test_one_wrong_thing_and_nothing_is_stored(context: Context) -> None:
    seed = read(EMART)
    bad = replace(seed.tokens[0], token=" ")
    with pytest.raises(Invalid, match="A token has"):
        await load(context, HALLA, replace(seed, tokens=(*seed.tokens, bad)))
    assert await one(context, TOTALS) == (0, 0, None, 0)
    assert await one(context, "SELECT count(*) FROM id_token") == (0,)


async def test_changed_line_updates_its_row_only(context: Context, tmp_path: Path) -> None:
    await load(context, HALLA, read(EMART))
    for file in EMART.iterdir():
        text = file.read_text(encoding="utf-8").replace(
            "emart_150,이마트 150원/kWh,KRW,150", "emart_150,새 값,KRW,180"
        )
        (tmp_path / file.name).write_text(
            text.replace("33.5120,126.5246,100", "33.5120,126.5246,120"), encoding="utf-8"
        )
    loaded = await load(context, HALLA, read(tmp_path))
    assert {part.kind: part.updated for part in loaded.parts if part.updated} == {
        "tariff": 1,
        "station": 1,
    }
    assert loaded.created == 0
    assert await one(
        context,
        "SELECT max_power_w, revision = (SELECT max(revision) FROM station_state)"
        " FROM station JOIN station_state ON station_id = id WHERE id = 'emart_jeju_main_01'",
    ) == (120_000.0, True)


async def test_ten_thousand_stations_take_seconds(context: Context) -> None:
    locations = tuple(
        LocationRecord(
            id=f"L{site}",
            stations=tuple(
                StationRecord(
                    id=f"S{site}-{number}",
                    position=Position(lat=33.2 + site / 1000, lon=126.2 + number / 1000),
                    max_power_w=50_000,
                )
                for number in range(50)
            ),
        )
        for site in range(200)
    )
    began = time.monotonic()
    loaded = await load(context, HALLA, Seed(locations=locations))
    assert loaded.registered.stations == 10_000
    assert (
        time.monotonic() - began < 15
    )  # 0.7 s on two cores; a statement per row would take minutes

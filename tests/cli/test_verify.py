"""`halla verify`: it passes on what stations really sent, and fails for each single value that is changed by hand."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import emart_checks, halla
from app.cli.energy_checks import check_all
from app.cli.mismatches import Checked
from app.csms.audit import HALLA
from app.csms.context import Context
from app.csms.journal import Journal
from app.csms.lanes import Lanes
from app.ingress.server import serve
from app.seed.load import load
from app.seed.read import read
from app.store.rollups import roll_up
from tests.charger import charger
from tests.factories import make_station

BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=20)
FRAMES = "acknowledged frames = samples, sessions"
A, OLD = "emart_jeju_main_01", "emart_jeju_main_02"


def at(seconds: float) -> str:
    return (BEGAN + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def event(kind: str, seconds: float, wh: float, seq_no: int) -> dict[str, Any]:
    """2.0.1 TransactionEvent, which at its start names a token, and at its end what the station takes it to cost."""
    measured = {
        "Power.Active.Import": 99900.5,
        "Current.Import": 250.25,
        "Voltage": 400.5,
        "SoC": 20.5 + seq_no,
    }
    values = [{"value": wh}, *({"value": v, "measurand": m} for m, v in measured.items())]
    info: dict[str, Any] = {"transactionId": "1f3a9c2e", "chargingState": "Charging"}
    if kind == "Ended":
        info["totalCost"] = 62.5
    token = {"idToken": {"idToken": "TAG-1", "type": "ISO14443"}} if kind == "Started" else {}
    return token | {
        "eventType": kind,
        "timestamp": at(seconds),
        "triggerReason": "MeterValuePeriodic",
        "seqNo": seq_no,
        "transactionInfo": info,
        "evse": {"id": 1, "connectorId": 1},
        "meterValue": [{"timestamp": at(seconds), "sampledValue": values}],
    }


async def two_sessions(context: Context) -> None:
    """One of 2.0.1 that takes 416.67 Wh (62.50 won, billed 63), and one of 1.6, over real sockets."""
    journal = Journal(context)
    for station_id in (A, OLD):
        await make_station(context, station_id)
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, journal, host="127.0.0.1", port=0) as server,
    ):
        async with charger(server.port, A) as new:
            readings = (0.0, 138.888889, 277.777778, 416.666667)
            kinds = ("Started", "Updated", "Updated", "Ended")
            power = {"value": 7000, "measurand": "Power.Active.Import"}
            idle = {"timestamp": at(-60), "sampledValue": [power]}
            await new.call("MeterValues", {"evseId": 2, "meterValue": [idle]})
            for number, (kind, wh) in enumerate(zip(kinds, readings, strict=True)):
                await new.call("TransactionEvent", event(kind, number * 5, wh, number))
        async with charger(server.port, OLD, "ocpp1.6") as old:
            begin = {"connectorId": 1, "idTag": "x", "meterStart": 1000, "timestamp": at(0)}
            number = (await old.call("StartTransaction", begin))["transactionId"]
            value = {"timestamp": at(60), "sampledValue": [{"value": "1500"}]}
            told = {"connectorId": 1, "transactionId": number, "meterValue": [value]}
            await old.call("MeterValues", told)
            stop = {"transactionId": number, "meterStop": 2500, "timestamp": at(120)}
            await old.call("StopTransaction", stop)
    await journal.write()
    async with context.database.pool.connection() as connection:
        await roll_up(connection, datetime.now(UTC) + timedelta(minutes=5))


REMOTE_START = """
INSERT INTO station_command (station_id, action, request, requested_by, effect_at, transaction_id)
SELECT station_id, 'RequestStartTransaction', '{"id_token": "tag-1"}', 'kim', now(), id
FROM transaction WHERE transaction_id = '1f3a9c2e'
"""


async def execute(context: Context, statement: str) -> None:
    async with context.database.read() as connection:
        assert (await connection.execute(statement)).rowcount > 0, statement


async def checked(context: Context) -> list[Checked]:
    return (await check_all(context, BEGAN - timedelta(hours=1)))[0]


TAMPERED = {
    "energy": (
        "UPDATE transaction SET energy_wh = energy_wh {0} 1 WHERE transaction_id = '1f3a9c2e'",
        "1f3a9c2e  energy_wh: stored 417.666667, expected 416.666667",
    ),
    "cost": (
        "UPDATE transaction SET cost = cost {0} 1 WHERE transaction_id = '1f3a9c2e'",
        "1f3a9c2e  cost: stored 64, expected 63",
    ),
    "the register at the end": (
        "UPDATE transaction SET meter_wh = meter_wh {0} 1 WHERE station_id = 'emart_jeju_main_02'",
        "meter_wh (as the station's last word): stored 2501, expected 2500",
    ),
    "the register at the start": (
        "UPDATE transaction SET meter_start_wh = meter_start_wh {0} 1"
        " WHERE station_id = 'emart_jeju_main_02'",
        "energy_wh: stored 1500, expected 1499",
    ),
    "a sample in the middle": (
        "UPDATE meter_sample SET energy_wh = energy_wh {0} 1 WHERE energy_wh BETWEEN 200 AND 300",
        "stored 278.777778, expected 277.777778",
    ),
    "a sample's time": (
        "UPDATE meter_sample SET measured_at = measured_at {0} interval '1 s'"
        " WHERE energy_wh BETWEEN 200 AND 300",
        "stored nothing, expected 277.777778",
    ),
    **{
        f"{what} of a sample": (
            f"UPDATE meter_sample SET {what} = {what} {{0}} 0.5 WHERE energy_wh BETWEEN 200 AND 300",
            f"Sample.Periodic {what}: stored {value + 0.5}, expected {value}",
        )
        for what, value in {
            "power_w": 99900.5,
            "current_a": 250.25,
            "voltage_v": 400.5,
            "soc_percent": 22.5,
        }.items()
    },
    "the power of a sample without a transaction": (
        "UPDATE meter_sample SET power_w = power_w {0} 1 WHERE transaction_id IS NULL",
        "EVSE 2  sample",
    ),
    "the start": (
        "UPDATE transaction SET started_at = started_at {0} interval '1 s'"
        " WHERE transaction_id = '1f3a9c2e'",
        "1f3a9c2e  started_at: stored",
    ),
    "the end": (
        "UPDATE transaction SET ended_at = ended_at {0} interval '1 s'"
        " WHERE transaction_id = '1f3a9c2e'",
        "1f3a9c2e  ended_at: stored",
    ),
    "the end, with the register": (
        "UPDATE transaction SET ended_at = ended_at {0} interval '1 s', meter_wh = meter_wh {0} 1,"
        " energy_wh = energy_wh {0} 1 WHERE station_id = 'emart_jeju_main_02'",
        "meter_wh (as the station's last word): stored 2501, expected 2500",
    ),
    "1.6's start": (
        "UPDATE transaction SET started_at = started_at {0} interval '1 hour'"
        " WHERE station_id = 'emart_jeju_main_02'",
        "started_at: stored",
    ),
    "that there was a token": (
        "UPDATE transaction SET id_token = CASE '{0}' WHEN '-' THEN 'TAG-1' END"
        " WHERE transaction_id = '1f3a9c2e'",
        "id_token: stored nothing, expected the one that it told",
    ),
    "the token's type": (
        "UPDATE transaction SET token_type = CASE '{0}' WHEN '-' THEN 'ISO14443' ELSE 'Central' END"
        " WHERE transaction_id = '1f3a9c2e'",
        "token_type: stored Central, expected ISO14443",
    ),
    "the token of a remote start": (
        "UPDATE transaction SET id_token = CASE '{0}' WHEN '-' THEN 'TAG-1' ELSE 'TAG-2' END"
        " WHERE transaction_id = '1f3a9c2e'",
        "id_token: stored TAG-2, expected tag-1",
    ),
    "what it costs by the station": (
        "UPDATE transaction SET station_cost = station_cost {0} 1 WHERE transaction_id = '1f3a9c2e'",
        "station_cost: stored 63.5, expected 62.5",
    ),
    "a cost that the station never told": (
        "UPDATE transaction SET station_cost = CASE '{0}' WHEN '+' THEN 1 END"
        " WHERE station_id = 'emart_jeju_main_02'",
        "station_cost: stored 1, expected nothing",
    ),
    "an hourly sum": (
        "UPDATE energy_hour SET energy_wh = energy_wh {0} 1 WHERE station_id = 'emart_jeju_main_02'",
        "energy_hour: stored",
    ),
    "a session's hour": (
        "UPDATE session_hour SET last_wh = last_wh {0} 1 WHERE station_id = 'emart_jeju_main_02'",
        "last_wh: stored",
    ),
}


@pytest.fixture
def environment(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLA_DATABASE_URL", database_url)


async def run(*arguments: str) -> tuple[int, str]:
    """The command as a person types it."""
    result = await asyncio.to_thread(CliRunner().invoke, halla, arguments)
    return result.exit_code, result.output


async def test_energy(context: Context, environment: None) -> None:
    code, told = await run("verify", "energy")
    assert (code, "0 records" in told) == (0, True), told
    assert (await run("verify", "energy", "--at-least", "1"))[0] == 1
    await two_sessions(context)
    await execute(context, REMOTE_START)
    checks = await checked(context)
    assert [str(wrong) for check in checks for wrong in check.mismatches] == []
    assert {check.name: check.count for check in checks}[FRAMES] == 8
    code, told = await run("verify", "energy", "--at-least", "2")
    assert code == 0, told
    for line in (
        "✓ Database connected",
        "✓ Found 2 new records",
        "energy_delivered: 0.42 kWh",
        "total_charge: 63.0 원 (62.50 exactly)",
        "충전기별 에너지 통계",
        "최근 10개 거래",
        "62.50 exactly, billed 63 KRW",
        f"✓ {FRAMES}: 8 checked",
    ):
        assert line in told, told
    for what, (statement, sentence) in TAMPERED.items():
        await execute(context, statement.format("+"))
        wrong = [str(one) for check in await checked(context) for one in check.mismatches]
        assert any(sentence in line for line in wrong), (what, wrong)
        if what == "cost":
            code, told = await run("verify", "energy")
            assert (code, sentence in told) == (1, True), told
        await execute(context, statement.format("-"))
        assert not [one for check in await checked(context) for one in check.mismatches], what
    await execute(context, "DELETE FROM session_hour WHERE station_id = 'emart_jeju_main_02'")
    await execute(context, "DELETE FROM transaction WHERE station_id = 'emart_jeju_main_02'")
    wrong = [str(one) for check in await checked(context) for one in check.mismatches]
    told = "session: stored nothing, expected the one of its 3 samples (up to 2500 Wh)"
    assert any(told in line for line in wrong), wrong
    await execute(context, "DELETE FROM meter_sample WHERE energy_wh BETWEEN 200 AND 300")
    assert any(check.mismatches for check in await checked(context))


async def test_a_session_that_told_only_how_it_began_is_true(context: Context) -> None:
    """1.6: a refused tag's, for instance; the next one at its connector supersedes it."""
    await make_station(context, OLD)
    journal = Journal(context)
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, journal, host="127.0.0.1", port=0) as server,
        charger(server.port, OLD, "ocpp1.6") as old,
    ):
        for seconds, tag in ((0, "blocked"), (60, "x")):
            begin = {"connectorId": 1, "idTag": tag, "meterStart": 1000, "timestamp": at(seconds)}
            number = (await old.call("StartTransaction", begin))["transactionId"]
        stop = {"transactionId": number, "meterStop": 2500, "timestamp": at(120)}
        await old.call("StopTransaction", stop)
    await journal.write()
    checks = await checked(context)
    assert [str(wrong) for check in checks for wrong in check.mismatches] == []
    assert checks[0].count == 2
    began = "UPDATE meter_sample SET energy_wh = energy_wh + 1 WHERE measured_at = "
    await execute(context, f"{began}'{at(0)}'")
    assert any(check.mismatches for check in await checked(context))


async def test_what_a_station_of_1_6_says_without_a_number_or_a_clock_is_true(
    context: Context,
) -> None:
    """It never heard its transaction's number; of another it tells the end with a clock that was not set."""
    journal = Journal(context)
    await make_station(context, OLD)
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, journal, host="127.0.0.1", port=0) as server,
        charger(server.port, OLD, "ocpp1.6") as old,
    ):
        for seconds, ends in ((0, at(120)), (200, "1970-01-01T00:00:09Z")):
            begin = {"connectorId": 1, "idTag": "x", "meterStart": 1000, "timestamp": at(seconds)}
            number = (await old.call("StartTransaction", begin))["transactionId"]
            value = {"timestamp": at(seconds + 60), "sampledValue": [{"value": "1500"}]}
            named = 0 if seconds == 0 else number
            told = {"connectorId": 1, "transactionId": named, "meterValue": [value]}
            await old.call("MeterValues", told)
            stop = {"transactionId": named or -1, "meterStop": 2500, "timestamp": ends}
            await old.call("StopTransaction", stop)
    await journal.write()
    checks = await checked(context)
    assert [str(wrong) for check in checks for wrong in check.mismatches] == []
    assert checks[0].count == 2


async def test_readings_with_a_number_that_was_never_issued_are_true(context: Context) -> None:
    """They count for what runs there."""
    journal = Journal(context)
    await make_station(context, OLD)
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, journal, host="127.0.0.1", port=0) as server,
        charger(server.port, OLD, "ocpp1.6") as old,
    ):
        begin = {"connectorId": 1, "idTag": "x", "meterStart": 1000, "timestamp": at(0)}
        number = (await old.call("StartTransaction", begin))["transactionId"]
        for connector, seconds in ((1, 60), (0, 120)):
            energy = str(1000 + 5 * seconds)
            value = {"timestamp": at(seconds), "sampledValue": [{"value": energy}]}
            told = {"connectorId": connector, "transactionId": 987654, "meterValue": [value]}
            await old.call("MeterValues", told)
        stop = {"transactionId": number, "meterStop": 2500, "timestamp": at(180)}
        await old.call("StopTransaction", stop)
    await journal.write()
    checks = await checked(context)
    assert [str(wrong) for check in checks for wrong in check.mismatches] == []
    assert checks[0].count == 1


async def test_a_session_that_begins_in_the_moment_in_which_another_ends_is_true(
    context: Context,
) -> None:
    """Of one moment, EVSE and reason one reading is stored: the first."""
    await make_station(context, A)
    journal = Journal(context)
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, journal, host="127.0.0.1", port=0) as server,
        charger(server.port, A) as new,
    ):
        for name, second in (("one", 0), ("two", 60)):
            for number, (kind, wh) in enumerate((("Started", 0.0), ("Ended", 100.0))):
                told = event(kind, second + number * 60, wh, number)
                told["transactionInfo"]["transactionId"] = name
                await new.call("TransactionEvent", told)
    await journal.write()
    checks = await checked(context)
    assert [str(wrong) for check in checks for wrong in check.mismatches] == []
    assert checks[0].count == 2
    ended = "UPDATE meter_sample SET energy_wh = energy_wh + 1 WHERE measured_at = "
    await execute(context, f"{ended}'{at(60)}'")
    assert any(check.mismatches for check in await checked(context))


@pytest.fixture
async def emart(context: Context) -> Context:
    await load(context, HALLA, read(emart_checks.DEFAULT))
    return context


async def test_emart(emart: Context, environment: None) -> None:
    code, told = await run("verify", "emart")
    assert code == 0, told
    for line in (
        "[1/3] 충전소",
        "이마트 신제주점 충전소",
        "33.5119, 126.5245",
        "12개, 1,200 kW, ultra_fast, 사용 가능 0/12",
        "총 34개",
        "✓ 3 stations, 34 chargers, 2,900 kW, available 0/34 (offline 34)",
    ):
        assert line in told, told
    for change, back, complaint in (
        (
            "UPDATE station SET position = ST_Translate(position, 0.001, 0) WHERE id = 'emart_shinjeju_03'",
            "UPDATE station SET position = ST_Translate(position, -0.001, 0) WHERE id = 'emart_shinjeju_03'",
            "emart_shinjeju_03: stands 93 m from where it should",
        ),
        (
            "UPDATE station SET retired_at = now() WHERE id = 'emart_jeju_main_02'",
            "UPDATE station SET retired_at = NULL WHERE id = 'emart_jeju_main_02'",
            "emart_jeju_main_02: is not there",
        ),
        (
            "UPDATE tariff SET price_per_kwh = 300",
            "UPDATE tariff SET price_per_kwh = 150",
            "costs 300 KRW a kWh instead of 150 KRW",
        ),
        (
            "UPDATE station_alias SET station_id = 'emart_jeju_main_09' WHERE alias = 'emart_jeju_01'",
            "UPDATE station_alias SET station_id = 'emart_jeju_main_01' WHERE alias = 'emart_jeju_01'",
            "emart_jeju_01: is no alias of emart_jeju_main_01",
        ),
        (
            "UPDATE station SET max_power_w = 50000 WHERE id = 'emart_seogwipo_12'",
            "UPDATE station SET max_power_w = 100000 WHERE id = 'emart_seogwipo_12'",
            "emart_seogwipo_12: 50000 W instead of 100000",
        ),
        (
            "UPDATE station SET serial_number = 'X-1' WHERE id = 'emart_seogwipo_12'",
            "UPDATE station SET serial_number = 'SN-EMART_SEOGWIPO-0012' WHERE id = 'emart_seogwipo_12'",
            "emart_seogwipo_12: is no. X-1 instead of SN-EMART_SEOGWIPO-0012",
        ),
        (
            "UPDATE location SET address = '서귀포시' WHERE id = 'emart_seogwipo'",
            "UPDATE location SET address = '서귀포시 중산간로 465' WHERE id = 'emart_seogwipo'",
            "충전소, 서귀포시 instead of 이마트 서귀포점 충전소, 서귀포시 중산간로 465",
        ),
    ):
        await execute(emart, change)
        assert any(complaint in told for told in (await emart_checks.check(emart)).complaints)
        await execute(emart, back)
    assert (await emart_checks.check(emart)).complaints == ()
    await execute(emart, "DELETE FROM station WHERE id = 'emart_jeju_main_02'")
    code, told = await run("verify", "emart")
    assert (code, "33 chargers instead of 34" in told) == (1, True), told

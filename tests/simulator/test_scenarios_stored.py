"""The scenarios against the real CSMS: everything that was told is stored, and the command's exit status is true."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from app.cli import halla
from app.cli.books import DatabaseBooks, check, latest
from app.cli.seed import DEFAULT
from app.csms.actors import Actor
from app.csms.commands import CommandResult
from app.csms.context import Context
from app.csms.lanes import Lanes
from app.csms.provisioning import known
from app.csms.remote_control import start_charging, stop_charging
from app.csms.smart_charging import set_power_limit
from app.domain.commands import OutcomeStatus
from app.domain.roles import Role
from app.ingress.server import serve
from app.queries.transactions import TransactionRow, recent
from app.seed.load import load
from app.seed.read import read
from app.simulator.originals.cast import Charger, Sent
from app.simulator.originals.clock import Clock
from app.simulator.originals.run import Casting, Outcome, length_s, play
from app.simulator.originals.scenarios import chosen
from app.simulator.originals.stage import Dialect, Scenario, Stage
from tests.factories import make_station

SPEED = 200.0
SETTLING_S = 1.6
"""B takes its time before and after its BootNotification."""

TESTER = Actor(name="tester", role=Role.ADMIN)
FULL, HALF = Decimal("138.889"), Decimal("69.444")


class Everybody:
    """Looks on and says nothing."""

    def opens(self, scenario: Scenario, chargers: list[Charger], clock: Clock) -> None: ...
    def hears(self, station_id: str, text: str) -> None: ...
    def closes(
        self, scenario: Scenario, took_s: float, sent: list[Sent], *, completed: bool
    ) -> None: ...


class Stopwatch(Everybody):
    """Knows how long everything has to take."""

    def closes(
        self, scenario: Scenario, took_s: float, sent: list[Sent], *, completed: bool
    ) -> None:
        assert completed
        assert scenario.lasts_s - 0.01 < took_s < scenario.lasts_s + SETTLING_S


@pytest.fixture
async def port(context: Context) -> AsyncIterator[int]:
    """The Emart stores, and a CSMS that serves them."""
    await load(context, TESTER, read(DEFAULT, known=await known(context)))
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, None, host="127.0.0.1", port=0) as server,
    ):
        yield server.port


async def run(
    context: Context, port: int, name: str, dialect: Dialect, *, lose_last: bool = False
) -> Outcome:
    """As the command does it: in the past, but after what is known."""
    scenarios = chosen(name)
    begins = datetime.now(UTC) - timedelta(seconds=length_s(scenarios))
    books = DatabaseBooks(context.database)
    ids = [part.station_id for one in scenarios for part in one.parts]
    before = await latest(books, ids, begins - timedelta(hours=1))
    if before is not None:
        begins = max(begins, before + timedelta(seconds=1))
    casting = Casting(
        url=f"ws://127.0.0.1:{port}", dialect=dialect, speed=SPEED, lose_last=lose_last
    )
    async with asyncio.timeout(60):
        outcome = await play(scenarios, casting, begins, Stopwatch())  # type: ignore[arg-type]
    assert outcome.failures == []
    assert outcome.answered == outcome.calls
    findings = await check(books, outcome.sent, patience_s=5.0)
    assert [one.complaint for one in findings] == [None] * len(outcome.sent)
    return outcome


async def stored(context: Context) -> list[TransactionRow]:
    """Oldest first."""
    return list(reversed(await recent(context.database, limit=200)))


@pytest.mark.parametrize(
    ("dialect", "share", "first"), [("standard", 1, 0), ("legacy-a", 1, 0), ("legacy-b", 5, 1)]
)
async def test_all_five_are_stored(
    context: Context, port: int, dialect: Dialect, share: int, first: int
) -> None:
    """B counts a fifth of the energy, and a tick before it waits; what is stored is what it told."""
    await run(context, port, "all", dialect)
    rows = await stored(context)
    main, shinjeju = "emart_jeju_main", "emart_shinjeju"
    expected = [
        (f"{main}_01", FULL * (3 + first) / share),
        (f"{main}_01", FULL * (4 + first) / share),
        (f"{main}_02", FULL * (4 + first) / share),
        (f"{shinjeju}_01", HALF * (4 + first) / share),
        (f"{main}_01", Decimal(1500)),
        *[(f"{main}_01", FULL * (1 + first) / share)] * 5,
    ]
    for row, (name, wh) in zip(sorted(rows, key=_key), sorted(expected), strict=True):
        assert row.station_id == name
        assert row.ended_at is not None
        assert float(row.energy_wh) == pytest.approx(float(wh), abs=0.01)
        assert row.cost == (row.energy_wh * 150 / 1000).quantize(Decimal(1), "ROUND_HALF_UP")


def _key(row: TransactionRow) -> tuple[str, Decimal]:
    return row.station_id, row.energy_wh


EXAMPLES: dict[str, dict[str, tuple[Decimal, ...]]] = {
    "custom-server": {},
    "long-session": {"extended_session_01": (6 * FULL,)},
    "power-comparison": {
        "fast_charger_001": (FULL * 7,),
        "slow_charger_001": (FULL * Decimal("0.44"),),
    },
    "error-handling": {},
    "benchmark": {f"benchmark_charger_{n:03}": (FULL,) * 3 for n in range(1, 51)},
}
"""What each charger takes: a tick of 100 kW is FULL; 350 kW and 22 kW for two ticks."""


@pytest.mark.parametrize("name", [*EXAMPLES, "jeju-station"])
async def test_an_advanced_example_is_stored(context: Context, port: int, name: str) -> None:
    """As an unchanged A plays it; the five of jeju-station begin when the seed says, and end together."""
    scenario = chosen(name)[0]
    for part in scenario.parts:
        if not part.url:
            await make_station(context, part.station_id)
    outcome = await run(context, port, name, "legacy-a")
    rows = await stored(context)
    assert all(row.ended_at is not None for row in rows)
    found = defaultdict[str, list[float]](list)
    for row in rows:
        found[row.station_id].append(float(row.energy_wh))
    if name == "jeju-station":
        assert set(found) == {part.station_id for part in scenario.parts}
        ticks = [sum(energies) / float(FULL) for energies in found.values()]
        assert {round(each) for each in ticks} <= {0, 1, 2}
        assert ticks == pytest.approx([round(each) for each in ticks], abs=0.01)
        assert sum(ticks) >= 3
    else:
        for station_id, energies in EXAMPLES[name].items():
            expected = [float(wh) for wh in energies]
            assert found.pop(station_id) == pytest.approx(expected, abs=0.01)
        assert found == {}
    assert len(outcome.sent) == len(rows)


@pytest.mark.parametrize("dialect", ["standard", "legacy-a"])
async def test_scenario_4_gives_the_same_each_time(
    context: Context, port: int, dialect: Dialect
) -> None:
    for _ in range(2):
        await run(context, port, "4", dialect)
    rows = await stored(context)
    assert [(row.energy_wh, row.cost) for row in rows] == [(Decimal(1500), Decimal(225))] * 2
    if dialect == "legacy-a":
        assert {row.transaction_id for row in rows} == {"txn_test_001"}
    else:
        assert len({row.transaction_id for row in rows}) == 2


async def test_scenario_2_without_its_last_tick(context: Context, port: int) -> None:
    """As simulator A mostly does it."""
    outcome = await run(context, port, "2", "legacy-a", lose_last=True)
    (row,) = await stored(context)
    assert row.energy_wh.quantize(Decimal("0.001")) == Decimal("277.778")
    assert row.cost == 42
    assert row.station_cost is not None
    assert outcome.sent[0].cost == pytest.approx(float(row.station_cost), abs=0.001)


async def test_bs_own_run(context: Context, port: int) -> None:
    await run(context, port, "two-chargers", "legacy-b")
    rows = await stored(context)
    assert {row.station_id for row in rows} == {"emart_jeju_main_01", "emart_shinjeju_01"}
    for row in rows:
        assert float(row.energy_wh) == pytest.approx(138.889, abs=0.01)
        assert float(row.station_cost or 0) == pytest.approx(20.83)


@pytest.mark.parametrize("dialect", ["standard", "legacy-a", "legacy-b"])
async def test_a_limit_is_accepted_and_obeyed(
    context: Context, port: int, dialect: Dialect
) -> None:
    """In whatever form the charger understands it."""
    limits: list[CommandResult] = []

    async def act(stage: Stage) -> None:
        charger = stage.first
        await charger.connect()
        await charger.start("token_user_001")
        limits.append(await set_power_limit(context, TESTER, "emart_jeju_main_01", 50_000.0))
        await charger.charge(4.0 if dialect == "legacy-b" else 5.0)
        assert charger.look.power_kw == 50.0
        await charger.stop()
        await charger.disconnect()

    scenario = replace(chosen("2")[0], act=act, lasts_s=8.0)
    casting = Casting(url=f"ws://127.0.0.1:{port}", dialect=dialect, speed=20.0)
    outcome = await play([scenario], casting, datetime.now(UTC), Everybody())  # type: ignore[arg-type]
    assert outcome.failures == []
    assert [one.outcome.status for one in limits] == [OutcomeStatus.ACCEPTED]
    (row,) = await stored(context)
    wh = 50_000.0 / 3600.0 * (1.0 if dialect == "legacy-b" else 5.0)
    assert float(row.energy_wh) == pytest.approx(wh, abs=0.01)


@pytest.mark.parametrize("dialect", ["standard", "legacy-a", "legacy-b"])
async def test_the_csms_starts_and_stops_them(
    context: Context, port: int, dialect: Dialect
) -> None:
    results: list[CommandResult] = []
    station = "emart_jeju_main_01"

    async def act(stage: Stage) -> None:
        charger = stage.first
        await charger.connect()
        while dialect != "standard" and not charger.answers.answered:  # it does not wait for that
            await asyncio.sleep(0.02)
        results.append(await start_charging(context, TESTER, station, id_token="token_user_001"))
        results.append(await stop_charging(context, TESTER, station))
        await charger.disconnect()

    scenario = replace(chosen("1")[0], act=act)
    casting = Casting(url=f"ws://127.0.0.1:{port}", dialect=dialect, speed=20.0)
    outcome = await play([scenario], casting, datetime.now(UTC), Everybody())  # type: ignore[arg-type]
    assert outcome.failures == []
    assert [one.outcome.status for one in results] == [OutcomeStatus.ACCEPTED] * 2
    (row,) = await stored(context)
    assert row.ended_at is not None
    assert row.transaction_id == results[0].transaction_id


CHANGES = {
    "energy_wh = energy_wh + 1": "instead of",
    "cost = cost - 1": "costs 62",
    "ended_at = NULL": "still running",
    "transaction_id = 'other'": "is not stored",
    "started_at = started_at - interval '1 minute'": "is not stored",
    "station_cost = 63": "claimed 62.5 won",
}


async def test_a_stored_value_that_was_changed_is_noticed(context: Context, port: int) -> None:
    outcome = await run(context, port, "2", "legacy-a")
    books = DatabaseBooks(context.database)
    for change, complaint in CHANGES.items():
        async with context.database.read() as connection:
            await connection.execute("CREATE TABLE kept AS SELECT * FROM transaction")
            await connection.execute(f"UPDATE transaction SET {change}")  # type: ignore[arg-type]
            (found,) = await check(books, outcome.sent, patience_s=0.0)
            await connection.execute("DELETE FROM transaction")
            await connection.execute("INSERT INTO transaction SELECT * FROM kept")
            await connection.execute("DROP TABLE kept")
        assert found.complaint is not None, change
        assert complaint in found.complaint
    (found,) = await check(books, outcome.sent, patience_s=0.0)
    assert found.complaint is None
    assert found.remark == "exactly 62.50"


_FALSIFY = """
CREATE FUNCTION falsify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NEW.energy_wh := NEW.energy_wh + 100; RETURN NEW; END $$
"""
_TRIGGER = """
CREATE TRIGGER falsify BEFORE INSERT OR UPDATE ON transaction FOR EACH ROW EXECUTE FUNCTION falsify()
"""


async def command(*arguments: str) -> tuple[int, str]:
    """In a thread: the command has an event loop of its own."""
    told = await asyncio.to_thread(CliRunner().invoke, halla, ["simulate", "scenario", *arguments])
    return told.exit_code, told.output


async def test_the_exit_status_is_true(
    context: Context, port: int, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cli.running.configure_logging", lambda *_: None)
    monkeypatch.setenv("HALLA_DATABASE_URL", database_url)
    monkeypatch.setenv("HALLA_OCPP_PORT", str(port))
    monkeypatch.setattr("app.cli.scenario.PATIENCE_S", 1.0)
    fast = ("--speed", "200", "--dialect", "legacy-a")
    code, output = await command("4", *fast)
    assert code == 0, output
    assert "TransactionEvent - Updated, Energy: 1.50 kWh" in output
    assert "✓ Scenario 4 completed (6 s, 1 transaction, 1.5000 kWh)" in output
    assert "1 of 1 transactions are stored as they were sent" in output

    async with context.database.read() as connection:
        await connection.execute(_FALSIFY)
        await connection.execute(_TRIGGER)
    code, output = await command("2", *fast)
    assert code == 1, output
    assert "0 of 1 transactions are stored as they were sent" in output


async def test_without_a_csms_or_a_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.cli.running.configure_logging", lambda *_: None)
    code, output = await command("1", "--url", "ws://127.0.0.1:9", "--dialect", "legacy-a")
    assert code == 1, output
    assert "✗ Scenario 1 failed" in output
    assert "Not checked" in output
    for wrong, said in (
        (("9",), "There is no scenario '9'; choose one of 1, 2, 3, 4, 5,"),
        (("1", "--dialect", "c"), "choose one of standard, legacy-a, legacy-b"),
        (("1", "--version", "3"), "There is no OCPP version '3'"),
    ):
        code, output = await command(*wrong)
        assert code == 2, output
        assert said in output

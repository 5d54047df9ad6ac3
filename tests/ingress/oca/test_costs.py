"""I: what it costs, while it runs and when it is over."""

import pytest

from app.csms import running_costs
from app.csms.running_costs import tell_cost, tell_running_costs
from app.domain.commands import OutcomeStatus
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.driver import Session

SHOWS = """
INSERT INTO station_variable (station_id, component, component_instance, evse_id, connector_id, name,
                              variable_instance, attribute, value)
VALUES ('CS001', 'TariffCostCtrlr', '', 0, 0, 'Enabled', 'Cost', 'Actual', 'true')
"""


@pytest.mark.oca("TC_I_01")
async def test_tc_i_01(bench: Bench) -> None:
    """A station that shows costs is told the running cost, again when it has changed and not before."""
    async with bench.context.database.read() as connection:
        await connection.execute(SHOWS)
    async with bench.connect() as station:
        session = Session(station)
        await session.start()
        for wh, cost in ((1000, 150), (2000, 300)):
            await session.sample(wh)
            task = bench.start(tell_running_costs(bench.context))
            asked = await station.obey("CostUpdated")
            assert asked == {"totalCost": cost, "transactionId": "TX-0001"}
            await task
        await tell_running_costs(bench.context)
    assert await bench.rows("SELECT action, status FROM station_command ORDER BY id") == [
        ("CostUpdated", "accepted"),
        ("CostUpdated", "accepted"),
    ]
    assert await bench.rows("SELECT cost FROM transaction") == [(300,)]


async def test_who_was_not_told_for_longest_is_told_first(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silent stations are told a cost in vain again and again; the others get their turn in between."""
    monkeypatch.setattr(running_costs, "MOST_AT_ONCE", 1)
    async with bench.context.database.read() as connection:
        await connection.execute(SHOWS)
    async with bench.connect() as station:
        first, second = Session(station), Session(station, transaction="TX-0002", evse=2)
        for session in (first, second):
            await session.start()
            await session.sample(1000)
        for told in ("TX-0001", "TX-0002"):
            task = bench.start(tell_running_costs(bench.context))
            assert (await station.obey("CostUpdated"))["transactionId"] == told
            await task
            await first.sample(2000)


async def test_a_station_that_shows_no_costs_is_left_alone(bench: Bench) -> None:
    """Nothing is sent by itself; an operator may send it."""
    async with bench.connect() as station:
        session = Session(station)
        await session.start()
        await session.sample(1000)
        await tell_running_costs(bench.context)
        assert await bench.rows("SELECT id FROM station_command") == []
        task = bench.start(tell_cost(bench.context, bench.actor, ID, "TX-0001"))
        assert (await station.obey("CostUpdated"))["totalCost"] == 150
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED


@pytest.mark.oca("TC_I_02")
async def test_tc_i_02(bench: Bench) -> None:
    """The final cost is in the answer to Ended, and only there; it is what is billed."""
    async with bench.connect() as station:
        session = Session(station)
        assert "totalCost" not in await session.start()
        assert await session.sample(500) == {}
        assert await session.end(2345) == {"totalCost": 352}
    assert await bench.rows("SELECT energy_wh, cost, currency FROM transaction") == [
        (2345, 352, "KRW")
    ]


async def test_the_next_version_tells_the_running_cost_in_every_answer(bench: Bench) -> None:
    """2.1: totalCost in the answer to Updated is what it costs so far."""
    async with bench.connect(subprotocol="ocpp2.1") as station:
        session = Session(station)
        await session.start()
        assert await session.sample(1000) == {"totalCost": 150}
        assert await session.end(2000) == {"totalCost": 300}

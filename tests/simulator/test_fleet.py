"""Whole fleets through their scenarios, against the strict CSMS."""

import asyncio
from collections import Counter

import pytest

from app.simulator.fleet import MAX_STATIONS, plan_from_ids, run_fleet
from app.simulator.plan import StationEvent
from app.simulator.scenarios import deal_roles
from tests.simulator.csms import Csms

END_S = 60.0
IDS = [f"F-{number:02}" for number in range(1, 5)]


def energies(csms: Csms, station: str) -> list[float]:
    return [
        event["meterValue"][0]["sampledValue"][0]["value"]
        for event in csms.events(station)
        if "meterValue" in event
    ]


async def test_exact_gives_the_exact_numbers(csms: Csms) -> None:
    plan = plan_from_ids(IDS, url=csms.url, scenario="exact", speed=4)
    summary = await asyncio.wait_for(run_fleet(plan, stop=asyncio.Event()), END_S)
    assert summary.clean
    assert csms.faults == []
    assert energies(csms, "F-01") == [0, 138.889, 277.778, 416.667]
    kinds = [event["eventType"] for event in csms.events("F-01") if "meterValue" in event]
    assert kinds == ["Started", "Updated", "Updated", "Ended"]
    stopped = csms.of("F-02", "StopTransaction")[0]
    readings = [value["sampledValue"][0]["value"] for value in stopped["transactionData"]]
    assert readings == ["0", "416.667"]
    assert summary.energy_wh == pytest.approx(4 * 1250 / 3)
    assert summary.transactions_started == summary.transactions_ended == 4


async def test_a_session_takes_what_was_ordered_and_ends(csms: Csms) -> None:
    plan = plan_from_ids(
        IDS[:2], url=csms.url, scenario="session", energy_wh=500, speed=20, sample_interval_s=5
    )
    summary = await asyncio.wait_for(run_fleet(plan, stop=asyncio.Event()), END_S)
    assert summary.clean
    assert energies(csms, "F-01")[-1] == 500
    assert summary.energy_wh == pytest.approx(1000)


async def test_steady_stations_sample_until_they_are_stopped(csms: Csms) -> None:
    stop = asyncio.Event()
    plan = plan_from_ids(
        IDS, url=csms.url, scenario="steady", version="2.0.1", sample_interval_s=1, strict=False
    )
    running = asyncio.create_task(run_fleet(plan, stop=stop))
    await csms.until(lambda: all(len(csms.events(one)) >= 5 for one in IDS), END_S)
    stop.set()
    summary = await asyncio.wait_for(running, END_S)
    assert summary.clean
    ended = [csms.events(one)[-1] for one in IDS]
    assert {event["eventType"] for event in ended} == {"Ended"}
    assert {event["transactionInfo"]["stoppedReason"] for event in ended} == {"PowerLoss"}
    assert csms.faults == []


async def test_the_demo_is_soon_alive_in_all_versions(csms: Csms) -> None:
    stop = asyncio.Event()
    events: list[StationEvent] = []
    ids = [f"D-{number:02}" for number in range(20)]
    plan = plan_from_ids(
        ids, url=csms.url, scenario="demo", speed=60, sample_interval_s=10, connects_per_s=100
    )
    running = asyncio.create_task(run_fleet(plan, stop=stop, on_event=events.append))

    def alive() -> bool:
        told = Counter(event.kind for event in events)
        faulted = any(event.text == "Faulted" for event in events)
        return min(told["started"], told["sample"]) >= 8 and faulted and told["disconnected"] > 0

    async with asyncio.timeout(END_S):
        while not alive():
            await asyncio.sleep(0.05)
    stop.set()
    summary = await asyncio.wait_for(running, END_S)
    told = Counter(event.kind for event in events)
    assert told["ended"] == told["started"]
    assert told["disconnected"] > len(ids) - 1
    assert not told["error"]
    assert summary.errors == summary.unanswered == summary.violation_count == 0
    assert csms.faults == []


def test_roles_are_dealt_by_the_seed() -> None:
    assert deal_roles(34, 1) == deal_roles(34, 1) != deal_roles(34, 2)
    roles = deal_roles(34, 1)
    assert sum(role.charges_first for role in roles) == 14
    assert sum(role.breaks_at_s is not None for role in roles) == 2
    assert sum(role.drops_at_s is not None for role in roles) == 2
    assert not any(role.charges_first and role.breaks_at_s for role in roles)


async def test_without_a_csms_the_summary_is_not_clean() -> None:
    stop = asyncio.Event()
    plan = plan_from_ids(["X"], url="ws://127.0.0.1:9", scenario="idle")
    asyncio.get_running_loop().call_later(0.3, stop.set)
    summary = await asyncio.wait_for(run_fleet(plan, stop=stop), END_S)
    assert not summary.clean
    assert summary.booted == 0
    assert summary.refused_connections >= 1


@pytest.mark.parametrize(
    ("ids", "options"),
    [
        (["A"], {"version": "1.5"}),
        (["A"], {"scenario": "nonsense"}),
        ([], {}),
        (["A", "A"], {}),
        ([str(number) for number in range(MAX_STATIONS + 1)], {}),
        (["A"], {"speed": 0}),
        (["A"], {"url": "http://127.0.0.1:9"}),
        (["A"], {"url": "127.0.0.1:9"}),
        (["A"], {"url": "ws:/127.0.0.1:9"}),
    ],
)
def test_plans_that_make_no_sense_are_refused(ids: list[str], options: dict) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        plan_from_ids(ids, **{"url": "ws://127.0.0.1:9"} | options)

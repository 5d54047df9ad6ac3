"""OCPP 1.6: local authorization lists and the cache."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.csms import local_lists
from app.domain.commands import OutcomeStatus
from app.domain.local_lists import ListEntry
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.station import Station

VERSION = "SELECT version FROM local_list"
ENTRIES = "SELECT token, status, group_id FROM local_list_entry ORDER BY token"
TAGS = [ListEntry(token="TAG1", group="FLEET"), ListEntry(token="TAG2")]


@asynccontextmanager
async def online(bench: Bench) -> AsyncIterator[Station]:
    """A station of 1.6 that was heard of."""
    async with bench.connect(subprotocol="ocpp1.6") as station:
        await station.call("Heartbeat")
        yield station


async def send(
    bench: Bench, station: Station, status: str = "Accepted", **wanted: Any
) -> tuple[dict[str, Any], OutcomeStatus]:
    task = bench.start(local_lists.send_local_list(bench.context, bench.actor, ID, **wanted))
    payload = await station.obey("SendLocalList", {"status": status})
    return payload, (await task)[-1].outcome.status


@pytest.mark.parametrize(
    ("version", "status"),
    [
        pytest.param(
            -1,
            OutcomeStatus.NOT_SUPPORTED,
            marks=pytest.mark.oca("TC_042_1_CSMS"),
            id="TC_042_1_CSMS",
        ),
        pytest.param(
            0, OutcomeStatus.ACCEPTED, marks=pytest.mark.oca("TC_042_2_CSMS"), id="TC_042_2_CSMS"
        ),
    ],
)
async def test_version(bench: Bench, version: int, status: OutcomeStatus) -> None:
    """-1: the station knows no lists; 0: it has none."""
    async with online(bench) as station:
        task = bench.start(local_lists.ask_version(bench.context, bench.actor, ID))
        assert await station.obey("GetLocalListVersion", {"listVersion": version}) == {}
        assert (await task).outcome.status is status
    assert await bench.rows(VERSION) == [(version,)]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        pytest.param(
            "NotSupported",
            OutcomeStatus.NOT_SUPPORTED,
            marks=pytest.mark.oca("TC_043_1_CSMS"),
            id="TC_043_1_CSMS",
        ),
        pytest.param(
            "Failed",
            OutcomeStatus.REJECTED,
            marks=pytest.mark.oca("TC_043_3_CSMS"),
            id="TC_043_3_CSMS",
        ),
    ],
)
async def test_refused(bench: Bench, answer: str, status: OutcomeStatus) -> None:
    """What the station does not take is not remembered as its list."""
    async with online(bench) as station:
        _, ended = await send(bench, station, answer, entries=TAGS)
    assert ended is status
    assert await bench.rows(VERSION) == []
    assert await bench.rows("SELECT status, detail FROM station_command") == [
        (status.value, answer)
    ]


@pytest.mark.oca("TC_043_4_CSMS")
async def test_tc_043_4(bench: Bench) -> None:
    """A full list, its members in the order that one firmware reads them by."""
    async with online(bench) as station:
        payload, _ = await send(bench, station, entries=TAGS)
    assert list(payload) == ["listVersion", "localAuthorizationList", "updateType"]
    assert payload == {
        "listVersion": 1,
        "localAuthorizationList": [
            {"idTag": "TAG1", "idTagInfo": {"parentIdTag": "FLEET", "status": "Accepted"}},
            {"idTag": "TAG2", "idTagInfo": {"status": "Accepted"}},
        ],
        "updateType": "Full",
    }
    assert await bench.rows(ENTRIES) == [("tag1", "Accepted", "FLEET"), ("tag2", "Accepted", None)]


@pytest.mark.oca("TC_043_5_CSMS")
async def test_tc_043_5(bench: Bench) -> None:
    """A differential update under the next version; an entry without idTagInfo leaves."""
    async with online(bench) as station:
        await send(bench, station, entries=TAGS)
        changes = [ListEntry(token="TAG1", status=None), ListEntry(token="TAG3")]
        payload, _ = await send(bench, station, entries=changes, full=False)
    assert payload == {
        "listVersion": 2,
        "localAuthorizationList": [
            {"idTag": "TAG1"},
            {"idTag": "TAG3", "idTagInfo": {"status": "Accepted"}},
        ],
        "updateType": "Differential",
    }
    assert await bench.rows(VERSION) == [(2,)]
    assert [row[0] for row in await bench.rows(ENTRIES)] == ["tag2", "tag3"]


@pytest.mark.oca("TC_061_CSMS")
async def test_tc_061(bench: Bench) -> None:
    """ClearCache, accepted and rejected."""
    async with online(bench) as station:
        for answer, status in (
            ("Accepted", OutcomeStatus.ACCEPTED),
            ("Rejected", OutcomeStatus.REJECTED),
        ):
            task = bench.start(local_lists.clear_cache(bench.context, bench.actor, ID))
            assert await station.obey("ClearCache", {"status": answer}) == {}
            assert (await task).outcome.status is status
    assert await bench.rows("SELECT action, status FROM station_command ORDER BY id") == [
        ("ClearCache", "accepted"),
        ("ClearCache", "rejected"),
    ]

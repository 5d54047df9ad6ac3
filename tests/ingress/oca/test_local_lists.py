"""D: local authorization lists, and the cache (C11)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.csms import authorization, local_lists
from app.csms.audit import HALLA
from app.domain.authorization import TokenStatus
from app.domain.commands import OutcomeStatus
from app.domain.errors import Invalid
from app.domain.local_lists import ListEntry
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.station import Station

CARD = ListEntry(token="D001000001", type="ISO14443", group="FLEET")
OTHER = ListEntry(token="D001000002", type="ISO14443")
ENTRIES = (
    "SELECT token, status, group_id FROM local_list_entry WHERE station_id = 'CS001' ORDER BY token"
)
VERSION = "SELECT version FROM local_list WHERE station_id = 'CS001'"


@asynccontextmanager
async def online(bench: Bench) -> AsyncIterator[Station]:
    """A station that was heard of: from then on it can be asked."""
    async with bench.connect() as station:
        await station.call("Heartbeat")
        yield station


async def send(
    bench: Bench, station: Station, status: str = "Accepted", **wanted: Any
) -> tuple[dict[str, Any], OutcomeStatus]:
    """Have a list sent and answered; what went over the wire, and how it ended."""
    task = bench.start(local_lists.send_local_list(bench.context, bench.actor, ID, **wanted))
    payload = await station.obey("SendLocalList", {"status": status})
    return payload, (await task)[-1].outcome.status


@pytest.mark.oca("TC_D_01")
async def test_tc_d_01(bench: Bench) -> None:
    """A full list with its entries, a version above 0; kept once it is accepted."""
    async with online(bench) as station:
        payload, status = await send(bench, station, entries=[CARD, OTHER])
    assert status is OutcomeStatus.ACCEPTED
    assert payload["updateType"] == "Full"
    assert payload["versionNumber"] == 1
    assert payload["localAuthorizationList"][0] == {
        "idToken": {"idToken": "D001000001", "type": "ISO14443"},
        "idTokenInfo": {
            "status": "Accepted",
            "groupIdToken": {"idToken": "FLEET", "type": "Central"},
        },
    }
    assert await bench.rows(VERSION) == [(1,)]
    assert await bench.rows(ENTRIES) == [
        ("d001000001", "Accepted", "FLEET"),
        ("d001000002", "Accepted", None),
    ]


async def test_a_full_list_can_be_made_of_all_tokens_in_parts_that_the_station_takes(
    bench: Bench,
) -> None:
    """ItemsPerMessage bounds each call; the first is Full, the rest Differential, versions grow."""
    for number in range(3):
        await authorization.put_token(bench.context, HALLA, token=f"T{number}")
    async with online(bench) as station:
        async with bench.context.database.read() as connection:
            await connection.execute(
                "INSERT INTO station_variable (station_id, component, component_instance, evse_id, connector_id,"
                " name, variable_instance, attribute, value)"
                " VALUES ('CS001', 'LocalAuthListCtrlr', '', 0, 0, 'ItemsPerMessage', '', 'Actual', '2')"
            )
        task = bench.start(local_lists.send_local_list(bench.context, bench.actor, ID))
        parts = [await station.obey("SendLocalList", {"status": "Accepted"}) for _ in range(3)]
        await task
    assert [part["updateType"] for part in parts] == ["Full", "Differential", "Differential"]
    assert [part["versionNumber"] for part in parts] == [1, 2, 3]
    assert [len(part["localAuthorizationList"]) for part in parts] == [2, 2, 1]
    assert await bench.rows(ENTRIES) == [
        ("blocked", "Blocked", "GROUP"),
        ("t0", "Accepted", None),
        ("t1", "Accepted", None),
        ("t2", "Accepted", None),
        ("valid", "Accepted", "GROUP"),
    ]


async def test_no_list_is_made_of_a_part_of_the_tokens(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever it leaves out is turned away while the station is offline; so nothing is sent, and it is said."""
    monkeypatch.setattr(local_lists, "MOST_ENTRIES", 1)
    with pytest.raises(Invalid, match="at most 1 entries"):
        await local_lists.send_local_list(bench.context, bench.actor, ID)
    assert await bench.rows("SELECT FROM station_command") == []


@pytest.mark.oca("TC_D_02")
async def test_tc_d_02(bench: Bench) -> None:
    """A differential update adds and changes, under a greater version."""
    async with online(bench) as station:
        await send(bench, station, entries=[CARD])
        changed = ListEntry(token="D001000001", type="ISO14443", status=TokenStatus.BLOCKED)
        payload, _ = await send(bench, station, entries=[changed, OTHER], full=False)
    assert payload["updateType"] == "Differential"
    assert payload["versionNumber"] == 2
    assert await bench.rows(ENTRIES) == [
        ("d001000001", "Blocked", None),
        ("d001000002", "Accepted", None),
    ]


@pytest.mark.oca("TC_D_03")
async def test_tc_d_03(bench: Bench) -> None:
    """An entry without idTokenInfo takes the token off the list."""
    async with online(bench) as station:
        await send(bench, station, entries=[CARD, OTHER])
        gone = ListEntry(token="D001000001", type="ISO14443", status=None)
        payload, _ = await send(bench, station, entries=[gone], full=False)
    assert payload["localAuthorizationList"] == [
        {"idToken": {"idToken": "D001000001", "type": "ISO14443"}}
    ]
    assert await bench.rows(ENTRIES) == [("d001000002", "Accepted", None)]
    assert await bench.rows(VERSION) == [(2,)]


@pytest.mark.oca("TC_D_04")
async def test_tc_d_04(bench: Bench) -> None:
    """A full list without entries empties it."""
    async with online(bench) as station:
        await send(bench, station, entries=[CARD])
        payload, _ = await send(bench, station, entries=[])
    assert payload == {"versionNumber": 2, "updateType": "Full"}
    assert await bench.rows(ENTRIES) == []
    assert await bench.rows(VERSION) == [(2,)]


async def test_a_list_that_is_not_accepted_changes_nothing(bench: Bench) -> None:
    """Failed leaves the list that is known."""
    async with online(bench) as station:
        await send(bench, station, entries=[CARD])
        _, status = await send(bench, station, "Failed", entries=[OTHER])
    assert status is OutcomeStatus.REJECTED
    assert await bench.rows(VERSION) == [(1,)]
    assert [row[0] for row in await bench.rows(ENTRIES)] == ["d001000001"]


async def test_a_list_that_is_not_the_one_we_know_is_sent_anew(bench: Bench) -> None:
    """VersionMismatch: its number is asked for, then all of it is sent under the next one."""
    async with online(bench) as station:
        await send(bench, station, entries=[CARD])
        task = bench.start(
            local_lists.send_local_list(bench.context, bench.actor, ID, entries=[OTHER], full=False)
        )
        await station.obey("SendLocalList", {"status": "VersionMismatch"})
        await station.obey("GetLocalListVersion", {"versionNumber": 9})
        payload = await station.obey("SendLocalList", {"status": "Accepted"})
        assert (await task)[-1].outcome.status is OutcomeStatus.ACCEPTED
    assert (payload["updateType"], payload["versionNumber"]) == ("Full", 10)
    assert [row[0] for row in await bench.rows(ENTRIES)] == ["d001000001", "d001000002"]
    assert await bench.rows(VERSION) == [(10,)]


async def test_what_is_too_long_for_a_station_stays_off_its_list(bench: Bench) -> None:
    """Tokens of 2.1 may have 255 characters, a group's name too; what leaves is valid all the same."""
    long = ListEntry(token="X" * 40)
    kind = ListEntry(token="CAR", type="EVCCID", group="G" * 40)
    async with online(bench) as station:
        payload, _ = await send(bench, station, entries=[long, kind])
    (entry,) = payload["localAuthorizationList"]
    assert entry["idToken"] == {"idToken": "CAR", "type": "ISO14443"}
    assert len(entry["idTokenInfo"]["groupIdToken"]["idToken"]) == 36


async def version(bench: Bench, station: Station, number: int) -> tuple[dict[str, Any], str | None]:
    task = bench.start(local_lists.ask_version(bench.context, bench.actor, ID))
    payload = await station.obey("GetLocalListVersion", {"versionNumber": number})
    result = await task
    assert result.outcome.status is OutcomeStatus.ACCEPTED
    return payload, result.outcome.detail


@pytest.mark.oca("TC_D_08")
async def test_tc_d_08(bench: Bench) -> None:
    """The version of the list is asked for, and kept."""
    async with online(bench) as station:
        await send(bench, station, entries=[CARD])
        assert await version(bench, station, 1) == ({}, "version 1")
    assert await bench.rows(VERSION) == [(1,)]


@pytest.mark.oca("TC_D_09")
async def test_tc_d_09(bench: Bench) -> None:
    """Version 0 says that there is no list: what was known of one is forgotten."""
    async with online(bench) as station:
        await send(bench, station, entries=[CARD])
        assert await version(bench, station, 0) == ({}, "version 0")
    assert await bench.rows(VERSION) == [(0,)]
    assert await bench.rows(ENTRIES) == []


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        pytest.param(
            "Accepted", OutcomeStatus.ACCEPTED, marks=pytest.mark.oca("TC_C_37"), id="TC_C_37"
        ),
        pytest.param(
            "Rejected", OutcomeStatus.REJECTED, marks=pytest.mark.oca("TC_C_38"), id="TC_C_38"
        ),
    ],
)
async def test_clear_cache(bench: Bench, answer: str, status: OutcomeStatus) -> None:
    """ClearCache goes out without content; what the station says of it is the command's end."""
    async with online(bench) as station:
        task = bench.start(local_lists.clear_cache(bench.context, bench.actor, ID))
        assert await station.obey("ClearCache", {"status": answer}) == {}
        assert (await task).outcome.status is status
    assert await bench.rows("SELECT action, status, detail FROM station_command") == [
        ("ClearCache", status.value, answer)
    ]

"""OCPP 1.6 Core: authorization and sessions, plugged in first or identified first, from afar, offline."""

from typing import Any

import pytest

from app.csms import authorization, remote_control
from app.csms.audit import HALLA
from app.domain.authorization import TokenStatus
from app.domain.commands import OutcomeStatus
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.driver import moment
from tests.ingress.oca.station import Station

RUNNING = """
SELECT t.transaction_id, t.id_token, e.charging_state
FROM transaction t JOIN evse_state e ON e.transaction_id = t.id WHERE t.ended_at IS NULL
"""
BILL = "SELECT stop_reason, energy_wh, cost FROM transaction"


def v16(bench: Bench) -> Any:
    """A station of 1.6."""
    return bench.connect(subprotocol="ocpp1.6")


async def authorize(station: Station, tag: str = "VALID") -> Any:
    """Authorize; what is said of the tag."""
    return (await station.call("Authorize", {"idTag": tag}))["idTagInfo"]


async def start(station: Station, tag: str = "VALID", seconds: float = 0) -> Any:
    """StartTransaction; its answer."""
    return await station.call(
        "StartTransaction",
        {"connectorId": 1, "idTag": tag, "meterStart": 1000, "timestamp": moment(seconds)},
    )


async def measure(station: Station, number: int, seconds: float, wh: int) -> None:
    """MeterValues of a transaction."""
    value = {"timestamp": moment(seconds), "sampledValue": [{"value": str(wh)}]}
    said = {"connectorId": 1, "transactionId": number, "meterValue": [value]}
    assert await station.call("MeterValues", said) == {}


async def stop(
    station: Station, number: int, seconds: float, reason: str | None = None, tag: str | None = None
) -> Any:
    """StopTransaction at 3000 Wh; its answer."""
    said: dict[str, Any] = {
        "transactionId": number,
        "meterStop": 3000,
        "timestamp": moment(seconds),
    }
    if reason is not None:
        said["reason"] = reason
    if tag is not None:
        said["idTag"] = tag
    return await station.call("StopTransaction", said)


async def session(bench: Bench, station: Station) -> None:
    """From the accepted tag to the bill: the connector's states, one reading, stopped by the same tag."""
    answer = await start(station)
    assert list(answer) == ["idTagInfo", "transactionId"]
    assert answer["idTagInfo"]["status"] == "Accepted"
    number = answer["transactionId"]
    await station.status("Charging")
    assert await bench.rows(RUNNING) == [(str(number), "VALID", "Charging")]
    await measure(station, number, 60, 2000)
    info = (await stop(station, number, 120, tag="VALID"))["idTagInfo"]
    assert info["status"] == "Accepted"
    for status in ("Finishing", "Available"):
        await station.status(status)
    assert await bench.rows(BILL) == [("Local", 2000, 300)]
    assert await bench.rows("SELECT status FROM connector_state") == [("Available",)]


@pytest.mark.oca("TC_003_CSMS")
async def test_tc_003(bench: Bench) -> None:
    """The plug first, then the tag."""
    async with v16(bench) as station:
        await station.status("Preparing")
        assert (await authorize(station))["status"] == "Accepted"
        await session(bench, station)


@pytest.mark.oca("TC_004_1_CSMS")
async def test_tc_004_1(bench: Bench) -> None:
    """The tag first, then the plug."""
    async with v16(bench) as station:
        assert await authorize(station) == {"parentIdTag": "GROUP", "status": "Accepted"}
        await station.status("Preparing")
        await session(bench, station)


@pytest.mark.oca("TC_004_2_CSMS")
async def test_tc_004_2(bench: Bench) -> None:
    """The tag, and no plug in time: free again, no transaction."""
    async with v16(bench) as station:
        assert (await authorize(station))["status"] == "Accepted"
        await station.status("Preparing")
        assert await bench.rows("SELECT status FROM connector_state") == [("Occupied",)]
        await station.status("Available")
    assert await bench.rows("SELECT status FROM connector_state") == [("Available",)]
    assert await bench.rows("SELECT id FROM transaction") == []


@pytest.mark.oca("TC_005_1_CSMS")
async def test_tc_005_1(bench: Bench) -> None:
    """The cable is pulled at the car, which ends it."""
    async with v16(bench) as station:
        number = (await start(station))["transactionId"]
        await station.status("Charging")
        await station.status("SuspendedEV")
        assert await bench.rows(RUNNING) == [(str(number), "VALID", "SuspendedEV")]
        assert await stop(station, number, 60, "EVDisconnected") == {}
        await station.status("Finishing")
        await station.status("Available")
    assert await bench.rows(BILL) == [("EVDisconnected", 2000, 300)]


@pytest.mark.oca("TC_007_CSMS")
async def test_tc_007(bench: Bench) -> None:
    """A tag of the cache: StartTransaction without Authorize; its answer renews what the cache knows."""
    async with v16(bench) as station:
        await station.status("Preparing")
        await session(bench, station)
    assert await bench.rows("SELECT token_status FROM transaction") == [("Accepted",)]


def remote_start(bench: Bench) -> Any:
    return bench.start(
        remote_control.start_charging(bench.context, bench.actor, ID, id_token="VALID", evse_id=1)
    )


@pytest.mark.parametrize(
    "plugged",
    [
        pytest.param(True, marks=pytest.mark.oca("TC_010_CSMS"), id="TC_010_CSMS"),
        pytest.param(False, marks=pytest.mark.oca("TC_011_1_CSMS"), id="TC_011_1_CSMS"),
    ],
)
async def test_remote_start(bench: Bench, plugged: bool) -> None:
    """Started from afar, with the plug in before or after; the command knows its transaction."""
    async with v16(bench) as station:
        await station.status("Preparing" if plugged else "Available")
        task = remote_start(bench)
        asked = await station.obey("RemoteStartTransaction", {"status": "Accepted"})
        assert asked == {"connectorId": 1, "idTag": "VALID"}
        assert (await authorize(station))["status"] == "Accepted"
        if not plugged:
            await station.status("Preparing")
        number = (await start(station))["transactionId"]
        await station.status("Charging")
        assert (await task).transaction_id == str(number)
    assert await bench.rows(
        "SELECT c.status, t.transaction_id FROM station_command c JOIN transaction t ON t.id = c.transaction_id"
    ) == [("accepted", str(number))]


@pytest.mark.oca("TC_011_2_CSMS")
async def test_tc_011_2(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Started from afar, and no plug in time: the command says that no transaction came."""
    monkeypatch.setattr(remote_control, "EFFECT_S", 0.5)
    async with v16(bench) as station:
        await station.status("Available")
        task = remote_start(bench)
        await station.obey("RemoteStartTransaction", {"status": "Accepted"})
        await station.status("Preparing")
        await station.status("Available")
        result = await task
    assert result.outcome.status is OutcomeStatus.ACCEPTED
    assert result.transaction_no is None
    ((status, effect),) = await bench.rows("SELECT status, effect FROM station_command")
    assert status == "accepted"
    assert "No transaction came" in effect


@pytest.mark.oca("TC_012_CSMS")
async def test_tc_012(bench: Bench) -> None:
    """Stopped from afar, by the number that we issued."""
    async with v16(bench) as station:
        number = (await start(station))["transactionId"]
        await station.status("Charging")
        task = bench.start(remote_control.stop_charging(bench.context, bench.actor, ID))
        asked = await station.obey("RemoteStopTransaction", {"status": "Accepted"})
        assert asked == {"transactionId": number}
        await stop(station, number, 60, "Remote")
        await station.status("Finishing")
        await station.status("Available")
        assert (await task).transaction_id == str(number)
    assert await bench.rows(BILL) == [("Remote", 2000, 300)]


@pytest.mark.parametrize(
    ("status", "word"),
    [
        pytest.param(
            TokenStatus.INVALID, "Invalid", marks=pytest.mark.oca("TC_023_1_CSMS"), id="TC_023_1"
        ),
        pytest.param(
            TokenStatus.EXPIRED, "Expired", marks=pytest.mark.oca("TC_023_2_CSMS"), id="TC_023_2"
        ),
        pytest.param(
            TokenStatus.BLOCKED, "Blocked", marks=pytest.mark.oca("TC_023_3_CSMS"), id="TC_023_3"
        ),
        (TokenStatus.NO_CREDIT, "Blocked"),
        (TokenStatus.NOT_AT_THIS_TIME, "Blocked"),
    ],
)
async def test_not_authorized(bench: Bench, status: TokenStatus, word: str) -> None:
    """The tag is refused in 1.6's five words; nothing starts. A tag that nobody knows is invalid."""
    await authorization.put_token(bench.context, HALLA, token="TAG", status=status)
    async with v16(bench) as station:
        await station.status("Preparing")
        assert await authorize(station, "TAG") == {"status": word}
        assert await authorize(station, "NOBODY") == {"status": "Invalid"}
        await station.status("Available")
    assert await bench.rows("SELECT id FROM transaction") == []


@pytest.mark.oca("TC_026_CSMS")
async def test_tc_026(bench: Bench) -> None:
    """The station does not start: the command is rejected at once."""
    async with v16(bench) as station:
        await station.status("Faulted")
        task = remote_start(bench)
        await station.obey("RemoteStartTransaction", {"status": "Rejected"})
        result = await task
    assert result.outcome.status is OutcomeStatus.REJECTED
    assert await bench.rows("SELECT status FROM station_command") == [("rejected",)]
    assert await bench.rows("SELECT id FROM transaction") == []


@pytest.mark.oca("TC_028_CSMS")
async def test_tc_028(bench: Bench) -> None:
    """The station does not know the transaction: it goes on here as it does there."""
    async with v16(bench) as station:
        number = (await start(station))["transactionId"]
        await station.status("Charging")
        payload = {"transactionId": number + 1000}
        task = bench.start(
            remote_control.call(bench.context, bench.actor, ID, "RemoteStopTransaction", payload)
        )
        assert await station.obey("RemoteStopTransaction", {"status": "Rejected"}) == payload
        assert (await task).status is OutcomeStatus.REJECTED
    assert await bench.rows(RUNNING) == [(str(number), "VALID", "Charging")]
    assert await bench.rows("SELECT status FROM station_command") == [("rejected",)]


@pytest.mark.oca("TC_037_1_CSMS")
async def test_tc_037_1(bench: Bench) -> None:
    """Started while offline: told afterwards with its own time, and twice if the answer got lost."""
    async with v16(bench) as station:
        answer = await start(station, seconds=-600)
        assert answer["idTagInfo"]["status"] == "Accepted"
        assert (await start(station, seconds=-600))["transactionId"] == answer["transactionId"]
        await station.status("Charging")
    assert await bench.rows("SELECT started_at::text LIKE '%50:00%' FROM transaction") == [(True,)]


@pytest.mark.oca("TC_037_3_CSMS")
async def test_tc_037_3(bench: Bench) -> None:
    """Started while offline with a tag that is no good: said so; the station stops, and what flowed is kept."""
    async with v16(bench) as station:
        answer = await start(station, "NOBODY", seconds=-600)
        assert answer["idTagInfo"]["status"] == "Invalid"
        assert await stop(station, answer["transactionId"], 0, "DeAuthorized") == {}
        await station.status("Finishing")
    assert await bench.rows("SELECT token_status, stop_reason, energy_wh FROM transaction") == [
        ("Unknown", "DeAuthorized", 2000)
    ]


@pytest.mark.oca("TC_039_CSMS")
async def test_tc_039(bench: Bench) -> None:
    """Begun and ended while offline: start, readings and stop come late, in their order, and make one bill."""
    async with v16(bench) as station:
        number = (await start(station, seconds=-900))["transactionId"]
        await measure(station, number, -600, 1500)
        await measure(station, number, -300, 2500)
        info = await stop(station, number, -100, "Local", "VALID")
        assert info["idTagInfo"]["status"] == "Accepted"
        await station.status("Available")
    assert await bench.rows(BILL) == [("Local", 2000, 300)]
    assert await bench.rows("SELECT energy_wh, suspect FROM meter_sample ORDER BY measured_at") == [
        (1000, None),
        (1500, None),
        (2500, None),
        (3000, None),
    ]


async def test_a_signed_value_is_kept_as_it_came(bench: Bench) -> None:
    """format SignedData: untouched, beside the numbers."""
    async with v16(bench) as station:
        number = (await start(station))["transactionId"]
        values = [{"value": "T0NNRnx7fQ==", "format": "SignedData"}, {"value": "1200"}]
        entry = {"timestamp": moment(10), "sampledValue": values}
        said = {"connectorId": 1, "transactionId": number, "meterValue": [entry]}
        assert await station.call("MeterValues", said) == {}
    ((energy, signed),) = await bench.rows(
        "SELECT energy_wh, signed FROM meter_sample WHERE signed IS NOT NULL"
    )
    assert energy == 1200
    assert signed[0]["data"] == "T0NNRnx7fQ=="

"""OCPP 1.6: reservations."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.csms import authorization, reservations
from app.csms.audit import HALLA
from app.domain.commands import OutcomeStatus
from tests.ingress.oca.conftest import Bench
from tests.ingress.oca.station import Station
from tests.ingress.oca.test_reservation import STATUS, cancel, reserve


def v16(bench: Bench) -> Any:
    """A station of 1.6."""
    return bench.connect(subprotocol="ocpp1.6")


async def start(station: Station, tag: str, reservation: int, connector: int = 1) -> Any:
    """Authorize and StartTransaction with a reservation; what is said of the tag."""
    info = (await station.call("Authorize", {"idTag": tag}))["idTagInfo"]
    answer = await station.call(
        "StartTransaction",
        {
            "connectorId": connector,
            "idTag": tag,
            "meterStart": 0,
            "timestamp": "2026-11-20T03:00:00Z",
            "reservationId": reservation,
        },
    )
    assert answer["idTagInfo"] == info
    await station.status("Charging", connector_id=connector)
    return info


@pytest.mark.oca("TC_046_CSMS")
async def test_tc_046(bench: Bench) -> None:
    """A connector is reserved, and used by its tag."""
    async with v16(bench) as station:
        asked, status = await reserve(bench, station)
        assert status is OutcomeStatus.ACCEPTED
        assert list(asked) == ["connectorId", "expiryDate", "idTag", "parentIdTag", "reservationId"]
        assert (asked["connectorId"], asked["idTag"]) == (1, "VALID")
        await station.status("Reserved")
        assert (await start(station, "VALID", asked["reservationId"]))["status"] == "Accepted"
    assert await bench.rows(STATUS) == [(asked["reservationId"], 1, "used")]


@pytest.mark.oca("TC_047_CSMS")
async def test_tc_047(bench: Bench) -> None:
    """Nobody came: the station is free again and tells no more; the time ends the reservation."""
    async with v16(bench) as station:
        soon = datetime.now(UTC) + timedelta(minutes=5)
        asked, _ = await reserve(bench, station, expires_at=soon)
        await station.status("Reserved")
        await station.status("Available")
        bench.context.clock.now = soon + timedelta(seconds=1)
        await reservations.end_expired(bench.context)
    assert await bench.rows(STATUS) == [(asked["reservationId"], 1, "expired")]
    assert await bench.rows("SELECT status FROM connector_state") == [("Available",)]


@pytest.mark.parametrize(
    ("answer", "connector"),
    [
        pytest.param(
            "Faulted", "Faulted", marks=pytest.mark.oca("TC_048_1_CSMS"), id="TC_048_1_CSMS"
        ),
        pytest.param(
            "Occupied", "Preparing", marks=pytest.mark.oca("TC_048_2_CSMS"), id="TC_048_2_CSMS"
        ),
        pytest.param(
            "Unavailable",
            "Unavailable",
            marks=pytest.mark.oca("TC_048_3_CSMS"),
            id="TC_048_3_CSMS",
        ),
        pytest.param(
            "Rejected", "Available", marks=pytest.mark.oca("TC_048_4_CSMS"), id="TC_048_4_CSMS"
        ),
    ],
)
async def test_refused(bench: Bench, answer: str, connector: str) -> None:
    """The station's own word is kept with the command; nothing is reserved."""
    async with v16(bench) as station:
        await station.status(connector)
        _, status = await reserve(bench, station, answer)
    assert status is OutcomeStatus.REJECTED
    assert await bench.rows(STATUS) == []
    assert await bench.rows("SELECT status, detail FROM station_command") == [("rejected", answer)]


@pytest.mark.oca("TC_049_CSMS")
async def test_tc_049(bench: Bench) -> None:
    """Connector 0: the station keeps any free, and is used at the second."""
    async with v16(bench) as station:
        asked, _ = await reserve(bench, station, evse_id=None)
        assert asked["connectorId"] == 0
        await start(station, "VALID", asked["reservationId"], connector=2)
    assert await bench.rows(STATUS) == [(asked["reservationId"], None, "used")]


@pytest.mark.oca("TC_051_CSMS")
async def test_tc_051(bench: Bench) -> None:
    """A reservation is cancelled."""
    async with v16(bench) as station:
        asked, _ = await reserve(bench, station)
        await station.status("Reserved")
        result = await cancel(bench, station, asked["reservationId"])
        assert result.outcome.status is OutcomeStatus.ACCEPTED
        await station.status("Available")
    assert await bench.rows(STATUS) == [(asked["reservationId"], 1, "cancelled")]


@pytest.mark.oca("TC_052_CSMS")
async def test_tc_052(bench: Bench) -> None:
    """The station does not cancel: the reservation stands."""
    async with v16(bench) as station:
        asked, _ = await reserve(bench, station)
        result = await cancel(bench, station, asked["reservationId"], "Rejected")
        assert result.outcome.status is OutcomeStatus.REJECTED
    assert await bench.rows(STATUS) == [(asked["reservationId"], 1, "active")]


@pytest.mark.oca("TC_053_CSMS")
async def test_tc_053(bench: Bench) -> None:
    """Reserved with a parent tag, used by another tag of the same parent, which both answers name."""
    await authorization.put_token(bench.context, HALLA, token="FRIEND", group="GROUP")
    async with v16(bench) as station:
        asked, _ = await reserve(bench, station)
        assert asked["parentIdTag"] == "GROUP"
        await station.status("Reserved")
        info = await start(station, "FRIEND", asked["reservationId"])
        assert info == {"parentIdTag": "GROUP", "status": "Accepted"}
    assert await bench.rows(STATUS) == [(asked["reservationId"], 1, "used")]

"""H: a place is kept free, used, given up, run out of time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.csms import authorization, remote_control, reservations
from app.csms.audit import HALLA
from app.csms.commands import CommandResult
from app.domain.commands import OutcomeStatus
from app.domain.errors import Conflict, NotFound
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.driver import Session, authorize
from tests.ingress.oca.station import Station

UNTIL = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
STATUS = "SELECT reservation_id, evse_id, status FROM reservation ORDER BY reservation_id"


async def reserve(
    bench: Bench, station: Station, answer: str = "Accepted", **wanted: Any
) -> tuple[dict[str, Any], OutcomeStatus]:
    """ReserveNow asked and answered; what went over the wire, and how it ended."""
    await station.call("Heartbeat")
    what = {"id_token": "VALID", "expires_at": UNTIL, "evse_id": 1, **wanted}
    task = bench.start(reservations.reserve(bench.context, bench.actor, ID, **what))
    asked = await station.obey("ReserveNow", {"status": answer})
    reserved = await task
    assert reserved.reservation_id == asked.get("id", asked.get("reservationId"))
    return asked, reserved.result.outcome.status


async def cancel(
    bench: Bench, station: Station, reservation_id: int, answer: str = "Accepted"
) -> CommandResult:
    """CancelReservation asked and answered."""
    task = bench.start(reservations.cancel(bench.context, bench.actor, ID, reservation_id))
    asked = await station.obey("CancelReservation", {"status": answer})
    assert asked == {"reservationId": reservation_id}
    return await task


async def update(station: Station, reservation_id: int, status: str) -> None:
    """ReservationStatusUpdate."""
    said = {"reservationId": reservation_id, "reservationUpdateStatus": status}
    assert await station.call("ReservationStatusUpdate", said) == {}


@pytest.mark.oca("TC_H_01")
async def test_tc_h_01(bench: Bench) -> None:
    """An EVSE is kept free for a token and its group; the transaction that uses it ends the reservation."""
    async with bench.connect() as station:
        asked, status = await reserve(bench, station)
        assert status is OutcomeStatus.ACCEPTED
        assert asked["evseId"] == 1
        assert asked["idToken"]["idToken"] == "VALID"
        assert asked["groupIdToken"]["idToken"] == "GROUP"
        assert asked["expiryDateTime"].startswith(UNTIL.strftime("%Y-%m-%dT%H:%M:%S"))
        await station.status("Reserved")
        assert await bench.rows(STATUS) == [(asked["id"], 1, "active")]
        assert (await authorize(station, "VALID"))["status"] == "Accepted"
        await Session(station).event(
            "Started", "Authorized", token="VALID", reservationId=asked["id"]
        )
    assert await bench.rows(STATUS) == [(asked["id"], 1, "used")]
    assert await bench.rows(
        "SELECT t.reservation_id FROM transaction t JOIN reservation r ON r.transaction_id = t.id"
    ) == [(asked["id"],)]


@pytest.mark.oca("TC_H_07")
async def test_tc_h_07(bench: Bench) -> None:
    """Nobody came: the station tells that the reservation has expired."""
    async with bench.connect() as station:
        asked, _ = await reserve(bench, station)
        await station.status("Reserved")
        await update(station, asked["id"], "Expired")
        await station.status("Available")
    assert await bench.rows(STATUS) == [(asked["id"], 1, "expired")]


@pytest.mark.oca("TC_H_08")
async def test_tc_h_08(bench: Bench) -> None:
    """Any EVSE: none is named."""
    async with bench.connect() as station:
        asked, status = await reserve(bench, station, evse_id=None)
        assert status is OutcomeStatus.ACCEPTED
        assert "evseId" not in asked
        await Session(station, evse=2).event(
            "Started", "Authorized", token="VALID", reservationId=asked["id"]
        )
    assert await bench.rows(STATUS) == [(asked["id"], None, "used")]


@pytest.mark.oca("TC_H_14")
async def test_tc_h_14(bench: Bench) -> None:
    """As many reservations as EVSEs: each has a number of its own, every EVSE is reserved, both are used."""
    async with bench.connect() as station:
        numbers = [(await reserve(bench, station, evse_id=None))[0]["id"] for _ in range(2)]
        assert len(set(numbers)) == 2
        for evse in (1, 2):
            await station.status("Reserved", evse_id=evse)
        assert await bench.rows(STATUS) == [(number, None, "active") for number in numbers]
        for evse, number in enumerate(numbers, start=1):
            await Session(station, f"TX-{evse}", evse).event(
                "Started", "Authorized", token="VALID", reservationId=number
            )
    assert await bench.rows(STATUS) == [(number, None, "used") for number in numbers]


@pytest.mark.oca("TC_H_15")
async def test_tc_h_15(bench: Bench) -> None:
    """A type of plug, at any EVSE that has it."""
    async with bench.connect() as station:
        asked, status = await reserve(bench, station, evse_id=None, connector_type="cCCS2")
        assert status is OutcomeStatus.ACCEPTED
        assert asked["connectorType"] == "cCCS2"
        assert "evseId" not in asked
    assert await bench.rows("SELECT connector_type, status FROM reservation") == [
        ("cCCS2", "active")
    ]


@pytest.mark.oca("TC_H_17")
async def test_tc_h_17(bench: Bench) -> None:
    """Cancelled by its number; one that is not there is not asked for."""
    async with bench.connect() as station:
        asked, _ = await reserve(bench, station)
        result = await cancel(bench, station, asked["id"])
        assert result.outcome.status is OutcomeStatus.ACCEPTED
        await station.status("Available")
        with pytest.raises(NotFound):
            await reservations.cancel(bench.context, bench.actor, ID, asked["id"])
    assert await bench.rows(STATUS) == [(asked["id"], 1, "cancelled")]


@pytest.mark.oca("TC_H_19")
async def test_tc_h_19(bench: Bench) -> None:
    """Another token of the group uses it: Authorize answers with the group by which the station knows."""
    await authorization.put_token(bench.context, HALLA, token="FRIEND", group="GROUP")
    async with bench.connect() as station:
        asked, _ = await reserve(bench, station)
        assert asked["groupIdToken"] == {"idToken": "GROUP", "type": "Central"}
        info = await authorize(station, "FRIEND")
        assert info["groupIdToken"] == asked["groupIdToken"]
        await Session(station).event(
            "Started", "Authorized", token="FRIEND", reservationId=asked["id"]
        )
    assert await bench.rows(STATUS) == [(asked["id"], 1, "used")]


@pytest.mark.oca("TC_H_20")
async def test_tc_h_20(bench: Bench) -> None:
    """The EVSE fails: the station gives the reservation up."""
    async with bench.connect() as station:
        asked, _ = await reserve(bench, station)
        await station.status("Faulted")
        await update(station, asked["id"], "Removed")
    assert await bench.rows(STATUS) == [(asked["id"], 1, "removed")]


@pytest.mark.oca("TC_H_22")
async def test_tc_h_22(bench: Bench) -> None:
    """A station that is set to reject: nothing is reserved."""
    async with bench.connect() as station:
        _, status = await reserve(bench, station, "Rejected")
    assert status is OutcomeStatus.REJECTED
    assert await bench.rows(STATUS) == []
    assert await bench.rows("SELECT status, detail FROM station_command") == [
        ("rejected", "Rejected")
    ]


async def test_a_remote_start_honours_reservations(bench: Bench) -> None:
    """Not for somebody else; for the token and its group it is sent; a call of any program is remembered too."""
    async with bench.connect() as station:
        await station.call("Heartbeat")
        payload = {
            "id": 77,
            "expiryDateTime": "2099-01-01T00:00:00Z",
            "idToken": {"idToken": "OTHER", "type": "ISO14443"},
            "evseId": 1,
        }
        task = bench.start(
            remote_control.call(bench.context, bench.actor, ID, "ReserveNow", payload)
        )
        await station.obey("ReserveNow", {"status": "Accepted"})
        await task
        assert await bench.rows(STATUS) == [(77, 1, "active")]
        with pytest.raises(Conflict, match="reserved"):
            await remote_control.start_charging(
                bench.context, bench.actor, ID, id_token="VALID", evse_id=1
            )
        start = bench.start(
            remote_control.start_charging(
                bench.context, bench.actor, ID, id_token="other", evse_id=1
            )
        )
        await station.obey("RequestStartTransaction", {"status": "Rejected"})
        assert (await start).outcome.status is OutcomeStatus.REJECTED


async def test_time_ends_a_reservation(bench: Bench) -> None:
    """Where the station does not tell, the clock does."""
    async with bench.connect() as station:
        asked, _ = await reserve(bench, station)
        async with bench.context.database.read() as connection:
            await connection.execute("UPDATE reservation SET expires_at = now() - interval '1 s'")
        await reservations.end_expired(bench.context)
    assert await bench.rows(STATUS) == [(asked["id"], 1, "expired")]

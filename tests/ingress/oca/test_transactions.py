"""E: how transactions start and stop, events that are missing or late, and asking about them."""

from typing import Any

import pytest

from app.csms import remote_control, session_checks
from app.domain.commands import OutcomeStatus
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.driver import Session, authorize, measured, moment
from tests.ingress.oca.station import Station

RUNNING = "SELECT transaction_id, charging_state, id_token, token_status FROM transaction WHERE ended_at IS NULL"
ENDED = (
    "SELECT transaction_id, stop_reason, stop_id_token FROM transaction WHERE ended_at IS NOT NULL"
)
MISSING = "SELECT seq_no FROM missing_event ORDER BY 1"


@pytest.mark.parametrize(
    ("trigger", "state", "token"),
    [
        pytest.param(
            "ChargingStateChanged", "EVConnected", "VALID",
            marks=pytest.mark.oca("TC_E_01"), id="TC_E_01",
        ),
        pytest.param(
            "ChargingStateChanged", "Charging", "VALID",
            marks=pytest.mark.oca("TC_E_02"), id="TC_E_02",
        ),
        pytest.param(
            "CablePluggedIn", "EVConnected", None, marks=pytest.mark.oca("TC_E_09"), id="TC_E_09"
        ),
        pytest.param("Authorized", "Idle", "VALID", marks=pytest.mark.oca("TC_E_10"), id="TC_E_10"),
        pytest.param(
            "SignedDataReceived", "EVConnected", "VALID",
            marks=pytest.mark.oca("TC_E_11"), id="TC_E_11",
        ),
        pytest.param("EVDetected", "Idle", None, marks=pytest.mark.oca("TC_E_12"), id="TC_E_12"),
    ],
)  # fmt: skip
async def test_start_points(bench: Bench, trigger: str, state: str, token: str | None) -> None:
    """Whatever starts it, it runs; the answer decides about the token that was presented, and only then."""
    async with bench.connect() as station:
        answer = await Session(station).event("Started", trigger, state=state, token=token)
        if token is None:
            assert answer == {}
        else:
            assert answer["idTokenInfo"]["status"] == "Accepted"
        assert await bench.rows(RUNNING) == [
            ("TX-0001", state, token, "Accepted" if token else None)
        ]


@pytest.mark.oca("TC_E_03")
async def test_tc_e_03(bench: Bench) -> None:
    """The cable first: the token comes with a later event, and is the transaction's."""
    async with bench.connect() as station:
        session = Session(station)
        await station.status("Occupied")
        assert await session.event("Started", "CablePluggedIn", state="EVConnected") == {}
        assert (await authorize(station, "VALID"))["status"] == "Accepted"
        answer = await session.event("Updated", "Authorized", token="VALID")
        assert answer["idTokenInfo"]["status"] == "Accepted"
        assert await session.event("Updated", "ChargingStateChanged", state="Charging") == {}
    assert await bench.rows(RUNNING) == [("TX-0001", "Charging", "VALID", "Accepted")]
    assert await bench.rows(MISSING) == []


@pytest.mark.oca("TC_E_04")
async def test_tc_e_04(bench: Bench) -> None:
    """The token first, at a station of two EVSEs: where it charges is known when the cable is in."""
    async with bench.connect() as station:
        await station.status("Available", evse_id=1)
        await station.status("Available", evse_id=2)
        assert (await authorize(station, "VALID"))["status"] == "Accepted"
        session = Session(station, evse=None)
        await session.event("Started", "Authorized", state="Idle", token="VALID")
        assert await bench.rows("SELECT evse_id FROM transaction") == [(0,)]
        await station.status("Occupied", evse_id=2)
        session.evse = 2
        await session.event("Updated", "CablePluggedIn", state="EVConnected")
        await session.event("Updated", "ChargingStateChanged", state="Charging")
    assert await bench.rows("SELECT evse_id FROM transaction") == [(2,)]
    assert await bench.rows(
        "SELECT evse_id, charging_state FROM evse_state WHERE transaction_id IS NOT NULL"
    ) == [(2, "Charging")]


@pytest.mark.oca("TC_E_38")
async def test_tc_e_38(bench: Bench) -> None:
    """The car is not ready: the transaction runs, suspended by the car."""
    async with bench.connect() as station:
        session = Session(station)
        assert (await authorize(station, "VALID"))["status"] == "Accepted"
        await session.event("Started", "Authorized", state="EVConnected", token="VALID")
        await session.event("Updated", "ChargingStateChanged", state="SuspendedEV")
    assert await bench.rows(RUNNING) == [("TX-0001", "SuspendedEV", "VALID", "Accepted")]


@pytest.mark.parametrize(
    ("trigger", "reason", "token"),
    [
        pytest.param(
            "StopAuthorized", "Local", "VALID", marks=pytest.mark.oca("TC_E_07"), id="TC_E_07"
        ),
        pytest.param(
            "StopAuthorized", "Local", "VALID", marks=pytest.mark.oca("TC_E_08"), id="TC_E_08"
        ),
        pytest.param(
            "EVCommunicationLost", "EVDisconnected", None,
            marks=pytest.mark.oca("TC_E_14"), id="TC_E_14",
        ),
        pytest.param(
            "StopAuthorized", "Local", "VALID", marks=pytest.mark.oca("TC_E_15"), id="TC_E_15"
        ),
        pytest.param("EVDeparted", "Other", None, marks=pytest.mark.oca("TC_E_19"), id="TC_E_19"),
        pytest.param(
            "EVCommunicationLost", "EVDisconnected", None,
            marks=pytest.mark.oca("TC_E_20"), id="TC_E_20",
        ),
        pytest.param(
            "ChargingStateChanged", "StoppedByEV", None,
            marks=pytest.mark.oca("TC_E_22"), id="TC_E_22",
        ),
    ],
)  # fmt: skip
async def test_stop_points(bench: Bench, trigger: str, reason: str, token: str | None) -> None:
    """Whatever stops it, it is over for the station's reason; a token that stopped it is kept and decided about."""
    async with bench.connect() as station:
        session = Session(station)
        await session.start()
        await session.event("Updated", "ChargingStateChanged", state="SuspendedEV")
        answer = await session.event("Ended", trigger, reason=reason, token=token, wh=500)
        if token is None:
            assert "idTokenInfo" not in answer
        else:
            assert answer["idTokenInfo"]["status"] == "Accepted"
        assert answer["totalCost"] == 75
    assert await bench.rows(ENDED) == [("TX-0001", reason, token)]
    assert await bench.rows("SELECT transaction_id FROM evse_state") == [(None,)]


@pytest.mark.parametrize(
    ("trigger", "reason"),
    [
        pytest.param(
            "Deauthorized", "DeAuthorized", marks=pytest.mark.oca("TC_E_16"), id="TC_E_16"
        ),
        pytest.param(
            "EVCommunicationLost", "EVDisconnected", marks=pytest.mark.oca("TC_E_17"), id="TC_E_17"
        ),
    ],
)
async def test_deauthorized(bench: Bench, trigger: str, reason: str) -> None:
    """A token that is not good is said so with the start; the transaction is kept with its decision, to its end."""
    async with bench.connect() as station:
        session = Session(station)
        answer = await session.start(token="NOBODY")
        assert answer["idTokenInfo"]["status"] in ("Invalid", "Unknown")
        await session.event("Updated", "Deauthorized", state="SuspendedEVSE")
        await session.end(trigger=trigger, reason=reason)
    assert await bench.rows("SELECT token_status, stop_reason FROM transaction") == [
        ("Unknown", reason)
    ]


@pytest.mark.oca("TC_E_39")
async def test_tc_e_39(bench: Bench) -> None:
    """Nobody plugged in within the time: ended by timeout, nothing to pay for."""
    async with bench.connect() as station:
        session = Session(station)
        await session.event("Started", "Authorized", state="Idle", token="VALID")
        answer = await session.end(trigger="EVConnectTimeout", reason="Timeout")
        assert answer["totalCost"] == 0
    assert await bench.rows("SELECT stop_reason, energy_wh FROM transaction") == [("Timeout", 0)]


@pytest.mark.oca("TC_E_21")
async def test_tc_e_21(bench: Bench) -> None:
    """Stopped from afar, by the station's own id of the transaction."""
    async with bench.connect() as station:
        session = Session(station)
        await session.start()
        task = bench.start(
            remote_control.stop_charging(bench.context, bench.actor, ID, transaction_id="TX-0001")
        )
        assert await station.obey("RequestStopTransaction", {"status": "Accepted"}) == {
            "transactionId": "TX-0001"
        }
        await session.end(trigger="RemoteStop", reason="Remote")
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
    assert await bench.rows(ENDED) == [("TX-0001", "Remote", None)]


@pytest.mark.oca("TC_E_26")
async def test_tc_e_26(bench: Bench) -> None:
    """The cable is pulled at the car: suspended, and going on when it is back."""
    async with bench.connect() as station:
        session = Session(station)
        await session.start()
        await session.event("Updated", "EVCommunicationLost", state="Idle")
        assert await bench.rows(RUNNING) == [("TX-0001", "Idle", "VALID", "Accepted")]
        await session.event("Updated", "CablePluggedIn", state="EVConnected")
        await session.event("Updated", "ChargingStateChanged", state="Charging")
    assert await bench.rows(RUNNING) == [("TX-0001", "Charging", "VALID", "Accepted")]


@pytest.mark.oca("TC_E_53")
async def test_tc_e_53(bench: Bench) -> None:
    """Every transaction may count its events from 0: that is no gap and no repetition."""
    async with bench.connect() as station:
        for name in ("TX-0001", "TX-0002"):
            session = Session(station, name)
            session.seconds = 0 if name == "TX-0001" else 100
            assert (await session.start())["idTokenInfo"]["status"] == "Accepted"
            await session.end()
    assert await bench.rows("SELECT transaction_id, last_seq_no FROM transaction ORDER BY id") == [
        ("TX-0001", 1),
        ("TX-0002", 1),
    ]
    assert await bench.rows(MISSING) == []


async def check(
    bench: Bench, station: Station, transaction: str | None, answer: dict[str, Any]
) -> str | None:
    """GetTransactionStatus asked and answered; the outcome in words."""
    task = bench.start(
        session_checks.check_transaction(bench.context, bench.actor, ID, transaction)
    )
    asked = await station.obey("GetTransactionStatus", answer)
    assert asked == ({} if transaction is None else {"transactionId": transaction})
    result = await task
    assert result.outcome.status is OutcomeStatus.ACCEPTED
    return result.outcome.detail


@pytest.mark.parametrize(
    ("transaction", "ongoing", "queued"),
    [
        pytest.param("TX-0001", True, True, marks=pytest.mark.oca("TC_E_29"), id="TC_E_29"),
        pytest.param("TX-0001", True, False, marks=pytest.mark.oca("TC_E_30"), id="TC_E_30"),
        pytest.param("TX-0001", False, True, marks=pytest.mark.oca("TC_E_31"), id="TC_E_31"),
        pytest.param(None, None, True, marks=pytest.mark.oca("TC_E_33"), id="TC_E_33"),
        pytest.param(None, None, False, marks=pytest.mark.oca("TC_E_34"), id="TC_E_34"),
    ],
)
async def test_check_transaction(
    bench: Bench, transaction: str | None, ongoing: bool | None, queued: bool
) -> None:
    """What the station says of the transaction and of its queue is kept; what it kept back is taken."""
    answer: dict[str, Any] = {"messagesInQueue": queued}
    if ongoing is not None:
        answer["ongoingIndicator"] = ongoing
    async with bench.connect() as station:
        session = Session(station)
        await session.start()
        await check(bench, station, transaction, answer)
        assert await bench.rows(
            "SELECT transaction_id, ongoing, messages_in_queue FROM transaction_check"
        ) == [(transaction or "", ongoing, queued)]
        if queued:
            await session.sample(100, offline=True)
        if ongoing is False:
            await session.event("Ended", "StopAuthorized", reason="Local", wh=200, offline=True)
            assert await bench.rows(ENDED) == [("TX-0001", "Local", None)]


async def test_missing_events_are_counted_until_they_come(bench: Bench) -> None:
    """A gap is noted; an event that comes late fills it; numbers that repeat mean nothing."""
    async with bench.connect() as station:
        session = Session(station)
        await session.start()
        session.seq_no = 4
        await session.sample(400)
        assert await bench.rows(MISSING) == [(1,), (2,), (3,)]
        session.seq_no, session.seconds = 2, 5
        await session.sample(200, offline=True)
        assert await bench.rows(MISSING) == [(1,), (3,)]
        session.seq_no, session.seconds = 4, 30
        await session.sample(500)
        assert await bench.rows(MISSING) == [(1,), (3,)]


async def test_a_queue_is_taken_in_any_order_and_twice(bench: Bench) -> None:
    """Ended first, Started last, all of it once more: one transaction, one bill."""
    events = [
        ("Ended", 2, {"stoppedReason": "Local"}, measured(20, 300, "Transaction.End")),
        ("Updated", 1, {}, measured(10, 100)),
        ("Started", 0, {}, measured(0, 0, "Transaction.Begin")),
    ]
    async with bench.connect() as station:
        for kind, seq_no, info, value in [*events, *events]:
            await station.call(
                "TransactionEvent",
                {
                    "eventType": kind,
                    "timestamp": moment(seq_no * 10),
                    "triggerReason": "MeterValuePeriodic",
                    "seqNo": seq_no,
                    "offline": True,
                    "transactionInfo": {"transactionId": "TX-0001", **info},
                    "evse": {"id": 1, "connectorId": 1},
                    "meterValue": [value],
                },
            )
    assert await bench.rows("SELECT energy_wh, stop_reason FROM transaction") == [(300, "Local")]
    assert await bench.rows("SELECT energy_wh, suspect FROM meter_sample ORDER BY 1") == [
        (0, None),
        (100, None),
        (300, None),
    ]
    assert await bench.rows(MISSING) == []


async def test_an_empty_token_needs_no_authorization(bench: Bench) -> None:
    """NoAuthorization (C02): accepted, and no token is made up."""
    async with bench.connect() as station:
        answer = await Session(station).event(
            "Started", "CablePluggedIn", token="", token_type="NoAuthorization"
        )
        assert answer == {"idTokenInfo": {"status": "Accepted"}}
    assert await bench.rows("SELECT id_token, token_type FROM transaction") == [
        (None, "NoAuthorization")
    ]

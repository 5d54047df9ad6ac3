"""F: starting from afar, unlocking, messages on request."""

from typing import Any

import pytest

from app.csms import remote_control
from app.domain.commands import OutcomeStatus
from tests.ingress.oca.charging import AT, TX, event
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.station import Station

STARTED = "SELECT transaction_id, remote_start_id, id_token FROM transaction"
COMMAND = "SELECT status, effect, effect_at IS NOT NULL, transaction_id FROM station_command"


def start(bench: Bench, evse_id: int | None = 1) -> Any:
    """The CSMS asks for a transaction."""
    return bench.start(
        remote_control.start_charging(
            bench.context, bench.actor, ID, id_token="VALID", evse_id=evse_id
        )
    )


async def authorize(station: Station) -> None:
    """The station asks whether the token that came from afar is good."""
    answer = await station.call("Authorize", {"idToken": {"idToken": "VALID", "type": "Central"}})
    assert answer["idTokenInfo"]["status"] == "Accepted"


async def asked_to_start(station: Station, **answer: Any) -> int:
    """RequestStartTransaction as the case wants it, answered; its remoteStartId."""
    asked = await station.obey("RequestStartTransaction", {"status": "Accepted", **answer})
    assert asked["idToken"]["idToken"] == "VALID"
    assert asked["evseId"] == 1
    return int(asked["remoteStartId"])


async def assert_started(bench: Bench, start_id: int, result: Any) -> None:
    """The command resolved to the transaction, which knows what caused it."""
    assert result.outcome.status is OutcomeStatus.ACCEPTED
    assert result.transaction_id == TX
    assert await bench.rows(STARTED) == [(TX, start_id, "VALID")]
    [(number,)] = await bench.rows("SELECT id FROM transaction")
    assert await bench.rows(COMMAND) == [("accepted", "The transaction has started.", True, number)]


@pytest.mark.oca("TC_F_01")
async def test_tc_f_01(bench: Bench) -> None:
    """Cable first: the transaction that runs already becomes the one that was asked for."""
    async with bench.connect() as station:
        await station.status("Occupied")
        await event(station, "Started", "CablePluggedIn", state="EVConnected", evse=1)
        task = start(bench)
        start_id = await asked_to_start(station, transactionId=TX)
        await authorize(station)
        answer = await event(
            station, "Updated", "RemoteStart", state="Charging", token="VALID", start_id=start_id
        )
        assert answer["idTokenInfo"]["status"] == "Accepted"
        await assert_started(bench, start_id, await task)


@pytest.mark.parametrize(
    "asks",
    [
        pytest.param(True, marks=pytest.mark.oca("TC_F_02")),
        pytest.param(False, marks=pytest.mark.oca("TC_F_03")),
    ],
)
async def test_tc_f_02_and_03(bench: Bench, asks: bool) -> None:
    """Remote start first, whether or not the station asks about the token; then the cable."""
    async with bench.connect() as station:
        task = start(bench)
        start_id = await asked_to_start(station)
        if asks:
            await authorize(station)
        answer = await event(
            station, "Started", "RemoteStart", evse=1, token="VALID", start_id=start_id
        )
        assert answer["idTokenInfo"]["status"] == "Accepted"
        await assert_started(bench, start_id, await task)
        await station.status("Occupied")
        await event(station, "Updated", "CablePluggedIn", state="EVConnected")
        assert await event(station, "Updated", "ChargingStateChanged", state="Charging") == {}
    assert await bench.rows("SELECT charging_state FROM transaction") == [("Charging",)]


@pytest.mark.oca("TC_F_04")
async def test_tc_f_04(bench: Bench) -> None:
    """No cable comes in time: the transaction ends, and says why."""
    async with bench.connect() as station:
        task = start(bench)
        start_id = await asked_to_start(station)
        await event(station, "Started", "RemoteStart", evse=1, token="VALID", start_id=start_id)
        await assert_started(bench, start_id, await task)
        await event(station, "Ended", "EVConnectTimeout", reason="Timeout")
        await station.status("Available")
    assert await bench.rows("SELECT stop_reason, ended_at IS NOT NULL FROM transaction") == [
        ("Timeout", True)
    ]


@pytest.mark.oca("TC_F_06")
async def test_tc_f_06(bench: Bench) -> None:
    """A connector is unlocked; the row says so."""
    async with bench.connect() as station:
        task = bench.start(remote_control.unlock(bench.context, bench.actor, ID, 1, 1))
        asked = await station.obey("UnlockConnector", {"status": "Unlocked"})
        assert asked == {"evseId": 1, "connectorId": 1}
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
    assert await bench.rows("SELECT action, status, detail FROM station_command") == [
        ("UnlockConnector", "accepted", "Unlocked")
    ]


async def triggered(
    bench: Bench, station: Station, message: str, evse_id: int | None, status: str = "Accepted"
) -> dict[str, Any]:
    """TriggerMessage and its answer; what was asked."""
    task = bench.start(remote_control.trigger(bench.context, bench.actor, ID, message, evse_id))
    asked = await station.obey("TriggerMessage", {"status": status})
    assert asked["requestedMessage"] == message
    result = await task
    assert result.outcome.detail == status
    assert await bench.rows(
        "SELECT status, sent_at IS NOT NULL, answered_at IS NOT NULL FROM station_command"
    ) == [("accepted" if status == "Accepted" else "not_supported", True, True)]
    return asked


def meter(context: str = "Trigger") -> list[dict[str, Any]]:
    """One meter value."""
    return [{"timestamp": AT, "sampledValue": [{"value": 1234.0, "context": context}]}]


@pytest.mark.parametrize(
    "evse_id",
    [
        pytest.param(1, marks=pytest.mark.oca("TC_F_11")),
        pytest.param(None, marks=pytest.mark.oca("TC_F_12")),
    ],
)
async def test_tc_f_11_and_12(bench: Bench, evse_id: int | None) -> None:
    """Meter values on request, of one EVSE or of all."""
    async with bench.connect() as station:
        asked = await triggered(bench, station, "MeterValues", evse_id)
        assert asked.get("evse") == (None if evse_id is None else {"id": 1})
        evses = (1,) if evse_id else (1, 2)
        for evse in evses:
            assert await station.call("MeterValues", {"evseId": evse, "meterValue": meter()}) == {}
    found = await bench.rows("SELECT evse_id, energy_wh FROM meter_sample ORDER BY evse_id")
    assert found == [(evse, 1234) for evse in evses]


@pytest.mark.parametrize(
    "evse_id",
    [
        pytest.param(1, marks=pytest.mark.oca("TC_F_13")),
        pytest.param(None, marks=pytest.mark.oca("TC_F_14")),
    ],
)
async def test_tc_f_13_and_14(bench: Bench, evse_id: int | None) -> None:
    """TransactionEvents on request, of one EVSE or of all."""
    evses = (1,) if evse_id else (1, 2)
    async with bench.connect() as station:
        for evse in evses:
            name = f"{TX[:-1]}{evse}"
            await event(
                station, "Started", "Authorized", state="Charging", evse=evse, transaction=name
            )
        asked = await triggered(bench, station, "TransactionEvent", evse_id)
        assert asked.get("evse") == (None if evse_id is None else {"id": 1})
        for evse in evses:
            name = f"{TX[:-1]}{evse}"
            answer = await event(
                station,
                "Updated",
                "Trigger",
                state="Charging",
                transaction=name,
                meterValue=meter(),
            )
            assert "idTokenInfo" not in answer
    found = await bench.rows("SELECT evse_id, meter_wh FROM transaction ORDER BY evse_id")
    assert found == [(evse, 1234) for evse in evses]


@pytest.mark.parametrize(
    ("message", "payload"),
    [
        pytest.param("LogStatusNotification", {"status": "Idle"}, marks=pytest.mark.oca("TC_F_15")),
        pytest.param(
            "FirmwareStatusNotification", {"status": "Idle"}, marks=pytest.mark.oca("TC_F_18")
        ),
        pytest.param("Heartbeat", {}, marks=pytest.mark.oca("TC_F_20")),
    ],
)
async def test_messages_of_the_station(bench: Bench, message: str, payload: dict[str, Any]) -> None:
    """Log status, firmware status and heartbeat on request: asked without an EVSE, answered."""
    async with bench.connect() as station:
        asked = await triggered(bench, station, message, None)
        assert "evse" not in asked
        answer = await station.call(message, payload)
        assert set(answer) == ({"currentTime"} if message == "Heartbeat" else set())
    assert await bench.rows("SELECT request->>'message' FROM station_command") == [(message,)]


@pytest.mark.parametrize(
    "status",
    [
        pytest.param("Available", marks=pytest.mark.oca("TC_F_23")),
        pytest.param("Occupied", marks=pytest.mark.oca("TC_F_24")),
    ],
)
async def test_tc_f_23_and_24(bench: Bench, status: str) -> None:
    """The status of a connector on request: the connector is named, what it tells is kept."""
    async with bench.connect() as station:
        asked = await triggered(bench, station, "StatusNotification", 1)
        assert asked["evse"] == {"id": 1, "connectorId": 1}
        await station.status(status)
    assert await bench.rows("SELECT status FROM connector_state") == [(status,)]


@pytest.mark.oca("TC_F_27")
async def test_tc_f_27(bench: Bench) -> None:
    """A message that the station does not have: the row says not supported, in its own word."""
    async with bench.connect() as station:
        await triggered(bench, station, "LogStatusNotification", None, "NotImplemented")
    assert await bench.rows("SELECT status, detail FROM station_command") == [
        ("not_supported", "NotImplemented")
    ]

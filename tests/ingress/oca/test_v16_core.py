"""1.6 Core: boot, reset, unlock, configuration keys, a lock's failure, a power cut, vendor data."""

from typing import Any

import pytest

from app.csms import remote_control, variables
from app.domain.commands import OutcomeStatus, ResetKind
from app.domain.reports import Variable
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.sessions import begin, end

V16 = "ocpp1.6"


def key(name: str, value: str | None = None) -> Variable:
    return Variable(component="", name=name, value=value)


async def command(bench: Bench) -> tuple[Any, ...]:
    """How the last command ended."""
    return await bench.until(
        "SELECT action, status, detail FROM station_command"
        " WHERE answered_at IS NOT NULL ORDER BY id DESC LIMIT 1"
    )


async def keys(bench: Bench) -> list[tuple[Any, ...]]:
    return await bench.rows(
        "SELECT name, value, readonly FROM station_variable WHERE component = '' ORDER BY name"
    )


@pytest.mark.oca("TC_001_CSMS")
async def test_tc_001(bench: Bench) -> None:
    """A cold boot is accepted; statuses of station and connector and heartbeats are taken."""
    async with bench.connect(subprotocol=V16) as station:
        answer = await station.boot()
        assert answer["status"] == "Accepted"
        assert answer["interval"] > 0
        await station.status("Available", connector_id=0)
        await station.status("Available")
        assert "currentTime" in await station.call("Heartbeat")
    assert await bench.rows("SELECT vendor, model FROM station WHERE id = %s", ID) == [
        ("OCA", "Case")
    ]
    assert await bench.rows("SELECT evse_id, status FROM connector_state ORDER BY 1") == [
        (0, "Available"),
        (1, "Available"),
    ]


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        pytest.param(ResetKind.IMMEDIATE, "Hard", marks=pytest.mark.oca("TC_013_CSMS")),
        pytest.param(ResetKind.ON_IDLE, "Soft", marks=pytest.mark.oca("TC_014_CSMS")),
    ],
)
async def test_a_reset(bench: Bench, kind: ResetKind, word: str) -> None:
    """The station starts again and is accepted again; what ran is stopped before."""
    async with bench.connect(subprotocol=V16) as station:
        await station.boot()
        transaction = await begin(station)
        task = bench.start(remote_control.reset(bench.context, bench.actor, ID, kind))
        assert await station.obey("Reset", {"status": "Accepted"}) == {"type": word}
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
        await end(station, transaction, reason=f"{word}Reset")
    async with bench.connect(subprotocol=V16) as station:
        assert (await station.boot())["status"] == "Accepted"
        await station.status("Available")
    assert await command(bench) == ("Reset", "accepted", "Accepted")
    assert await bench.rows("SELECT stop_reason FROM transaction") == [(f"{word}Reset",)]
    assert await bench.rows("SELECT status FROM connector_state") == [("Available",)]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        pytest.param("Unlocked", "accepted", marks=pytest.mark.oca("TC_017_1_CSMS")),
        pytest.param("NotSupported", "not_supported", marks=pytest.mark.oca("TC_017_2_CSMS")),
        pytest.param("UnlockFailed", "rejected", marks=pytest.mark.oca("TC_030_CSMS")),
        pytest.param("NotSupported", "not_supported", marks=pytest.mark.oca("TC_031_CSMS")),
    ],
)
async def test_a_connector_is_unlocked(bench: Bench, word: str, status: str) -> None:
    """What the station says is the command's end, in its own word."""
    async with bench.connect(subprotocol=V16) as station:
        await station.boot()
        await station.status("Preparing")
        task = bench.start(remote_control.unlock(bench.context, bench.actor, ID, 1))
        assert await station.obey("UnlockConnector", {"status": word}) == {"connectorId": 1}
        outcome = (await task).outcome
        assert (outcome.status.value, outcome.detail) == (status, word)
    assert await command(bench) == ("UnlockConnector", status, word)


@pytest.mark.oca("TC_018_1_CSMS")
async def test_tc_018_1(bench: Bench) -> None:
    """Unlocking while a car charges stops its transaction first."""
    async with bench.connect(subprotocol=V16) as station:
        await station.boot()
        transaction = await begin(station)
        task = bench.start(remote_control.unlock(bench.context, bench.actor, ID, 1))
        asked = await station.expect("UnlockConnector")
        await station.status("Finishing")
        await end(station, transaction, reason="UnlockCommand")
        await station.answer(asked, {"status": "Unlocked"})
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
        await station.status("Available")
    assert await bench.rows("SELECT stop_reason FROM transaction") == [("UnlockCommand",)]
    assert await command(bench) == ("UnlockConnector", "accepted", "Unlocked")


@pytest.mark.oca("TC_019_1_CSMS")
async def test_tc_019_1(bench: Bench) -> None:
    """All keys are asked for; what the station has is kept."""
    async with bench.connect(subprotocol=V16) as station:
        await station.boot()
        task = bench.start(variables.get_variables(bench.context, bench.actor, ID, []))
        known = [
            {"key": "HeartbeatInterval", "readonly": False, "value": "60"},
            {"key": "NumberOfConnectors", "readonly": True, "value": "1"},
        ]
        assert await station.obey("GetConfiguration", {"configurationKey": known}) == {}
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
    assert await keys(bench) == [
        ("HeartbeatInterval", "60", False),
        ("NumberOfConnectors", "1", True),
    ]


@pytest.mark.oca("TC_019_2_CSMS")
async def test_tc_019_2(bench: Bench) -> None:
    """One key is asked for."""
    async with bench.connect(subprotocol=V16) as station:
        await station.boot()
        wanted = [key("SupportedFeatureProfiles")]
        task = bench.start(variables.get_variables(bench.context, bench.actor, ID, wanted))
        known = [{"key": "SupportedFeatureProfiles", "readonly": True, "value": "Core"}]
        asked = await station.obey("GetConfiguration", {"configurationKey": known})
        assert asked == {"key": ["SupportedFeatureProfiles"]}
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
    assert await keys(bench) == [("SupportedFeatureProfiles", "Core", True)]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        pytest.param("Accepted", "accepted", marks=pytest.mark.oca("TC_021_CSMS")),
        pytest.param("NotSupported", "not_supported", marks=pytest.mark.oca("TC_040_1_CSMS")),
        pytest.param("Rejected", "rejected", marks=pytest.mark.oca("TC_040_2_CSMS")),
    ],
)
async def test_a_key_is_set(bench: Bench, word: str, status: str) -> None:
    """The value is kept if the station took it; what else it says is the command's end."""
    async with bench.connect(subprotocol=V16) as station:
        await station.boot()
        wanted = [key("MeterValueSampleInterval", "60")]
        task = bench.start(variables.set_variables(bench.context, bench.actor, ID, wanted))
        asked = await station.obey("ChangeConfiguration", {"status": word})
        assert asked == {"key": "MeterValueSampleInterval", "value": "60"}
        assert (await task).outcome.detail == word
    assert await keys(bench) == (
        [("MeterValueSampleInterval", "60", None)] if word == "Accepted" else []
    )
    assert await command(bench) == ("SetVariables", status, word)


@pytest.mark.oca("TC_024_CSMS")
async def test_tc_024(bench: Bench) -> None:
    """A connector whose lock fails is faulted, and it is kept why."""
    async with bench.connect(subprotocol=V16) as station:
        await station.boot()
        await station.status("Preparing")
        await station.status("Faulted", errorCode="ConnectorLockFailure")
    assert await bench.rows("SELECT status, error_code FROM connector_state") == [
        ("Faulted", "ConnectorLockFailure")
    ]


@pytest.mark.oca("TC_032_1_CSMS")
async def test_tc_032_1(bench: Bench) -> None:
    """After a power cut the station boots and stops the transaction that was running."""
    async with bench.connect(subprotocol=V16) as station:
        await station.boot()
        transaction = await begin(station)
    async with bench.connect(subprotocol=V16) as station:
        assert (await station.boot())["status"] == "Accepted"
        await end(station, transaction, reason="PowerLoss")
        await station.status("Available")
    assert await bench.rows(
        "SELECT stop_reason, ended_at IS NOT NULL, energy_wh::int FROM transaction"
    ) == [("PowerLoss", True, 500)]
    assert await bench.rows("SELECT transaction_id FROM evse_state") == [(None,)]


@pytest.mark.oca("TC_064_CSMS")
async def test_tc_064(bench: Bench) -> None:
    """A vendor whom nobody knows is told so, and nothing else changes."""
    async with bench.connect(subprotocol=V16) as station:
        await station.boot()
        answer = await station.call(
            "DataTransfer", {"vendorId": "nobody.example", "messageId": "x", "data": "y"}
        )
        assert answer == {"status": "UnknownVendorId"}
    assert await bench.rows("SELECT vendor, status FROM vendor_message") == [
        ("nobody.example", "UnknownVendorId")
    ]

"""B: booting, variables, reports, resets."""

from typing import Any

import pytest

from app.csms import variables
from app.domain.commands import OutcomeStatus
from app.domain.reports import Variable
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.station import Asked

HEARTBEAT_INTERVAL = Variable(component="OCPPCommCtrlr", name="HeartbeatInterval", value=None)


def got(asked: Asked, *values: str) -> dict[str, Any]:
    """The answer to GetVariables: all are known."""
    return {
        "getVariableResult": [
            {**data, "attributeStatus": "Accepted", "attributeValue": value}
            for data, value in zip(asked.payload["getVariableData"], values, strict=True)
        ]
    }


@pytest.mark.oca("TC_B_01")
async def test_tc_b_01(bench: Bench) -> None:
    """A cold boot is accepted; the interval is positive; statuses and heartbeats are taken."""
    async with bench.connect() as station:
        answer = await station.boot()
        assert answer["status"] == "Accepted"
        assert answer["interval"] > 0
        await station.status("Available")
        assert "currentTime" in await station.call("Heartbeat")
    assert await bench.rows("SELECT vendor, model FROM station WHERE id = 'CS001'") == [
        ("OCA", "Case")
    ]
    assert await bench.rows("SELECT status FROM connector_state") == [("Available",)]


@pytest.mark.oca("TC_B_06")
async def test_tc_b_06(bench: Bench) -> None:
    """One variable is asked for; its value is kept."""
    async with bench.connect() as station:
        await station.boot()
        task = bench.start(
            variables.get_variables(bench.context, bench.actor, ID, [HEARTBEAT_INTERVAL])
        )
        asked = await station.expect("GetVariables")
        assert asked.payload["getVariableData"] == [
            {
                "attributeType": "Actual",
                "component": {"name": "OCPPCommCtrlr"},
                "variable": {"name": "HeartbeatInterval"},
            }
        ]
        await station.answer(asked, got(asked, "300"))
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
    assert await bench.rows("SELECT component, name, value FROM station_variable") == [
        ("OCPPCommCtrlr", "HeartbeatInterval", "300")
    ]

"""B: booting, variables, reports, resets."""

import pytest

from tests.ingress.oca.conftest import Bench


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

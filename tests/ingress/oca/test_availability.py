"""G: availability of station, EVSE and connector; what a connector reports."""

from typing import Any

import pytest

from app.csms import remote_control
from app.domain.commands import OutcomeStatus
from app.domain.stations import Availability
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.sessions import AT, begin, end

INOPERATIVE = Availability.INOPERATIVE
OPERATIVE = Availability.OPERATIVE
STATION = (0, 0)
EVSE = (1, 0)
CONNECTOR = (1, 1)


def place(where: tuple[int, int]) -> dict[str, Any]:
    """The EVSE of ChangeAvailability."""
    evse_id, connector_id = where
    if not evse_id:
        return {}
    return {"evse": {"id": evse_id} | ({"connectorId": connector_id} if connector_id else {})}


@pytest.mark.parametrize(
    ("wanted", "where", "charging"),
    [
        pytest.param(INOPERATIVE, EVSE, False, marks=pytest.mark.oca("TC_G_03")),
        pytest.param(OPERATIVE, EVSE, False, marks=pytest.mark.oca("TC_G_04")),
        pytest.param(INOPERATIVE, STATION, False, marks=pytest.mark.oca("TC_G_05")),
        pytest.param(OPERATIVE, STATION, False, marks=pytest.mark.oca("TC_G_06")),
        pytest.param(INOPERATIVE, CONNECTOR, False, marks=pytest.mark.oca("TC_G_07")),
        pytest.param(OPERATIVE, CONNECTOR, False, marks=pytest.mark.oca("TC_G_08")),
        pytest.param(INOPERATIVE, EVSE, True, marks=pytest.mark.oca("TC_G_11")),
        pytest.param(INOPERATIVE, STATION, True, marks=pytest.mark.oca("TC_G_14")),
        pytest.param(INOPERATIVE, CONNECTOR, True, marks=pytest.mark.oca("TC_G_17")),
    ],
)
async def test_availability_is_changed(
    bench: Bench, wanted: Availability, where: tuple[int, int], charging: bool
) -> None:
    """G03, G04: what was agreed is kept, what is reported is kept beside it; a running transaction goes on."""
    async with bench.connect() as station:
        await station.boot()
        await station.status("Available" if wanted is INOPERATIVE else "Unavailable")
        if charging:
            await begin(station)
        task = bench.start(
            remote_control.change_availability(bench.context, bench.actor, ID, wanted, *where)
        )
        word = "Scheduled" if charging else "Accepted"
        asked = await station.obey("ChangeAvailability", {"status": word})
        assert asked == {"operationalStatus": wanted.value, **place(where)}
        outcome = (await task).outcome
        assert (outcome.status, outcome.detail) == (OutcomeStatus.ACCEPTED, word)
        assert await bench.rows(
            "SELECT evse_id, connector_id, availability, scheduled FROM asked_availability"
        ) == [(*where, wanted.value, charging)]
        if charging:
            assert await bench.rows("SELECT ended_at FROM transaction") == [(None,)]
            await end(station)
        reported = "Unavailable" if wanted is INOPERATIVE else "Available"
        await station.status(reported)
    assert await bench.rows("SELECT status FROM connector_state") == [(reported,)]
    if where == STATION:
        assert await bench.rows("SELECT availability FROM station WHERE id = %s", ID) == [
            (wanted.value,)
        ]
    ended = await bench.rows("SELECT ended_at IS NOT NULL FROM transaction")
    assert ended == ([(True,)] if charging else [])


@pytest.mark.oca("TC_G_20")
async def test_tc_g_20(bench: Bench) -> None:
    """A lock that fails is reported as an event of the hardware, and kept with its place."""
    async with bench.connect() as station:
        await station.boot()
        await station.status("Occupied")
        lock = {"name": "ConnectorPlugRetentionLock", "evse": {"id": 1, "connectorId": 1}}
        answer = await station.call(
            "NotifyEvent",
            {
                "generatedAt": AT,
                "seqNo": 0,
                "eventData": [
                    {
                        "eventId": 7,
                        "timestamp": AT,
                        "trigger": "Alerting",
                        "actualValue": "true",
                        "eventNotificationType": "HardWiredNotification",
                        "component": lock,
                        "variable": {"name": "Problem"},
                    }
                ],
            },
        )
        assert answer == {}
    assert await bench.rows(
        "SELECT event_id, component, evse_id, connector_id, variable, actual_value, kind"
        " FROM station_event"
    ) == [(7, "ConnectorPlugRetentionLock", 1, 1, "Problem", "true", "HardWiredNotification")]
    assert await bench.rows("SELECT name, value FROM station_variable") == [("Problem", "true")]

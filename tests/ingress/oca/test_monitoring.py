"""N02 to N08: monitors set, cleared and reported; events."""

from typing import Any

import pytest

from app.csms import monitoring
from app.domain.commands import OutcomeStatus
from app.domain.monitoring import Monitor
from app.domain.reports import Variable
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.sessions import AT
from tests.ingress.oca.station import Station

EVSE_POWER = Variable(component="EVSE", evse_id=1, name="Power", value=None)
EVSE_STATE = Variable(component="EVSE", evse_id=1, name="AvailabilityState", value=None)
UPPER = Monitor(
    component="EVSE", evse_id=1, variable="Power", type="UpperThreshold", value=11000, severity=5
)
PERIODIC = Monitor(
    component="Controller", variable="Temperature", type="Periodic", value=60.5, severity=8
)


def component(name: str, evse_id: int | None = None) -> dict[str, Any]:
    return {"name": name} | ({"evse": {"id": evse_id}} if evse_id else {})


async def monitors(bench: Bench) -> list[tuple[Any, ...]]:
    return await bench.rows(
        "SELECT monitor_id, component, evse_id, variable, type, value, severity"
        " FROM monitor ORDER BY monitor_id"
    )


async def set_monitors(
    bench: Bench, station: Station, *wanted: Monitor, first_id: int = 101
) -> dict[str, Any]:
    """The station takes all; they are numbered from `first_id` on."""
    task = bench.start(monitoring.set_monitors(bench.context, bench.actor, ID, wanted))
    asked = await station.expect("SetVariableMonitoring")
    results = [
        {
            "id": number,
            "status": "Accepted",
            "type": data["type"],
            "severity": data["severity"],
            "component": data["component"],
            "variable": data["variable"],
        }
        for number, data in enumerate(asked.payload["setMonitoringData"], start=first_id)
    ]
    await station.answer(asked, {"setMonitoringResult": results})
    assert (await task).outcome.status is OutcomeStatus.ACCEPTED
    return asked.payload


async def event(station: Station, event_id: int, **said: Any) -> None:
    """One event of the EVSE's power."""
    data = {
        "eventId": event_id,
        "timestamp": AT,
        "trigger": "Alerting",
        "actualValue": "12000",
        "eventNotificationType": "CustomMonitor",
        "component": component("EVSE", 1),
        "variable": {"name": "Power"},
        **said,
    }
    answer = await station.call("NotifyEvent", {"generatedAt": AT, "seqNo": 0, "eventData": [data]})
    assert answer == {}


@pytest.mark.parametrize(
    ("criteria", "variables"),
    [
        pytest.param(["ThresholdMonitoring"], [], marks=pytest.mark.oca("TC_N_01")),
        pytest.param([], [EVSE_POWER], marks=pytest.mark.oca("TC_N_02")),
        pytest.param(["DeltaMonitoring"], [EVSE_POWER], marks=pytest.mark.oca("TC_N_03")),
        pytest.param(
            ["ThresholdMonitoring", "PeriodicMonitoring"],
            [EVSE_POWER, EVSE_STATE],
            marks=pytest.mark.oca("TC_N_60"),
        ),
        pytest.param([], [], marks=pytest.mark.oca("TC_N_47")),
    ],
)
async def test_monitors_are_reported(
    bench: Bench, criteria: list[str], variables: list[Variable]
) -> None:
    """N02: all monitors, or those of a kind or of some variables; they are kept as they come, in parts."""
    async with bench.connect() as station:
        await station.boot()
        task = bench.start(
            monitoring.get_monitoring_report(
                bench.context, bench.actor, ID, criteria=criteria, variables=variables
            )
        )
        asked = await station.obey("GetMonitoringReport", {"status": "Accepted"})
        assert asked.get("monitoringCriteria", []) == criteria
        assert [one["variable"]["name"] for one in asked.get("componentVariable", [])] == [
            one.name for one in variables
        ]
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
        for number, more in ((1, True), (2, False)):
            one = {
                "id": number,
                "transaction": False,
                "value": 11000,
                "type": "UpperThreshold",
                "severity": 5,
            }
            watched = {
                "component": component("EVSE", 1),
                "variable": {"name": "Power"},
                "variableMonitoring": [one],
            }
            answer = await station.call(
                "NotifyMonitoringReport",
                {
                    "requestId": asked["requestId"],
                    "seqNo": number - 1,
                    "tbc": more,
                    "generatedAt": AT,
                    "monitor": [watched],
                },
            )
            assert answer == {}
    assert await monitors(bench) == [
        (1, "EVSE", 1, "Power", "UpperThreshold", 11000, 5),
        (2, "EVSE", 1, "Power", "UpperThreshold", 11000, 5),
    ]


@pytest.mark.oca("TC_N_05")
async def test_tc_n_05(bench: Bench) -> None:
    """The factory's monitors are made active; those that we had made are gone, and not so with All."""
    async with bench.connect() as station:
        await station.boot()
        await set_monitors(bench, station, UPPER)
        for base, left in (("All", 1), ("FactoryDefault", 0)):
            task = bench.start(monitoring.set_monitoring_base(bench.context, bench.actor, ID, base))
            asked = await station.obey("SetMonitoringBase", {"status": "Accepted"})
            assert asked == {"monitoringBase": base}
            assert (await task).outcome.status is OutcomeStatus.ACCEPTED
            assert len(await monitors(bench)) == left
    assert await bench.rows("SELECT component, name, value FROM station_variable") == [
        ("MonitoringCtrlr", "ActiveMonitoringBase", "FactoryDefault")
    ]


@pytest.mark.oca("TC_N_08")
async def test_tc_n_08(bench: Bench) -> None:
    """One monitor is set; it is kept with the number that the station gave it."""
    async with bench.connect() as station:
        await station.boot()
        asked = await set_monitors(bench, station, UPPER)
        assert asked["setMonitoringData"] == [
            {
                "value": 11000,
                "type": "UpperThreshold",
                "severity": 5,
                "component": component("EVSE", 1),
                "variable": {"name": "Power"},
            }
        ]
    assert await monitors(bench) == [(101, "EVSE", 1, "Power", "UpperThreshold", 11000, 5)]


@pytest.mark.oca("TC_N_09")
async def test_tc_n_09(bench: Bench) -> None:
    """Two monitors of different variables are set in one call."""
    async with bench.connect() as station:
        await station.boot()
        asked = await set_monitors(bench, station, UPPER, PERIODIC)
        assert len(asked["setMonitoringData"]) == 2
    assert [row[:4] for row in await monitors(bench)] == [
        (101, "EVSE", 1, "Power"),
        (102, "Controller", 0, "Temperature"),
    ]


@pytest.mark.parametrize(
    ("severity", "word"),
    [
        pytest.param(4, "Accepted", marks=pytest.mark.oca("TC_N_16")),
        pytest.param(10, "Rejected", marks=pytest.mark.oca("TC_N_17")),
    ],
)
async def test_the_monitoring_level(bench: Bench, severity: int, word: str) -> None:
    """N05: a level that the station takes is kept, one out of range is not."""
    async with bench.connect() as station:
        await station.boot()
        task = bench.start(
            monitoring.set_monitoring_level(bench.context, bench.actor, ID, severity)
        )
        asked = await station.obey("SetMonitoringLevel", {"status": word})
        assert asked == {"severity": severity}
        assert (await task).outcome.detail == word
    assert await bench.rows("SELECT name, value FROM station_variable") == (
        [("ActiveMonitoringLevel", "4")] if word == "Accepted" else []
    )


@pytest.mark.parametrize(
    ("word", "left"),
    [
        pytest.param("Accepted", 0, marks=pytest.mark.oca("TC_N_18")),
        pytest.param("Rejected", 1, marks=pytest.mark.oca("TC_N_44")),
    ],
)
async def test_a_monitor_is_cleared(bench: Bench, word: str, left: int) -> None:
    """N06: it is gone unless the station keeps it."""
    async with bench.connect() as station:
        await station.boot()
        await set_monitors(bench, station, UPPER)
        task = bench.start(monitoring.clear_monitors(bench.context, bench.actor, ID, [101]))
        result = {"clearMonitoringResult": [{"id": 101, "status": word}]}
        assert await station.obey("ClearVariableMonitoring", result) == {"id": [101]}
        assert (await task).outcome.detail == word
    assert len(await monitors(bench)) == left


@pytest.mark.oca("TC_N_21")
async def test_tc_n_21(bench: Bench) -> None:
    """An alert of the hardware is kept once, though it is told twice."""
    async with bench.connect() as station:
        await station.boot()
        for _ in range(2):
            await event(station, 1, eventNotificationType="HardWiredMonitor", techCode="E7")
    assert await bench.rows(
        "SELECT event_id, kind, actual_value, tech_code FROM station_event"
    ) == [(1, "HardWiredMonitor", "12000", "E7")]
    assert await bench.rows("SELECT component, name, value FROM station_variable") == [
        ("EVSE", "Power", "12000")
    ]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param("set", marks=pytest.mark.oca("TC_N_24")),
        pytest.param("triggered", marks=pytest.mark.oca("TC_N_50")),
    ],
)
async def test_a_periodic_monitor_tells_its_value(bench: Bench, case: str) -> None:
    """N08: a periodic monitor is set; each of its events is kept, and the newest value is the variable's."""
    async with bench.connect() as station:
        await station.boot()
        asked = await set_monitors(bench, station, PERIODIC)
        assert asked["setMonitoringData"][0]["type"] == "Periodic"
        for number, value in enumerate(["41.5", "42.0"], start=1):
            await event(
                station,
                number,
                trigger="Periodic",
                actualValue=value,
                variableMonitoringId=101,
                component=component("Controller"),
                variable={"name": "Temperature"},
                timestamp=f"2026-11-20T03:0{number}:00Z",
            )
    assert await bench.rows(
        "SELECT monitor_id, trigger, actual_value FROM station_event ORDER BY at"
    ) == [(101, "Periodic", "41.5"), (101, "Periodic", "42.0")]
    assert await bench.rows("SELECT name, value FROM station_variable") == [("Temperature", "42.0")]


@pytest.mark.oca("TC_N_48")
async def test_tc_n_48(bench: Bench) -> None:
    """An event of a variable that can only be written has no value; it is kept, and no value is made up."""
    async with bench.connect() as station:
        await station.boot()
        watched = Monitor(
            component="SecurityCtrlr",
            variable="BasicAuthPassword",
            type="Delta",
            value=1,
            severity=8,
        )
        await set_monitors(bench, station, watched)
        await event(
            station,
            1,
            trigger="Delta",
            actualValue="",
            variableMonitoringId=101,
            component=component("SecurityCtrlr"),
            variable={"name": "BasicAuthPassword"},
        )
    assert await bench.rows("SELECT variable, actual_value FROM station_event") == [
        ("BasicAuthPassword", "")
    ]
    assert await bench.rows("SELECT FROM station_variable") == []


@pytest.mark.oca("TC_N_49")
async def test_tc_n_49(bench: Bench) -> None:
    """A threshold was crossed; after a restart it is not any more, and the station says that it is cleared."""
    async with bench.connect() as station:
        await station.boot()
        await set_monitors(bench, station, UPPER)
        await event(station, 1, variableMonitoringId=101, cleared=False)
        assert (await station.boot("LocalReset"))["status"] == "Accepted"
        later = "2026-11-20T03:05:00Z"
        await event(
            station,
            2,
            variableMonitoringId=101,
            cleared=True,
            actualValue="9000",
            timestamp=later,
        )
    assert await bench.rows(
        "SELECT monitor_id, cleared, actual_value FROM station_event ORDER BY event_id"
    ) == [(101, False, "12000"), (101, True, "9000")]
    assert len(await monitors(bench)) == 1

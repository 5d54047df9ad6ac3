"""OCPP.Core's server API at its own addresses; what changes something is a POST."""

import httpx
import pytest

from app.csms import remote_control
from app.domain.commands import (
    ClearChargingProfile,
    Command,
    InstallChargingProfile,
    Outcome,
    OutcomeStatus,
    RequestStartTransaction,
    RequestStopTransaction,
    Reset,
    UnlockConnector,
)
from tests.api.conftest import Answers
from tests.queries.planting import NOW, Garden

YES = Outcome(status=OutcomeStatus.ACCEPTED, detail="Accepted")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_control, "EFFECT_S", 0.1)


COMMANDS: dict[str, type[Command]] = {
    "Reset/A": Reset,
    "UnlockConnector/A/1": UnlockConnector,
    "SetChargingLimit/A/1/2000W": InstallChargingProfile,
    "SetChargingLimit/A/1/16A": InstallChargingProfile,
    "ClearChargingLimit/A/1": ClearChargingProfile,
    "StartTransaction/A/1/CARD-1": RequestStartTransaction,
    "RemoteStart/A/1/CARD-1": RequestStartTransaction,
    "StopTransaction/A/1": RequestStopTransaction,
    "RemoteStop/A/0": RequestStopTransaction,
}


async def test_commands(admin: httpx.AsyncClient, garden: Garden, answers: Answers) -> None:
    await answers.to(await garden.station("A", online=True), YES)
    await garden.charging("A")
    for path, kind in COMMANDS.items():
        answer = await admin.post(f"/API/{path}")
        assert (answer.status_code, answer.json()) == (200, {"status": "Accepted"}), path
        asked = answers.asked[-1]
        assert isinstance(asked, kind)
        if isinstance(asked, InstallChargingProfile):
            assert asked.profile.periods[0].limit_w == (2_000 if path.endswith("W") else 11_040)
        assert (await admin.get(f"/API/{path}")).status_code == 405, "a GET changes nothing"
    assert len(answers.asked) == len(COMMANDS)


async def test_how_it_fails(admin: httpx.AsyncClient, garden: Garden, answers: Answers) -> None:
    await garden.station("A", online=True)
    assert (await admin.post("/API/Reset/A")).status_code == 404, "offline"
    assert (await admin.post("/API/Reset/nobody")).status_code == 404
    assert (await admin.post("/API/SetChargingLimit/A/1/lots")).status_code == 400
    assert (await admin.post("/API/StopTransaction/A/1")).status_code == 424
    await answers.to("A", Outcome(status=OutcomeStatus.TIMED_OUT))
    assert (await admin.post("/API/Reset/A")).json() == {"status": "Timeout"}
    await answers.to("A", Outcome(status=OutcomeStatus.REJECTED, detail="UnlockFailed"))
    assert (await admin.post("/API/UnlockConnector/A/1")).json() == {"status": "UnlockFailed"}


async def test_status(admin: httpx.AsyncClient, garden: Garden) -> None:
    await garden.station("A", online=True, name="하나")
    await garden.put("connector", station_id="A", evse_id=1, connector_id=1)
    await garden.put("connector", station_id="A", evse_id=2, connector_id=1)
    await garden.connector("A", "Faulted", evse_id=2)
    await garden.charging("A", power_w=95_000.0)
    await garden.station("B", online=False)
    (found,) = (await admin.get("/API/Status")).json()
    assert found == {
        "id": "A",
        "name": "하나",
        "protocol": None,
        "OnlineConnectors": {
            "1": {
                "Status": 2,
                "ChargeRateKW": 95.0,
                "MeterKWH": None,
                "MeterValueDate": NOW.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "SoC": None,
            },
            "2": {
                "Status": 4,
                "ChargeRateKW": 0.0,
                "MeterKWH": None,
                "MeterValueDate": None,
                "SoC": None,
            },
        },
    }

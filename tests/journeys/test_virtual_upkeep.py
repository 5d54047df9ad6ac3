"""A virtual station and the whole ingress together: what is asked for has its effect there, and is known here."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.csms import charging_profiles, display, remote_control
from app.domain.commands import OutcomeStatus
from app.domain.display import MessagePriority, ScreenMessage
from app.domain.smart_charging import ChargingProfile, ProfilePurpose, SchedulePeriod
from app.simulator.plan import StationPlan
from app.simulator.station import VirtualStation
from tests.ingress.oca.conftest import ID, Bench, bench

__all__ = ["bench"]

DEFAULT = ChargingProfile(
    id=7,
    purpose=ProfilePurpose.TX_DEFAULT,
    start_at=datetime(2026, 1, 1, tzinfo=UTC),
    periods=(SchedulePeriod(start_s=0, limit_w=7000.5),),
)


def station_of(bench: Bench, version: Any) -> VirtualStation:
    """CS001 as a virtual station that does its jobs in no time."""
    return VirtualStation(
        StationPlan(station_id=ID, version=version, id_tokens=("VALID",)),
        f"ws://127.0.0.1:{bench.port}",
        ticking=False,
        job_s=0.01,
        reboot_s=0.05,
    )


def later(seconds: float) -> str:
    """A moment from now, on the wire."""
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def ask(bench: Bench, action: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Any call; its answer."""
    outcome = await remote_control.call(bench.context, bench.actor, ID, action, payload)
    assert outcome.payload is not None, outcome
    return outcome.payload


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_profiles_and_messages_are_there_and_here(bench: Bench, version: str) -> None:
    """Set, read back by the station's own reports, cleared."""
    who = (bench.context, bench.actor, ID)
    async with station_of(bench, version) as station:
        result = await charging_profiles.set_profile(*who, DEFAULT, 1)
        assert result.outcome.status is OutcomeStatus.ACCEPTED
        result = await charging_profiles.get_profiles(*who)
        assert result.outcome.status is OutcomeStatus.ACCEPTED
        found = await bench.until(
            "SELECT profile_id, source, profile#>'{chargingSchedule,0,chargingSchedulePeriod,0,limit}'"
            " FROM charging_profile WHERE reported_at IS NOT NULL"
        )
        assert found == (7, "CSO", 7000.5)
        station.keep_profiles([])  # a technician was there
        result = await charging_profiles.get_profiles(*who)
        assert result.outcome.detail == "NoProfiles"
        assert await bench.rows("SELECT 1 FROM charging_profile") == []
        for number in (1, 2):
            message = ScreenMessage(
                id=number, priority=MessagePriority.NORMAL_CYCLE, content="반갑습니다"
            )
            result = await display.set_message(*who, message)
            assert result.outcome.status is OutcomeStatus.ACCEPTED
        del station.memory.messages[1]
        await display.get_messages(*who)
        await bench.until("SELECT 1 FROM display_message HAVING count(*) = 1")
        await display.clear_message(*who, 2)
        assert await bench.rows("SELECT 1 FROM display_message") == []
        assert station.memory.messages == {}
        assert station.tally.violation_count == 0


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_remote_start_with_a_profile(bench: Bench, version: str) -> None:
    """The command resolves to the transaction; the profile limits it and is known as its."""
    async with station_of(bench, version) as station:
        profile = ChargingProfile(
            id=8, purpose=ProfilePurpose.TX, periods=(SchedulePeriod(start_s=0, limit_w=5000.0),)
        )
        result = await remote_control.start_charging(
            bench.context, bench.actor, ID, id_token="VALID", evse_id=1, profile=profile
        )
        assert result.transaction_id is not None
        station.tick(30.0)
        assert station.evse(1).power_w <= 5000.0
        await bench.until("SELECT 1 FROM charging_profile WHERE transaction_id IS NOT NULL")
        assert await bench.rows("SELECT profile_id, transaction_id FROM charging_profile") == [
            (8, result.transaction_id)
        ]
        stopped = await remote_control.stop_charging(bench.context, bench.actor, ID)
        assert stopped.outcome.status is OutcomeStatus.ACCEPTED
        await bench.until(
            "SELECT 1 FROM station_command WHERE effect = 'The transaction has ended.'"
        )
        assert station.tally.violation_count == 0


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_reservations_lists_and_jobs(bench: Bench, version: str) -> None:
    """Whatever is asked for is done, and no frame of either side breaks its schema."""
    old = version == "1.6"
    card: Any = "VALID" if old else {"idToken": "VALID", "type": "ISO14443"}
    async with station_of(bench, version) as station:
        if old:
            entries = [{"idTag": card, "idTagInfo": {"status": "Accepted"}}]
            body: dict[str, Any] = {"listVersion": 5}
            reserve = {"connectorId": 1, "expiryDate": later(60), "idTag": card, "reservationId": 3}
        else:
            entries = [{"idToken": card, "idTokenInfo": {"status": "Accepted"}}]
            body = {"versionNumber": 5}
            reserve = {"evseId": 1, "expiryDateTime": later(60), "idToken": card, "id": 3}
        body |= {"updateType": "Full", "localAuthorizationList": entries}
        assert await ask(bench, "SendLocalList", body) == {"status": "Accepted"}
        answer = await ask(bench, "GetLocalListVersion", {})
        assert list(answer.values()) == [5]
        assert await ask(bench, "ReserveNow", reserve) == {"status": "Accepted"}
        await bench.until("SELECT 1 FROM connector_state WHERE status = 'Reserved'")
        cancel = {"reservationId": 3}
        assert await ask(bench, "CancelReservation", cancel) == {"status": "Accepted"}
        await bench.until("SELECT 1 FROM connector_state WHERE status = 'Available'")
        place = "https://firmware.example/halla-3.bin"
        if old:
            await ask(bench, "GetDiagnostics", {"location": "ftp://logs.example/"})
            body = {"location": place, "retrieveDate": later(0)}
        else:
            log = {"logType": "DiagnosticsLog", "requestId": 4}
            await ask(bench, "GetLog", {**log, "log": {"remoteLocation": "ftp://logs.example/"}})
            firmware = {"location": place, "retrieveDateTime": later(0)}
            body = {"requestId": 6, "firmware": firmware}
        await ask(bench, "UpdateFirmware", body)
        await bench.until("SELECT 1 FROM station WHERE firmware_version = 'halla-3'")
        assert await station.flush()
        assert station.tally.violation_count == 0

"""What stations remember: lists, reservations, profiles, messages, monitors, certificates, jobs; in all versions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from app.simulator.equipment import Vehicle
from tests.simulator.conftest import MakeStation
from tests.simulator.csms import Csms

SIM = "SIM-1"
CARD = {"idToken": "CARD-1", "type": "ISO14443"}


def later(seconds: float) -> str:
    """A moment from now."""
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def root() -> str:
    """A root certificate, made just now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=0x1A2B,
        not_valid_before=now,
        not_valid_after=now + timedelta(days=1),
    )
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize("version", ["2.0.1", "2.1"])
async def test_a_local_list(csms: Csms, station: MakeStation, version: str) -> None:
    """Full, then changed, then an old version refused."""
    one = await station(version)
    entry = {"idToken": CARD, "idTokenInfo": {"status": "Accepted"}}
    for version_number, kind, entries, status, known in (
        (3, "Full", [entry], "Accepted", 1),
        (3, "Differential", [entry], "VersionMismatch", 1),
        (4, "Differential", [{"idToken": CARD}], "Accepted", 0),
    ):
        body = {
            "versionNumber": version_number,
            "updateType": kind,
            "localAuthorizationList": entries,
        }
        assert await csms.call(SIM, "SendLocalList", body) == {"status": status}
        await one.flush()
        assert len(one.memory.list_entries) == known
    assert await csms.call(SIM, "GetLocalListVersion", {}) == {"versionNumber": 4}
    assert csms.faults == []


async def test_a_local_list_in_1_6(csms: Csms, station: MakeStation) -> None:
    await station("1.6")
    assert await csms.call(SIM, "GetLocalListVersion", {}) == {"listVersion": 0}
    entries = [{"idTag": "CARD-1", "idTagInfo": {"status": "Accepted"}}]
    body = {"listVersion": 2, "updateType": "Full", "localAuthorizationList": entries}
    assert await csms.call(SIM, "SendLocalList", body) == {"status": "Accepted"}
    assert await csms.call(SIM, "GetLocalListVersion", {}) == {"listVersion": 2}
    assert csms.faults == []


async def test_a_reservation_is_kept_for_its_token(
    csms: Csms, station: MakeStation, car: Vehicle
) -> None:
    """Shown as Reserved; another token finds no place; its own begins and names it."""
    one = await station("2.0.1")
    body = {"id": 9, "expiryDateTime": later(60), "idToken": CARD, "evseId": 1}
    assert await csms.call(SIM, "ReserveNow", body) == {"status": "Accepted"}
    await csms.until(
        lambda: csms.of(SIM, "StatusNotification")[-1]["connectorStatus"] == "Reserved"
    )
    assert await csms.call(SIM, "ReserveNow", {**body, "id": 10}) == {"status": "Occupied"}
    start = {"idToken": {"idToken": "OTHER", "type": "Central"}, "remoteStartId": 1, "evseId": 1}
    answer = await csms.call(SIM, "RequestStartTransaction", start)
    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "Reserved")
    one.plug_in(1, car)
    assert not await one.start(1, "OTHER")
    assert await one.start(1, "CARD-1")
    await csms.until(lambda: csms.events(SIM))
    assert csms.events(SIM)[0]["reservationId"] == 9
    cancel = {"reservationId": 9}
    assert await csms.call(SIM, "CancelReservation", cancel) == {"status": "Rejected"}
    assert csms.faults == []


async def test_a_reservation_ends(csms: Csms, station: MakeStation) -> None:
    """It expires, it is cancelled, or the station fails: each is told as it is."""
    one = await station("2.0.1", plan={"evses": 2})
    body = {"id": 1, "expiryDateTime": later(0.2), "idToken": CARD}
    assert await csms.call(SIM, "ReserveNow", body) == {"status": "Accepted"}
    told = await csms.until(lambda: csms.of(SIM, "ReservationStatusUpdate"))
    assert told == [{"reservationId": 1, "reservationUpdateStatus": "Expired"}]
    body = {"id": 2, "expiryDateTime": later(60), "idToken": CARD, "evseId": 2}
    assert await csms.call(SIM, "ReserveNow", body) == {"status": "Accepted"}
    one.break_down(2)
    await csms.until(lambda: len(csms.of(SIM, "ReservationStatusUpdate")) == 2)
    assert csms.of(SIM, "ReservationStatusUpdate")[1]["reservationUpdateStatus"] == "Removed"
    assert await csms.call(SIM, "ReserveNow", body) == {"status": "Faulted"}
    body = {**body, "id": 3, "evseId": 1}
    assert await csms.call(SIM, "ReserveNow", body) == {"status": "Accepted"}
    assert await csms.call(SIM, "CancelReservation", {"reservationId": 3}) == {"status": "Accepted"}
    await one.flush()
    assert one.memory.reservations == {}
    assert csms.faults == []


async def test_a_reservation_in_1_6(csms: Csms, station: MakeStation) -> None:
    one = await station("1.6")
    body = {"connectorId": 1, "expiryDate": later(60), "idTag": "CARD-1", "reservationId": 4}
    assert await csms.call(SIM, "ReserveNow", body) == {"status": "Accepted"}
    await csms.until(lambda: csms.of(SIM, "StatusNotification")[-1]["status"] == "Reserved")
    one.plug_in(1)
    assert await one.start(1, "CARD-1")
    [started] = await csms.until(lambda: csms.of(SIM, "StartTransaction"))
    assert started["reservationId"] == 4
    assert csms.faults == []


async def test_profiles_are_read_back_as_they_came(csms: Csms, station: MakeStation) -> None:
    """Each in a report of its EVSE; what nobody asked for is left out."""
    await station("2.0.1")
    sent = {}
    for number, evse, purpose in (
        (1, 1, "TxDefaultProfile"),
        (2, 0, "ChargingStationMaxProfile"),
    ):
        sent[number] = {
            "id": number,
            "stackLevel": number,
            "chargingProfilePurpose": purpose,
            "chargingProfileKind": "Absolute",
            "chargingSchedule": [
                {
                    "id": number,
                    "startSchedule": "2026-01-01T00:00:00Z",
                    "chargingRateUnit": "W",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 7000.5}],
                }
            ],
        }
        body = {"evseId": evse, "chargingProfile": sent[number]}
        assert await csms.call(SIM, "SetChargingProfile", body) == {"status": "Accepted"}
    ask: dict[str, Any] = {"requestId": 5, "chargingProfile": {}}
    assert await csms.call(SIM, "GetChargingProfiles", ask) == {"status": "Accepted"}
    reports = await csms.until(
        lambda: (
            len(csms.of(SIM, "ReportChargingProfiles")) == 2
            and csms.of(SIM, "ReportChargingProfiles")
        )
    )
    assert [(r["evseId"], r["chargingProfile"], r["tbc"]) for r in reports] == [
        (0, [sent[2]], True),
        (1, [sent[1]], False),
    ]
    for criteria, status in (({"stackLevel": 9}, "NoProfiles"), ({"stackLevel": 1}, "Accepted")):
        body = {"requestId": 6, "evseId": 1, "chargingProfile": criteria}
        assert await csms.call(SIM, "GetChargingProfiles", body) == {"status": status}
    assert csms.faults == []


async def test_messages_on_the_display(csms: Csms, station: MakeStation) -> None:
    """Set, replaced, told in parts, cleared; what it cannot show is refused with the right word."""
    await station("2.0.1")
    plain = {"format": "UTF8", "content": "hello"}
    for number in range(1, 7):
        message = {"id": number, "priority": "NormalCycle", "message": plain}
        assert await csms.call(SIM, "SetDisplayMessage", {"message": message}) == {
            "status": "Accepted"
        }
    for change, status in (
        ({"message": {**plain, "format": "HTML"}}, "NotSupportedMessageFormat"),
        ({"transactionId": "gone"}, "UnknownTransaction"),
        ({"priority": "InFront"}, "Accepted"),
    ):
        body = {"message": {"id": 6, "priority": "NormalCycle", "message": plain, **change}}
        assert await csms.call(SIM, "SetDisplayMessage", body) == {"status": status}
    assert await csms.call(SIM, "ClearDisplayMessage", {"id": 1}) == {"status": "Accepted"}
    assert await csms.call(SIM, "ClearDisplayMessage", {"id": 1}) == {"status": "Unknown"}
    assert await csms.call(SIM, "GetDisplayMessages", {"requestId": 1, "id": [1]}) == {
        "status": "Unknown"
    }
    assert await csms.call(SIM, "GetDisplayMessages", {"requestId": 2}) == {"status": "Accepted"}
    parts = await csms.until(
        lambda: (
            len(csms.of(SIM, "NotifyDisplayMessages")) == 2
            and csms.of(SIM, "NotifyDisplayMessages")
        )
    )
    assert [one["id"] for part in parts for one in part["messageInfo"]] == [2, 3, 4, 5, 6]
    assert [part["tbc"] for part in parts] == [True, False]
    assert csms.faults == []


async def test_monitors_fire(csms: Csms, station: MakeStation) -> None:
    """A threshold when it is crossed, and when it is over; a periodic one again and again until cleared."""
    one = await station("2.0.1")
    component, variable = {"name": "OCPPCommCtrlr"}, {"name": "HeartbeatInterval"}
    place = {"component": component, "variable": variable, "severity": 4}
    body = {
        "setMonitoringData": [
            {**place, "value": 400, "type": "UpperThreshold"},
            {**place, "value": 0.05, "type": "Periodic"},
            {**place, "value": 1, "type": "Delta", "variable": {"name": "Nonsense"}},
        ]
    }
    answer = await csms.call(SIM, "SetVariableMonitoring", body)
    assert [r["status"] for r in answer["setMonitoringResult"]] == [
        "Accepted",
        "Accepted",
        "UnknownVariable",
    ]
    first, second = (r["id"] for r in answer["setMonitoringResult"][:2])
    await csms.until(lambda: len(csms.of(SIM, "NotifyEvent")) >= 2)
    assert await csms.call(SIM, "ClearVariableMonitoring", {"id": [second, 99]}) == {
        "clearMonitoringResult": [
            {"id": second, "status": "Accepted"},
            {"id": 99, "status": "NotFound"},
        ]
    }
    for value in ("500", "50"):
        setting = {"component": component, "variable": variable, "attributeValue": value}
        await csms.call(SIM, "SetVariables", {"setVariableData": [setting]})
    await one.flush()
    alerts = [
        event
        for report in csms.of(SIM, "NotifyEvent")
        for event in report["eventData"]
        if event["variableMonitoringId"] == first
    ]
    assert [(a["actualValue"], a["trigger"], a.get("cleared", False)) for a in alerts] == [
        ("500", "Alerting", False),
        ("50", "Alerting", True),
    ]
    assert await csms.call(SIM, "GetMonitoringReport", {"requestId": 8}) == {"status": "Accepted"}
    [report] = await csms.until(lambda: csms.of(SIM, "NotifyMonitoringReport"))
    assert report["monitor"][0]["variableMonitoring"][0]["id"] == first
    assert csms.faults == []


async def test_a_custom_report(csms: Csms, station: MakeStation) -> None:
    """Only what was named; nothing for what is not there."""
    await station("2.0.1")
    named = [{"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}]
    body = {"requestId": 3, "componentVariable": named, "componentCriteria": ["Enabled"]}
    assert await csms.call(SIM, "GetReport", body) == {"status": "Accepted"}
    [report] = await csms.until(lambda: csms.of(SIM, "NotifyReport"))
    assert [one["variable"]["name"] for one in report["reportData"]] == ["HeartbeatInterval"]
    named = [{"component": {"name": "Teapot"}}]
    body = {"requestId": 4, "componentVariable": named}
    assert await csms.call(SIM, "GetReport", body) == {"status": "EmptyResultSet"}
    assert csms.faults == []


async def test_certificates(csms: Csms, station: MakeStation) -> None:
    """Installed, listed, deleted; rubbish is refused; a signing request comes when asked for."""
    await station("2.0.1")
    pem = root()
    install = {"certificateType": "CSMSRootCertificate", "certificate": pem}
    assert await csms.call(SIM, "InstallCertificate", install) == {"status": "Accepted"}
    rubbish = {**install, "certificate": "no certificate"}
    assert await csms.call(SIM, "InstallCertificate", rubbish) == {"status": "Rejected"}
    answer = await csms.call(SIM, "GetInstalledCertificateIds", {})
    [chain] = answer["certificateHashDataChain"]
    assert chain["certificateType"] == "CSMSRootCertificate"
    assert chain["certificateHashData"]["serialNumber"] == "1a2b"
    only = {"certificateType": ["V2GRootCertificate"]}
    assert (await csms.call(SIM, "GetInstalledCertificateIds", only))["status"] == "NotFound"
    delete = {"certificateHashData": chain["certificateHashData"]}
    for status in ("Accepted", "NotFound"):
        assert await csms.call(SIM, "DeleteCertificate", delete) == {"status": status}
    trigger = {"requestedMessage": "SignChargingStationCertificate"}
    assert await csms.call(SIM, "TriggerMessage", trigger) == {"status": "Accepted"}
    [request] = await csms.until(lambda: csms.of(SIM, "SignCertificate"))
    csr = x509.load_pem_x509_csr(request["csr"].encode())
    assert csr.is_signature_valid
    assert csr.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == SIM
    signed = {"certificateChain": pem, "certificateType": "ChargingStationCertificate"}
    assert await csms.call(SIM, "CertificateSigned", signed) == {"status": "Accepted"}
    assert csms.faults == []


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
async def test_a_log_is_uploaded(csms: Csms, station: MakeStation, version: str) -> None:
    """Step by step; to a place that is none it fails."""
    await station(version, job_s=0.01)
    statuses: list[str] = []
    for place in ("https://logs.example/up", "nowhere"):
        if version == "1.6":
            answer = await csms.call(SIM, "GetDiagnostics", {"location": place})
            assert answer == {"fileName": "SIM-1.log"}
            action = "DiagnosticsStatusNotification"
        else:
            body = {"logType": "DiagnosticsLog", "requestId": 7, "log": {"remoteLocation": place}}
            answer = await csms.call(SIM, "GetLog", body)
            assert answer == {"status": "Accepted", "filename": "SIM-1-7.log"}
            action = "LogStatusNotification"
        count = len(statuses) + 2
        said = await csms.until(
            lambda n=count, a=action: len(csms.of(SIM, a)) == n and csms.of(SIM, a)
        )
        statuses = [one["status"] for one in said]
        if version != "1.6":
            assert {one["requestId"] for one in said} == {7}
    failed = "UploadFailed" if version == "1.6" else "UploadFailure"
    assert statuses == ["Uploading", "Uploaded", "Uploading", failed]
    trigger = {"requestedMessage": action}
    assert await csms.call(SIM, "TriggerMessage", trigger) == {"status": "Accepted"}
    await csms.until(lambda: csms.of(SIM, action)[-1]["status"] == "Idle")
    assert csms.faults == []


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_firmware_is_installed(csms: Csms, station: MakeStation, version: str) -> None:
    """Fetched, installed, booted with its new version, and said to be installed."""
    await station(version, job_s=0.01)
    place = "https://firmware.example/halla-2.7.bin"
    now = later(-1)
    if version == "1.6":
        body = {"location": place, "retrieveDate": now}
        assert await csms.call(SIM, "UpdateFirmware", body) == {}
        steps = ["Downloading", "Downloaded", "Installing", "Installed"]
    else:
        firmware = {
            "location": place,
            "retrieveDateTime": now,
            "signingCertificate": root(),
            "signature": "abc",
        }
        body = {"requestId": 11, "firmware": firmware}
        assert await csms.call(SIM, "UpdateFirmware", body) == {"status": "Accepted"}
        steps = ["Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed"]
    action = "FirmwareStatusNotification"
    await csms.until(lambda: len(csms.of(SIM, action)) == len(steps), timeout_s=10)
    assert [one["status"] for one in csms.of(SIM, action)] == steps
    boots = csms.of(SIM, "BootNotification")
    assert len(boots) == 2
    known = boots[-1] if version == "1.6" else boots[-1]["chargingStation"]
    assert known["firmwareVersion"] == "halla-2.7"
    assert csms.faults == []


async def test_the_whitepaper_s_calls_in_1_6(csms: Csms, station: MakeStation) -> None:
    """Certificates, logs and signed firmware of the 1.6 security extension."""
    await station("1.6", job_s=0.01)
    pem = root()
    install = {"certificateType": "CentralSystemRootCertificate", "certificate": pem}
    assert await csms.call(SIM, "InstallCertificate", install) == {"status": "Accepted"}
    ask = {"certificateType": "CentralSystemRootCertificate"}
    answer = await csms.call(SIM, "GetInstalledCertificateIds", ask)
    assert answer["certificateHashData"][0]["serialNumber"] == "1a2b"
    log = {"logType": "SecurityLog", "requestId": 2, "log": {"remoteLocation": "ftp://a/b"}}
    assert (await csms.call(SIM, "GetLog", log))["status"] == "Accepted"
    await csms.until(lambda: len(csms.of(SIM, "LogStatusNotification")) == 2)
    trigger = {"requestedMessage": "SignChargePointCertificate"}
    assert await csms.call(SIM, "ExtendedTriggerMessage", trigger) == {"status": "Accepted"}
    await csms.until(lambda: csms.of(SIM, "SignCertificate"))
    firmware = {
        "location": "https://firmware.example/x.bin",
        "retrieveDateTime": later(-1),
        "signingCertificate": pem,
        "signature": "abc",
    }
    body = {"requestId": 3, "firmware": firmware}
    assert await csms.call(SIM, "SignedUpdateFirmware", body) == {"status": "Accepted"}
    action = "SignedFirmwareStatusNotification"
    await csms.until(lambda: [p["status"] for p in csms.of(SIM, action)][-1:] == ["Installed"])
    assert {p["requestId"] for p in csms.of(SIM, action)} == {3}
    assert csms.faults == []


async def test_costs_networks_and_customers(csms: Csms, station: MakeStation) -> None:
    """Kept, or told; what makes no sense is refused."""
    one = await station("2.0.1")
    cost = {"totalCost": 12.5, "transactionId": "t"}
    assert await csms.call(SIM, "CostUpdated", cost) == {}
    assert one.memory.costs == {"t": 12.5}
    data = {
        "ocppVersion": "OCPP20",
        "ocppTransport": "JSON",
        "ocppCsmsUrl": "ws://csms.example",
        "messageTimeout": 30,
        "securityProfile": 1,
        "ocppInterface": "Wired0",
    }
    for slot, status in ((1, "Accepted"), (9, "Rejected")):
        body = {"configurationSlot": slot, "connectionData": data}
        assert await csms.call(SIM, "SetNetworkProfile", body) == {"status": status}
    body = {"requestId": 1, "report": True, "clear": False, "customerIdentifier": "me"}
    assert await csms.call(SIM, "CustomerInformation", body) == {"status": "Accepted"}
    [told] = await csms.until(lambda: csms.of(SIM, "NotifyCustomerInformation"))
    assert told["data"] == ""
    assert csms.faults == []

"""1.6 with its security whitepaper: passwords, certificates, security events, logs, signed firmware, TLS."""

from pathlib import Path
from typing import Any

import pytest
from cryptography import x509 as pyca
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from app.csms import authority, certificates, entrance, jobs, security, signing
from app.csms.audit import HALLA
from app.csms.x509 import hash_of, names_of, read_certificate
from app.domain.certificates import CertificateUse
from app.domain.commands import OutcomeStatus
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.station import Station
from tests.pki import Pki, csr_of, files_of, new_key, root_pem, signed_by

V16 = "ocpp1.6"
PASSWORD = "sixteen-letters-1"


async def has_password(bench: Bench) -> None:
    await entrance.set_station_password(bench.context, HALLA, ID, PASSWORD)


@pytest.mark.oca("TC_073_CSMS")
async def test_tc_073(bench: Bench) -> None:
    """A new key of 20 bytes is set in hexadecimal; once the station has used it, the old one counts no more."""
    await has_password(bench)
    async with bench.connect(subprotocol=V16, password=PASSWORD) as station:
        task = bench.start(security.rotate_password(bench.context, bench.actor, ID))
        asked = await station.obey("ChangeConfiguration", {"status": "Accepted"})
        assert asked["key"] == "AuthorizationKey"
        assert len(bytes.fromhex(asked["value"])) == 20
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
    async with bench.connect(subprotocol=V16, password=asked["value"]) as station:
        assert (await station.boot())["status"] == "Accepted"
    with pytest.raises(InvalidStatus, match="401"):
        async with bench.connect(subprotocol=V16, password=PASSWORD):
            pass
    assert await bench.rows("SELECT next_password_hash FROM station_security") == [(None,)]


@pytest.mark.oca("TC_074_CSMS")
async def test_tc_074(secured: Bench, pki: Pki) -> None:
    """The station is asked for a signing request, and gets its certificate."""
    async with secured.connect(subprotocol=V16) as station:
        task = secured.start(signing.renew_certificate(secured.context, secured.actor, ID))
        asked = await station.obey("ExtendedTriggerMessage", {"status": "Accepted"})
        assert asked == {"requestedMessage": "SignChargePointCertificate"}
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
        csr = csr_of(ID, new_key())
        assert await station.call("SignCertificate", {"csr": csr}) == {"status": "Accepted"}
        signed = await station.obey("CertificateSigned", {"status": "Accepted"})
        [leaf] = pyca.load_pem_x509_certificates(signed["certificateChain"].encode())
        leaf.verify_directly_issued_by(pki.root.certificate)
        assert names_of(leaf) == {ID}
        await secured.until("SELECT FROM signing_request WHERE status = 'accepted'")
    assert await secured.rows("SELECT use FROM installed_certificate") == [
        ("ChargingStationCertificate",)
    ]


async def install(bench: Bench, station: Station, use: CertificateUse, word: str) -> str:
    """A root certificate is sent and taken; its text."""
    pem = root_pem()
    task = bench.start(certificates.install_certificate(bench.context, bench.actor, ID, use, pem))
    asked = await station.obey("InstallCertificate", {"status": "Accepted"})
    assert asked == {"certificateType": word, "certificate": pem}
    assert (await task).outcome.status is OutcomeStatus.ACCEPTED
    return pem


@pytest.mark.parametrize(
    ("use", "word"),
    [
        pytest.param(
            CertificateUse.MANUFACTURER_ROOT,
            "ManufacturerRootCertificate",
            marks=pytest.mark.oca("TC_075_1_CSMS"),
        ),
        pytest.param(
            CertificateUse.CSMS_ROOT,
            "CentralSystemRootCertificate",
            marks=pytest.mark.oca("TC_075_2_CSMS"),
        ),
    ],
)
async def test_tc_075(bench: Bench, use: CertificateUse, word: str) -> None:
    """A root certificate is installed, then listed: the list in 1.6's words, what is kept in ours."""
    async with bench.connect(subprotocol=V16) as station:
        pem = await install(bench, station, use, word)
        task = bench.start(certificates.list_certificates(bench.context, bench.actor, ID, (use,)))
        answer = {"status": "Accepted", "certificateHashData": [hashes(pem)]}
        asked = await station.obey("GetInstalledCertificateIds", answer)
        assert asked == {"certificateType": word}
        await task
    assert await bench.rows("SELECT use, certificate FROM installed_certificate") == [
        (use.value, pem)
    ]


def hashes(pem: str) -> dict[str, Any]:
    named = hash_of(read_certificate(pem))
    return {
        "hashAlgorithm": named.hash_algorithm,
        "issuerNameHash": named.issuer_name_hash,
        "issuerKeyHash": named.issuer_key_hash,
        "serialNumber": named.serial_number,
    }


@pytest.mark.oca("TC_076_CSMS")
async def test_tc_076(bench: Bench) -> None:
    """All kinds are listed, one after the other; one certificate is deleted."""
    async with bench.connect(subprotocol=V16) as station:
        pem = await install(
            bench, station, CertificateUse.CSMS_ROOT, "CentralSystemRootCertificate"
        )
        listing = bench.start(certificates.list_certificates(bench.context, bench.actor, ID))
        there = {"status": "Accepted", "certificateHashData": [hashes(pem)]}
        await station.obey("GetInstalledCertificateIds", there)
        await station.obey("GetInstalledCertificateIds", {"status": "NotFound"})
        await listing
        [(number,)] = await bench.rows("SELECT id FROM installed_certificate")
        task = bench.start(certificates.delete_listed(bench.context, bench.actor, ID, number))
        asked = await station.obey("DeleteCertificate", {"status": "Accepted"})
        assert asked == {"certificateHashData": hashes(pem)}
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
    assert await bench.rows("SELECT FROM installed_certificate") == []


async def tell_event(station: Station, kind: str) -> None:
    event = {"type": kind, "timestamp": "2026-11-20T03:00:00Z", "techInfo": "expired"}
    assert await station.call("SecurityEventNotification", event) == {}


@pytest.mark.oca("TC_077_CSMS")
async def test_tc_077(secured: Bench) -> None:
    """The station's own certificate is invalid: the station refuses it and tells the event."""
    async with secured.connect(subprotocol=V16) as station:
        csr = csr_of(ID, new_key())
        assert await station.call("SignCertificate", {"csr": csr}) == {"status": "Accepted"}
        await station.obey("CertificateSigned", {"status": "Rejected"})
        await tell_event(station, "InvalidChargePointCertificate")
        await secured.until("SELECT FROM signing_request WHERE status = 'rejected'")
    assert await secured.rows("SELECT type, tech_info FROM security_event") == [
        ("InvalidChargePointCertificate", "expired")
    ]


@pytest.mark.oca("TC_078_CSMS")
async def test_tc_078(bench: Bench) -> None:
    """A root certificate is invalid: the station refuses it and tells the event."""
    async with bench.connect(subprotocol=V16) as station:
        task = bench.start(
            certificates.install_certificate(
                bench.context, bench.actor, ID, CertificateUse.CSMS_ROOT, root_pem()
            )
        )
        await station.obey("InstallCertificate", {"status": "Rejected"})
        assert (await task).outcome.status is OutcomeStatus.REJECTED
        await tell_event(station, "InvalidCentralSystemCertificate")
    assert await bench.rows("SELECT FROM installed_certificate") == []
    assert await bench.rows("SELECT type FROM security_event") == [
        ("InvalidCentralSystemCertificate",)
    ]


async def progress(bench: Bench, kind: str) -> tuple[str, str]:
    """The last word of a job, and all of them."""
    [(status, words)] = await bench.rows(
        "SELECT status, (SELECT string_agg(p.status, ' ' ORDER BY p.id) FROM job_progress p"
        " WHERE p.job_id = j.id) FROM station_job j WHERE kind = %s",
        kind,
    )
    return status, words


@pytest.mark.oca("TC_079_CSMS")
async def test_tc_079(bench: Bench) -> None:
    """The security log is asked for and uploaded."""
    url = "https://logs.example/"
    async with bench.connect(subprotocol=V16) as station:
        task = bench.start(
            jobs.get_log(bench.context, bench.actor, ID, location=url, security=True)
        )
        asked = await station.obey("GetLog", {"status": "Accepted", "filename": "security.log"})
        assert asked["logType"] == "SecurityLog"
        assert asked["log"]["remoteLocation"] == url
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
        for word in ("Uploading", "Uploaded"):
            told = {"status": word, "requestId": asked["requestId"]}
            assert await station.call("LogStatusNotification", told) == {}
    [(kind,)] = await bench.rows("SELECT kind FROM station_job")
    assert await progress(bench, kind) == ("Uploaded", "Uploading Uploaded")


async def update_signed(bench: Bench, station: Station, *words: str) -> None:
    """Signed firmware is asked for; the station goes through `words`."""
    pem = root_pem("Manufacturer")
    task = bench.start(
        jobs.update_firmware(
            bench.context,
            bench.actor,
            ID,
            location="https://firmware.example/2.0.bin",
            signing_certificate=pem,
            signature="c2lnbmF0dXJl",
        )
    )
    asked = await station.obey("SignedUpdateFirmware", {"status": "Accepted"})
    assert asked["firmware"]["signingCertificate"] == pem
    assert asked["firmware"]["signature"] == "c2lnbmF0dXJl"
    assert (await task).outcome.status is OutcomeStatus.ACCEPTED
    for word in words:
        told = {"status": word, "requestId": asked["requestId"]}
        assert await station.call("SignedFirmwareStatusNotification", told) == {}


@pytest.mark.oca("TC_080_CSMS")
async def test_tc_080(bench: Bench) -> None:
    """Signed firmware is fetched, found good, installed; the station starts again and tells the event."""
    words = ("Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting")
    async with bench.connect(subprotocol=V16) as station:
        await update_signed(bench, station, *words)
    async with bench.connect(subprotocol=V16) as station:
        assert (await station.boot())["status"] == "Accepted"
        [(number,)] = await bench.rows("SELECT request_id FROM station_job")
        told = {"status": "Installed", "requestId": number}
        assert await station.call("SignedFirmwareStatusNotification", told) == {}
        await tell_event(station, "FirmwareUpdated")
    [(kind,)] = await bench.rows("SELECT kind FROM station_job")
    assert await progress(bench, kind) == ("Installed", " ".join((*words, "Installed")))
    assert await bench.rows("SELECT type FROM security_event") == [("FirmwareUpdated",)]


@pytest.mark.oca("TC_081_CSMS")
async def test_tc_081(bench: Bench) -> None:
    """The firmware's signature is wrong: the job ends there, the event is kept."""
    async with bench.connect(subprotocol=V16) as station:
        await update_signed(bench, station, "Downloading", "Downloaded", "InvalidSignature")
        await tell_event(station, "InvalidFirmwareSignature")
    assert await bench.rows("SELECT status, finished_at IS NOT NULL FROM station_job") == [
        ("InvalidSignature", True)
    ]
    assert await bench.rows("SELECT type FROM security_event") == [("InvalidFirmwareSignature",)]


@pytest.mark.oca("TC_083_CSMS")
async def test_tc_083(secured: Bench, pki: Pki) -> None:
    """Profile 1 to 2: one key is set, the station changes over by itself; then profile 1 is refused."""
    await has_password(secured)
    async with secured.connect(subprotocol=V16, password=PASSWORD) as station:
        task = secured.start(security.upgrade_profile(secured.context, secured.actor, ID, 2))
        asked = await station.obey("ChangeConfiguration", {"status": "Accepted"})
        assert asked == {"key": "SecurityProfile", "value": "2"}
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
    async with secured.connect(subprotocol=V16, password=PASSWORD, tls=pki.client()) as station:
        assert (await station.boot())["status"] == "Accepted"
    assert await secured.rows(
        "SELECT profile, minimum_profile, wanted_profile FROM station_security"
    ) == [(2, 2, None)]
    with pytest.raises(InvalidStatus, match="403"):
        async with secured.connect(subprotocol=V16, password=PASSWORD):
            pass


@pytest.mark.oca("TC_085_CSMS")
async def test_tc_085(bench: Bench) -> None:
    """The right user name and password let the station in."""
    await has_password(bench)
    async with bench.connect(subprotocol=V16, password=PASSWORD) as station:
        assert (await station.boot())["status"] == "Accepted"
        assert await bench.rows("SELECT profile FROM station_security") == [(1,)]
    with pytest.raises(InvalidStatus, match="401"):
        async with bench.connect(subprotocol=V16, password="another-password-x"):
            pass


@pytest.mark.oca("TC_086_CSMS")
async def test_tc_086(secured: Bench, pki: Pki) -> None:
    """The server's certificate is good, and TLS 1.2 at least."""
    await has_password(secured)
    async with secured.connect(subprotocol=V16, password=PASSWORD, tls=pki.client()) as station:
        assert (await station.boot())["status"] == "Accepted"
        spoken = station.connection.transport.get_extra_info("ssl_object")
        assert spoken.version() in ("TLSv1.2", "TLSv1.3")
        assert await secured.rows("SELECT profile FROM station_security") == [(2,)]


@pytest.mark.oca("TC_087_CSMS")
async def test_tc_087(secured: Bench, pki: Pki, tmp_path: Path) -> None:
    """The station's certificate is good and bears its name."""
    await security.set_minimum_profile(secured.context, HALLA, ID, 3)
    key = new_key()
    files = files_of(tmp_path, authority.chain_pem(signed_by(pki.root, ID, key)), key)
    async with secured.connect(subprotocol=V16, tls=pki.client(files)) as station:
        assert (await station.boot())["status"] == "Accepted"
        assert await secured.rows("SELECT profile FROM station_security") == [(3,)]


@pytest.mark.oca("TC_088_CSMS")
async def test_tc_088(bench: Bench) -> None:
    """Of an unknown subprotocol and 1.6 the latter is chosen, and said so in the handshake."""
    offered = [Subprotocol("ocpp0.1"), Subprotocol(V16)]
    async with connect(f"ws://127.0.0.1:{bench.port}/{ID}", subprotocols=offered) as connection:
        assert connection.response is not None
        assert connection.response.headers["Sec-WebSocket-Protocol"] == V16
        await bench.until("SELECT FROM station_state WHERE online AND protocol = %s", V16)

"""A: who may connect and how that is proven; passwords, certificates and security profiles changed from here."""

import asyncio
import ssl
import warnings
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.exceptions import InvalidHandshake, InvalidStatus

from app.csms import authority, entrance, remote_control, security, signing
from app.csms.audit import HALLA
from app.csms.commands import CommandResult
from app.csms.x509 import names_of
from app.domain.certificates import SigningUse
from app.domain.commands import OutcomeStatus
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.station import Station
from tests.pki import Pki, csr_of, files_of, new_key, root_pem, signed_by

PASSWORD = "sixteen-letters-1"
NEW = "seventeen-letters-2"


def refused(status: int) -> AbstractContextManager[Any]:
    return pytest.raises(InvalidStatus, match=str(status))


async def refusal(bench: Bench, code: str) -> tuple[str, str]:
    """Identity and reason of the refusal that was recorded."""
    found = await bench.until(
        "SELECT identity, reason FROM connection_refusal WHERE code = %s", code
    )
    return found[0], found[1]


async def has_password(bench: Bench, password: str = PASSWORD) -> None:
    await entrance.set_station_password(bench.context, HALLA, ID, password)


async def boots(station: Station) -> None:
    assert (await station.boot())["status"] == "Accepted"


@pytest.mark.oca("TC_A_01")
async def test_tc_a_01(bench: Bench) -> None:
    """The station's id and its password let it in, with security profile 1."""
    await has_password(bench)
    async with bench.connect(password=PASSWORD) as station:
        await boots(station)
        assert await bench.rows("SELECT station_id, profile FROM station_security") == [(ID, 1)]


@pytest.mark.oca("TC_A_02")
async def test_tc_a_02(bench: Bench) -> None:
    """Another user name with the right password is refused before the upgrade, and that is recorded."""
    await has_password(bench)
    with refused(401):
        async with bench.connect(password=PASSWORD, user="CS002"):
            pass
    assert (await refusal(bench, "wrong_password"))[0] == ID
    assert await bench.rows("SELECT FROM station_state WHERE online") == []


@pytest.mark.oca("TC_A_03")
async def test_tc_a_03(bench: Bench) -> None:
    """A wrong password is refused before the upgrade, and that is recorded and counted."""
    await has_password(bench)
    for _ in range(2):
        with refused(401):
            async with bench.connect(password="not the password"):
                pass
    await bench.until("SELECT FROM connection_refusal WHERE code = 'wrong_password' AND times = 2")
    async with bench.connect(password=PASSWORD) as station:
        await boots(station)


@pytest.mark.oca("TC_A_04")
@pytest.mark.parametrize(
    "suite",
    [
        None,
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "AES128-GCM-SHA256",
        "AES256-GCM-SHA384",
    ],
)
async def test_tc_a_04(secured: Bench, pki: Pki, suite: str | None) -> None:
    """The server's certificate is good, with TLS 1.3 and with each suite of TLS 1.2 that the specification names."""
    await has_password(secured)
    tls = pki.client()
    if suite is not None:
        tls.maximum_version = ssl.TLSVersion.TLSv1_2
        tls.set_ciphers(suite)
    async with secured.connect(password=PASSWORD, tls=tls) as station:
        await boots(station)
        spoken = station.connection.transport.get_extra_info("ssl_object")
        assert spoken.version() == ("TLSv1.3" if suite is None else "TLSv1.2")
        assert suite is None or spoken.cipher()[0] == suite
        assert await secured.rows("SELECT profile FROM station_security") == [(2,)]


@pytest.mark.oca("TC_A_06")
async def test_tc_a_06(secured: Bench, pki: Pki) -> None:
    """TLS 1.1 is refused in the handshake, and that is recorded."""
    tls = pki.client()
    tls.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        tls.minimum_version = ssl.TLSVersion.TLSv1
        tls.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((OSError, EOFError, InvalidHandshake)):
        async with secured.connect(password=PASSWORD, tls=tls):
            pass
    identity, reason = await refusal(secured, "tls")
    assert identity == ""
    assert "too old" in reason


def certificate_of(pki: Pki, folder: Path, name: str = ID) -> tuple[Path, Path]:
    key = new_key()
    return files_of(folder, authority.chain_pem(signed_by(pki.root, name, key)), key)


@pytest.mark.oca("TC_A_07")
async def test_tc_a_07(secured: Bench, pki: Pki, tmp_path: Path) -> None:
    """A good certificate with the station's name lets it in without a password, with security profile 3."""
    await has_password(secured)
    await security.set_minimum_profile(secured.context, HALLA, ID, 3)
    async with secured.connect(tls=pki.client(certificate_of(pki, tmp_path))) as station:
        await boots(station)
        [(profile, serial)] = await secured.rows(
            "SELECT profile, certificate_serial FROM station_security"
        )
        assert profile == 3
        assert serial


@pytest.mark.oca("TC_A_08")
async def test_tc_a_08(secured: Bench, pki: Pki, tmp_path: Path) -> None:
    """A certificate of a strange authority ends the handshake; one of ours with another's name, the upgrade."""
    key = new_key()
    stranger = authority.make_authority(secured.context.clock(), "Stranger")
    files = files_of(tmp_path, authority.chain_pem(signed_by(stranger, ID, key)), key)
    with pytest.raises((OSError, EOFError, InvalidHandshake)):
        async with secured.connect(tls=pki.client(files)):
            pass
    assert "certificate is not good" in (await refusal(secured, "tls"))[1]
    with refused(403):
        async with secured.connect(tls=pki.client(certificate_of(pki, tmp_path, "CS002"))):
            pass
    assert (await refusal(secured, "wrong_certificate"))[0] == ID
    assert await secured.rows("SELECT FROM station_state WHERE online") == []


def rotation(bench: Bench) -> asyncio.Task[CommandResult]:
    return bench.start(security.rotate_password(bench.context, bench.actor, ID, NEW))


async def answer_password(station: Station, status: str) -> None:
    asked = await station.expect("SetVariables")
    [data] = asked.payload["setVariableData"]
    assert data["component"] == {"name": "SecurityCtrlr"}
    assert data["variable"] == {"name": "BasicAuthPassword"}
    assert data["attributeValue"] == NEW
    told = {"component": data["component"], "variable": data["variable"]}
    await station.answer(asked, {"setVariableResult": [{"attributeStatus": status, **told}]})


@pytest.mark.oca("TC_A_09")
async def test_tc_a_09(bench: Bench) -> None:
    """A new password is set; the old one counts until the new one was seen, then no more. It is nowhere in clear."""
    await has_password(bench)
    async with bench.connect(password=PASSWORD) as station:
        rotating = rotation(bench)
        await answer_password(station, "Accepted")
        assert (await rotating).outcome.status is OutcomeStatus.ACCEPTED
    async with bench.connect(password=PASSWORD) as station:
        await boots(station)
    async with bench.connect(password=NEW) as station:
        await boots(station)
    with refused(401):
        async with bench.connect(password=PASSWORD):
            pass
    assert await bench.rows("SELECT next_password_hash FROM station_security") == [(None,)]
    [(request,)] = await bench.rows("SELECT request::text FROM station_command")
    assert NEW not in request
    assert await bench.rows("SELECT FROM station_variable WHERE value = %s", NEW) == []


async def test_a_station_without_a_password_is_given_one(bench: Bench) -> None:
    """Until it has used it, it comes in as before; then only with it."""
    async with bench.connect() as station:
        rotating = rotation(bench)
        await answer_password(station, "Accepted")
        await rotating
    async with bench.connect() as station:
        await boots(station)
    async with bench.connect(password=NEW) as station:
        await boots(station)
        assert await bench.rows("SELECT profile FROM station_security") == [(1,)]
    with refused(401):
        async with bench.connect():
            pass


async def test_a_password_in_a_raw_call_counts_too(bench: Bench) -> None:
    """What a program sends by itself has the same effect."""
    await has_password(bench)
    place = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    payload = {"setVariableData": [{"attributeValue": NEW, **place}]}
    async with bench.connect(password=PASSWORD) as station:
        calling = bench.start(
            remote_control.call(bench.context, bench.actor, ID, "SetVariables", payload)
        )
        await answer_password(station, "Accepted")
        await calling
    async with bench.connect(password=NEW) as station:
        await boots(station)
    with refused(401):
        async with bench.connect(password=PASSWORD):
            pass
    [(request,)] = await bench.rows("SELECT request::text FROM station_command")
    assert NEW not in request


@pytest.mark.oca("TC_A_10")
async def test_tc_a_10(bench: Bench) -> None:
    """The station refuses the new password: the old one goes on, the new one never counts."""
    await has_password(bench)
    async with bench.connect(password=PASSWORD) as station:
        rotating = rotation(bench)
        await answer_password(station, "Rejected")
        assert (await rotating).outcome.status is OutcomeStatus.REJECTED
    with refused(401):
        async with bench.connect(password=NEW):
            pass
    async with bench.connect(password=PASSWORD) as station:
        await boots(station)


async def renew(
    bench: Bench, station: Station, use: SigningUse, trigger: str
) -> tuple[dict[str, Any], ec.EllipticCurvePrivateKey]:
    """The station is asked, asks, and is sent a certificate; the CALL that brought it, which it accepts."""
    renewing = bench.start(signing.renew_certificate(bench.context, bench.actor, ID, use))
    assert (await station.obey("TriggerMessage", {"status": "Accepted"})) == {
        "requestedMessage": trigger
    }
    assert (await renewing).outcome.status is OutcomeStatus.ACCEPTED
    key = new_key()
    asked: dict[str, Any] = {"csr": csr_of(ID, key)}
    if use is not SigningUse.COMBINED:
        asked["certificateType"] = use.value
    assert await station.call("SignCertificate", asked) == {"status": "Accepted"}
    return await station.obey("CertificateSigned", {"status": "Accepted"}), key


def check_chain(pki: Pki, chain: str) -> x509.Certificate:
    """The leaf, which our authority signed for the station."""
    [leaf] = x509.load_pem_x509_certificates(chain.encode())
    leaf.verify_directly_issued_by(pki.root.certificate)
    assert names_of(leaf) == {ID}
    return leaf


@pytest.mark.oca("TC_A_11")
async def test_tc_a_11(secured: Bench, pki: Pki, tmp_path: Path) -> None:
    """A station certificate is renewed from here; with the new one the station connects with profile 3."""
    async with secured.connect() as station:
        signed, key = await renew(
            secured, station, SigningUse.STATION, "SignChargingStationCertificate"
        )
        assert signed["certificateType"] == "ChargingStationCertificate"
        leaf = check_chain(pki, signed["certificateChain"])
        await secured.until("SELECT FROM signing_request WHERE status = 'accepted'")
        assert await secured.rows("SELECT use, expires_at FROM installed_certificate") == [
            ("ChargingStationCertificate", leaf.not_valid_after_utc)
        ]
    files = files_of(tmp_path, signed["certificateChain"], key)
    async with secured.connect(tls=pki.client(files)) as station:
        await boots(station)
        assert await secured.rows("SELECT profile FROM station_security") == [(3,)]


@pytest.mark.oca("TC_A_12")
async def test_tc_a_12(secured: Bench, pki: Pki) -> None:
    """A certificate for cars (V2G) is renewed from here."""
    async with secured.connect() as station:
        signed, _ = await renew(secured, station, SigningUse.V2G, "SignV2GCertificate")
        assert signed["certificateType"] == "V2GCertificate"
        check_chain(pki, signed["certificateChain"])
        await secured.until("SELECT FROM signing_request WHERE status = 'accepted'")
        assert await secured.rows("SELECT use FROM installed_certificate") == [
            ("V2GCertificateChain",)
        ]


@pytest.mark.oca("TC_A_13")
async def test_tc_a_13(secured: Bench, pki: Pki) -> None:
    """One certificate for both uses: no type is said on the wire."""
    async with secured.connect() as station:
        signed, _ = await renew(secured, station, SigningUse.COMBINED, "SignCombinedCertificate")
        assert "certificateType" not in signed
        check_chain(pki, signed["certificateChain"])
        await secured.until("SELECT FROM signing_request WHERE status = 'accepted'")


@pytest.mark.oca("TC_A_14")
async def test_tc_a_14(secured: Bench) -> None:
    """The station finds its certificate invalid: the request ends rejected, the security event is kept."""
    event = {
        "type": "InvalidChargingStationCertificate",
        "timestamp": "2026-11-20T03:00:00Z",
        "techInfo": "wrong chain",
    }
    async with secured.connect() as station:
        asked = {"csr": csr_of(ID, new_key()), "certificateType": "ChargingStationCertificate"}
        assert await station.call("SignCertificate", asked) == {"status": "Accepted"}
        await station.obey("CertificateSigned", {"status": "Rejected"})
        assert await station.call("SecurityEventNotification", event) == {}
        assert await station.call("SecurityEventNotification", event) == {}
        await secured.until("SELECT FROM signing_request WHERE status = 'rejected'")
    assert await secured.rows("SELECT FROM installed_certificate") == []
    assert await secured.rows("SELECT type, tech_info FROM security_event") == [
        ("InvalidChargingStationCertificate", "wrong chain")
    ]


async def test_a_request_for_another_station_is_refused(secured: Bench) -> None:
    """The name in a signing request is the station's, or nothing is signed."""
    async with secured.connect() as station:
        answer = await station.call("SignCertificate", {"csr": csr_of("CS002", new_key())})
        assert answer["status"] == "Rejected"
        assert "CS002" in answer["statusInfo"]["additionalInfo"]
        junk = await station.call("SignCertificate", {"csr": root_pem()})
        assert junk["status"] == "Rejected"
    assert await secured.rows("SELECT status FROM signing_request") == [("refused",)] * 2


@pytest.mark.oca("TC_A_19")
async def test_tc_a_19(secured: Bench, pki: Pki) -> None:
    """Profile 1 to 2: network profile, its priority, reset; once it was seen, profile 1 is refused."""
    await has_password(secured)
    url = "wss://csms.example:9443/ocpp"
    async with secured.connect(password=PASSWORD) as station:
        upgrading = secured.start(
            security.upgrade_profile(
                secured.context, secured.actor, ID, 2, url=url, slot=2, slots=(2, 1)
            )
        )
        asked = await station.obey("SetNetworkProfile", {"status": "Accepted"})
        assert asked["configurationSlot"] == 2
        assert asked["connectionData"]["securityProfile"] == 2
        assert asked["connectionData"]["ocppCsmsUrl"] == url
        priority = await station.expect("SetVariables")
        [data] = priority.payload["setVariableData"]
        assert data["variable"] == {"name": "NetworkConfigurationPriority"}
        assert data["attributeValue"] == "2,1"
        told = {"component": data["component"], "variable": data["variable"]}
        result = {"attributeStatus": "RebootRequired", **told}
        await station.answer(priority, {"setVariableResult": [result]})
        assert (await station.obey("Reset", {"status": "Accepted"}))["type"] == "OnIdle"
        assert (await upgrading).outcome.status is OutcomeStatus.ACCEPTED
    async with secured.connect(password=PASSWORD, tls=pki.client()) as station:
        assert (await station.boot("RemoteReset"))["status"] == "Accepted"
    assert await secured.rows(
        "SELECT profile, minimum_profile, wanted_profile FROM station_security"
    ) == [(2, 2, None)]
    with refused(403):
        async with secured.connect(password=PASSWORD):
            pass
    assert (await refusal(secured, "profile_too_low"))[0] == ID

"""M: certificates installed at stations, listed, deleted; and what stations and cars ask about theirs."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.x509 import ocsp

from app.csms import certificates, x509
from app.domain.certificates import CertificateHash, CertificateStatus, CertificateUse, OcspQuestion
from app.domain.commands import OutcomeStatus
from app.domain.errors import Invalid
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.station import Station
from tests.pki import Pki, ev_service, http_service, new_key, ocsp_response, root_pem, signed_by

HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "AB" * 32,
    "issuerKeyHash": "cd" * 32,
    "serialNumber": "00ef01",
}
CHILD = {**HASH, "serialNumber": "77"}


async def install(
    bench: Bench, station: Station, use: CertificateUse, pem: str, status: str
) -> OutcomeStatus:
    """A root is sent; the station says `status`."""
    task = bench.start(certificates.install_certificate(bench.context, bench.actor, ID, use, pem))
    asked = await station.obey("InstallCertificate", {"status": status})
    assert asked == {"certificateType": use.value, "certificate": pem}
    return (await task).outcome.status


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(CertificateUse.CSMS_ROOT, marks=pytest.mark.oca("TC_M_01")),
        pytest.param(CertificateUse.MANUFACTURER_ROOT, marks=pytest.mark.oca("TC_M_02")),
        pytest.param(CertificateUse.V2G_ROOT, marks=pytest.mark.oca("TC_M_03")),
        pytest.param(CertificateUse.MO_ROOT, marks=pytest.mark.oca("TC_M_04")),
    ],
)
async def test_tc_m_01_to_04(bench: Bench, use: CertificateUse) -> None:
    """A root certificate is installed; its text, subject and hashes are known from then on."""
    pem = root_pem("Somebody's Root")
    async with bench.connect() as station:
        assert await install(bench, station, use, pem, "Accepted") is OutcomeStatus.ACCEPTED
    named = x509.hash_of(x509.read_certificate(pem))
    assert await bench.rows(
        "SELECT use, certificate, subject, issuer_key_hash, serial_number FROM installed_certificate"
    ) == [(use.value, pem, "CN=Somebody's Root", named.issuer_key_hash, named.serial_number)]


async def test_our_own_root_needs_no_text(secured: Bench, pki: Pki) -> None:
    """What a station needs to believe our server."""
    async with secured.connect() as station:
        task = secured.start(
            certificates.install_certificate(
                secured.context, secured.actor, ID, CertificateUse.CSMS_ROOT
            )
        )
        asked = await station.obey("InstallCertificate", {"status": "Accepted"})
        assert x509.read_certificate(asked["certificate"]) == pki.root.certificate
        await task
        with pytest.raises(Invalid):
            await certificates.install_certificate(
                secured.context, secured.actor, ID, CertificateUse.MO_ROOT
            )


@pytest.mark.oca("TC_M_05")
async def test_tc_m_05(bench: Bench) -> None:
    """The station could not install it: nothing is believed to be there."""
    async with bench.connect() as station:
        ended = await install(bench, station, CertificateUse.CSMS_ROOT, root_pem(), "Failed")
        assert ended is OutcomeStatus.REJECTED
    assert await bench.rows("SELECT FROM installed_certificate") == []
    assert await bench.rows("SELECT status, detail FROM station_command") == [
        ("rejected", "Failed")
    ]


def entry(use: str, *children: dict[str, str]) -> dict[str, Any]:
    chain: dict[str, Any] = {"certificateHashData": HASH, "certificateType": use}
    if children:
        chain["childCertificateHashData"] = list(children)
    return chain


async def listing(
    bench: Bench, station: Station, uses: tuple[CertificateUse, ...], answer: dict[str, Any]
) -> list[tuple[Any, ...]]:
    """The station is asked what it has; what is known then."""
    task = bench.start(certificates.list_certificates(bench.context, bench.actor, ID, uses))
    asked = await station.obey("GetInstalledCertificateIds", answer)
    assert asked == ({"certificateType": [use.value for use in uses]} if uses else {})
    await task
    return await bench.rows("SELECT use, serial_number, children FROM installed_certificate")


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(CertificateUse.CSMS_ROOT, marks=pytest.mark.oca("TC_M_12")),
        pytest.param(CertificateUse.MANUFACTURER_ROOT, marks=pytest.mark.oca("TC_M_13")),
        pytest.param(CertificateUse.V2G_ROOT, marks=pytest.mark.oca("TC_M_14")),
        pytest.param(CertificateUse.MO_ROOT, marks=pytest.mark.oca("TC_M_16")),
    ],
)
async def test_tc_m_12_to_16(bench: Bench, use: CertificateUse) -> None:
    """Certificates of one kind are listed, and kept."""
    async with bench.connect() as station:
        answer = {"status": "Accepted", "certificateHashDataChain": [entry(use.value)]}
        assert await listing(bench, station, (use,), answer) == [(use.value, "00ef01", None)]


@pytest.mark.oca("TC_M_15")
async def test_tc_m_15(bench: Bench) -> None:
    """A chain is listed with the certificates below it."""
    use = CertificateUse.V2G_CHAIN
    async with bench.connect() as station:
        answer = {"status": "Accepted", "certificateHashDataChain": [entry(use.value, CHILD)]}
        [(found, _, children)] = await listing(bench, station, (use,), answer)
        assert found == use.value
        assert [child["serial_number"] for child in children] == ["77"]


@pytest.mark.oca("TC_M_17")
async def test_tc_m_17(bench: Bench) -> None:
    """Two kinds at once; what is known of other kinds stays."""
    uses = (CertificateUse.CSMS_ROOT, CertificateUse.MANUFACTURER_ROOT)
    async with bench.connect() as station:
        await install(bench, station, CertificateUse.MO_ROOT, root_pem(), "Accepted")
        entries = [entry(use.value) for use in uses]
        answer = {"status": "Accepted", "certificateHashDataChain": entries}
        found = await listing(bench, station, uses, answer)
    assert {row[0] for row in found} == {*(use.value for use in uses), "MORootCertificate"}


@pytest.mark.oca("TC_M_18")
async def test_tc_m_18(bench: Bench) -> None:
    """All kinds: what the list does not name is gone; of what we installed ourselves the text stays known."""
    pem = root_pem()
    named = x509.hash_of(x509.read_certificate(pem))
    listed = {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": named.issuer_name_hash.upper(),
        "issuerKeyHash": named.issuer_key_hash.upper(),
        "serialNumber": named.serial_number.upper(),
    }
    async with bench.connect() as station:
        await install(bench, station, CertificateUse.CSMS_ROOT, pem, "Accepted")
        await install(bench, station, CertificateUse.MO_ROOT, root_pem(), "Accepted")
        kept = {"certificateHashData": listed, "certificateType": "CSMSRootCertificate"}
        chain = [kept, entry("V2GRootCertificate")]
        answer = {"status": "Accepted", "certificateHashDataChain": chain}
        found = await listing(bench, station, (), answer)
    assert {row[0] for row in found} == {"CSMSRootCertificate", "V2GRootCertificate"}
    assert await bench.rows(
        "SELECT certificate FROM installed_certificate WHERE use = 'CSMSRootCertificate'"
    ) == [(pem,)]


@pytest.mark.oca("TC_M_19")
async def test_tc_m_19(bench: Bench) -> None:
    """There is none of this kind: none is known any more."""
    use = CertificateUse.CSMS_ROOT
    async with bench.connect() as station:
        await install(bench, station, use, root_pem(), "Accepted")
        assert await listing(bench, station, (use,), {"status": "NotFound"}) == []


async def delete(bench: Bench, station: Station, status: str) -> OutcomeStatus:
    """The station lists one, and is asked to delete it."""
    answer = {"status": "Accepted", "certificateHashDataChain": [entry("V2GRootCertificate")]}
    await listing(bench, station, (), answer)
    [(number,)] = await bench.rows("SELECT id FROM installed_certificate")
    task = bench.start(certificates.delete_listed(bench.context, bench.actor, ID, number))
    asked = await station.obey("DeleteCertificate", {"status": status})
    assert asked == {"certificateHashData": HASH}
    return (await task).outcome.status


@pytest.mark.oca("TC_M_20")
async def test_tc_m_20(bench: Bench) -> None:
    """A certificate is deleted, in the very words in which the station listed it."""
    async with bench.connect() as station:
        assert await delete(bench, station, "Accepted") is OutcomeStatus.ACCEPTED
    assert await bench.rows("SELECT FROM installed_certificate") == []


@pytest.mark.oca("TC_M_21")
async def test_tc_m_21(bench: Bench) -> None:
    """The station could not delete it: it is still there."""
    async with bench.connect() as station:
        assert await delete(bench, station, "Failed") is OutcomeStatus.REJECTED
    assert len(await bench.rows("SELECT FROM installed_certificate")) == 1


def question(named: CertificateHash, responder: str) -> dict[str, str]:
    return {
        "hashAlgorithm": named.hash_algorithm,
        "issuerNameHash": named.issuer_name_hash,
        "issuerKeyHash": named.issuer_key_hash,
        "serialNumber": named.serial_number,
        "responderURL": responder,
    }


def choose(bench: Bench, **settings: object) -> None:
    """Other settings for a CSMS that runs already."""
    object.__setattr__(bench.context, "settings", replace(bench.context.settings, **settings))


@pytest.mark.oca("TC_M_24")
async def test_tc_m_24(bench: Bench, pki: Pki) -> None:
    """The status of a certificate: the responder's own answer is handed to the station as it is."""
    root = pki.root
    certificate = signed_by(root, ID, new_key())
    said = ocsp_response(root, certificate)
    heard: list[bytes] = []

    def responder(body: bytes) -> bytes:
        heard.append(body)
        return said

    async with http_service(responder) as url, bench.connect() as station:
        choose(bench, ocsp_responders=(url,))
        named = x509.hash_of(certificate, root.certificate)
        answer = await station.call(
            "GetCertificateStatus", {"ocspRequestData": question(named, url)}
        )
        assert answer == {"status": "Accepted", "ocspResult": base64.b64encode(said).decode()}
    asked = ocsp.load_der_ocsp_request(heard[0])
    assert asked.serial_number == certificate.serial_number
    assert asked.issuer_key_hash.hex() == named.issuer_key_hash


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (ocsp.OCSPCertStatus.GOOD, CertificateStatus.GOOD),
        (ocsp.OCSPCertStatus.REVOKED, CertificateStatus.REVOKED),
        (None, CertificateStatus.UNREACHABLE),
    ],
)
async def test_what_a_responder_says_is_understood(
    bench: Bench, pki: Pki, said: ocsp.OCSPCertStatus | None, status: CertificateStatus
) -> None:
    """Good, revoked; and an answer about another certificate is none."""
    root = pki.root
    certificate = signed_by(root, ID, new_key())
    about = certificate if said else signed_by(root, "another", new_key())
    response = ocsp_response(root, about, said or ocsp.OCSPCertStatus.GOOD)
    named = x509.hash_of(certificate, root.certificate)
    async with http_service(lambda _: response) as url:
        asked = OcspQuestion(
            hash_algorithm=named.hash_algorithm,
            issuer_name_hash=named.issuer_name_hash,
            issuer_key_hash=named.issuer_key_hash,
            serial_number=named.serial_number,
            responder_url=url,
        )
        assert await certificates.check_ocsp(bench.context, asked) is CertificateStatus.UNREACHABLE
        choose(bench, ocsp_responders=(url,))
        assert await certificates.check_ocsp(bench.context, asked) is status


async def test_a_responder_that_nobody_allowed_is_not_asked(bench: Bench) -> None:
    """A station cannot send us anywhere: Failed, with the reason."""
    async with http_service(lambda _: 500) as url, bench.connect() as station:
        named = CertificateHash(
            hash_algorithm="SHA256",
            issuer_name_hash="00" * 32,
            issuer_key_hash="00" * 32,
            serial_number="1",
        )
        asked = {"ocspRequestData": question(named, url)}
        for allowed in (None, ("http://ocsp.example",), (url,)):
            choose(bench, ocsp_responders=allowed)
            answer = await station.call("GetCertificateStatus", asked)
            assert answer["status"] == "Failed"
            assert answer["statusInfo"]["additionalInfo"]


@pytest.mark.parametrize(
    "action",
    [
        pytest.param("Install", marks=pytest.mark.oca("TC_M_26")),
        pytest.param("Update", marks=pytest.mark.oca("TC_M_28")),
    ],
)
async def test_tc_m_26_and_28(bench: Bench, action: str) -> None:
    """A car's request for a contract certificate goes to the service of the settings, its answer to the car."""
    asked = {
        "iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef",
        "action": action,
        "exiRequest": base64.b64encode(b"\x80\x98").decode(),
    }
    heard: list[bytes] = []
    answering = ev_service(b"\x80\x99")

    def service(body: bytes) -> bytes:
        heard.append(body)
        return answering(body)

    async with http_service(service) as url, bench.connect() as station:
        without = await station.call("Get15118EVCertificate", asked)
        assert without["status"] == "Failed"
        assert without["exiResponse"] == ""
        choose(bench, ev_certificate_url=url)
        answer = await station.call("Get15118EVCertificate", asked)
        assert answer == {
            "status": "Accepted",
            "exiResponse": base64.b64encode(b"\x80\x99").decode(),
        }
    assert [json.loads(body) for body in heard] == [asked]

"""C: tokens of all kinds, groups, the master pass, the cache, contracts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from app.csms import authority, authorization, contracts, local_lists, remote_control
from app.csms.audit import HALLA
from app.domain.authorization import TokenStatus
from app.domain.certificates import CertificateStatus
from app.domain.local_lists import ListEntry
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.driver import Session, authorize
from tests.ingress.oca.station import CallError, Station
from tests.pki import new_key, signed_by

STATUS = "SELECT id_token, token_status FROM transaction"
EMAID = "NLAAAC12345678"


@pytest.mark.oca("TC_C_02")
async def test_tc_c_02(bench: Bench) -> None:
    """A token that is invalid, or that nobody knows, is told so."""
    await authorization.put_token(bench.context, HALLA, token="BAD", status=TokenStatus.INVALID)
    async with bench.connect() as station:
        assert await authorize(station, "BAD") == {"status": "Invalid"}
        assert await authorize(station, "NOBODY") == {"status": "Unknown"}
    assert await bench.rows("SELECT id FROM transaction") == []


@pytest.mark.parametrize(
    "status",
    [
        TokenStatus.BLOCKED,
        TokenStatus.NO_CREDIT,
        TokenStatus.NOT_ALLOWED_TYPE_EVSE,
        TokenStatus.NOT_AT_THIS_LOCATION,
        TokenStatus.NOT_AT_THIS_TIME,
    ],
)
@pytest.mark.oca("TC_C_06")
async def test_tc_c_06(bench: Bench, status: TokenStatus) -> None:
    """A token that may not charge here and now is told why, by Authorize and by a start."""
    await authorization.put_token(bench.context, HALLA, token="SOME", status=status)
    async with bench.connect() as station:
        assert (await authorize(station, "SOME"))["status"] == status.value
        answer = await Session(station).start(token="SOME")
        assert answer["idTokenInfo"]["status"] == status.value
    assert await bench.rows(STATUS) == [("SOME", status.value)]


@pytest.mark.oca("TC_C_07")
async def test_tc_c_07(bench: Bench) -> None:
    """A token whose time is over is expired, and says when it was."""
    over = datetime.now(UTC) - timedelta(days=1)
    await authorization.put_token(bench.context, HALLA, token="OLD", expires_at=over)
    async with bench.connect() as station:
        info = await authorize(station, "OLD")
        assert info["status"] == "Expired"
        assert info["cacheExpiryDateTime"].startswith(over.strftime("%Y-%m-%dT%H:%M"))
        assert (await Session(station).start(token="OLD"))["idTokenInfo"]["status"] == "Expired"
    assert await bench.rows(STATUS) == [("OLD", "Expired")]


@pytest.mark.oca("TC_C_08")
async def test_tc_c_08(bench: Bench) -> None:
    """A start from the cache, without Authorize: the answer decides about the token, and how long that holds."""
    until = datetime.now(UTC) + timedelta(days=1)
    await authorization.put_token(bench.context, HALLA, token="CACHED", expires_at=until)
    async with bench.connect() as station:
        info = (await Session(station).start(token="cached"))["idTokenInfo"]
        assert info["status"] == "Accepted"
        assert "cacheExpiryDateTime" in info
    assert await bench.rows(STATUS) == [("cached", "Accepted")]


@pytest.mark.oca("TC_C_20")
async def test_tc_c_20(bench: Bench) -> None:
    """The cache knew a token that is blocked since: the answer to the start says so, the station stops."""
    async with bench.connect() as station:
        assert (await authorize(station, "VALID"))["status"] == "Accepted"
        await authorization.put_token(bench.context, HALLA, token="VALID", blocked=True)
        session = Session(station)
        assert (await session.start())["idTokenInfo"]["status"] == "Blocked"
        await session.end(trigger="Deauthorized", reason="DeAuthorized")
    assert await bench.rows("SELECT token_status, stop_reason FROM transaction") == [
        ("Blocked", "DeAuthorized")
    ]


@pytest.mark.oca("TC_C_39")
async def test_tc_c_39(bench: Bench) -> None:
    """Another token of the same group may stop: both are answered with the group."""
    await authorization.put_token(bench.context, HALLA, token="FRIEND", group="GROUP")
    async with bench.connect() as station:
        group = {"idToken": "GROUP", "type": "Central"}
        assert (await authorize(station, "VALID"))["groupIdToken"] == group
        session = Session(station)
        await session.start()
        assert (await authorize(station, "FRIEND"))["groupIdToken"] == group
        answer = await session.event("Ended", "StopAuthorized", reason="Local", token="FRIEND")
        assert answer["idTokenInfo"] == {"status": "Accepted", "groupIdToken": group}
    assert await bench.rows("SELECT id_token, stop_id_token FROM transaction") == [
        ("VALID", "FRIEND")
    ]


async def send_group(bench: Bench, station: Station, status: TokenStatus) -> Any:
    """A local list of two tokens of one group, the second of this status."""
    entries = [
        ListEntry(token="VALID", type="ISO14443", group="GROUP"),
        ListEntry(token="FRIEND", type="ISO14443", group="GROUP", status=status),
    ]
    await station.call("Heartbeat")
    task = bench.start(local_lists.send_local_list(bench.context, bench.actor, ID, entries=entries))
    sent = await station.obey("SendLocalList", {"status": "Accepted"})
    await task
    return sent["localAuthorizationList"]


@pytest.mark.oca("TC_C_40")
async def test_tc_c_40(bench: Bench) -> None:
    """The list carries the group, so that the station lets the other token stop by itself."""
    async with bench.connect() as station:
        sent = await send_group(bench, station, TokenStatus.ACCEPTED)
        groups = [entry["idTokenInfo"]["groupIdToken"]["idToken"] for entry in sent]
        assert groups == ["GROUP", "GROUP"]
        session = Session(station)
        await session.start()
        await session.event("Ended", "StopAuthorized", reason="Local", token="FRIEND")
    assert await bench.rows("SELECT id_token, stop_id_token FROM transaction") == [
        ("VALID", "FRIEND")
    ]


@pytest.mark.oca("TC_C_43")
async def test_tc_c_43(bench: Bench) -> None:
    """A token that the list calls invalid does not stop: asked about it, we say no as well, and it goes on."""
    await authorization.put_token(
        bench.context, HALLA, token="FRIEND", group="GROUP", status=TokenStatus.INVALID
    )
    async with bench.connect() as station:
        sent = await send_group(bench, station, TokenStatus.INVALID)
        assert sent[1]["idTokenInfo"]["status"] == "Invalid"
        await Session(station).start()
        assert (await authorize(station, "FRIEND"))["status"] == "Invalid"
    assert await bench.rows("SELECT ended_at FROM transaction") == [(None,)]
    assert await bench.rows("SELECT token, status FROM local_list_entry ORDER BY 1") == [
        ("friend", "Invalid"),
        ("valid", "Accepted"),
    ]


@pytest.mark.parametrize(
    "stopped",
    [
        pytest.param((1, 2), marks=pytest.mark.oca("TC_C_47"), id="TC_C_47"),
        pytest.param((2,), marks=pytest.mark.oca("TC_C_48"), id="TC_C_48"),
        pytest.param((1, 2), marks=pytest.mark.oca("TC_C_49"), id="TC_C_49"),
    ],
)
async def test_master_pass(bench: Bench, stopped: tuple[int, ...]) -> None:
    """A token of the master pass group is answered with that group; what the station then stops is over."""
    await authorization.put_token(bench.context, HALLA, token="POLICE", group="MASTERPASS")
    async with bench.connect() as station:
        sessions = {evse: Session(station, f"TX-{evse}", evse) for evse in (1, 2)}
        for session in sessions.values():
            await session.start()
        info = await authorize(station, "POLICE")
        assert info["groupIdToken"]["idToken"] == "MASTERPASS"
        for evse in stopped:
            answer = await sessions[evse].event(
                "Ended", "StopAuthorized", reason="MasterPass", token="POLICE"
            )
            assert answer["idTokenInfo"]["status"] == "Accepted"
    assert await bench.rows(
        "SELECT evse_id, stop_id_token FROM transaction WHERE stop_reason = 'MasterPass' ORDER BY 1"
    ) == [(evse, "POLICE") for evse in stopped]


async def test_a_remote_start_names_the_kind_of_token_that_it_is(bench: Bench) -> None:
    """A card is started from afar as a card; what nobody knows more of is Central."""
    await authorization.put_token(bench.context, HALLA, token="CARD", type="ISO15693")
    async with bench.connect() as station:
        await station.call("Heartbeat")
        for token, kind in (("CARD", "ISO15693"), ("VALID", "Central")):
            task = bench.start(
                remote_control.start_charging(bench.context, bench.actor, ID, id_token=token)
            )
            asked = await station.obey("RequestStartTransaction", {"status": "Rejected"})
            assert asked["idToken"] == {"idToken": token, "type": kind}
            await task


# --- contracts

HASHES = [
    {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": "aa" * 32,
        "issuerKeyHash": "bb" * 32,
        "serialNumber": "1f",
        "responderURL": "http://127.0.0.1:9/ocsp",
    }
]


def responder(monkeypatch: pytest.MonkeyPatch, status: CertificateStatus) -> list[Any]:
    """An OCSP responder that says this; what it was asked."""
    asked: list[Any] = []

    async def check(_context: Any, question: Any) -> CertificateStatus:
        asked.append(question)
        return status

    monkeypatch.setattr(contracts, "check_ocsp", check)
    return asked


async def show(station: Station, **certificate: Any) -> tuple[str, str]:
    """Authorize with a contract; what is said of the token and of the certificate."""
    said = {"idToken": {"idToken": EMAID, "type": "eMAID"}, **certificate}
    answer = await station.call("Authorize", said)
    return answer["idTokenInfo"]["status"], answer["certificateStatus"]


@pytest.mark.oca("TC_C_50")
async def test_tc_c_50(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The station checked the certificate: its revocation is asked for, the contract is good."""
    await authorization.put_token(bench.context, HALLA, token=EMAID, type="eMAID")
    asked = responder(monkeypatch, CertificateStatus.GOOD)
    async with bench.connect() as station:
        assert await show(station, iso15118CertificateHashData=HASHES) == ("Accepted", "Accepted")
        answer = await Session(station).event(
            "Started", "Authorized", token=EMAID, token_type="eMAID"
        )
        assert answer["idTokenInfo"]["status"] == "Accepted"
    assert asked[0].issuer_key_hash == "bb" * 32
    assert await bench.rows("SELECT id_token, token_type FROM transaction") == [(EMAID, "eMAID")]


@pytest.mark.oca("TC_C_51")
async def test_tc_c_51(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A revoked certificate opens nothing, nor does a good one of a contract that is cancelled."""
    await authorization.put_token(bench.context, HALLA, token=EMAID, type="eMAID")
    async with bench.connect() as station:
        responder(monkeypatch, CertificateStatus.REVOKED)
        said = await show(station, iso15118CertificateHashData=HASHES)
        assert said == ("Invalid", "CertificateRevoked")
        responder(monkeypatch, CertificateStatus.GOOD)
        await authorization.put_token(bench.context, HALLA, token=EMAID, blocked=True)
        said = await show(station, iso15118CertificateHashData=HASHES)
        assert said == ("Blocked", "ContractCancelled")
    assert await bench.rows("SELECT id FROM transaction") == []


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def operator() -> authority.Authority:
    """A mobility operator's authority."""
    return authority.make_authority(datetime.now(UTC), "Mobility operator")


async def trust(bench: Bench, root: authority.Authority) -> None:
    """The operator's root was installed at a station."""
    async with bench.context.database.read() as connection:
        await connection.execute(
            "INSERT INTO installed_certificate (station_id, use, hash_algorithm, issuer_name_hash,"
            " issuer_key_hash, serial_number, certificate)"
            " VALUES ('CS001', 'MORootCertificate', 'SHA256', 'a', 'b', 'c', %s)",
            (pem(root.certificate),),
        )


@pytest.mark.oca("TC_C_52")
async def test_tc_c_52(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, operator: authority.Authority
) -> None:
    """The certificate itself is given: it hangs below a root that is trusted, and names the contract."""
    await authorization.put_token(bench.context, HALLA, token=EMAID, type="eMAID")
    responder(monkeypatch, CertificateStatus.GOOD)
    leaf = pem(signed_by(operator, EMAID, new_key()))
    async with bench.connect() as station:
        assert await show(station, certificate=leaf) == ("Invalid", "CertChainError")
        await trust(bench, operator)
        assert await show(station, certificate=leaf) == ("Accepted", "Accepted")
        assert (await Session(station).start(token=EMAID))["idTokenInfo"]["status"] == "Accepted"
    assert await bench.rows(STATUS) == [(EMAID, "Accepted")]


async def test_certificates_that_are_not_believed(
    bench: Bench, operator: authority.Authority, tmp_path: Path
) -> None:
    """Of somebody else, of a false root of the same name, of no form: each has its word."""
    await authorization.put_token(bench.context, HALLA, token=EMAID, type="eMAID")
    await trust(bench, operator)
    false_root = authority.make_authority(datetime.now(UTC), "Mobility operator")
    make: dict[str, Callable[[], str]] = {
        "CertChainError": lambda: pem(signed_by(operator, "NLAAAC00000000", new_key())),
        "SignatureError": lambda: pem(signed_by(false_root, EMAID, new_key())),
    }
    async with bench.connect() as station:
        for word, certificate in make.items():
            assert await show(station, certificate=certificate()) == ("Invalid", word)
        assert await show(station, certificate="no certificate") == ("Invalid", "SignatureError")


async def test_a_station_that_is_not_accepted_is_not_told_of_contracts(bench: Bench) -> None:
    """What is answered beside the lanes asks for the registration as well."""
    async with bench.context.database.read() as connection:
        await connection.execute("UPDATE station SET registration = 'pending'")
    async with bench.connect() as station:
        with pytest.raises(CallError):
            await show(station, iso15118CertificateHashData=HASHES)

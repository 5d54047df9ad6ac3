"""Certificates for stations: the embedded authority, another one, renewal, and the command that makes the files."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from typer.testing import CliRunner

from app.cli import halla
from app.csms import authority, signing
from app.csms.context import Context
from app.csms.receive import receive
from app.csms.services import NoService
from app.domain.certificates import ChainAnswered, SigningAnswer, SigningAsked, SigningUse
from app.domain.commands import Command, Outcome, OutcomeStatus
from app.domain.errors import Conflict, NotRegistered, Unavailable
from app.domain.reports import StationConnected
from app.domain.stations import Registration
from tests.conftest import Clock
from tests.factories import make_station, received
from tests.pki import Pki, csr_of, http_service, make_pki, new_key, signed_by

ID = "CP1"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return make_pki(tmp_path_factory.mktemp("pki"))


def choose(context: Context, **settings: object) -> Context:
    return replace(context, settings=replace(context.settings, **settings))


def asked(name: str = ID, use: SigningUse = SigningUse.STATION) -> SigningAsked:
    return SigningAsked(csr=csr_of(name, new_key()), use=use)


async def statuses(context: Context) -> list[tuple[str, str | None]]:
    async with context.database.read() as connection:
        cursor = await connection.execute("SELECT status, reason FROM signing_request ORDER BY id")
        return await cursor.fetchall()


@pytest.mark.parametrize(
    ("use", "usages"),
    [
        (SigningUse.STATION, {ExtendedKeyUsageOID.CLIENT_AUTH}),
        (SigningUse.V2G, {ExtendedKeyUsageOID.SERVER_AUTH}),
        (
            SigningUse.COMBINED,
            {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH},
        ),
    ],
)
async def test_a_certificate_is_good_for_what_was_asked(
    context: Context, pki: Pki, use: SigningUse, usages: set[x509.ObjectIdentifier]
) -> None:
    context = choose(context, data_dir=pki.data_dir)
    chain, until = await signing.sign(context, ID, asked(use=use))
    leaf = x509.load_pem_x509_certificate(chain.encode())
    found = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(found) == usages
    assert leaf.not_valid_after_utc == until
    basic = leaf.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert not basic.ca


async def test_without_an_authority_a_request_is_refused_with_the_reason(
    context: Context, tmp_path: Path
) -> None:
    await make_station(context, ID)
    context = choose(context, data_dir=tmp_path)
    answer = await signing.on_signing_asked(context, received(asked(), ID))
    assert not answer.accepted
    [(status, reason)] = await statuses(context)
    assert status == "refused"
    assert reason is not None
    assert "halla tls init" in reason


async def test_a_station_that_waits_gets_no_certificate(context: Context, pki: Pki) -> None:
    context = choose(context, data_dir=pki.data_dir)
    await make_station(context, ID, registration=Registration.PENDING)
    with pytest.raises(NotRegistered):
        await signing.on_signing_asked(context, received(asked(), ID))


async def test_an_alias_may_be_the_name(context: Context, pki: Pki) -> None:
    """A station that connects under an alias knows no other name of itself."""
    context = choose(context, data_dir=pki.data_dir)
    await make_station(context, ID)
    async with context.database.read() as connection:
        await connection.execute("INSERT INTO station_alias VALUES ('old-name', 'CP1')")
    assert (await signing.on_signing_asked(context, received(asked("old-name"), ID))).accepted


def another(pki: Pki, name: str | None) -> Callable[[bytes], bytes | int]:
    """Another authority; it signs `name` and a key of its own, or what it is asked for (None)."""

    def answer(body: bytes) -> bytes:
        if name is not None:
            return authority.chain_pem(signed_by(pki.root, name, new_key())).encode()
        request = x509.load_pem_x509_csr(body)
        now = pki.root.certificate.not_valid_before_utc + timedelta(hours=2)
        return authority.chain_pem(
            authority.station_certificate(pki.root, request, now), pki.root.certificate
        ).encode()

    return answer


async def test_another_authority_signs(context: Context, pki: Pki, tmp_path: Path) -> None:
    async with http_service(another(pki, None)) as url:
        context = choose(context, signing_url=url, data_dir=tmp_path)
        chain, _ = await signing.sign(context, ID, asked())
    assert chain.count("BEGIN CERTIFICATE") == 2


@pytest.mark.parametrize("name", ["CP2", ID])
async def test_another_authority_s_mistakes_do_not_reach_the_station(
    context: Context, pki: Pki, name: str
) -> None:
    """Another name, or the right one with another key."""
    async with http_service(another(pki, name)) as url:
        with pytest.raises(NoService, match="another"):
            await signing.sign(choose(context, signing_url=url), ID, asked())


async def test_a_request_whose_signing_fails_ends_with_its_reason(
    context: Context, pki: Pki
) -> None:
    await make_station(context, ID)
    async with http_service(lambda _: 503) as url:
        context = choose(context, signing_url=url)
        report = received(asked(), ID)
        answer = await signing.on_signing_asked(context, report)
        assert answer == SigningAnswer(accepted=True, number=answer.number)
        with pytest.raises(NoService):
            await signing.sign_and_send(context, report, answer)
    [(status, reason)] = await statuses(context)
    assert status == "failed"
    assert "503" in (reason or "")


async def test_what_ends_soon_is_renewed_once_a_day(
    context: Context, pki: Pki, clock: Clock
) -> None:
    await make_station(context, ID)
    heard: list[Command] = []

    async def handle(command: Command) -> Outcome:
        heard.append(command)
        return Outcome(status=OutcomeStatus.ACCEPTED)

    await context.bus.serve(ID, handle)
    chain = authority.chain_pem(signed_by(pki.root, ID, new_key()))
    connected = StationConnected(connection=1, protocol="x", remote_address="")
    taken = ChainAnswered(chain=chain, use=SigningUse.STATION, accepted=True)
    now = context.clock()
    await receive(context, [received(connected, ID, now), received(taken, ID, now)])
    await signing.renew_certificates(context)
    assert heard == []
    clock.now = now + timedelta(days=authority.STATION_DAYS - 20)
    await signing.renew_certificates(context)
    await signing.renew_certificates(context)
    assert [type(command).__name__ for command in heard] == ["AskForSigningRequest"]
    clock.now += timedelta(days=2)
    await signing.renew_certificates(context)
    assert len(heard) == 2


async def test_silent_stations_take_no_time_of_the_others(
    context: Context, pki: Pki, clock: Clock
) -> None:
    """Each takes 35 s before it is given up; all of them are asked meanwhile, and one that fails ends nobody's."""
    heard: set[str] = set()
    all_asked = asyncio.Event()
    now = context.clock()
    names = [f"CP{number}" for number in range(4)]
    for name in names:
        await make_station(context, name)

        async def silent(_command: Command, name: str = name) -> Outcome:
            heard.add(name)
            if len(heard) == len(names):
                all_asked.set()
            await all_asked.wait()
            if name == "CP0":
                raise Unavailable
            return Outcome(status=OutcomeStatus.ACCEPTED)

        await context.bus.serve(name, silent)
        chain = authority.chain_pem(signed_by(pki.root, name, new_key()))
        connected = StationConnected(connection=1, protocol="x", remote_address="")
        taken = ChainAnswered(chain=chain, use=SigningUse.STATION, accepted=True)
        await receive(context, [received(connected, name, now), received(taken, name, now)])
    clock.now = now + timedelta(days=authority.STATION_DAYS - 20)
    async with asyncio.timeout(20):
        with pytest.raises(Unavailable):
            await signing.renew_certificates(context)
    async with context.database.read() as connection:
        cursor = await connection.execute(
            "SELECT station_id FROM station_command WHERE status = 'accepted' ORDER BY 1"
        )
        assert await cursor.fetchall() == [(name,) for name in names[1:]]


def test_the_command_makes_files_that_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLA_DATA_DIR", str(tmp_path))
    made = CliRunner().invoke(halla, ["tls", "init", "csms.example"])
    assert made.exit_code == 0, made.output
    folder = tmp_path / "tls"
    for name, key in authority.SERVER_FILES:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / name, folder / key)
        assert (folder / key).stat().st_mode & 0o077 == 0
        leaf = x509.load_pem_x509_certificate((folder / name).read_bytes())
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert "csms.example" in found.get_values_for_type(x509.DNSName)
    root = (folder / "ca.pem").read_bytes()
    refused = CliRunner().invoke(halla, ["tls", "init"])
    assert refused.exit_code == 1
    assert "--again" in refused.output
    assert CliRunner().invoke(halla, ["tls", "init", "--again"]).exit_code == 0
    assert (folder / "ca.pem").read_bytes() == root


def test_what_is_no_authority_is_said(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("junk")
    (tmp_path / "ca.key").write_text("junk")
    with pytest.raises(Conflict, match="cannot be read"):
        authority.load_authority(tmp_path)

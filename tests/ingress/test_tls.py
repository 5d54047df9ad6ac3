"""The port for TLS, proxies before it, and the book of who was refused."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import pytest
from cryptography import x509
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from app.config import read_settings
from app.csms import authority, provisioning, security
from app.csms.audit import HALLA
from app.csms.context import Context
from app.csms.stations import write_station
from app.csms.x509 import fingerprint_of
from app.domain.errors import Invalid
from app.domain.reports import StationConnected
from app.ingress import refusals as book
from app.ingress.refusals import Refusals
from app.ingress.server import Server, serve
from app.ingress.tls import listen, settings_context, tls_context
from tests.ingress.conftest import Notebook, ask
from tests.pki import Pki, csr_of, files_of, make_pki, new_key, signed_by

PASSWORD = "correct horse battery"
TRUSTED = (ip_network("127.0.0.1/32"),)

Serving = Callable[..., AbstractAsyncContextManager[Server]]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return make_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def serving(context: Context, notebook: Notebook, pki: Pki) -> Serving:
    @asynccontextmanager
    async def start(**settings: Any) -> AsyncIterator[Server]:
        chosen = replace(context.settings, data_dir=pki.data_dir, **settings)
        async with serve(
            replace(context, settings=chosen),
            notebook,  # type: ignore[arg-type]
            notebook,
            host="127.0.0.1",
            port=0,
            tls=settings_context(chosen),
            tls_port=0,
        ) as running:
            yield running

    return start


@asynccontextmanager
async def station(
    port: int | None, tls: ssl.SSLContext | None = None, **headers: str
) -> AsyncIterator[ClientConnection]:
    scheme = "wss" if tls else "ws"
    async with connect(
        f"{scheme}://127.0.0.1:{port}/CP1",
        subprotocols=[Subprotocol("ocpp1.6")],
        additional_headers={name.replace("_", "-"): value for name, value in headers.items()},
        ssl=tls,
        server_hostname="localhost" if tls else None,
        compression=None,
        proxy=None,
    ) as socket:
        yield socket


async def refusals(context: Context) -> list[tuple[Any, ...]]:
    """Identity, address, code and number of all refusals, as soon as there are some."""
    async with asyncio.timeout(20):
        while True:
            async with context.database.read() as connection:
                cursor = await connection.execute(
                    "SELECT identity, remote_address, code, times FROM connection_refusal ORDER BY id"
                )
                if found := await cursor.fetchall():
                    return found
            await asyncio.sleep(0.05)


async def test_both_ports_share_one_switchboard(
    serving: Serving, notebook: Notebook, pki: Pki
) -> None:
    """The newest connection wins, whichever port it came by."""
    async with serving() as server, station(server.port) as old:
        await notebook.wait_for(StationConnected)
        async with station(server.tls_port, pki.client()) as new:
            await asyncio.wait_for(old.wait_closed(), 20)
            assert (await ask(new, "Heartbeat", {}))[0] == 3
            assert server.online == ("CP1",)


async def test_who_does_not_speak_tls_is_told_apart(context: Context, serving: Serving) -> None:
    async with serving() as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.tls_port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert await refusals(context) == [("", "127.0.0.1", "tls", 1)]
        writer.close()


async def test_a_handshake_that_never_ends_holds_nobody_up(
    serving: Serving, notebook: Notebook, pki: Pki
) -> None:
    """Others come in, and the server stops at once."""
    async with asyncio.timeout(10), serving() as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.tls_port)
        async with station(server.tls_port, pki.client()) as socket:
            assert (await ask(socket, "Heartbeat", {}))[0] == 3
    writer.close()


async def test_a_certificate_that_has_ended_is_not_good(
    context: Context, serving: Serving, pki: Pki, tmp_path: Path
) -> None:
    key = new_key()
    past = datetime.now(UTC) - timedelta(days=authority.STATION_DAYS + 2)
    request = x509.load_pem_x509_csr(csr_of("CP1", key).encode())
    ended = authority.station_certificate(pki.root, request, past)
    files = files_of(tmp_path, authority.chain_pem(ended), key)
    async with serving() as server:
        with pytest.raises((OSError, EOFError, InvalidHandshake)):
            async with station(server.tls_port, pki.client(files)):
                pass
        assert (await refusals(context))[0][2] == "tls"


async def test_a_server_of_ours_does_not_pass_for_a_station(
    context: Context, serving: Serving, pki: Pki
) -> None:
    """The server's certificate is of the same authority, but not for clients."""
    own = (pki.directory / "server.pem", pki.directory / "server.key")
    async with serving() as server:
        with pytest.raises((OSError, EOFError, InvalidHandshake)):
            async with station(server.tls_port, pki.client(own)):
                pass
        assert (await refusals(context))[0][2] == "tls"


async def test_more_may_be_asked_than_is_offered(context: Context, serving: Serving) -> None:
    await provisioning.admit(context, "CP1")
    await security.set_minimum_profile(context, HALLA, "CP1", 1)
    async with serving() as server:
        with pytest.raises(InvalidStatus, match="403") as caught:
            async with station(server.port):
                pass
        assert b"security profile 1" in (caught.value.response.body or b"")
        assert await refusals(context) == [("CP1", "127.0.0.1", "profile_too_low", 1)]


async def test_only_the_certificate_that_was_written_down_is_taken(
    context: Context, serving: Serving, pki: Pki, tmp_path: Path
) -> None:
    """Another good one in the station's name is refused, until nothing is written down any more."""
    await provisioning.admit(context, "CP1")
    keys = new_key(), new_key()
    mine, other = (signed_by(pki.root, "CP1", key) for key in keys)
    facts = {"pinned_certificate": fingerprint_of(mine)}
    await write_station(context, HALLA, "CP1", facts)
    shown = []
    for number, (certificate, key) in enumerate(zip((mine, other), keys, strict=True)):
        (tmp_path / str(number)).mkdir()
        files = files_of(tmp_path / str(number), authority.chain_pem(certificate), key)
        shown.append(pki.client(files))
    async with serving() as server:
        async with station(server.tls_port, shown[0]) as socket:
            assert (await ask(socket, "Heartbeat", {}))[0] == 3
        with pytest.raises(InvalidStatus, match="403"):
            async with station(server.tls_port, shown[1]):
                pass
        assert (await refusals(context))[0][2] == "wrong_certificate"
        await write_station(context, HALLA, "CP1", {"pinned_certificate": None})
        async with station(server.tls_port, shown[1]) as socket:
            assert (await ask(socket, "Heartbeat", {}))[0] == 3


@pytest.mark.parametrize("trusted", [TRUSTED, None])
async def test_a_trusted_proxy_is_believed(
    serving: Serving, notebook: Notebook, pki: Pki, context: Context, trusted: Any
) -> None:
    """Address, TLS and certificate are the proxy's word; of anybody else they are noise."""
    await provisioning.admit(context, "CP1")
    certificate = authority.chain_pem(signed_by(pki.root, "CP1", new_key()))
    said = {
        "X_Forwarded_For": "192.0.2.9, 203.0.113.7, 127.0.0.1",
        "X_Forwarded_Proto": "https",
        "X_SSL_Client_Verify": "SUCCESS",
        "X_SSL_Client_Cert": quote(certificate),
    }
    async with serving(trusted_proxies=trusted) as server, station(server.port, **said):
        [connected] = await notebook.wait_for(StationConnected)
        assert isinstance(connected, StationConnected)
        found = (connected.remote_address, connected.profile)
        assert found == (("203.0.113.7", 3) if trusted else ("127.0.0.1", 0))
        assert (connected.certificate_serial is not None) == bool(trusted)


async def test_a_proxy_s_certificate_has_to_be_the_station_s(
    serving: Serving, pki: Pki, context: Context
) -> None:
    certificate = authority.chain_pem(signed_by(pki.root, "CP2", new_key()))
    said = {"X_SSL_Client_Verify": "SUCCESS", "X_SSL_Client_Cert": quote(certificate)}
    async with serving(trusted_proxies=TRUSTED) as server:
        with pytest.raises(InvalidStatus, match="403"):
            async with station(server.port, **said):
                pass
        with pytest.raises(InvalidStatus, match="400"):
            async with station(server.port, X_SSL_Client_Verify="SUCCESS"):
                pass
        assert [row[2] for row in await refusals(context)][:1] == ["wrong_certificate"]


async def test_the_book_of_refusals_is_bounded(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same refusal is counted; of different ones no more are gathered than there is room for."""
    monkeypatch.setattr(book, "MOST_GATHERED", 3)
    async with Refusals(context).run() as noting:
        for number in (1, 2, 3, 4, 5, 1):
            noting.note(f"CP{number}", "10.0.0.1", "not_registered", "Nobody knows it.\x00")
    rows = await refusals(context)
    assert [(row[0], row[3]) for row in rows] == [("CP1", 2), ("CP2", 1), ("CP3", 1)]


def test_what_is_wrong_with_a_certificate_is_said(tmp_path: Path, pki: Pki) -> None:
    with pytest.raises(Invalid, match="halla tls init"):
        settings_context(read_settings({"HALLA_DATA_DIR": str(tmp_path)}))
    chain = (pki.directory / "server.pem", pki.directory / "server.key")
    with pytest.raises(Invalid, match="HALLA_OCPP_TLS_CLIENT_CA"):
        tls_context([chain], tmp_path / "missing.pem")
    with pytest.raises(Invalid, match="HALLA_OCPP_TLS_CERT"):
        tls_context([(chain[0], pki.directory / "ca.key")])


class Echo(asyncio.Protocol):
    """Says what it hears, and ends."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)
        self.transport.close()


@pytest.mark.parametrize("kind", ["asyncio", "uvloop"])
def test_every_loop_shakes_hands_whenever_the_first_bytes_come(pki: Pki, kind: str) -> None:
    """The program runs on uvloop, which reads a new connection earlier than asyncio's own loop does."""
    failed: list[str] = []
    chain = (pki.directory / "server.pem", pki.directory / "server.key")

    async def say(port: int) -> bytes:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=pki.client(), server_hostname="localhost"
        )
        writer.write(b"hello")
        heard = await reader.read()
        writer.close()
        return heard

    async def main() -> None:
        async with (
            asyncio.timeout(30),
            listen(
                tls_context([chain]), "127.0.0.1", 0, Echo, lambda _, why: failed.append(why)
            ) as port,
        ):
            assert await asyncio.gather(*(say(port) for _ in range(30))) == [b"hello"] * 30
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"no TLS at all")
            while not failed:
                await asyncio.sleep(0.01)
            writer.close()

    loop = asyncio.new_event_loop if kind == "asyncio" else pytest.importorskip(kind).new_event_loop
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(main())
    assert failed == ["it does not speak TLS"]

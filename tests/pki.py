"""Certificates, keys and servers of a public key infrastructure, for tests: everything on loopback, nothing kept."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from app.csms import authority
from app.csms.authority import Authority

PrivateKey = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Pki:
    """What `halla tls init` made, in `data_dir`."""

    data_dir: Path

    @property
    def directory(self) -> Path:
        return authority.directory_in(self.data_dir)

    @property
    def root(self) -> Authority:
        return authority.load_authority(self.directory)

    def client(self, certificate: tuple[Path, Path] | None = None) -> ssl.SSLContext:
        """A station's TLS: it believes the authority, and may show a certificate."""
        context = ssl.create_default_context(cafile=str(self.directory / "ca.pem"))
        if certificate is not None:
            context.load_cert_chain(*certificate)
        return context


def make_pki(data_dir: Path) -> Pki:
    """An authority and a server that is called localhost."""
    made = Pki(data_dir)
    authority.make_files(made.directory, ["localhost", "127.0.0.1"], datetime.now(UTC))
    return made


def new_key() -> PrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def csr_of(name: str, key: PrivateKey) -> str:
    """A signing request for `name`, PEM."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "OCA"),
        ]
    )
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def signed_by(root: Authority, name: str, key: PrivateKey) -> x509.Certificate:
    """A station's certificate."""
    request = x509.load_pem_x509_csr(csr_of(name, key).encode())
    return authority.station_certificate(root, request, datetime.now(UTC))


def files_of(folder: Path, chain: str, key: PrivateKey) -> tuple[Path, Path]:
    """Certificate and key as files."""
    certificate, secret = folder / "station.pem", folder / "station.key"
    certificate.write_text(chain)
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, secret


def root_pem(name: str = "Test Root") -> str:
    """Somebody's root certificate."""
    return authority.chain_pem(authority.make_authority(datetime.now(UTC), name).certificate)


def ocsp_response(
    root: Authority,
    certificate: x509.Certificate,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
) -> bytes:
    """What the authority says of one of its certificates, DER."""
    now = datetime.now(UTC)
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    return (
        ocsp.OCSPResponseBuilder()
        .add_response(
            certificate,
            root.certificate,
            hashes.SHA256(),
            status,
            now - timedelta(minutes=1),
            now + timedelta(days=1),
            now - timedelta(days=1) if revoked else None,
            x509.ReasonFlags.key_compromise if revoked else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, root.certificate)
        .certificates([root.certificate])
        .sign(root.key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


@asynccontextmanager
async def http_service(answer: Callable[[bytes], bytes | int]) -> AsyncIterator[str]:
    """A server on loopback that answers every POST with what `answer` makes of its body (a number: that status)."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        said = answer(await reader.readexactly(length))
        status, body = (said, b"") if isinstance(said, int) else (200, said)
        writer.write(
            b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b"
            % (status, len(body), body)
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


def ev_service(exi: bytes) -> Callable[[bytes], bytes]:
    """A contract certificate service that knows one answer."""

    def answer(body: bytes) -> bytes:
        asked = json.loads(body)
        assert asked["action"] in ("Install", "Update")
        base64.b64decode(asked["exiRequest"], validate=True)
        return json.dumps(
            {"status": "Accepted", "exiResponse": base64.b64encode(exi).decode()}
        ).encode()

    return answer

"""The embedded certificate authority: makes itself, a server certificate, and signs stations' requests.

`halla tls init` calls it for files, `app.csms.certificates` for stations. Its root and its keys are files in the data
directory; nothing of it is in the database. All functions block a little: call them in a thread.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.domain.errors import Conflict, Invalid

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

ROOT_DAYS = 20 * 365
SERVER_DAYS = 825
STATION_DAYS = 365

SKEW = timedelta(hours=1)
"""Stations' clocks run slow: certificates begin a little earlier."""

CA, CA_KEY = "ca.pem", "ca.key"
SERVER_FILES = (("server.pem", "server.key"), ("server-rsa.pem", "server-rsa.key"))
"""An ECDSA and an RSA certificate: some stations know only one of the two."""

_KEPT = (
    NameOID.COMMON_NAME,
    NameOID.ORGANIZATION_NAME,
    NameOID.COUNTRY_NAME,
    NameOID.DOMAIN_COMPONENT,
)
"""What of a request's subject is taken over."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A root and its key."""

    certificate: x509.Certificate
    key: PrivateKey


def directory_in(data_dir: Path) -> Path:
    """Where the files are."""
    return data_dir / "tls"


def make_files(
    directory: Path, names: Sequence[str], now: datetime, *, again: bool = False
) -> list[Path]:
    """The authority, if there is none yet, and server certificates for `names` (host names, addresses).

    The files that were written. Raises Conflict if there are server certificates already (unless `again`).
    """
    if not names:
        raise Invalid("Name at least one host name or address of this server.")
    present = [directory / name for name, _ in SERVER_FILES if (directory / name).exists()]
    if present and not again:
        raise Conflict(f"{present[0]} exists; `halla tls init --again` replaces it.")
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = []
    if not (directory / CA).exists():
        made = make_authority(now)
        _write(directory / CA_KEY, _key_pem(made.key), secret=True)
        _write(directory / CA, _pem(made.certificate))
        written += [directory / CA, directory / CA_KEY]
    authority = load_authority(directory)
    keys: tuple[PrivateKey, ...] = (
        ec.generate_private_key(ec.SECP256R1()),
        rsa.generate_private_key(65537, 2048),
    )
    for (name, key_name), key in zip(SERVER_FILES, keys, strict=True):
        _write(directory / key_name, _key_pem(key), secret=True)
        _write(directory / name, _pem(server_certificate(authority, key, names, now)))
        written += [directory / name, directory / key_name]
    return written


def load_authority(directory: Path) -> Authority:
    """The authority of these files. Raises Conflict with a sentence when there is none."""
    try:
        certificate = x509.load_pem_x509_certificate((directory / CA).read_bytes())
        key = serialization.load_pem_private_key((directory / CA_KEY).read_bytes(), None)
    except FileNotFoundError as error:
        raise Conflict(
            f"There is no certificate authority in {directory}; run `halla tls init`."
        ) from error
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Conflict(
            f"The certificate authority in {directory} cannot be read: {error}."
        ) from error
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    return Authority(certificate, key)


def make_authority(now: datetime, name: str = "Halla CA") -> Authority:
    """A new root with a P-256 key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        _builder(subject, subject, key.public_key(), now, ROOT_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def server_certificate(
    authority: Authority, key: PrivateKey, names: Sequence[str], now: datetime
) -> x509.Certificate:
    """For this server under all its names; the first is the common name (A00.FR.304: the FQDN)."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    return _issue(
        authority,
        subject,
        key.public_key(),
        now,
        SERVER_DAYS,
        [_alternative(name) for name in names],
        [ExtendedKeyUsageOID.SERVER_AUTH],
    )


def station_certificate(
    authority: Authority,
    request: x509.CertificateSigningRequest,
    now: datetime,
    *,
    to_us: bool = True,
    to_cars: bool = False,
) -> x509.Certificate:
    """For the station that a checked request names. Of its wishes only the subject is taken over.

    `to_us`: it shows it to us, as a client; `to_cars`: it shows it to cars (ISO 15118), as a server.
    """
    subject = x509.Name([part for part in request.subject if part.oid in _KEPT])
    return _issue(
        authority,
        subject,
        request.public_key(),
        now,
        STATION_DAYS,
        (),
        [ExtendedKeyUsageOID.CLIENT_AUTH] * to_us + [ExtendedKeyUsageOID.SERVER_AUTH] * to_cars,
    )


def chain_pem(*certificates: x509.Certificate) -> str:
    """PEM, one after the other."""
    return "".join(_pem(each).decode() for each in certificates)


def _issue(
    authority: Authority,
    subject: x509.Name,
    key: CertificatePublicKeyTypes,
    now: datetime,
    days: int,
    alternatives: Sequence[x509.GeneralName],
    usages: Sequence[x509.ObjectIdentifier],
) -> x509.Certificate:
    builder = (
        _builder(subject, authority.certificate.subject, key, now, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(encrypts=isinstance(key, rsa.RSAPublicKey)), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
    )
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return builder.sign(authority.key, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: CertificatePublicKeyTypes, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, signs_certificates: bool = False, encrypts: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=encrypts,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes, *, secret: bool = False) -> None:
    """Whole or not at all; a key is for the owner's eyes from the first byte."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if secret else 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    beside.replace(path)

"""Certificates of a station: read, named as OCPP names them, asked for. Shares nothing with the CSMS's own code."""

from __future__ import annotations

import hashlib

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from .memory import Certificate
from .plan import Payload

__all__ = ["install", "is_chain", "request"]


def install(use: str, pem: str) -> Certificate:
    """A certificate for `use`. Raises ValueError for what is none."""
    return Certificate(
        use=use, hashes=_hashes(x509.load_pem_x509_certificate(pem.encode())), pem=pem
    )


def is_chain(pem: str) -> bool:
    """Is it one certificate or more?"""
    try:
        return bool(x509.load_pem_x509_certificates(pem.encode()))
    except ValueError:
        return False


def request(station_id: str, organisation: str) -> str:
    """A signing request (PEM) for a key made just now; the key is not kept, nothing uses it."""
    names = [
        x509.NameAttribute(NameOID.COMMON_NAME, station_id[:64]),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64] or "Simulator"),
    ]
    key = ec.generate_private_key(ec.SECP256R1())
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


def _hashes(certificate: x509.Certificate) -> Payload:
    """CertificateHashDataType of a root: its issuer's key is its own."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        public = key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        public = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    else:
        public = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {
        "hashAlgorithm": "SHA256",
        "issuerNameHash": hashlib.sha256(certificate.issuer.public_bytes()).hexdigest(),
        "issuerKeyHash": hashlib.sha256(public).hexdigest(),
        "serialNumber": f"{certificate.serial_number:x}",
    }

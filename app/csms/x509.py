"""Certificates and signing requests as texts: read, named by OCPP's hashes, and held against what they must be.

Pure functions; who signs is `app.csms.authority`'s business, who is asked about revocation `app.csms.ocsp`'s.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from app.domain.certificates import CertificateHash
from app.domain.errors import Invalid

MIN_RSA_BITS = 2048
MIN_EC_BITS = 224
"""A00.FR.509 (keys of at least 112 bits of strength)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What lists show of a certificate."""

    subject: str
    serial_number: str
    expires_at: datetime


def read_certificate(pem: str) -> x509.Certificate:
    """The first certificate of a PEM text. Raises Invalid."""
    return read_chain(pem)[0]


def read_chain(pem: str) -> list[x509.Certificate]:
    """The certificates of a PEM text, the leaf first. Raises Invalid if there is none."""
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Invalid(
            "This is not a certificate in PEM form (-----BEGIN CERTIFICATE-----).",
            field="certificate",
        ) from error


def names_of(certificate: x509.Certificate) -> frozenset[str]:
    """Every name that a certificate bears: its common names and its alternative names."""
    names = {
        _text(a.value) for a in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    }
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return frozenset(names)
    names |= set(found.value.get_values_for_type(x509.DNSName))
    names |= set(found.value.get_values_for_type(x509.UniformResourceIdentifier))
    return frozenset(names)


def fingerprint_of(certificate: x509.Certificate) -> str:
    """SHA-256 of the whole certificate, in lower-case hexadecimal digits."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def facts_of(certificate: x509.Certificate) -> Facts:
    """Subject, serial number, end."""
    return Facts(
        subject=certificate.subject.rfc4514_string(),
        serial_number=f"{certificate.serial_number:x}",
        expires_at=certificate.not_valid_after_utc,
    )


def hash_of(
    certificate: x509.Certificate, issuer: x509.Certificate | None = None
) -> CertificateHash:
    """OCPP's name of a certificate, by SHA-256 (CertificateHashDataType); a root is its own issuer.

    Without the issuer's certificate the key hash is that of the certificate's own key: right for roots only.
    """
    digest = hashes.Hash(hashes.SHA256())
    digest.update(certificate.issuer.public_bytes())
    return CertificateHash(
        hash_algorithm="SHA256",
        issuer_name_hash=digest.finalize().hex(),
        issuer_key_hash=_key_hash(issuer or certificate),
        serial_number=f"{certificate.serial_number:x}",
    )


def read_request(csr: str, names: frozenset[str]) -> x509.CertificateSigningRequest:
    """A signing request that may be granted to the station of these names. Raises Invalid with the reason.

    Its signature has to be right, its common name the station's id (A00.FR.506), its key strong enough.
    """
    try:
        request = x509.load_pem_x509_csr(csr.encode())
        right = request.is_signature_valid
        key = request.public_key()
    except (ValueError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise Invalid(
            "The signing request cannot be read: it has to be PKCS #10 in PEM form."
        ) from error
    if not right:
        raise Invalid("The signing request's own signature is wrong.")
    said = [_text(a.value) for a in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if len(said) != 1 or said[0] not in names:
        raise Invalid(
            f"The signing request is for {', '.join(said)[:100] or 'nobody'}; its common name has to be the"
            " station's id."
        )
    if isinstance(key, rsa.RSAPublicKey):
        strong = key.key_size >= MIN_RSA_BITS
    elif isinstance(key, ec.EllipticCurvePublicKey):
        strong = key.key_size >= MIN_EC_BITS
    else:
        raise Invalid("The signing request's key is neither RSA nor of an elliptic curve.")
    if not strong:
        raise Invalid(f"The signing request's key is too weak ({key.key_size} bits).")
    return request


def _key_hash(certificate: x509.Certificate) -> str:
    """SHA-256 of the key itself, the bits inside the SubjectPublicKeyInfo (RFC 6960, 4.1.1)."""
    key = certificate.public_key()
    digest = hashes.Hash(hashes.SHA256())
    if isinstance(key, rsa.RSAPublicKey):
        digest.update(key.public_bytes(Encoding.DER, PublicFormat.PKCS1))
    elif isinstance(key, ec.EllipticCurvePublicKey):
        digest.update(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
    else:
        digest.update(x509.SubjectKeyIdentifier.from_public_key(key).digest)
    return digest.finalize().hex()


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")

"""OCSP (RFC 6960): is a certificate revoked? Asked by the hashes that OCPP has, at responders that the settings allow.

What comes back has to be about this certificate, of now, and signed by the certificate that it brings along, if it
brings one. Whether that one may speak for the issuer is not known here, where only hashes are: an answer is as good as
the way to its responder.
"""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from app.csms.context import Context
from app.csms.services import NoService, post
from app.domain.certificates import CertificateStatus, OcspQuestion
from app.domain.errors import CsmsError, Invalid

_ALGORITHMS: dict[str, hashes.HashAlgorithm] = {
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
_WORDS = {
    ocsp.OCSPCertStatus.GOOD: CertificateStatus.GOOD,
    ocsp.OCSPCertStatus.REVOKED: CertificateStatus.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN: CertificateStatus.UNKNOWN,
}

SKEW = timedelta(minutes=5)
"""How much clocks may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a responder said. `response`: its own words (DER in Base64), for a station that has to show them."""

    status: CertificateStatus
    response: str | None = None
    reason: str | None = None


async def check(context: Context, question: OcspQuestion) -> Checked:
    """Ask about one certificate. Whatever goes wrong is UNREACHABLE with its reason."""
    try:
        _allow(context.settings.ocsp_responders, question.responder_url)
        asked = _request(question)
        body = asked.public_bytes(Encoding.DER)
        raw = await post(question.responder_url, body, "application/ocsp-request")
        status = read(raw, asked, context.clock())
    except CsmsError as error:
        return Checked(status=CertificateStatus.UNREACHABLE, reason=error.message)
    return Checked(status=status, response=base64.b64encode(raw).decode())


def read(raw: bytes, asked: ocsp.OCSPRequest, now: datetime) -> CertificateStatus:
    """The status in a response to `asked`. Raises NoService if the response is of no use."""
    try:
        response = ocsp.load_der_ocsp_response(raw)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise NoService(f"The OCSP responder says {response.response_status.name}.")
        about = (response.serial_number, response.issuer_key_hash, response.issuer_name_hash)
        if about != (asked.serial_number, asked.issuer_key_hash, asked.issuer_name_hash):
            raise NoService("The OCSP response is about another certificate.")
        until = response.next_update_utc
        if response.this_update_utc > now + SKEW or (until is not None and until < now - SKEW):
            raise NoService("The OCSP response is not of now.")
        _check_signature(response)
        return _WORDS[response.certificate_status]
    except (ValueError, UnsupportedAlgorithm) as error:
        raise NoService(f"The OCSP response cannot be read: {error}.") from error


def _check_signature(response: ocsp.OCSPResponse) -> None:
    """Held against the certificate that the response brings along. Raises NoService if it is not its own."""
    if not response.certificates:
        return
    key = response.certificates[0].public_key()
    algorithm = response.signature_hash_algorithm
    try:
        if isinstance(key, ec.EllipticCurvePublicKey) and algorithm is not None:
            key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
        elif isinstance(key, rsa.RSAPublicKey) and algorithm is not None:
            key.verify(
                response.signature, response.tbs_response_bytes, padding.PKCS1v15(), algorithm
            )
    except InvalidSignature as error:
        raise NoService("The OCSP response's signature is wrong.") from error


def _request(question: OcspQuestion) -> ocsp.OCSPRequest:
    try:
        return (
            ocsp.OCSPRequestBuilder()
            .add_certificate_by_hash(
                bytes.fromhex(question.issuer_name_hash),
                bytes.fromhex(question.issuer_key_hash),
                int(question.serial_number, 16),
                _ALGORITHMS[question.hash_algorithm],
            )
            .build()
        )
    except (ValueError, KeyError) as error:
        raise Invalid("The hashes and the serial number have to be hexadecimal.") from error


def _allow(allowed: tuple[str, ...] | None, url: str) -> None:
    """Raises Invalid unless the settings let this responder be asked."""
    if not allowed:
        raise Invalid("No OCSP responder may be asked; HALLA_OCSP_RESPONDERS names them.")
    if not url.startswith(("http://", "https://")):
        raise Invalid("An OCSP responder's address starts with http:// or https://.")
    if not any(each == "*" or _begins(url, each) for each in allowed):
        raise Invalid(f"{url[:200]} is none of the responders in HALLA_OCSP_RESPONDERS.")


def _begins(url: str, beginning: str) -> bool:
    """Whole hosts and path segments: http://ocsp.example does not begin http://ocsp.example.evil."""
    rest = url.removeprefix(beginning)
    return url.startswith(beginning) and (not rest or beginning.endswith("/") or rest[0] in "/?")

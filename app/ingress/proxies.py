"""What a proxy that ends TLS before us says of the one behind it; believed only of proxies that the settings name."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import unquote

from websockets.datastructures import Headers

from app.csms import x509
from app.domain.errors import Invalid
from app.ingress.tls import Shown

Networks = Sequence[IPv4Network | IPv6Network]


def is_trusted(address: str, proxies: Networks) -> bool:
    """Whether `address` is one of the proxies'."""
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in proxies)


def forwarded_for(headers: Headers, proxies: Networks, remote_address: str) -> str:
    """The address behind the proxies: the last one in X-Forwarded-For that is not a proxy itself."""
    listed = [
        part.strip() for line in headers.get_all("X-Forwarded-For") for part in line.split(",")
    ]
    for address in reversed(listed):
        if _parsed(address) is None:
            break
        if not is_trusted(address, proxies):
            return address
    return remote_address


def is_forwarded_secure(headers: Headers) -> bool:
    """Whether the proxy says that TLS is around the connection."""
    said = headers.get_all("X-Forwarded-Proto")
    return bool(said) and said[-1].strip().lower() in ("https", "wss")


def forwarded_certificate(headers: Headers) -> Shown | None:
    """The client's certificate, if the proxy says that it is good. Raises Invalid if it says what cannot be read."""
    verified = headers.get_all("X-SSL-Client-Verify")
    if not verified or verified[-1].strip().upper() != "SUCCESS":
        return None
    pem = unquote((headers.get_all("X-SSL-Client-Cert") or [""])[-1]).replace("\t", "\n")
    if not pem.strip():
        raise Invalid(
            "The proxy says that a certificate is good, but sends none in X-SSL-Client-Cert."
        )
    certificate = x509.read_certificate(pem)
    return Shown(
        names=x509.names_of(certificate),
        serial=f"{certificate.serial_number:X}",
        expires_at=certificate.not_valid_after_utc,
        fingerprint=x509.fingerprint_of(certificate),
    )


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None

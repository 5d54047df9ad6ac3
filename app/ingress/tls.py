"""TLS for charging stations (security profiles 2 and 3): versions, suites, who is believed; and the handshake.

The handshake is done here and not by the event loop's server, so that one that fails is told with its address and
its reason. Whether the certificate is the station's own is admission's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.config import Settings
from app.csms import authority
from app.domain.errors import Invalid

HANDSHAKE_S = 30.0

SUITES = (
    # the four that 2.0.1 part 2, A00.FR.318 and the 1.6 security whitepaper ask for
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    # the same with forward secrecy, for a server certificate with an RSA key
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
)
"""Suites of TLS 1.2; TLS 1.3 has its own, all of them good."""


def tls_context(
    chains: Sequence[tuple[Path, Path]], client_ca: Path | None = None
) -> ssl.SSLContext:
    """A server's context: TLS 1.2 and 1.3 only. `chains`: certificate and key files, one pair per type of key.

    With `client_ca` a station may show a certificate; one that is shown has to be good. Raises Invalid with a
    sentence about the file that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join(SUITES))
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    for certificate, key in chains:
        try:
            context.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as error:
            raise Invalid(
                f"The server certificate {certificate} with its key {key} cannot be used ({_why(error)})."
                " Run `halla tls init`, or correct HALLA_OCPP_TLS_CERT and HALLA_OCPP_TLS_KEY."
            ) from error
    if client_ca is not None:
        try:
            context.load_verify_locations(cafile=client_ca)
        except (OSError, ssl.SSLError) as error:
            raise Invalid(
                f"The authority {client_ca} cannot be used ({_why(error)}). Correct HALLA_OCPP_TLS_CLIENT_CA."
            ) from error
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def settings_context(settings: Settings) -> ssl.SSLContext:
    """The context that the settings ask for; what they leave open is what `halla tls init` made. Raises Invalid."""
    directory = authority.directory_in(settings.data_dir)
    chains: list[tuple[Path, Path]]
    if settings.ocpp_tls_cert is not None and settings.ocpp_tls_key is not None:
        chains = list(zip(settings.ocpp_tls_cert, settings.ocpp_tls_key, strict=True))
    else:
        pairs = [(directory / one, directory / other) for one, other in authority.SERVER_FILES]
        chains = [pair for pair in pairs if pair[0].exists()] or pairs[:1]
    client_ca = settings.ocpp_tls_client_ca
    if client_ca is None and (directory / authority.CA).exists():
        client_ca = directory / authority.CA
    return tls_context(chains, client_ca)


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate that a station showed and that was found good: every name it bears."""

    names: frozenset[str]
    serial: str | None = None
    expires_at: datetime | None = None


def shown_by(ssl_object: ssl.SSLObject | None) -> Shown | None:
    """The certificate that the other side of a handshake showed; None if it showed none."""
    certificate = ssl_object.getpeercert() if ssl_object is not None else None
    if not certificate:
        return None
    subject: Any = certificate.get("subject", ())
    alternatives: Any = certificate.get("subjectAltName", ())
    names = {value for part in subject for key, value in part if key == "commonName"}
    names |= {value for kind, value in alternatives if kind in ("DNS", "URI")}
    until = certificate.get("notAfter")
    return Shown(
        names=frozenset(names),
        serial=str(certificate.get("serialNumber") or "") or None,
        expires_at=(
            datetime.fromtimestamp(ssl.cert_time_to_seconds(str(until)), UTC) if until else None
        ),
    )


class Handshakes:
    """The handshakes of one port that are under way. `failed` is told the address and the reason of a bad one."""

    def __init__(self, context: ssl.SSLContext, failed: Callable[[str, str], None]) -> None:
        self._context = context
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(
        self,
        transport: asyncio.Transport,
        protocol: asyncio.Protocol,
        made: Callable[[asyncio.BaseTransport], None],
    ) -> None:
        """Put TLS under `protocol`; `made` is called with the new transport once it stands."""
        transport.pause_reading()
        task = asyncio.create_task(self._shake(transport, protocol, made))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()

    async def _shake(
        self,
        transport: asyncio.Transport,
        protocol: asyncio.Protocol,
        made: Callable[[asyncio.BaseTransport], None],
    ) -> None:
        peer = transport.get_extra_info("peername")
        loop = asyncio.get_running_loop()
        try:
            secured = await loop.start_tls(
                transport,
                protocol,
                self._context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_S,
            )
        except (OSError, TimeoutError) as error:
            transport.abort()
            self._failed(str(peer[0]) if peer else "", _why(error))
        except asyncio.CancelledError:
            with contextlib.suppress(RuntimeError):
                transport.abort()
            raise
        else:
            if secured is not None:
                made(secured)


_REASONS = {
    "UNSUPPORTED_PROTOCOL": "the TLS version is too old, 1.2 or 1.3 is needed",
    "WRONG_VERSION_NUMBER": "it does not speak TLS",
    "HTTP_REQUEST": "it does not speak TLS",
    "NO_SHARED_CIPHER": "no cipher suite is common to both",
    "CERTIFICATE_VERIFY_FAILED": "its certificate is not good",
    "TLSV1_ALERT_UNKNOWN_CA": "it does not believe our certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "it does not believe our certificate",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "it does not believe our certificate",
}


def _why(error: BaseException) -> str:
    """What went wrong, for a person."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not good: {error.verify_message}"
    if isinstance(error, ssl.SSLError) and error.reason:
        return _REASONS.get(error.reason, error.reason.lower().replace("_", " "))
    if isinstance(error, TimeoutError):
        return "it did not finish the handshake"
    return getattr(error, "strerror", None) or "the connection was lost in the handshake"

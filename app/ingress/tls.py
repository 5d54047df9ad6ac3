"""TLS for charging stations (security profiles 2 and 3): versions, suites, who is believed; and the handshake.

Connections are accepted here and not by the event loop's server, so that a handshake that fails is told with its
address and its reason. Whether the certificate is the station's own is admission's business.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.config import Settings
from app.csms import authority
from app.domain.errors import Invalid

logger = logging.getLogger(__name__)

HANDSHAKE_S = 30.0
SHUTDOWN_S = 5.0
MOST_HANDSHAKES = 1000
"""Handshakes that may be under way; who comes then waits to be accepted."""
BACKLOG = 2048
"""Stations that may knock at the same moment after a power cut."""

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
    """A certificate that a station showed and that was found good: every name it bears, and its SHA-256."""

    names: frozenset[str]
    serial: str | None = None
    expires_at: datetime | None = None
    fingerprint: str | None = None


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
    der = ssl_object.getpeercert(binary_form=True) if ssl_object is not None else None
    return Shown(
        names=frozenset(names),
        serial=str(certificate.get("serialNumber") or "") or None,
        expires_at=(
            datetime.fromtimestamp(ssl.cert_time_to_seconds(str(until)), UTC) if until else None
        ),
        fingerprint=hashlib.sha256(der).hexdigest() if der else None,
    )


@asynccontextmanager
async def listen(
    context: ssl.SSLContext,
    host: str,
    port: int,
    factory: Callable[[], asyncio.Protocol],
    failed: Callable[[str, str], None],
) -> AsyncIterator[int]:
    """A port for TLS: `factory` makes the protocol of each connection whose handshake succeeded; yields the real port.

    `failed` is told the address and the reason of each other one. Raises OSError when the port is taken.
    """
    listening = _open(host, port)
    waiting: set[asyncio.Task[None]] = set()
    accepting = asyncio.create_task(_accept(listening, waiting, context, factory, failed))
    try:
        yield listening.getsockname()[1]
    finally:
        for task in (accepting, *waiting):
            task.cancel()
        await asyncio.wait({accepting, *waiting}, timeout=HANDSHAKE_S)
        listening.close()


def _open(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror} ('{host}', {port})") from error
    listening.setblocking(False)
    return listening


async def _accept(
    listening: socket.socket,
    waiting: set[asyncio.Task[None]],
    context: ssl.SSLContext,
    factory: Callable[[], asyncio.Protocol],
    failed: Callable[[str, str], None],
) -> None:
    """Connection after connection; each shakes hands in its own time, a bounded number at once."""
    loop = asyncio.get_running_loop()
    room = asyncio.Semaphore(MOST_HANDSHAKES)

    async def welcome(accepted: socket.socket, address: str) -> None:
        try:
            await loop.connect_accepted_socket(
                factory,
                accepted,
                ssl=context,
                ssl_handshake_timeout=HANDSHAKE_S,
                ssl_shutdown_timeout=SHUTDOWN_S,
            )
        except (OSError, TimeoutError) as error:
            accepted.close()
            failed(address, _why(error))
        finally:
            room.release()

    while True:
        await room.acquire()
        try:
            accepted, peer = await loop.sock_accept(listening)
        except OSError as error:  # too many files, or the other side went away again
            room.release()
            logger.error("a connection could not be accepted: %s", error)
            await asyncio.sleep(0.5)
            continue
        accepted.setblocking(False)
        task = asyncio.create_task(welcome(accepted, str(peer[0])))
        waiting.add(task)
        task.add_done_callback(waiting.discard)


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

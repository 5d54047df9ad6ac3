"""Certificates signed for stations (A02, A03): a request is checked and kept, signed by the embedded authority or by
another one, sent, and settled by what the station says. Certificates that end soon are renewed.
"""

import asyncio
import logging
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.csms import authority, x509
from app.csms.actors import Actor
from app.csms.batch import Batch
from app.csms.certificates import certificate_row
from app.csms.commands import CommandResult, carry_out, resolve
from app.csms.context import Context
from app.csms.registered import expect_accepted_station
from app.csms.services import NoService, post
from app.csms.side_by_side import side_by_side
from app.csms.work import batch_work
from app.domain.certificates import (
    AskForSigningRequest,
    CertificateUse,
    ChainAnswered,
    SendSignedCertificate,
    SigningAnswer,
    SigningAsked,
    SigningStatus,
    SigningUse,
)
from app.domain.commands import OutcomeStatus
from app.domain.errors import Conflict, CsmsError, Invalid
from app.domain.reports import Answer, Received
from app.domain.roles import Role
from app.store.certificates import ChainRow, save_certificates, settle_chains

logger = logging.getLogger(__name__)

AUTHORITY = Actor(name="certificate authority", role=Role.ADMIN)

RENEW_BEFORE = timedelta(days=30)
"""How long before its end a certificate is renewed."""

MOST_RENEWED, SIDE_BY_SIDE = 50, 10
"""Stations that are asked in one round, and at once: silent ones take 35 s each, and the round 300 s at most."""

MOST_KEPT = 20
"""Signing requests of one station that are kept."""

LONGEST_CHAIN = 10_000

_V2G = (SigningUse.V2G, SigningUse.V2G20)

_KEEP = """
WITH old AS (
    DELETE FROM signing_request WHERE id IN (
        SELECT id FROM signing_request WHERE station_id = %(station)s ORDER BY id DESC OFFSET %(most)s))
INSERT INTO signing_request (station_id, use, csr, request_id, requested_at, status, reason, settled_at)
VALUES (%(station)s, %(use)s, %(csr)s, %(request)s, %(at)s, %(status)s, %(reason)s, %(settled)s)
RETURNING id
"""
_SIGNED = """
UPDATE signing_request SET status = 'signed', chain = %(chain)s, expires_at = %(until)s WHERE id = %(number)s
"""
_FAILED = """
UPDATE signing_request SET status = 'failed', reason = %(reason)s, settled_at = %(at)s
WHERE id = %(number)s AND status IN ('pending', 'signed')
"""
_ENDING = """
SELECT c.station_id FROM (
    SELECT station_id, expires_at FROM installed_certificate WHERE use = 'ChargingStationCertificate'
    UNION ALL SELECT station_id, certificate_expires_at FROM station_security WHERE profile = 3
) c JOIN station_state s ON s.station_id = c.station_id AND s.online
WHERE NOT EXISTS (SELECT FROM signing_request r WHERE r.station_id = c.station_id AND r.requested_at > %(lately)s)
  AND NOT EXISTS (SELECT FROM station_command m WHERE m.station_id = c.station_id
                  AND m.action = 'AskForSigningRequest' AND m.requested_at > %(lately)s)
GROUP BY c.station_id HAVING max(c.expires_at) BETWEEN %(now)s AND %(soon)s
ORDER BY max(c.expires_at) LIMIT %(most)s
"""


async def on_signing_asked(context: Context, received: Received) -> SigningAnswer:
    """A02: look at a request; what cannot be granted is refused with its reason, and kept too."""
    report = received.report
    assert isinstance(report, SigningAsked)
    await expect_accepted_station(context, received.station_id)
    reason = None
    try:
        names = await _names(context, received.station_id)
        await asyncio.to_thread(x509.read_request, report.csr, names)
        if _service(context, report.use) is None:
            await asyncio.to_thread(_authority, context)
    except (Invalid, Conflict) as error:
        reason = error.message
        logger.warning("%s: its signing request is refused: %s", received.station_id, reason)
    async with batch_work(context, pipelined=False) as unit:
        cursor = await unit.connection.execute(
            _KEEP,
            {
                "station": received.station_id,
                "most": MOST_KEPT - 1,
                "use": report.use.value,
                "csr": report.csr.replace("\x00", ""),
                "request": report.request_id,
                "at": received.at,
                "status": (SigningStatus.REFUSED if reason else SigningStatus.PENDING).value,
                "reason": reason,
                "settled": received.at if reason else None,
            },
        )
        row = await cursor.fetchone()
    assert row is not None
    return SigningAnswer(accepted=reason is None, number=row[0], reason=reason)


async def sign_and_send(context: Context, received: Received, answer: Answer) -> None:
    """What follows of a request that was accepted: the certificate, or the reason why there is none."""
    report = received.report
    assert isinstance(report, SigningAsked)
    assert isinstance(answer, SigningAnswer)
    if not answer.accepted:
        return
    values: dict[str, object] = {"number": answer.number}
    try:
        chain, until = await sign(context, received.station_id, report)
    except CsmsError as error:
        await _write(context, _FAILED, values | {"reason": error.message, "at": context.clock()})
        raise
    await _write(context, _SIGNED, values | {"chain": chain, "until": until})
    command = SendSignedCertificate(chain=chain, use=report.use, request_id=report.request_id)
    result = await carry_out(context, AUTHORITY, received.station_id, command)
    if result.outcome.status not in (OutcomeStatus.ACCEPTED, OutcomeStatus.REJECTED):
        reason = (
            f"It did not reach the station: {result.outcome.description or result.outcome.status}"
        )
        await _write(context, _FAILED, values | {"reason": reason, "at": context.clock()})


async def sign(context: Context, station_id: str, report: SigningAsked) -> tuple[str, datetime]:
    """The chain for a request (PEM, the leaf first, no root) and its end. Raises NoService, Conflict, Invalid."""
    names = await _names(context, station_id)
    url = _service(context, report.use)
    if url is None:
        return await asyncio.to_thread(_sign_here, context, report, names)
    headers = {"X-Station-Id": station_id, "X-Certificate-Type": report.use.value}
    raw = await post(url, report.csr.encode(), "application/x-pem-file", headers)
    return await asyncio.to_thread(_check_chain, raw, report.csr, names)


async def renew_certificate(
    context: Context, actor: Actor, station_id: str, use: SigningUse = SigningUse.STATION
) -> CommandResult:
    """Have a station ask for a new certificate (A02); what it then sends is signed and sent by itself."""
    station = await resolve(context, station_id)
    return await carry_out(context, actor, station.id, AskForSigningRequest(use=use))


async def renew_certificates(context: Context) -> None:
    """The worker's job: have stations ask whose certificate ends soon, at most once a day."""
    now = context.clock()
    values = {
        "now": now,
        "soon": now + RENEW_BEFORE,
        "lately": now - timedelta(days=1),
        "most": MOST_RENEWED,
    }
    async with context.database.read() as connection:
        rows = await (await connection.execute(_ENDING, values)).fetchall()

    async def renew(row: tuple[str]) -> None:
        await renew_certificate(context, AUTHORITY, row[0])

    await side_by_side(renew, rows, SIDE_BY_SIDE)


def on_chain_answered(batch: Batch, received: Received) -> Answer:
    """A02: the station took its certificate, or did not."""
    report = received.report
    assert isinstance(report, ChainAnswered)
    batch.station(received.station_id)
    use = CertificateUse.V2G_CHAIN if report.use in _V2G else CertificateUse.STATION
    if report.accepted:
        batch.add(save_certificates, certificate_row(received, use.value, report.chain))
    status = SigningStatus.ACCEPTED if report.accepted else SigningStatus.REJECTED
    row = ChainRow(
        station_id=received.station_id,
        chain=report.chain,
        status=status.value,
        settled_at=received.at,
    )
    batch.add(settle_chains, row)
    return Answer()


def _service(context: Context, use: SigningUse) -> str | None:
    settings = context.settings
    return settings.v2g_signing_url if use in _V2G else settings.signing_url


def _authority(context: Context) -> authority.Authority:
    return authority.load_authority(authority.directory_in(context.settings.data_dir))


def _sign_here(
    context: Context, report: SigningAsked, names: frozenset[str]
) -> tuple[str, datetime]:
    made = authority.station_certificate(
        _authority(context),
        x509.read_request(report.csr, names),
        context.clock(),
        to_us=report.use not in _V2G,
        to_cars=report.use is not SigningUse.STATION,
    )
    return authority.chain_pem(made), made.not_valid_after_utc


def _check_chain(raw: bytes, csr: str, names: frozenset[str]) -> tuple[str, datetime]:
    """What another authority made has to be for this station and its key. Raises NoService."""
    try:
        chain = raw.decode("ascii").strip() + "\n"
        certificate = x509.read_certificate(chain)
    except (UnicodeDecodeError, Invalid) as error:
        raise NoService("The authority's answer is no certificate in PEM form.") from error
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    asked = x509.read_request(csr, names).public_key().public_bytes(*spki)
    if certificate.public_key().public_bytes(*spki) != asked:
        raise NoService("The authority's certificate is for another key.")
    if not names & x509.names_of(certificate):
        raise NoService("The authority's certificate is for another station.")
    if len(chain) > LONGEST_CHAIN:
        raise NoService(f"The authority's chain is longer than {LONGEST_CHAIN} characters.")
    return chain, certificate.not_valid_after_utc


async def _names(context: Context, station_id: str) -> frozenset[str]:
    """What the station may call itself."""
    async with context.database.read() as connection:
        cursor = await connection.execute(
            "SELECT alias FROM station_alias WHERE station_id = %s", (station_id,)
        )
        return frozenset({station_id, *(row[0] for row in await cursor.fetchall())})


async def _write(context: Context, statement: str, values: dict[str, object]) -> None:
    async with batch_work(context) as unit:
        await unit.connection.execute(statement, values)

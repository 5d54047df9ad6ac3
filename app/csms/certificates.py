"""Certificates at stations: what stations tell of theirs, and what they are asked to do with them (block M).

Signing them is `app.csms.signing`'s business. `check_ocsp` is for whoever has to know whether one is revoked.
"""

import asyncio
import base64
from dataclasses import asdict

import msgspec
from psycopg.types.json import Jsonb

from app.csms import authority, ocsp, x509
from app.csms.actors import Actor
from app.csms.batch import Batch
from app.csms.commands import CommandResult, carry_out, resolve
from app.csms.context import Context
from app.csms.registered import expect_accepted_station
from app.csms.services import NoService, post
from app.domain.certificates import (
    CertificateDeleted,
    CertificateHash,
    CertificateInstalled,
    CertificatesListed,
    CertificateStatus,
    CertificateStatusAnswer,
    CertificateStatusAsked,
    CertificateUse,
    DeleteCertificate,
    EvCertificateAnswer,
    EvCertificateAsked,
    GetInstalledCertificates,
    InstallCertificate,
    OcspQuestion,
)
from app.domain.commands import OutcomeStatus
from app.domain.errors import Invalid, NotFound
from app.domain.reports import Answer, Received
from app.store.certificates import (
    CertificateRow,
    ListingRow,
    NameRow,
    delete_certificates,
    save_certificates,
    save_listings,
)

LONGEST_EXI = 17_000
"""Characters of Base64 that the longest answer to a car may have (2.1)."""

ONE_BY_ONE = (CertificateUse.CSMS_ROOT, CertificateUse.MANUFACTURER_ROOT)
"""What a station has at most that lists one kind at a time."""

_HASH = """
SELECT hash_algorithm, issuer_name_hash, issuer_key_hash, serial_number FROM installed_certificate
WHERE station_id = %s AND id = %s
"""


# --- what stations tell


def on_listed(batch: Batch, received: Received) -> Answer:
    """M03: the list as the station gave it."""
    report = received.report
    assert isinstance(report, CertificatesListed)
    batch.station(received.station_id)
    rows = tuple(
        CertificateRow(
            station_id=received.station_id,
            use=listed.use,
            children=Jsonb([asdict(child) for child in listed.children])
            if listed.children
            else None,
            seen_at=received.at,
            **asdict(listed.hash),
        )
        for listed in report.certificates
    )
    batch.add(
        save_listings,
        ListingRow(station_id=received.station_id, uses=report.uses, certificates=rows),
    )
    return Answer()


def on_installed(batch: Batch, received: Received) -> Answer:
    """M05: the station has it now. What is no certificate is not kept, whatever the station says."""
    report = received.report
    assert isinstance(report, CertificateInstalled)
    batch.station(received.station_id)
    row = certificate_row(received, report.use, report.certificate)
    batch.add(save_certificates, row)
    return Answer()


def on_deleted(batch: Batch, received: Received) -> Answer:
    """M04: the station has it no more."""
    report = received.report
    assert isinstance(report, CertificateDeleted)
    batch.station(received.station_id)
    row = NameRow(
        station_id=received.station_id,
        issuer_name_hash=report.hash.issuer_name_hash,
        serial_number=report.hash.serial_number,
    )
    batch.add(delete_certificates, row)
    return Answer()


def certificate_row(received: Received, use: str, pem: str) -> CertificateRow:
    """A certificate whose text is known. Raises Invalid if it is none."""
    chain = x509.read_chain(pem)
    facts = x509.facts_of(chain[0])
    named = x509.hash_of(chain[0], chain[1] if len(chain) > 1 else None)
    return CertificateRow(
        station_id=received.station_id,
        use=use,
        certificate=pem,
        subject=facts.subject,
        expires_at=facts.expires_at,
        seen_at=received.at,
        **asdict(named),
    )


# --- what stations and cars ask


async def on_status_asked(context: Context, received: Received) -> CertificateStatusAnswer:
    """M06: the responder's own words, if one may be asked and answers."""
    report = received.report
    assert isinstance(report, CertificateStatusAsked)
    await expect_accepted_station(context, received.station_id)
    checked = await ocsp.check(context, report.question)
    return CertificateStatusAnswer(ocsp=checked.response, reason=checked.reason)


async def check_ocsp(context: Context, hash_data: OcspQuestion) -> CertificateStatus:
    """Whether a certificate is good, as its responder says: UNREACHABLE if none that may be asked says anything."""
    return (await ocsp.check(context, hash_data)).status


async def on_ev_certificate_asked(context: Context, received: Received) -> EvCertificateAnswer:
    """M01, M02: handed on to the service of the settings; without one the truth is that there is none."""
    report = received.report
    assert isinstance(report, EvCertificateAsked)
    await expect_accepted_station(context, received.station_id)
    url = context.settings.ev_certificate_url
    if url is None:
        return EvCertificateAnswer(
            accepted=False, reason="No service for contract certificates is configured."
        )
    asked = {
        "iso15118SchemaVersion": report.schema,
        "action": report.action,
        "exiRequest": report.exi,
    }
    try:
        raw = await post(url, msgspec.json.encode(asked), "application/json")
        return _ev_answer(msgspec.json.decode(raw))
    except NoService as error:
        return EvCertificateAnswer(accepted=False, reason=error.message)
    except (msgspec.DecodeError, ValueError):
        return EvCertificateAnswer(accepted=False, reason="The service's answer cannot be read.")


def _ev_answer(said: object) -> EvCertificateAnswer:
    """A service answers {"status": "Accepted" or "Failed", "exiResponse": Base64}. Raises ValueError."""
    if not isinstance(said, dict):
        raise ValueError
    exi = str(said.get("exiResponse") or "")
    base64.b64decode(exi, validate=True)
    accepted = said.get("status") == "Accepted" and 0 < len(exi) <= LONGEST_EXI
    remaining = said.get("remainingContracts")
    return EvCertificateAnswer(
        accepted=accepted,
        exi=exi if len(exi) <= LONGEST_EXI else "",
        reason=None if accepted else "The service says no.",
        remaining=remaining if isinstance(remaining, int) else None,
    )


# --- what people ask of stations


async def install_certificate(
    context: Context,
    actor: Actor,
    station_id: str,
    use: CertificateUse,
    certificate: str | None = None,
) -> CommandResult:
    """Give a station a root certificate (M05); None: that of our own authority, for the use CSMSRootCertificate.

    Raises Invalid for what is no certificate, or no root's use; Conflict when we have no authority.
    """
    if use in (CertificateUse.STATION, CertificateUse.V2G_CHAIN):
        raise Invalid("Only root certificates are installed; the others are signed.", field="use")
    if certificate is None and use is not CertificateUse.CSMS_ROOT:
        raise Invalid("Send the root certificate.", field="certificate")
    if certificate is None:
        directory = authority.directory_in(context.settings.data_dir)
        own = await asyncio.to_thread(authority.load_authority, directory)
        certificate = authority.chain_pem(own.certificate)
    pem = certificate.strip() + "\n"
    x509.read_certificate(pem)
    station = await resolve(context, station_id)
    return await carry_out(context, actor, station.id, InstallCertificate(use=use, certificate=pem))


async def list_certificates(
    context: Context, actor: Actor, station_id: str, uses: tuple[CertificateUse, ...] = ()
) -> CommandResult:
    """Have a station list its certificates (M03), all kinds if none is named; the table is what it says then."""
    station = await resolve(context, station_id)
    result = await carry_out(context, actor, station.id, GetInstalledCertificates(uses=uses))
    unsupported = result.outcome.status is OutcomeStatus.NOT_SUPPORTED
    if not unsupported or result.outcome.detail or len(uses) == 1:
        return result
    for use in uses or ONE_BY_ONE:
        command = GetInstalledCertificates(uses=(use,))
        result = await carry_out(context, actor, station.id, command)
    return result


async def delete_certificate(
    context: Context, actor: Actor, station_id: str, hash_data: CertificateHash
) -> CommandResult:
    """Have a station delete a certificate (M04)."""
    station = await resolve(context, station_id)
    return await carry_out(context, actor, station.id, DeleteCertificate(hash=hash_data))


async def delete_listed(
    context: Context, actor: Actor, station_id: str, number: int
) -> CommandResult:
    """The same, by our number of it. Raises NotFound."""
    station = await resolve(context, station_id)
    async with context.database.read() as connection:
        row = await (await connection.execute(_HASH, (station.id, number))).fetchone()
    if row is None:
        raise NotFound(f"{station.id} has no certificate {number}.")
    named = CertificateHash(
        hash_algorithm=row[0],
        issuer_name_hash=row[1],
        issuer_key_hash=row[2],
        serial_number=row[3],
    )
    return await delete_certificate(context, actor, station.id, named)

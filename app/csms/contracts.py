"""Contract certificates of cars (C07): is the certificate good, and is the contract that it names?

The station may have checked the certificate and give its hashes, or leave that to us and give the certificate itself.
It is believed if it hangs below a mobility operator's or V2G root that was installed at a station from here. An OCSP
responder that cannot be asked is no reason to refuse: the station has checked as well, and nobody said "revoked".
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import AuthorityInformationAccessOID

from app.csms.batch import Batch
from app.csms.certificates import check_ocsp
from app.csms.context import Context
from app.csms.registered import expect_accepted_station
from app.csms.tokens import on_authorization
from app.csms.work import batch_work
from app.csms.x509 import hash_of, names_of, read_chain
from app.domain.authorization import TokenInfo, TokenStatus
from app.domain.certificates import CertificateStatus, CertificateUse, OcspQuestion
from app.domain.contracts import ContractAsked, ContractStatus
from app.domain.errors import Invalid
from app.domain.reports import AuthorizationAnswer, Received

_ROOTS = """
SELECT DISTINCT certificate FROM installed_certificate WHERE use = ANY(%s) AND certificate IS NOT NULL
"""
_BY_OCSP = {
    CertificateStatus.GOOD: ContractStatus.ACCEPTED,
    CertificateStatus.UNREACHABLE: ContractStatus.ACCEPTED,
    CertificateStatus.REVOKED: ContractStatus.REVOKED,
    CertificateStatus.UNKNOWN: ContractStatus.CHAIN_ERROR,
}


async def on_contract_asked(context: Context, received: Received) -> AuthorizationAnswer:
    """C07: a contract's token is good only with its certificate. Raises NotRegistered."""
    report = received.report
    assert isinstance(report, ContractAsked)
    await expect_accepted_station(context, received.station_id)
    batch = Batch()
    async with batch_work(context) as unit:
        await batch.load(unit.connection, [received])
    token = on_authorization(batch, received).token
    status = await _status(context, report, received.at)
    if status is ContractStatus.ACCEPTED and token.status is not TokenStatus.ACCEPTED:
        status = ContractStatus.CANCELLED
    elif status is not ContractStatus.ACCEPTED and token.status is TokenStatus.ACCEPTED:
        token = TokenInfo(status=TokenStatus.INVALID, group=token.group)
    return AuthorizationAnswer(token=token, certificate_status=status)


async def _status(context: Context, report: ContractAsked, now: datetime) -> ContractStatus:
    questions = report.hashes
    if report.certificate is not None:
        try:
            chain = read_chain(report.certificate)
        except Invalid:
            return ContractStatus.SIGNATURE_ERROR
        roots = await _roots(context)
        status = judge_chain(chain, roots, report.id_token, now)
        if status is not ContractStatus.ACCEPTED:
            return status
        questions = questions or _questions([*chain, *roots])
    # All at once: one after the other, responders that say nothing take longer than the station waits.
    answers = await asyncio.gather(*(check_ocsp(context, question) for question in questions))
    found = (_BY_OCSP[answer] for answer in answers)
    return next((s for s in found if s is not ContractStatus.ACCEPTED), ContractStatus.ACCEPTED)


def judge_chain(
    chain: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    contract: str,
    now: datetime,
) -> ContractStatus:
    """Whether a chain (the leaf first, without its root) is of now, whole, rooted, and names the contract."""
    if any(not c.not_valid_before_utc <= now <= c.not_valid_after_utc for c in chain):
        return ContractStatus.EXPIRED
    if _plain(contract) not in {_plain(name) for name in names_of(chain[0])}:
        return ContractStatus.CHAIN_ERROR
    for number, certificate in enumerate(chain):
        if certificate in roots:
            return ContractStatus.ACCEPTED
        above = [*chain[number + 1 : number + 2], *roots]
        issuers = [c for c in above if c.subject == certificate.issuer]
        if not issuers:
            return ContractStatus.CHAIN_ERROR
        signed = [issuer for issuer in issuers if _issued(certificate, issuer)]
        if not signed:
            return ContractStatus.SIGNATURE_ERROR
        if any(issuer in roots and issuer.not_valid_after_utc >= now for issuer in signed):
            return ContractStatus.ACCEPTED
    return ContractStatus.CHAIN_ERROR


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _plain(name: str) -> str:
    """An eMAID without its optional hyphens, in one case of letters."""
    return name.replace("-", "").lower()


def _questions(chain: Sequence[x509.Certificate]) -> tuple[OcspQuestion, ...]:
    """What to ask about the leaf, if it says whom."""
    leaf = chain[0]
    issuer = next((c for c in chain[1:] if c.subject == leaf.issuer), None)
    try:
        access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    urls = [
        entry.access_location.value
        for entry in access
        if entry.access_method == AuthorityInformationAccessOID.OCSP
    ]
    if issuer is None or not urls:
        return ()
    named = hash_of(leaf, issuer)
    return (
        OcspQuestion(
            hash_algorithm=named.hash_algorithm,
            issuer_name_hash=named.issuer_name_hash,
            issuer_key_hash=named.issuer_key_hash,
            serial_number=named.serial_number,
            responder_url=urls[0],
        ),
    )


async def _roots(context: Context) -> list[x509.Certificate]:
    uses = [CertificateUse.MO_ROOT.value, CertificateUse.V2G_ROOT.value]
    async with context.database.read() as connection:
        rows = await (await connection.execute(_ROOTS, (uses,))).fetchall()
    return [certificate for (pem,) in rows for certificate in read_chain(pem)]

"""What stations keep about customers (N09, N10): asked for, told, forgotten."""

from app.csms.actors import Actor
from app.csms.batch import Batch
from app.csms.commands import CommandResult, carry_out, request_number, resolve
from app.csms.context import Context
from app.csms.effects import REPORTED, note_fulfilled
from app.csms.local_lists import send_local_list
from app.domain.commands import OutcomeStatus
from app.domain.customers import (
    CertificateHash,
    CustomerAsked,
    CustomerInformation,
    CustomerTold,
)
from app.domain.errors import Invalid
from app.domain.local_lists import ListEntry
from app.domain.reports import Answer, Received
from app.store.customers import save_customer_parts, save_customer_requests

_LISTED = "SELECT type FROM local_list_entry WHERE station_id = %s AND token = %s"


async def ask_customer(
    context: Context,
    actor: Actor,
    station_id: str,
    *,
    report: bool,
    clear: bool,
    id_token: str | None = None,
    token_type: str = "ISO14443",
    customer_identifier: str | None = None,
    certificate: CertificateHash | None = None,
) -> CommandResult:
    """Have a station tell (`report`) and forget (`clear`) what it keeps about a customer.

    A token that is forgotten leaves the station's local list too (N10.FR.06). Raises Invalid unless the customer is
    named in exactly one way and something is to be done.
    """
    if sum(name is not None for name in (id_token, customer_identifier, certificate)) != 1:
        raise Invalid("Name the customer by an id token, an identifier or a certificate.")
    if not (report or clear):
        raise Invalid("Ask for a report, for clearing, or for both.")
    station = await resolve(context, station_id)
    command = CustomerInformation(
        request_id=request_number(),
        report=report,
        clear=clear,
        id_token=id_token,
        token_type=token_type,
        customer_identifier=customer_identifier,
        certificate=certificate,
    )
    result = await carry_out(context, actor, station.id, command)
    if clear and id_token is not None and result.outcome.status is OutcomeStatus.ACCEPTED:
        await _take_off_list(context, actor, station.id, id_token)
    return result


async def _take_off_list(context: Context, actor: Actor, station_id: str, token: str) -> None:
    async with context.database.read() as connection:
        cursor = await connection.execute(_LISTED, (station_id, token.lower()))
        listed = await cursor.fetchone()
    if listed is not None:
        gone = ListEntry(token=token, type=listed[0], status=None)
        await send_local_list(context, actor, station_id, entries=[gone], full=False)


def on_customer_asked(batch: Batch, received: Received) -> Answer:
    """The request and the station's word about it."""
    report = received.report
    assert isinstance(report, CustomerAsked)
    batch.station(received.station_id)
    batch.add(save_customer_requests, (received.station_id, report, received.at))
    return Answer()


def on_customer_told(batch: Batch, received: Received) -> Answer:
    """N09, N10: keep each part as it comes."""
    report = received.report
    assert isinstance(report, CustomerTold)
    batch.station(received.station_id)
    batch.add(save_customer_parts, (received.station_id, report))
    if not report.more_follows:
        note_fulfilled(batch, received, report.request_id, REPORTED)
    return Answer()

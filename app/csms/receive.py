"""The table of what is done with each report, and one batch's way through it: load, decide, save, commit, announce."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from psycopg import Rollback

from app.csms import availability, effects, metering, tokens, transactions, variables
from app.csms.batch import Batch
from app.csms.context import Context
from app.csms.work import batch_work, lane_work
from app.domain.changes import StationsChanged
from app.domain.errors import CsmsError, NotRegistered
from app.domain.reports import (
    Answer,
    AuthorizationAsked,
    CommandSent,
    ConnectorStatusReported,
    MeterValuesReported,
    Received,
    Report,
    StationBooted,
    StationConnected,
    StationDisconnected,
    StationSeen,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    VariablesReported,
    VendorDataAnswer,
    VendorDataSent,
)
from app.domain.stations import Registration

Handler = Callable[[Batch, Received], Answer]


def on_vendor_data(batch: Batch, received: Received) -> VendorDataAnswer:
    """P02: nobody here knows any vendor's data yet; the frame is in the journal."""
    batch.station(received.station_id)
    return VendorDataAnswer()


HANDLERS: dict[type[Report], Handler] = {
    StationConnected: availability.on_connected,
    StationDisconnected: availability.on_disconnected,
    StationBooted: availability.on_booted,
    StationSeen: availability.on_seen,
    ConnectorStatusReported: availability.on_connector_status,
    AuthorizationAsked: tokens.on_authorization,
    TransactionStarted: transactions.on_transaction,
    TransactionUpdated: transactions.on_transaction,
    TransactionEnded: transactions.on_transaction,
    MeterValuesReported: metering.on_meter_values,
    VariablesReported: variables.on_variables,
    VendorDataSent: on_vendor_data,
    CommandSent: effects.on_command_sent,
}

ASKED: dict[type[Report], Callable[[Context, Received], Awaitable[Answer]]] = {}
"""Questions whose answer takes more than the stations' state (a key, another server): answered beside the lanes."""

BEFORE_ACCEPTED = (
    CommandSent,
    StationConnected,
    StationDisconnected,
    StationBooted,
    StationSeen,
    ConnectorStatusReported,
    VariablesReported,
)
"""What a station may say before it is accepted (B02, B03); anything else is refused."""


async def receive(context: Context, reports: Sequence[Received]) -> list[Answer | CsmsError]:
    """Make `reports` durable and return their answers, in order; a refused report has its error there.

    Raises Unavailable when the database is away: then nothing is stored.
    """
    batch = Batch()
    async with lane_work(context) as unit:
        await batch.load(unit.connection, reports)
        answers = [_decide(batch, received) for received in reports]
        await batch.save(unit.connection)
        news = batch.news()
        if news is not None:
            unit.announce(news)
    return answers


async def rehearse(
    context: Context, reports: Sequence[Received]
) -> tuple[list[Answer | CsmsError], StationsChanged | None]:
    """What `receive` would answer and announce; everything is undone."""
    batch = Batch()
    answers: list[Answer | CsmsError] = []
    with suppress(Rollback):
        async with batch_work(context) as unit:
            await batch.load(unit.connection, reports)
            answers = [_decide(batch, received) for received in reports]
            await batch.save(unit.connection)
            raise Rollback
    return answers, batch.news()


def _decide(batch: Batch, received: Received) -> Answer | CsmsError:
    report = received.report
    try:
        station = batch.station(received.station_id)
        if station.registration is not Registration.ACCEPTED and not isinstance(
            report, BEFORE_ACCEPTED
        ):
            raise NotRegistered
        answer = HANDLERS[type(report)](batch, received)
    except CsmsError as error:
        return error
    availability.note_seen(batch, received)
    return answer

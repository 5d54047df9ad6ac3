"""The table of what is done with each report, and one batch's way through it: load, decide, save, commit, announce."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any

from psycopg import Rollback

from app.csms import (
    availability,
    certificates,
    charging_reports,
    conformance,
    contracts,
    customers,
    device,
    display,
    effects,
    jobs,
    local_lists,
    metering,
    monitoring,
    reservations,
    security,
    session_checks,
    signing,
    tokens,
    transactions,
    variables,
    vendor_data,
)
from app.csms.batch import Batch
from app.csms.context import Context
from app.csms.memory import Memory
from app.csms.work import batch_work, lane_work
from app.domain.certificates import (
    CertificateDeleted,
    CertificateInstalled,
    CertificatesListed,
    CertificateStatusAsked,
    ChainAnswered,
    EvCertificateAsked,
    PasswordTaken,
    SecurityEventReported,
    SigningAsked,
)
from app.domain.changes import StationsChanged
from app.domain.charging_profiles import (
    CompositeScheduleReported,
    ProfileInstalled,
    ProfilesAsked,
    ProfilesCleared,
)
from app.domain.conformance import DeviationsFound
from app.domain.contracts import ContractAsked
from app.domain.customers import CustomerAsked, CustomerTold
from app.domain.device import AvailabilityAgreed, NetworkProfileSet
from app.domain.display import MessagesAsked, MessagesCleared, MessageSet
from app.domain.errors import CsmsError, Locked, NotRegistered, Unavailable
from app.domain.jobs import FirmwareUnpublished, JobAsked, JobProgressed
from app.domain.monitoring import (
    EventsReported,
    MonitorsCleared,
    MonitorsReported,
    MonitorsReset,
)
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
    VendorDataSent,
)
from app.domain.stations import Registration
from app.domain.vendor_data import VendorDataExchanged
from app.store.parts import Outdated

Handler = Callable[[Batch, Received], Answer]


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
    NetworkProfileSet: device.on_network_profile,
    AvailabilityAgreed: device.on_availability_agreed,
    JobAsked: jobs.on_job_asked,
    JobProgressed: jobs.on_job_progressed,
    FirmwareUnpublished: jobs.on_firmware_unpublished,
    MonitorsReported: monitoring.on_monitors,
    MonitorsCleared: monitoring.on_monitors_cleared,
    MonitorsReset: monitoring.on_monitors_reset,
    EventsReported: monitoring.on_events,
    CustomerAsked: customers.on_customer_asked,
    CustomerTold: customers.on_customer_told,
    VendorDataSent: vendor_data.on_vendor_data,
    VendorDataExchanged: vendor_data.on_vendor_data_exchanged,
    **charging_reports.HANDLES,
    **display.HANDLES,
    **local_lists.HANDLES,
    **reservations.HANDLES,
    **session_checks.HANDLES,
    SecurityEventReported: security.on_security_event,
    CertificatesListed: certificates.on_listed,
    CertificateInstalled: certificates.on_installed,
    CertificateDeleted: certificates.on_deleted,
    ChainAnswered: signing.on_chain_answered,
    CommandSent: effects.on_command_sent,
    DeviationsFound: conformance.on_deviations,
}

ASKED: dict[type[Report], Callable[[Context, Received], Coroutine[Any, Any, Answer]]] = {
    PasswordTaken: security.on_password_taken,
    SigningAsked: signing.on_signing_asked,
    CertificateStatusAsked: certificates.on_status_asked,
    EvCertificateAsked: certificates.on_ev_certificate_asked,
    ContractAsked: contracts.on_contract_asked,
}
"""Questions whose answer takes more than the stations' state (a key, another server): answered beside the lanes."""

BEFORE_ACCEPTED = (
    DeviationsFound,
    CommandSent,
    CompositeScheduleReported,
    MessageSet,
    MessagesAsked,
    MessagesCleared,
    ProfileInstalled,
    ProfilesAsked,
    ProfilesCleared,
    VendorDataExchanged,
    StationConnected,
    StationDisconnected,
    StationBooted,
    VariablesReported,
    NetworkProfileSet,
    AvailabilityAgreed,
    JobAsked,
    FirmwareUnpublished,
    MonitorsReported,
    MonitorsCleared,
    MonitorsReset,
    CustomerAsked,
    CertificatesListed,
    CertificateInstalled,
    CertificateDeleted,
    ChainAnswered,
)
"""What is heard of a station before it is accepted: that it is there, and what it answers us (B02, B03)."""

TRIGGERED: dict[type[Report], tuple[str, ...]] = {
    StationSeen: ("Heartbeat",),
    ConnectorStatusReported: ("StatusNotification",),
    MeterValuesReported: ("MeterValues",),
    TransactionUpdated: ("TransactionEvent", "MeterValues"),
    JobProgressed: (
        "FirmwareStatusNotification",
        "PublishFirmwareStatusNotification",
        "LogStatusNotification",
        "DiagnosticsStatusNotification",
    ),
}
"""What it may say besides if it was asked to by TriggerMessage; anything else is refused (B02.FR.09)."""

TRIES = 4
"""How often a batch is done anew because its rows were changed meanwhile: each time takes another writer."""


async def receive(
    context: Context, reports: Sequence[Received], memory: Memory | None = None
) -> list[Answer | CsmsError]:
    """Make `reports` durable and return their answers, in order; a refused report has its error there.

    What is in `memory` is not asked for. Raises Unavailable when the database is away, Locked when somebody else
    changes the same rows again and again: then nothing is stored.
    """
    memory = Memory() if memory is None else memory
    for _ in range(TRIES):
        # Outdated: somebody else has changed what was remembered or read; now it is forgotten, and asked for.
        with suppress(Outdated):
            return await _receive(context, reports, memory)
    raise Locked


async def _receive(
    context: Context, reports: Sequence[Received], memory: Memory
) -> list[Answer | CsmsError]:
    batch = _batch(context)
    known = memory.take(reports)
    try:
        async with lane_work(context) as unit:
            await batch.load(unit.connection, reports, known)
            answers = [_decide(batch, received) for received in reports]
            await batch.save(unit.connection)
            news = batch.news()
            if news is not None:
                unit.announce(news)
    except (Unavailable, asyncio.CancelledError):  # when it is back it may be another one
        memory.forget()
        raise
    memory.keep(batch, reports)
    return answers


async def rehearse(
    context: Context, reports: Sequence[Received]
) -> tuple[list[Answer | CsmsError], StationsChanged | None]:
    """What `receive` would answer and announce; everything is undone."""
    batch = _batch(context)
    answers: list[Answer | CsmsError] = []
    with suppress(Rollback):
        async with batch_work(context) as unit:
            await batch.load(unit.connection, reports)
            answers = [_decide(batch, received) for received in reports]
            await batch.save(unit.connection)
            raise Rollback
    return answers, batch.news()


def _batch(context: Context) -> Batch:
    return Batch(deny_concurrent=context.settings.concurrent_transactions == "deny")


def _decide(batch: Batch, received: Received) -> Answer | CsmsError:
    report = received.report
    try:
        station = batch.station(received.station_id)
        if station.registration is not Registration.ACCEPTED and not isinstance(
            report, BEFORE_ACCEPTED
        ):
            _check_triggered(batch, received)
        answer = HANDLERS[type(report)](batch, received)
    except CsmsError as error:
        return error
    availability.note_seen(batch, received)
    return answer


def _check_triggered(batch: Batch, received: Received) -> None:
    """Raises NotRegistered for what the station was not asked to say."""
    asked = batch.triggered.get(received.station_id, ())
    if not set(TRIGGERED.get(type(received.report), ())) & set(asked):
        raise NotRegistered

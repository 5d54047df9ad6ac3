"""Firmware and logs (blocks L and N01): what is asked of stations, and how far they are with it."""

from datetime import datetime

from app.csms.actors import Actor
from app.csms.batch import Batch
from app.csms.commands import CommandResult, carry_out, request_number, resolve
from app.csms.context import Context
from app.csms.effects import JOB_ENDED, note_fulfilled
from app.domain.commands import Command
from app.domain.errors import Invalid
from app.domain.jobs import (
    FirmwareUnpublished,
    GetDiagnostics,
    GetSecurityLog,
    JobAsked,
    JobProgressed,
    PublishFirmware,
    UnpublishFirmware,
    UpdateFirmware,
    UpdateSignedFirmware,
    is_end,
)
from app.domain.reports import Answer, Received
from app.store.jobs import AskedRow, ProgressRow, give_way, save_asked, save_progress, unpublish


async def update_firmware(
    context: Context,
    actor: Actor,
    station_id: str,
    *,
    location: str,
    retrieve_at: datetime | None = None,
    install_at: datetime | None = None,
    signing_certificate: str | None = None,
    signature: str | None = None,
    retries: int | None = None,
    retry_interval_s: int | None = None,
) -> CommandResult:
    """Have a station fetch and install firmware (L01, L02); signed if a certificate and a signature are given.

    Raises Invalid when only one of the two is.
    """
    station = await resolve(context, station_id)
    if (signing_certificate is None) != (signature is None):
        raise Invalid("Signed firmware needs both the signing certificate and the signature.")
    request_id = request_number()
    begin = retrieve_at or context.clock()
    command: Command
    if signing_certificate is None or signature is None:
        command = UpdateFirmware(
            request_id=request_id,
            location=location,
            retrieve_at=begin,
            install_at=install_at,
            retries=retries,
            retry_interval_s=retry_interval_s,
        )
    else:
        command = UpdateSignedFirmware(
            request_id=request_id,
            location=location,
            retrieve_at=begin,
            install_at=install_at,
            signing_certificate=signing_certificate,
            signature=signature,
            retries=retries,
            retry_interval_s=retry_interval_s,
        )
    return await carry_out(context, actor, station.id, command)


async def publish_firmware(
    context: Context,
    actor: Actor,
    station_id: str,
    *,
    location: str,
    checksum: str,
    retries: int | None = None,
    retry_interval_s: int | None = None,
) -> CommandResult:
    """Have a local controller offer firmware to its stations (L03)."""
    station = await resolve(context, station_id)
    command = PublishFirmware(
        request_id=request_number(),
        location=location,
        checksum=checksum,
        retries=retries,
        retry_interval_s=retry_interval_s,
    )
    return await carry_out(context, actor, station.id, command)


async def unpublish_firmware(
    context: Context, actor: Actor, station_id: str, *, checksum: str
) -> CommandResult:
    """Have a local controller offer firmware no more (L04)."""
    station = await resolve(context, station_id)
    return await carry_out(context, actor, station.id, UnpublishFirmware(checksum=checksum))


async def get_log(
    context: Context,
    actor: Actor,
    station_id: str,
    *,
    location: str,
    security: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
    retries: int | None = None,
    retry_interval_s: int | None = None,
) -> CommandResult:
    """Have a station upload its diagnostics, or its log of security events (N01), to the URL `location`."""
    station = await resolve(context, station_id)
    kind = GetSecurityLog if security else GetDiagnostics
    command = kind(
        request_id=request_number(),
        location=location,
        since=since,
        until=until,
        retries=retries,
        retry_interval_s=retry_interval_s,
    )
    return await carry_out(context, actor, station.id, command)


def on_job_asked(batch: Batch, received: Received) -> Answer:
    """A job is a row from the moment that the station has answered, also when it said no."""
    report = received.report
    assert isinstance(report, JobAsked)
    batch.station(received.station_id)
    if report.replaces:
        batch.add(give_way, (received.station_id, report.kind.value, received.at))
    batch.add(
        save_asked,
        AskedRow(
            received.station_id,
            report.kind.value,
            report.request_id,
            report.status,
            report.location,
            report.asked,
            received.at,
            is_end(report.kind, report.status),
        ),
    )
    batch.status_changed(received.station_id, received.at)  # a page that shows it looks again
    return Answer()


def on_job_progressed(batch: Batch, received: Received) -> Answer:
    """L01, L03, N01: one word after the other."""
    report = received.report
    assert isinstance(report, JobProgressed)
    batch.station(received.station_id)
    batch.add(
        save_progress,
        ProgressRow(
            received.station_id,
            report.kind.value,
            report.request_id,
            report.status,
            " ".join(report.locations) or None,
            received.at,
            is_end(report.kind, report.status),
        ),
    )
    if report.request_id is not None and is_end(report.kind, report.status):
        note_fulfilled(batch, received, report.request_id, f"{JOB_ENDED} {report.status}.")
    batch.status_changed(received.station_id, received.at)
    return Answer()


def on_firmware_unpublished(batch: Batch, received: Received) -> Answer:
    """L04."""
    report = received.report
    assert isinstance(report, FirmwareUnpublished)
    batch.station(received.station_id)
    batch.add(unpublish, (received.station_id, report.checksum, received.at))
    return Answer()

"""Vendors' own data (block P): kept with how it was answered. Only that of registered vendors is accepted."""

from collections.abc import Sequence

from psycopg.types.json import Jsonb

from app.csms import audit
from app.csms.actors import Actor
from app.csms.batch import Batch
from app.csms.commands import CommandResult, carry_out, resolve
from app.csms.context import Context
from app.csms.work import work
from app.domain.commands import SendVendorData
from app.domain.errors import Invalid, NotFound
from app.domain.reports import Answer, Received, VendorDataAnswer, VendorDataSent
from app.domain.vendor_data import VendorDataExchanged, verdict
from app.store.tables.charging_profiles import DataVendor
from app.store.vendor_data import save_vendor_messages

LONGEST_VENDOR = 255


def on_vendor_data(batch: Batch, received: Received) -> VendorDataAnswer:
    """P02."""
    report = received.report
    assert isinstance(report, VendorDataSent)
    station_id = batch.station(received.station_id).station_id
    status = verdict(batch.vendors, report.vendor, report.message)
    batch.add(
        save_vendor_messages,
        (
            station_id,
            "received",
            report.vendor,
            report.message,
            _json(report.data),
            status,
            None,
            received.at,
        ),
    )
    return VendorDataAnswer(status=status)


def on_vendor_data_exchanged(batch: Batch, received: Received) -> Answer:
    """P01: what we sent, and how the station answered."""
    report = received.report
    assert isinstance(report, VendorDataExchanged)
    station_id = batch.station(received.station_id).station_id
    batch.add(
        save_vendor_messages,
        (
            station_id,
            "sent",
            report.vendor,
            report.message,
            _json(report.data),
            report.status,
            _json(report.answer),
            report.at,
        ),
    )
    return Answer()


def _json(data: object) -> Jsonb | None:
    return None if data is None else Jsonb(data)


async def send_vendor_data(
    context: Context,
    actor: Actor,
    station_id: str,
    vendor: str,
    message: str | None = None,
    data: object = None,
) -> CommandResult:
    """Send a vendor's own data to a station (P01)."""
    station = await resolve(context, station_id)
    command = SendVendorData(vendor=vendor, message=message, data=data)
    return await carry_out(context, actor, station.id, command)


async def register_vendor(
    context: Context, actor: Actor, vendor: str, messages: Sequence[str] | None = None
) -> None:
    """Accept this vendor's data from now on: all of it, or only these message ids."""
    if not 1 <= len(vendor) <= LONGEST_VENDOR:
        raise Invalid(f"A vendor's id has 1 to {LONGEST_VENDOR} characters.", field="vendor")
    async with work(context) as unit:
        row = await unit.session.get(DataVendor, vendor)
        known = None if messages is None else sorted(set(messages))
        if row is None:
            unit.session.add(DataVendor(vendor=vendor, messages=known))
        else:
            row.messages = known
        audit.note(unit, actor, "vendor.write", f"vendor:{vendor}", messages=known)


async def forget_vendor(context: Context, actor: Actor, vendor: str) -> None:
    """Its data is answered UnknownVendorId from now on. Raises NotFound."""
    async with work(context) as unit:
        row = await unit.session.get(DataVendor, vendor)
        if row is None:
            raise NotFound(f"There is no vendor {vendor!r}.", vendor=vendor)
        await unit.session.delete(row)
        audit.note(unit, actor, "vendor.remove", f"vendor:{vendor}")

"""What people do on a charger's device tab: read and write settings, fetch logs, update firmware, read lists."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.csms import device, display, jobs, local_lists, monitoring, reservations
from app.csms import variables as settings_of
from app.csms.commands import CommandResult
from app.domain.errors import Invalid
from app.domain.reports import Variable
from app.web.auth import CurrentContext
from app.web.forms import moment_of, number_of
from app.web.i18n import gettext
from app.web.pages.station_device import answer_device
from app.web.pages.station_overview import Commander, StationAdmin, Text
from app.web.station_frame import station_of, told

router = APIRouter(prefix="/stations/{station_id}")
LONGEST_VALUE = 2500
LONGEST_URL = 512


@router.post("/variables/refresh")
async def refresh_variables(
    request: Request, context: CurrentContext, visitor: Commander, station_id: str
) -> Response:
    """Read all settings: an inventory that comes in parts, or all configuration keys at once."""
    found = await station_of(context, station_id)
    asked = device.get_base_report(context, visitor.actor, found.marker.station_id)
    toast = await told(gettext("Read settings"), asked)
    return await answer_device(request, context, visitor, found, toast)


@router.put("/variables")
async def set_variable(
    request: Request,
    context: CurrentContext,
    visitor: StationAdmin,
    station_id: str,
    name: Text = "",
    component: Text = "",
    component_instance: Text = "",
    variable_instance: Text = "",
    attribute: Text = "Actual",
    evse_id: Text = "",
    connector_id: Text = "",
    value: Text = "",
) -> Response:
    """Change one setting."""
    found = await station_of(context, station_id)
    if not name:
        raise Invalid(gettext("Say which setting is meant."))
    if len(value) > LONGEST_VALUE:
        raise Invalid(gettext("The value is too long."))
    wanted = Variable(
        component=component,
        name=name,
        value=value,
        attribute=attribute or "Actual",
        component_instance=component_instance or None,
        variable_instance=variable_instance or None,
        evse_id=number_of(evse_id) or None,
        connector_id=number_of(connector_id) or None,
    )
    asked = settings_of.set_variables(context, visitor.actor, found.marker.station_id, (wanted,))
    return await answer_device(request, context, visitor, found, await told(name, asked))


@router.post("/monitors/refresh")
async def refresh_monitors(
    request: Request, context: CurrentContext, visitor: Commander, station_id: str
) -> Response:
    """Have the charger report its monitors."""
    found = await station_of(context, station_id)
    asked = monitoring.get_monitoring_report(context, visitor.actor, found.marker.station_id)
    toast = await told(gettext("Read monitors"), asked, nothing="EmptyResultSet")
    return await answer_device(request, context, visitor, found, toast)


@router.post("/log")
async def get_log(
    request: Request,
    context: CurrentContext,
    visitor: StationAdmin,
    station_id: str,
    location: Text = "",
    kind: Text = "",
) -> Response:
    """Have the charger upload a log."""
    found = await station_of(context, station_id)
    asked = jobs.get_log(
        context,
        visitor.actor,
        found.marker.station_id,
        location=_url(location),
        security=kind == "security",
    )
    toast = await told(gettext("Log upload"), asked)
    return await answer_device(request, context, visitor, found, toast)


@router.post("/firmware")
async def update_firmware(
    request: Request,
    context: CurrentContext,
    visitor: StationAdmin,
    station_id: str,
    location: Text = "",
    install_at: Text = "",
    signing_certificate: Text = "",
    signature: Text = "",
) -> Response:
    """Have the charger fetch and install firmware."""
    found = await station_of(context, station_id)
    asked = jobs.update_firmware(
        context,
        visitor.actor,
        found.marker.station_id,
        location=_url(location),
        install_at=moment_of(install_at, found.time_zone),
        signing_certificate=signing_certificate.strip() or None,
        signature=signature.strip() or None,
    )
    toast = await told(gettext("Firmware update"), asked)
    return await answer_device(request, context, visitor, found, toast)


@router.post("/local-list/refresh")
async def refresh_local_list(
    request: Request, context: CurrentContext, visitor: Commander, station_id: str
) -> Response:
    """Ask which version of its list the charger has."""
    found = await station_of(context, station_id)
    asked = local_lists.ask_version(context, visitor.actor, found.marker.station_id)
    toast = await told(gettext("Read the local list’s version"), asked)
    return await answer_device(request, context, visitor, found, toast)


@router.post("/local-list")
async def send_local_list(
    request: Request, context: CurrentContext, visitor: Commander, station_id: str
) -> Response:
    """Send all known tokens as the charger's list."""
    found = await station_of(context, station_id)

    async def last() -> CommandResult:
        sent = await local_lists.send_local_list(context, visitor.actor, found.marker.station_id)
        return sent[-1]

    toast = await told(gettext("Send the local list"), last())
    return await answer_device(request, context, visitor, found, toast)


@router.delete("/reservations")
async def cancel_reservation(
    request: Request,
    context: CurrentContext,
    visitor: Commander,
    station_id: str,
    reservation: str = "",
) -> Response:
    """Give up a reservation."""
    found = await station_of(context, station_id)
    number = number_of(reservation)
    if number is None:
        raise Invalid(gettext("Say which reservation is meant."))
    asked = reservations.cancel(context, visitor.actor, found.marker.station_id, number)
    toast = await told(gettext("Cancel the reservation"), asked)
    return await answer_device(request, context, visitor, found, toast)


@router.post("/display/refresh")
async def refresh_display(
    request: Request, context: CurrentContext, visitor: Commander, station_id: str
) -> Response:
    """Have the charger report what its display shows."""
    found = await station_of(context, station_id)
    asked = display.get_messages(context, visitor.actor, found.marker.station_id)
    toast = await told(gettext("Read display messages"), asked, nothing="Unknown")
    return await answer_device(request, context, visitor, found, toast)


@router.delete("/display")
async def clear_display(
    request: Request,
    context: CurrentContext,
    visitor: Commander,
    station_id: str,
    message: str = "",
) -> Response:
    """Take a message off the display."""
    found = await station_of(context, station_id)
    number = number_of(message)
    if number is None:
        raise Invalid(gettext("Say which message is meant."))
    asked = display.clear_message(context, visitor.actor, found.marker.station_id, number)
    toast = await told(gettext("Clear the display message"), asked)
    return await answer_device(request, context, visitor, found, toast)


def _url(text: str) -> str:
    """Where a file is put or fetched. Raises Invalid."""
    url = text.replace("\x00", "").strip()
    if "://" not in url or len(url) > LONGEST_URL:
        raise Invalid(gettext("Enter an address like ftp://host/folder or https://host/folder."))
    return url

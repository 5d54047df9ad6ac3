"""A charger as a device: its settings, monitors and events, firmware and logs, local list, reservations, display."""

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.csms.accounts import Visitor
from app.csms.context import Context
from app.queries import device, display, jobs, monitoring, station_lists
from app.queries.device import VariableRow
from app.queries.display import DisplayMessageRow
from app.queries.jobs import JobRow
from app.queries.monitoring import EventRow, MonitorRow
from app.queries.station_lists import LocalListState, ReservationRow
from app.queries.stations import StationDetail
from app.web.auth import CurrentContext
from app.web.errors import Toast
from app.web.forms import text_of
from app.web.pages.station_overview import Viewer
from app.web.render import is_partial
from app.web.station_frame import DEVICE, back_to, show, station_of

router = APIRouter(prefix="/stations/{station_id}")
VARIABLES = 200
EVENTS = 30
JOBS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What the tab shows. `found`: variables that match, of which `variables` are the first."""

    q: str
    variables: tuple[VariableRow, ...]
    found: int
    components: bool
    monitors: tuple[MonitorRow, ...]
    events: tuple[EventRow, ...]
    jobs: tuple[JobRow, ...]
    local_list: LocalListState | None
    reservations: tuple[ReservationRow, ...]
    messages: tuple[DisplayMessageRow, ...]


@router.get("/device")
async def station_device(
    request: Request, context: CurrentContext, visitor: Viewer, station_id: str
) -> Response:
    """The tab."""
    return await show_device(request, context, visitor, await station_of(context, station_id))


async def answer_device(
    request: Request, context: Context, visitor: Visitor, found: StationDetail, toast: Toast
) -> Response:
    """The tab after something was done there."""
    station_id = found.marker.station_id
    if not is_partial(request):
        return back_to(station_id, DEVICE)
    fresh = await station_of(context, station_id)
    return await show_device(request, context, visitor, fresh, toast)


async def show_device(
    request: Request,
    context: Context,
    visitor: Visitor,
    found: StationDetail,
    toast: Toast | None = None,
) -> Response:
    """Gather and render; the filter stands in the address of a form too."""
    station_id = found.marker.station_id
    q = text_of(request.query_params.get("q"))
    variables, monitors, events, work = await asyncio.gather(
        device.variables(context.database, station_id, q),
        monitoring.monitors(context.database, station_id),
        monitoring.events(context.database, station_id, limit=EVENTS),
        jobs.recent(context.database, station_id, limit=JOBS),
    )
    local_list, reserved, messages = await asyncio.gather(
        station_lists.local_list(context.database, station_id),
        station_lists.reservations(context.database, station_id),
        display.messages(context.database, station_id),
    )
    content = Device(
        q=q,
        variables=tuple(variables[:VARIABLES]),
        found=len(variables),
        components=any(row.component for row in variables),
        monitors=tuple(monitors),
        events=tuple(events),
        jobs=tuple(work),
        local_list=local_list,
        reservations=tuple(reserved),
        messages=tuple(messages),
    )
    return show(request, visitor, found, DEVICE, content, toast)

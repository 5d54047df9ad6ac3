"""Messages: on a station's display, of vendors, and those that a station shall send now."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from app.api.auth import Commander, Here, StationManager, Viewer
from app.api.errors import V1Route, expect_accepted
from app.api.schemas.charging_profiles import Asked
from app.api.schemas.common import Before, Limit, StationId
from app.api.schemas.errors import V1Error, refusals
from app.api.schemas.messages import (
    Message,
    PutMessage,
    PutVendor,
    ReadMessages,
    SendData,
    TriggerIt,
    Vendor,
    VendorAnswer,
    VendorMessagePage,
)
from app.api.schemas.stations import CommandAnswer
from app.csms import display as display_verbs
from app.csms import remote_control
from app.csms import vendor_data as vendor_verbs
from app.csms.commands import CommandResult
from app.domain.display import MessageCriteria, ScreenMessage
from app.queries import display, stations, vendor_data

router = APIRouter(route_class=V1Route, responses=refusals(V1Error))
_ONE = refusals(V1Error, 404)
_COMMAND = refusals(V1Error, 404, 409, 502, 504)
MessageId = Annotated[int, Path(ge=0, le=2**31 - 1, description="The message's own id.")]
VendorName = Annotated[
    str, Path(min_length=1, max_length=255, description="As stations say it in `vendorId`.")
]


@router.get(
    "/stations/{station_id}/display-messages",
    response_model=list[Message],
    responses=_ONE,
    tags=["Messages"],
    summary="What it shows",
)
async def list_messages(station_id: StationId, context: Here, _: Viewer) -> Any:
    """As far as it is known: set from here, or reported by the station."""
    real_id = await stations.resolve(context.database, station_id)
    return await display.messages(context.database, real_id)


@router.put(
    "/stations/{station_id}/display-messages/{message_id}",
    response_model=CommandAnswer,
    responses=_COMMAND,
    tags=["Messages"],
    summary="Show a message",
)
async def set_message(
    station_id: StationId,
    message_id: MessageId,
    wanted: PutMessage,
    context: Here,
    actor: Commander,
) -> dict[str, Any]:
    """One with the same id is replaced."""
    real_id = await stations.resolve(context.database, station_id)
    message = ScreenMessage(
        id=message_id,
        priority=wanted.priority,
        content=wanted.content,
        format=wanted.format,
        language=wanted.language,
        state=wanted.state,
        start_at=wanted.start_at,
        end_at=wanted.end_at,
        transaction=wanted.transaction_id,
    )
    return _accepted(await display_verbs.set_message(context, actor, real_id, message), real_id)


@router.delete(
    "/stations/{station_id}/display-messages/{message_id}",
    response_model=Asked,
    responses=_COMMAND,
    tags=["Messages"],
    summary="Take a message away",
)
async def clear_message(
    station_id: StationId, message_id: MessageId, context: Here, actor: Commander
) -> dict[str, Any]:
    """`none`: the station has no such message."""
    real_id = await stations.resolve(context.database, station_id)
    result = await display_verbs.clear_message(context, actor, real_id, message_id)
    return _asked(result, real_id)


@router.post(
    "/stations/{station_id}/display-messages/read",
    response_model=Asked,
    responses=_COMMAND,
    tags=["Messages"],
    summary="Have it report its messages",
)
async def read_messages(
    station_id: StationId, wanted: ReadMessages, context: Here, actor: Commander
) -> dict[str, Any]:
    """The reports come after the answer; `GET` shows them."""
    real_id = await stations.resolve(context.database, station_id)
    criteria = MessageCriteria(ids=tuple(wanted.ids), priority=wanted.priority, state=wanted.state)
    result = await display_verbs.get_messages(context, actor, real_id, criteria)
    return _asked(result, real_id)


@router.post(
    "/stations/{station_id}/trigger",
    response_model=CommandAnswer,
    responses=_COMMAND,
    tags=["Commands"],
    summary="Have it send a message now",
)
async def trigger_message(
    station_id: StationId, wanted: TriggerIt, context: Here, actor: Commander
) -> dict[str, Any]:
    """BootNotification, StatusNotification, MeterValues, Heartbeat, ...: what its protocol can be asked for."""
    real_id = await stations.resolve(context.database, station_id)
    result = await remote_control.trigger(
        context, actor, real_id, wanted.message, wanted.evse_id, wanted.connector_id
    )
    return _accepted(result, real_id)


@router.get(
    "/stations/{station_id}/vendor-messages",
    response_model=VendorMessagePage,
    responses=_ONE,
    tags=["Messages"],
    summary="Vendors' own data",
)
async def list_vendor_messages(
    station_id: StationId, context: Here, _: Viewer, limit: Limit = 100, before: Before = None
) -> dict[str, Any]:
    """Both ways, newest first, with how each was answered."""
    real_id = await stations.resolve(context.database, station_id)
    rows = await vendor_data.messages(context.database, real_id, limit + 1, before)
    page = rows[:limit]
    return {"items": page, "next": page[-1].id if len(rows) > limit else None}


@router.post(
    "/stations/{station_id}/vendor-messages",
    response_model=VendorAnswer,
    responses=_COMMAND,
    tags=["Messages"],
    summary="Send a vendor's own data",
)
async def send_vendor_data(
    station_id: StationId, wanted: SendData, context: Here, actor: Commander
) -> dict[str, Any]:
    """With what the station answered."""
    real_id = await stations.resolve(context.database, station_id)
    result = await vendor_verbs.send_vendor_data(
        context, actor, real_id, wanted.vendor, wanted.message, wanted.data
    )
    outcome = result.outcome
    if outcome.payload is None:
        expect_accepted(outcome, real_id)
    said = outcome.payload or {}
    return {
        "status": outcome.detail or "Accepted",
        "data": said.get("data"),
        "command_id": result.command_id,
    }


@router.get(
    "/data-vendors", response_model=list[Vendor], tags=["Messages"], summary="Vendors, by name"
)
async def list_vendors(context: Here, _: Viewer) -> Any:
    """Whose data is taken; all others' is answered UnknownVendorId."""
    return await vendor_data.vendors(context.database)


@router.put(
    "/data-vendors/{vendor}", response_model=Vendor, tags=["Messages"], summary="Take its data"
)
async def register_vendor(
    vendor: VendorName, wanted: PutVendor, context: Here, actor: StationManager
) -> dict[str, Any]:
    """All of it, or only the messages that are named; all others are answered UnknownMessageId."""
    await vendor_verbs.register_vendor(context, actor, vendor, wanted.messages)
    messages = None if wanted.messages is None else sorted(set(wanted.messages))
    return {"vendor": vendor, "messages": messages}


@router.delete(
    "/data-vendors/{vendor}",
    status_code=204,
    responses=_ONE,
    tags=["Messages"],
    summary="Take its data no more",
)
async def forget_vendor(vendor: VendorName, context: Here, actor: StationManager) -> Response:
    """What it sent before is kept."""
    await vendor_verbs.forget_vendor(context, actor, vendor)
    return Response(status_code=204)


def _accepted(result: CommandResult, station_id: str) -> dict[str, Any]:
    expect_accepted(result.outcome, station_id)
    return {
        "status": "accepted",
        "command_id": result.command_id,
        "latency_ms": result.outcome.latency_ms,
    }


def _asked(result: CommandResult, station_id: str) -> dict[str, Any]:
    if result.outcome.detail == "Unknown":
        return {
            "status": "none",
            "command_id": result.command_id,
            "latency_ms": result.outcome.latency_ms,
        }
    return _accepted(result, station_id)

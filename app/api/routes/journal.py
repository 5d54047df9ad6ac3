"""The journal: look, follow a transaction, take away; and how long answers take."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from app.api.auth import Here, Viewer
from app.api.errors import V1Route
from app.api.schemas.common import Limit, StationId, Storable
from app.api.schemas.errors import V1Error, refusals
from app.api.schemas.journal import ExchangePage, FramePage, Timing
from app.csms.context import Context
from app.queries import journal, journal_files, stations
from app.queries.journal import Wanted

router = APIRouter(tags=["Journal"], route_class=V1Route, responses=refusals(V1Error))
_ONE = refusals(V1Error, 404)

Cursor = Annotated[
    str | None, Query(max_length=40, description="The `next` of the page before this one.")
]
MOST_EXPORTED = 1_000_000


async def wanted(
    context: Here,
    station_id: Annotated[str | None, Query(max_length=255, description="Or an alias.")] = None,
    direction: Annotated[
        Literal["in", "out"] | None, Query(description="Of an exchange: of its call.")
    ] = None,
    action: Annotated[
        str | None, Query(max_length=255, description="Its whole name."), Storable
    ] = None,
    message_id: Annotated[
        str | None, Query(max_length=255, description="Of call and answer."), Storable
    ] = None,
    transaction: Annotated[
        int | None, Query(ge=-(2**63), le=2**63 - 1, description="Our number of a transaction.")
    ] = None,
    outcome: Annotated[
        str | None,
        Query(max_length=255, description="How the call ended, as the rows say it."),
        Storable,
    ] = None,
    failed: Annotated[bool, Query(description="Only what ended with an error.")] = False,
    slower_than_ms: Annotated[
        float | None, Query(ge=0, description="Only what took longer to be answered.")
    ] = None,
    q: Annotated[
        str | None, Query(max_length=100, description="Part of a frame."), Storable
    ] = None,
    since: Annotated[AwareDatetime | None, Query(description="Then or later.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Before.")] = None,
) -> Wanted:
    """The filter of all routes here."""
    if station_id is not None:
        station_id = await stations.resolve(context.database, station_id, even_retired=True)
    made = Wanted(
        station_id=station_id,
        direction=direction,
        action=action,
        message_id=message_id,
        outcome=outcome,
        failed=failed,
        slower_than_ms=slower_than_ms,
        text=q,
        since=since,
        until=until,
    )
    if transaction is None:
        return made
    return await journal.of_transaction(context.database, transaction, made)


Filter = Annotated[Wanted, Depends(wanted)]


@router.get("/journal", response_model=FramePage, responses=_ONE, summary="Frames")
async def list_frames(
    context: Here, _: Viewer, wanted: Filter, limit: Limit = 100, before: Cursor = None
) -> dict[str, Any]:
    """Every OCPP frame of both directions, newest first; passwords, keys and id tokens are hidden."""
    return await _frames(context, wanted, limit, before)


@router.get(
    "/journal/exchanges", response_model=ExchangePage, responses=_ONE, summary="Calls and answers"
)
async def list_exchanges(
    context: Here, _: Viewer, wanted: Filter, limit: Limit = 100, before: Cursor = None
) -> dict[str, Any]:
    """Each call with its answer, newest call first."""
    rows = await journal.exchanges(context.database, wanted, limit=limit + 1, before=before)
    page = rows[:limit]
    return {"items": page, "next": journal.cursor_of(page[-1]) if len(rows) > limit else None}


@router.get("/journal/export", responses=_ONE, summary="Frames as a file")
async def export_frames(
    context: Here,
    _: Viewer,
    wanted: Filter,
    format: Annotated[
        journal_files.Kind, Query(description="A line of JSON per frame, or a table.")
    ] = "jsonl",
    limit: Annotated[int, Query(ge=1, le=MOST_EXPORTED, description="How many at most.")] = 100_000,
) -> StreamingResponse:
    """JSON lines or CSV, newest first, with the same filters."""
    name = f"journal-{context.clock():%Y%m%dT%H%M%SZ}.{format}"
    return StreamingResponse(
        journal_files.lines(context.database, wanted, format, limit=limit),
        media_type=journal_files.MEDIA_TYPES[format],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.get(
    "/journal/timings", response_model=list[Timing], responses=_ONE, summary="Handling times"
)
async def list_timings(
    context: Here,
    _: Viewer,
    station_id: Annotated[str | None, Query(max_length=255, description="Or an alias.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="Unset: an hour ago.")] = None,
) -> list[Any]:
    """Mean, median and p99 of each action, by who answered, slowest first."""
    if station_id is not None:
        station_id = await stations.resolve(context.database, station_id, even_retired=True)
    begin: datetime = since or context.clock() - timedelta(hours=1)
    return list(await journal.timings(context.database, begin, station_id))


@router.get(
    "/stations/{station_id}/journal",
    response_model=FramePage,
    responses=_ONE,
    summary="One station's frames",
)
async def list_station_frames(
    station_id: StationId,
    context: Here,
    _: Viewer,
    limit: Limit = 100,
    before: Cursor = None,
) -> dict[str, Any]:
    """As /journal with `station_id`."""
    real_id = await stations.resolve(context.database, station_id, even_retired=True)
    return await _frames(context, replace(journal.ALL, station_id=real_id), limit, before)


async def _frames(
    context: Context, wanted: Wanted, limit: int, before: str | None
) -> dict[str, Any]:
    rows = await journal.frames(context.database, wanted, limit=limit + 1, before=before)
    page = rows[:limit]
    return {"items": page, "next": journal.cursor_of(page[-1]) if len(rows) > limit else None}

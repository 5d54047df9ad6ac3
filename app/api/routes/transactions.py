"""Transactions, their readings and curves."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from app.api.auth import Here, Viewer
from app.api.errors import V1Route
from app.api.schemas.common import Before, Limit, Number
from app.api.schemas.errors import V1Error, refusals
from app.api.schemas.transactions import CurvePoint, SamplePage, Transaction, TransactionPage
from app.queries import metering, stations, transactions

router = APIRouter(
    prefix="/transactions",
    tags=["Transactions"],
    route_class=V1Route,
    responses=refusals(V1Error),
)
_ONE = refusals(V1Error, 404)


@router.get("", response_model=TransactionPage, responses=_ONE, summary="Transactions")
async def list_transactions(
    context: Here,
    _: Viewer,
    station_id: Annotated[str | None, Query(max_length=255, description="Or an alias.")] = None,
    active: Annotated[
        bool | None, Query(description="true: those that run; false: those that ended.")
    ] = None,
    since: Annotated[AwareDatetime | None, Query(description="Begun then or later.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Begun before.")] = None,
    limit: Limit = 100,
    before: Before = None,
) -> dict[str, Any]:
    """Newest first, a page at a time."""
    if station_id is not None:
        station_id = await stations.resolve(context.database, station_id, even_retired=True)
    rows = await transactions.recent(
        context.database,
        station_id,
        limit=limit + 1,
        before=before,
        active=active,
        since=since,
        until=until,
        now=context.clock(),
    )
    page = rows[:limit]
    return {"items": page, "next": page[-1].id if len(rows) > limit else None}


@router.get("/{number}", response_model=Transaction, responses=_ONE, summary="One transaction")
async def show_transaction(number: Number, context: Here, _: Viewer) -> Any:
    """By our number, not by the station's id of it: those repeat."""
    return await transactions.one(context.database, number, now=context.clock())


@router.get(
    "/{number}/samples", response_model=SamplePage, responses=_ONE, summary="Its meter readings"
)
async def list_samples(
    number: Number,
    context: Here,
    _: Viewer,
    limit: Limit = 1000,
    after: Annotated[AwareDatetime | None, Query(description="The `next` before.")] = None,
) -> dict[str, Any]:
    """As they were reported, in base units, oldest first."""
    await transactions.one(context.database, number)
    rows = await metering.samples(context.database, number, limit + 1, after)
    if len(rows) <= limit:
        return {"items": rows, "next": None}
    # A page ends between two moments: one moment may have several readings, and the next page begins after it.
    rest = rows[limit].measured_at
    page = [row for row in rows if row.measured_at < rest] or rows
    return {"items": page, "next": page[-1].measured_at}


@router.get(
    "/{number}/curve",
    response_model=list[CurvePoint],
    responses=_ONE,
    summary="Power and energy over time",
)
async def show_curve(
    number: Number,
    context: Here,
    _: Viewer,
    points: Annotated[int, Query(ge=2, le=2000, description="How many at most.")] = 240,
) -> list[Any]:
    """Thinned for drawing."""
    await transactions.one(context.database, number)
    return list(await metering.session_curve(context.database, number, points))

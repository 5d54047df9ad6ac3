"""Reservations, local lists and the cache of a station; asking it about its transactions."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from app.api.auth import ChargingController, Commander, Here, TokenManager, Viewer
from app.api.errors import V1Route, expect_accepted
from app.api.routes.device import COMMAND, accepted
from app.api.schemas import sessions as shapes
from app.api.schemas.common import Limit, StationId
from app.api.schemas.errors import V1Error, refusals
from app.api.schemas.stations import CommandAnswer
from app.csms import local_lists as lists
from app.csms import reservations, running_costs, session_checks
from app.csms.commands import CommandResult
from app.csms.context import Context
from app.domain.local_lists import ListEntry
from app.queries import local_lists, station_lists, stations, transaction_checks

router = APIRouter(tags=["Sessions"], route_class=V1Route, responses=refusals(V1Error))
_ONE = refusals(V1Error, 404)
Wire = Annotated[str, Path(max_length=255, description="The station's own id of the transaction.")]


@router.get(
    "/stations/{station_id}/reservations",
    response_model=list[shapes.Reservation],
    responses=_ONE,
    summary="Its reservations",
)
async def list_reservations(
    station_id: StationId, context: Here, _: Viewer, limit: Limit = 100
) -> Any:
    """Active ones first, then the newest."""
    real_id = await stations.resolve(context.database, station_id)
    return await station_lists.reservations(context.database, real_id, limit)


@router.post(
    "/stations/{station_id}/reservations",
    response_model=shapes.Reserved,
    responses=COMMAND,
    summary="Reserve a place",
)
async def reserve(
    station_id: StationId, wanted: shapes.Reserve, context: Here, actor: ChargingController
) -> dict[str, Any]:
    """An EVSE, any EVSE, or any with a type of plug, for a token and its group."""
    real_id = await stations.resolve(context.database, station_id)
    made = await reservations.reserve(
        context,
        actor,
        real_id,
        id_token=wanted.id_token,
        expires_at=wanted.expires_at,
        evse_id=wanted.evse_id,
        connector_type=wanted.connector_type,
        group=wanted.group_id,
    )
    return {"reservation_id": made.reservation_id, **accepted(made.result, real_id)}


@router.delete(
    "/stations/{station_id}/reservations/{reservation_id}",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Cancel a reservation",
)
async def cancel_reservation(
    station_id: StationId,
    reservation_id: Annotated[
        int, Path(ge=-(2**31), le=2**31 - 1, description="As the list gives it.")
    ],
    context: Here,
    actor: ChargingController,
) -> dict[str, Any]:
    """404 for one that is not active."""
    real_id = await stations.resolve(context.database, station_id)
    return accepted(await reservations.cancel(context, actor, real_id, reservation_id), real_id)


@router.get(
    "/stations/{station_id}/local-list",
    response_model=shapes.LocalList,
    responses=_ONE,
    summary="Its local list",
)
async def show_list(
    station_id: StationId,
    context: Here,
    _: TokenManager,
    limit: Limit = 100,
    after: Annotated[str | None, Query(max_length=255, description="The `next` before.")] = None,
) -> dict[str, Any]:
    """As the station last accepted it, a page of its tokens at a time."""
    real_id = await stations.resolve(context.database, station_id)
    state = await station_lists.local_list(context.database, real_id)
    rows = await local_lists.entries(context.database, real_id, limit=limit + 1, after=after)
    page = rows[:limit]
    return {
        "version": state.version if state else None,
        "entries": state.entries if state else 0,
        "seen_at": state.seen_at if state else None,
        "items": page,
        "next": page[-1].token if len(rows) > limit else None,
    }


@router.put(
    "/stations/{station_id}/local-list",
    response_model=shapes.ListSent,
    responses=COMMAND,
    summary="Send a whole local list",
)
async def send_list(
    station_id: StationId, wanted: shapes.PutList, context: Here, actor: TokenManager
) -> dict[str, Any]:
    """In place of the one that is there, in as many calls as the station needs."""
    real_id = await stations.resolve(context.database, station_id)
    entries = None if wanted.entries is None else [_entry(each) for each in wanted.entries]
    results = await lists.send_local_list(context, actor, real_id, entries=entries)
    return await _sent(context, results, real_id)


@router.patch(
    "/stations/{station_id}/local-list",
    response_model=shapes.ListSent,
    responses=COMMAND,
    summary="Change a local list",
)
async def change_list(
    station_id: StationId, wanted: shapes.PatchList, context: Here, actor: TokenManager
) -> dict[str, Any]:
    """Add, change and remove tokens."""
    real_id = await stations.resolve(context.database, station_id)
    entries = [_entry(each) for each in wanted.entries]
    entries += [ListEntry(token=token, status=None) for token in wanted.remove]
    results = await lists.send_local_list(context, actor, real_id, entries=entries, full=False)
    return await _sent(context, results, real_id)


@router.post(
    "/stations/{station_id}/local-list/version",
    response_model=shapes.ListVersion,
    responses=COMMAND,
    summary="Ask for the list's version",
)
async def ask_version(station_id: StationId, context: Here, actor: Commander) -> dict[str, Any]:
    """0: it has no list. 409: it knows no lists."""
    real_id = await stations.resolve(context.database, station_id)
    result = await lists.ask_version(context, actor, real_id)
    expect_accepted(result.outcome, real_id)
    said = result.outcome.payload or {}
    return {"version": said.get("versionNumber", said.get("listVersion"))}


@router.delete(
    "/stations/{station_id}/authorization-cache",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Clear its authorization cache",
)
async def clear_cache(station_id: StationId, context: Here, actor: Commander) -> dict[str, Any]:
    """The station forgets what it learned about tokens that are on no list."""
    real_id = await stations.resolve(context.database, station_id)
    return accepted(await lists.clear_cache(context, actor, real_id), real_id)


@router.get(
    "/stations/{station_id}/transaction-checks",
    response_model=list[shapes.TransactionCheck],
    responses=_ONE,
    summary="What it said of its transactions",
)
async def list_checks(station_id: StationId, context: Here, _: Viewer, limit: Limit = 20) -> Any:
    """The newest answer about each, newest first."""
    real_id = await stations.resolve(context.database, station_id)
    return await transaction_checks.recent(context.database, real_id, limit)


@router.post(
    "/stations/{station_id}/transaction-checks",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Ask whether messages wait",
)
async def check_queue(station_id: StationId, context: Here, actor: Commander) -> dict[str, Any]:
    """Of any transaction."""
    real_id = await stations.resolve(context.database, station_id)
    return accepted(await session_checks.check_transaction(context, actor, real_id), real_id)


@router.post(
    "/stations/{station_id}/transaction-checks/{transaction_id}",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Ask whether a transaction goes on",
)
async def check_transaction(
    station_id: StationId, transaction_id: Wire, context: Here, actor: Commander
) -> dict[str, Any]:
    """And whether messages of it wait."""
    real_id = await stations.resolve(context.database, station_id)
    result = await session_checks.check_transaction(context, actor, real_id, transaction_id)
    return accepted(result, real_id)


@router.post(
    "/stations/{station_id}/running-costs/{transaction_id}",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Tell what a transaction costs so far",
)
async def tell_cost(
    station_id: StationId, transaction_id: Wire, context: Here, actor: Commander
) -> dict[str, Any]:
    """For the station's display. 409: it does not run, or has no tariff."""
    real_id = await stations.resolve(context.database, station_id)
    result = await running_costs.tell_cost(context, actor, real_id, transaction_id)
    return accepted(result, real_id)


def _entry(wanted: shapes.PutEntry) -> ListEntry:
    return ListEntry(
        token=wanted.token,
        type=wanted.type,
        status=wanted.status,
        group=wanted.group_id,
        expires_at=wanted.expires_at,
    )


async def _sent(
    context: Context, results: tuple[CommandResult, ...], station_id: str
) -> dict[str, Any]:
    expect_accepted(results[-1].outcome, station_id)
    state = await station_lists.local_list(context.database, station_id)
    return {"version": state.version if state else None, "calls": len(results)}

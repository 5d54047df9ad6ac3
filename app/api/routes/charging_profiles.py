"""Smart charging beyond one limit: profiles, composite schedules, limits of other systems, needs of vehicles."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from app.api.auth import Here, PowerLimiter, Viewer
from app.api.errors import V1Route, expect_accepted
from app.api.schemas.charging_profiles import (
    Asked,
    ChargingLimit,
    CompositeSchedule,
    EvNeed,
    Profile,
    PutProfile,
    ReadComposite,
    ReadProfiles,
)
from app.api.schemas.common import StationId
from app.api.schemas.errors import V1Error, refusals
from app.api.schemas.stations import CommandAnswer
from app.csms import charging_profiles as verbs
from app.csms import smart_charging
from app.csms.commands import CommandResult
from app.domain.charging_profiles import ProfileCriteria
from app.domain.smart_charging import ChargingProfile, SchedulePeriod
from app.queries import charging_profiles, stations

router = APIRouter(
    prefix="/stations/{station_id}",
    tags=["Smart charging"],
    route_class=V1Route,
    responses=refusals(V1Error),
)
_ONE = refusals(V1Error, 404)
_COMMAND = refusals(V1Error, 404, 409, 502, 504)
ProfileId = Annotated[int, Path(ge=0, le=2**31 - 1, description="The profile's own id.")]


@router.get(
    "/charging-profiles", response_model=list[Profile], responses=_ONE, summary="Profiles it has"
)
async def list_profiles(station_id: StationId, context: Here, _: Viewer) -> Any:
    """As far as it is known: installed from here, or reported by the station."""
    real_id = await stations.resolve(context.database, station_id)
    return await charging_profiles.profiles(context.database, real_id)


@router.put(
    "/charging-profiles/{profile_id}",
    response_model=CommandAnswer,
    responses=_COMMAND,
    summary="Install a profile",
)
async def install_profile(
    station_id: StationId,
    profile_id: ProfileId,
    wanted: PutProfile,
    context: Here,
    actor: PowerLimiter,
) -> dict[str, Any]:
    """One with the same id is replaced."""
    real_id = await stations.resolve(context.database, station_id)
    profile = ChargingProfile(
        id=profile_id,
        purpose=wanted.purpose,
        periods=tuple(
            SchedulePeriod(start_s=p.start_s, limit_w=p.limit, phases=p.phases)
            for p in wanted.periods
        ),
        stack_level=wanted.stack_level,
        transaction=wanted.transaction_id,
        start_at=wanted.start_at,
        duration_s=wanted.duration_s,
        unit=wanted.unit,
        recurrency=wanted.recurrency,
        valid_from=wanted.valid_from,
        valid_to=wanted.valid_to,
        min_rate=wanted.min_rate,
    )
    result = await verbs.set_profile(context, actor, real_id, profile, wanted.evse_id)
    return _accepted(result, real_id)


@router.delete(
    "/charging-profiles/{profile_id}",
    response_model=Asked,
    responses=_COMMAND,
    summary="Clear a profile",
)
async def clear_profile(
    station_id: StationId, profile_id: ProfileId, context: Here, actor: PowerLimiter
) -> dict[str, Any]:
    """`none`: the station has no such profile."""
    real_id = await stations.resolve(context.database, station_id)
    criteria = ProfileCriteria(profile_ids=(profile_id,))
    return _asked(await verbs.clear_profiles(context, actor, real_id, criteria), real_id)


@router.delete(
    "/charging-profiles",
    response_model=Asked,
    responses=_COMMAND,
    summary="Clear profiles by criteria",
)
async def clear_profiles(
    station_id: StationId,
    context: Here,
    actor: PowerLimiter,
    evse_id: Annotated[
        int | None, Query(ge=0, le=2**31 - 1, description="0: those of the whole station.")
    ] = None,
    purpose: Annotated[
        str | None, Query(max_length=50, description="Only of it, in the words of 2.0.1.")
    ] = None,
    stack_level: Annotated[
        int | None, Query(ge=0, le=2**31 - 1, description="Only of this level.")
    ] = None,
) -> dict[str, Any]:
    """At least one criterion; a profile has to meet all that are named. `none`: there is none such."""
    real_id = await stations.resolve(context.database, station_id)
    criteria = ProfileCriteria(evse_id=evse_id, purpose=purpose, stack_level=stack_level)
    return _asked(await verbs.clear_profiles(context, actor, real_id, criteria), real_id)


@router.post(
    "/charging-profiles/read",
    response_model=Asked,
    responses=_COMMAND,
    summary="Have it report its profiles",
)
async def read_profiles(
    station_id: StationId, wanted: ReadProfiles, context: Here, actor: PowerLimiter
) -> dict[str, Any]:
    """The reports come after the answer; `GET` shows them. OCPP 1.6 has no such call."""
    real_id = await stations.resolve(context.database, station_id)
    criteria = ProfileCriteria(
        evse_id=wanted.evse_id,
        purpose=wanted.purpose,
        stack_level=wanted.stack_level,
        profile_ids=tuple(wanted.profile_ids),
        sources=tuple(wanted.sources),
    )
    return _asked(await verbs.get_profiles(context, actor, real_id, criteria), real_id)


@router.get(
    "/composite-schedules",
    response_model=list[CompositeSchedule],
    responses=_ONE,
    summary="What it said it will do",
)
async def list_composites(station_id: StationId, context: Here, _: Viewer) -> Any:
    """The last answer for each EVSE."""
    real_id = await stations.resolve(context.database, station_id)
    return await charging_profiles.composite_schedules(context.database, real_id)


@router.post(
    "/composite-schedules/read",
    response_model=list[CompositeSchedule],
    responses=_COMMAND,
    summary="Ask what it will do",
)
async def read_composite(
    station_id: StationId, wanted: ReadComposite, context: Here, actor: PowerLimiter
) -> Any:
    """Ask, and show what is known then."""
    real_id = await stations.resolve(context.database, station_id)
    outcome = await smart_charging.composite_schedule(
        context, actor, real_id, wanted.evse_id, wanted.duration_s
    )
    expect_accepted(outcome, real_id)
    return await charging_profiles.composite_schedules(context.database, real_id)


@router.get(
    "/charging-limits",
    response_model=list[ChargingLimit],
    responses=_ONE,
    summary="Limits of other systems",
)
async def list_limits(station_id: StationId, context: Here, _: Viewer) -> Any:
    """As the station told of them (K12)."""
    real_id = await stations.resolve(context.database, station_id)
    return await charging_profiles.limits(context.database, real_id)


@router.get(
    "/ev-charging-needs",
    response_model=list[EvNeed],
    responses=_ONE,
    summary="Needs and schedules of vehicles",
)
async def list_needs(station_id: StationId, context: Here, _: Viewer) -> Any:
    """What vehicles that speak ISO 15118 asked for, and how they mean to charge (K15)."""
    real_id = await stations.resolve(context.database, station_id)
    return await charging_profiles.ev_needs(context.database, real_id)


def _accepted(result: CommandResult, station_id: str) -> dict[str, Any]:
    expect_accepted(result.outcome, station_id)
    return {
        "status": "accepted",
        "command_id": result.command_id,
        "latency_ms": result.outcome.latency_ms,
    }


def _asked(result: CommandResult, station_id: str) -> dict[str, Any]:
    if result.outcome.detail in ("Unknown", "NoProfiles"):
        return {
            "status": "none",
            "command_id": result.command_id,
            "latency_ms": result.outcome.latency_ms,
        }
    return _accepted(result, station_id)

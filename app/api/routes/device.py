"""A station as a device: variables, reports, network profiles, availability, reset."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from app.api.auth import Commander, Here, Viewer
from app.api.errors import V1Route, expect_accepted
from app.api.schemas import device as shapes
from app.api.schemas.common import StationId
from app.api.schemas.errors import V1Error, refusals
from app.api.schemas.stations import CommandAnswer
from app.csms import device as verbs
from app.csms import remote_control
from app.csms import variables as variable_verbs
from app.csms.commands import CommandResult
from app.domain.device import SetNetworkProfile
from app.domain.reports import Variable
from app.queries import device, stations

router = APIRouter(tags=["Device"], route_class=V1Route, responses=refusals(V1Error))
_ONE = refusals(V1Error, 404)
COMMAND = refusals(V1Error, 404, 409, 502, 504)


@router.get(
    "/stations/{station_id}/variables",
    response_model=list[shapes.Variable],
    responses=_ONE,
    summary="Its variables, as last seen",
)
async def list_variables(
    station_id: StationId,
    context: Here,
    _: Viewer,
    q: Annotated[str | None, Query(max_length=100, description="Part of a name or value.")] = None,
    component: Annotated[
        str | None, Query(max_length=100, description="Only of it, by its whole name.")
    ] = None,
) -> list[Any]:
    """The device model; configuration keys of OCPP 1.6 have the component ""."""
    real_id = await stations.resolve(context.database, station_id)
    return list(await device.variables(context.database, real_id, q, component))


@router.post(
    "/stations/{station_id}/variables",
    response_model=shapes.Results,
    responses=COMMAND,
    summary="Ask it for variables",
)
async def ask_variables(
    station_id: StationId, wanted: shapes.AskVariables, context: Here, actor: Commander
) -> dict[str, Any]:
    """In as many calls as the station needs; what it says of each variable is in `results`."""
    real_id = await stations.resolve(context.database, station_id)
    asked = [Variable(value=None, **one.model_dump()) for one in wanted.variables]
    result = await variable_verbs.get_variables(context, actor, real_id, asked)
    return results_of(result, real_id, "getVariableResult")


@router.put(
    "/stations/{station_id}/variables",
    response_model=shapes.Results,
    responses=COMMAND,
    summary="Set variables",
)
async def set_variables(
    station_id: StationId, wanted: shapes.SetVariables, context: Here, actor: Commander
) -> dict[str, Any]:
    """In as many calls as the station needs; what it says of each variable is in `results`."""
    real_id = await stations.resolve(context.database, station_id)
    values = [Variable(**one.model_dump()) for one in wanted.variables]
    result = await variable_verbs.set_variables(context, actor, real_id, values)
    return results_of(result, real_id, "setVariableResult")


@router.post(
    "/stations/{station_id}/reports",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Have it report its variables",
)
async def ask_report(
    station_id: StationId, wanted: shapes.AskReport, context: Here, actor: Commander
) -> dict[str, Any]:
    """A base report (the full inventory if nothing is said) or a chosen part; see the variables afterwards."""
    real_id = await stations.resolve(context.database, station_id)
    if wanted.base is not None or not (wanted.criteria or wanted.variables):
        base = wanted.base or "FullInventory"
        result = await verbs.get_base_report(context, actor, real_id, base)
    else:
        result = await verbs.get_report(
            context,
            actor,
            real_id,
            criteria=wanted.criteria,
            variables=watched(wanted.variables),
        )
    return accepted(result, real_id)


@router.get(
    "/stations/{station_id}/network-profiles",
    response_model=list[shapes.NetworkProfile],
    responses=_ONE,
    summary="Its ways to a CSMS",
)
async def list_network_profiles(station_id: StationId, context: Here, _: Viewer) -> list[Any]:
    """By slot."""
    real_id = await stations.resolve(context.database, station_id)
    return list(await device.network_profiles(context.database, real_id))


@router.put(
    "/stations/{station_id}/network-profiles/{slot}",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Tell it a way to a CSMS",
)
async def put_network_profile(
    station_id: StationId,
    slot: Annotated[int, Path(ge=0, le=2**31 - 1, description="Where the station keeps it.")],
    wanted: shapes.PutNetworkProfile,
    context: Here,
    actor: Commander,
) -> dict[str, Any]:
    """It is used once the station's NetworkConfigurationPriority names the slot."""
    real_id = await stations.resolve(context.database, station_id)
    profile = SetNetworkProfile(slot=slot, **wanted.model_dump())
    return accepted(await verbs.set_network_profile(context, actor, real_id, profile), real_id)


@router.get(
    "/stations/{station_id}/availability",
    response_model=list[shapes.AgreedAvailability],
    responses=_ONE,
    summary="What it agreed to be",
)
async def list_availability(station_id: StationId, context: Here, _: Viewer) -> list[Any]:
    """The whole before its parts."""
    real_id = await stations.resolve(context.database, station_id)
    return list(await device.availability(context.database, real_id))


@router.post(
    "/stations/{station_id}/availability",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Put it in or out of service",
)
async def change_availability(
    station_id: StationId, wanted: shapes.ChangeAvailability, context: Here, actor: Commander
) -> dict[str, Any]:
    """A transaction that runs goes on to its end first."""
    real_id = await stations.resolve(context.database, station_id)
    result = await remote_control.change_availability(
        context, actor, real_id, wanted.availability, wanted.evse_id, wanted.connector_id
    )
    return accepted(result, real_id)


@router.post(
    "/stations/{station_id}/reset",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Start it again",
)
async def reset(
    station_id: StationId, wanted: shapes.ResetStation, context: Here, actor: Commander
) -> dict[str, Any]:
    """The station, or one EVSE of it."""
    real_id = await stations.resolve(context.database, station_id)
    result = await remote_control.reset(context, actor, real_id, wanted.kind, wanted.evse_id)
    return accepted(result, real_id)


def watched(variables: list[shapes.Watched]) -> list[Variable]:
    """Components and variables in our own words."""
    return [Variable(value=None, **one.model_dump()) for one in variables]


def accepted(result: CommandResult, station_id: str) -> dict[str, Any]:
    """The answer to a command that the station said yes to; raises what it said instead."""
    expect_accepted(result.outcome, station_id)
    return {
        "status": "accepted",
        "command_id": result.command_id,
        "latency_ms": result.outcome.latency_ms,
    }


def results_of(result: CommandResult, station_id: str, name: str) -> dict[str, Any]:
    """What the station said of each part; raises when it said nothing."""
    found = (result.outcome.payload or {}).get(name)
    if not isinstance(found, list):
        expect_accepted(result.outcome, station_id)
    return {
        "command_id": result.command_id,
        "status": result.outcome.status.value,
        "detail": result.outcome.detail,
        "results": found or [],
    }

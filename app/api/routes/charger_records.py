"""Chargers as records, at the root: made, taken away, found by status, put in and out of service."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Path, Response

from app.api.auth import Commander, Here, StationManager, Viewer
from app.api.errors import RootRoute, expect_accepted
from app.api.schemas.chargers import SCHEDULED
from app.api.schemas.common import ChargerId
from app.api.schemas.errors import RootError, refusals
from app.api.schemas.gis import ChargerRecord, NewCharger, Removed, SetStatus, StatusSet
from app.csms import provisioning, remote_control
from app.csms.context import Context
from app.csms.retirement import retire_station
from app.domain.errors import Conflict, Invalid, StationNotFound
from app.domain.geo import Position
from app.domain.locations import LocationRecord, StationRecord, TariffRecord
from app.domain.stations import Availability
from app.queries import geo, stations
from app.queries.geo import ChargerStatus

SETTABLE = {
    ChargerStatus.AVAILABLE: Availability.OPERATIVE,
    ChargerStatus.MAINTENANCE: Availability.INOPERATIVE,
}
WHY_NOT = {
    ChargerStatus.IN_USE: "A charger is in use while somebody charges: start a session instead.",
    ChargerStatus.FAULT: "A fault is what a charger reports of itself; it cannot be set.",
    ChargerStatus.OFFLINE: "A charger is offline while it is not connected; it cannot be set.",
    ChargerStatus.RESERVED: "A charger is reserved by a reservation: see /api/v1 for those.",
}

router = APIRouter(
    prefix="/chargers",
    tags=["Chargers"],
    route_class=RootRoute,
    responses=refusals(RootError),
)


@router.post(
    "",
    response_model=ChargerRecord,
    responses=refusals(RootError, 409),
    summary="Make a charger",
)
async def make_charger(wanted: NewCharger, context: Here, actor: StationManager) -> ChargerRecord:
    """409 if there is one of this id; one that was removed comes back by this. It may connect from now on.

    A price of its own becomes a tariff of its own; without one, the site's holds.
    """
    charger_id, site_id = wanted.charger_id, wanted.station_id
    if await geo.chargers(context.database, station_id=charger_id):
        raise Conflict(f"There is a charger {charger_id} already.", charger_id=charger_id)
    if not await geo.sites(context.database, site_id):
        raise Invalid(
            f"There is no site {site_id}; make it first.", fields={"station_id": "is not there"}
        )
    if wanted.min_output > wanted.max_output:
        raise Invalid(
            "min_output is more than max_output.", fields={"min_output": "more than max_output"}
        )
    tariffs = _tariff_of(wanted)
    record = StationRecord(
        id=charger_id,
        position=Position(lat=wanted.latitude, lon=wanted.longitude),
        location_detail=wanted.location_detail,
        category=wanted.charger_type,
        max_power_w=wanted.rated_power * 1000,
        min_power_w=wanted.min_output * 1000,
        connector_type=wanted.connector_type or wanted.charging_standard,
        serial_number=wanted.serial_number,
        vendor=wanted.manufacturer,
        model=wanted.model_name,
        tariff_id=tariffs[0].id if tariffs else None,
    )
    site = LocationRecord(id=site_id, stations=(record,))
    await provisioning.register_locations(context, actor, [site], tariffs)
    return await _record(context, charger_id)


@router.get(
    "/status/{status}", response_model=list[ChargerRecord], summary="Chargers of one status"
)
async def list_by_status(
    status: Annotated[ChargerStatus, Path(description="One of the six words.")],
    context: Here,
    _: Viewer,
) -> list[ChargerRecord]:
    """By id."""
    found = await geo.chargers(context.database, status=status)
    return [ChargerRecord.of(place) for place in found]


@router.patch(
    "/{charger_id}/status",
    response_model=StatusSet,
    responses=refusals(RootError, 404, 409, 502, 504)
    | {202: {"model": StatusSet, "description": "It will be when its session has ended."}},
    summary="Put a charger in or out of service",
)
async def set_status(
    charger_id: ChargerId, wanted: SetStatus, context: Here, actor: Commander, response: Response
) -> StatusSet:
    """Asks the charger (ChangeAvailability): `maintenance` takes it out of service, `available` puts it back.

    The other words follow from what the charger and its users do, and cannot be set (422). 202: it is charging, and
    will be out of service when that has ended.
    """
    station_id = await stations.resolve(context.database, charger_id)
    if wanted.status not in SETTABLE:
        raise Invalid(
            f"{WHY_NOT[wanted.status]} Settable are available and maintenance.",
            fields={"status": "cannot be set"},
        )
    result = await remote_control.change_availability(
        context, actor, station_id, SETTABLE[wanted.status]
    )
    expect_accepted(result.outcome, charger_id)
    answer = StatusSet(charger_id=charger_id, status=wanted.status)
    if result.outcome.detail == SCHEDULED:
        response.status_code = 202
        answer.message = "The charger is charging; it changes when the session has ended."
    return answer


@router.delete(
    "/{charger_id}",
    response_model=Removed,
    responses=refusals(RootError, 404, 409),
    summary="Take a charger away",
)
async def remove_charger(charger_id: ChargerId, context: Here, actor: StationManager) -> Removed:
    """Off the map and all lists, and not let in any more; 409 while a session runs. Sessions and statistics stay.

    Aliases do not remove: name the charger by its own id.
    """
    if not await geo.chargers(context.database, station_id=charger_id):
        own_id = await stations.resolve(context.database, charger_id)
        raise Conflict(
            f"{charger_id} is an alias of {own_id}; name the charger by its own id.", own_id=own_id
        )
    await retire_station(context, actor, charger_id)
    return Removed(removed=charger_id, chargers=[charger_id])


def _tariff_of(wanted: NewCharger) -> tuple[TariffRecord, ...]:
    if wanted.unit_price_kwh is None:
        return ()
    tariff = TariffRecord(
        id=f"charger:{wanted.charger_id}",
        name=wanted.charger_id,
        currency="KRW",
        price_per_kwh=Decimal(str(wanted.unit_price_kwh)),
        session_fee=Decimal(str(wanted.base_fee or 0)),
    )
    return (tariff,)


async def _record(context: Context, charger_id: str) -> ChargerRecord:
    found = await geo.chargers(context.database, station_id=charger_id)
    if not found:
        raise StationNotFound(f"There is no charger {charger_id}.", charger_id=charger_id)
    return ChargerRecord.of(found[0])

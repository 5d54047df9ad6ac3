"""Sites at the root, where the originals call them stations. Pages have some of the same paths: see `negotiation`."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.api.auth import Here, StationManager, Viewer
from app.api.negotiation import SharedRoute
from app.api.schemas.common import SiteId
from app.api.schemas.errors import RootError, refusals
from app.api.schemas.gis import ChangedSite, ChargerRecord, NewSite, Removed, SiteRecord
from app.csms import provisioning
from app.csms.context import Context
from app.csms.retirement import retire_location
from app.csms.sites import write_site
from app.domain.errors import Conflict, Invalid, NotFound, StationNotFound
from app.domain.geo import Position
from app.domain.locations import LocationRecord
from app.queries import geo, stations
from app.queries.geo import SitePlace

router = APIRouter(
    prefix="/stations",
    tags=["Sites"],
    route_class=SharedRoute,
    responses=refusals(RootError),
)
_ONE = refusals(RootError, 404)


@router.get("", response_model=list[SiteRecord], summary="All sites")
async def list_sites(context: Here, _: Viewer) -> list[SiteRecord]:
    """By id."""
    return [SiteRecord.of(site) for site in await geo.sites(context.database)]


@router.post(
    "",
    response_model=SiteRecord,
    responses=refusals(RootError, 409),
    summary="Make a site",
)
async def make_site(wanted: NewSite, context: Here, actor: StationManager) -> SiteRecord:
    """409 if there is one of this id; one that was removed comes back by this."""
    site_id = wanted.station_id
    if await geo.sites(context.database, site_id):
        raise Conflict(f"There is a site {site_id} already.", station_id=site_id)
    record = LocationRecord(
        id=site_id,
        name=wanted.station_name,
        address=wanted.address,
        position=Position(lat=wanted.latitude, lon=wanted.longitude),
        operator_name=wanted.operator_name,
        operator_phone=wanted.operator_phone,
        operator_email=wanted.operator_email,
    )
    await provisioning.register_locations(context, actor, [record])
    return SiteRecord.of(await _site(context, site_id))


@router.get("/{station_id}", response_model=SiteRecord, responses=_ONE, summary="One site")
async def show_site(station_id: SiteId, context: Here, _: Viewer) -> SiteRecord:
    """What is written down about it."""
    return SiteRecord.of(await _site(context, station_id))


@router.put("/{station_id}", response_model=SiteRecord, responses=_ONE, summary="Change a site")
async def change_site(
    station_id: SiteId, wanted: ChangedSite, context: Here, actor: StationManager
) -> SiteRecord:
    """What is named is written, the rest stays."""
    site = await _site(context, station_id)
    facts: dict[str, Any] = {name: getattr(wanted, name) for name in wanted.model_fields_set}
    if "name" in facts and facts["name"] is None:
        raise Invalid("A site needs a name.", fields={"name": "is empty"})
    lat, lon = facts.pop("latitude", None), facts.pop("longitude", None)
    if lat is not None or lon is not None:
        facts["position"] = Position(
            lat=site.lat if lat is None else lat, lon=site.lon if lon is None else lon
        )
    if facts:
        await write_site(context, actor, station_id, facts)
    return SiteRecord.of(await _site(context, station_id))


@router.delete(
    "/{station_id}",
    response_model=Removed,
    responses=refusals(RootError, 404, 409),
    summary="Take a site away",
)
async def remove_site(
    station_id: SiteId,
    context: Here,
    actor: StationManager,
    cascade: Annotated[bool, Query(description="Its chargers too.")] = False,
) -> Removed:
    """409 while chargers stand there (without `cascade`) or a session runs. Sessions and statistics stay."""
    await _site(context, station_id)
    gone = await retire_location(context, actor, station_id, cascade=cascade)
    return Removed(removed=station_id, chargers=list(gone))


@router.get(
    "/{station_id}/chargers", response_model=list[ChargerRecord], summary="A site's chargers"
)
async def list_chargers_of_site(
    station_id: SiteId, context: Here, _: Viewer
) -> list[ChargerRecord]:
    """By id; none for a site that is not there, as in the original."""
    found = await geo.chargers(context.database, location_id=station_id)
    return [ChargerRecord.of(place) for place in found]


async def _site(context: Context, site_id: str) -> SitePlace:
    """Raises NotFound, with a hint if a charger is called so: there, stations are sites."""
    found = await geo.sites(context.database, site_id)
    if found:
        return found[0]
    try:
        await stations.resolve(context.database, site_id)
    except StationNotFound:
        raise NotFound(f"There is no site {site_id}.", station_id=site_id) from None
    raise NotFound(
        f"There is no site {site_id}; the charger of this name is at /chargers/{site_id}.",
        station_id=site_id,
    )

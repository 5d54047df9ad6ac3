"""Sites with what they have and do now."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.domain.roles import Permission
from app.domain.stations import DisplayStatus
from app.queries.map import Marker, Site, markers, sites
from app.web.auth import CurrentContext, Needs
from app.web.render import render

router = APIRouter()


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """One site, its chargers by name and counted by status, its power now."""

    site: Site
    chargers: tuple[Marker, ...]
    counts: tuple[tuple[str, int], ...]
    power_w: float
    limit_w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SitesPage:
    """All sites, and their sum."""

    rows: tuple[SiteRow, ...]
    stations: int
    power_w: float
    limit_w: float


@router.get("/sites", dependencies=[Depends(Needs(Permission.VIEW))])
async def site_list(request: Request, context: CurrentContext) -> Response:
    """The table of sites."""
    by_site: dict[str | None, list[Marker]] = {}
    for marker in await markers(context.database):
        by_site.setdefault(marker.location_id, []).append(marker)
    rows = tuple(
        _row(site, by_site.get(site.location_id, [])) for site in await sites(context.database)
    )
    page = SitesPage(
        rows=rows,
        stations=sum(row.site.stations for row in rows),
        power_w=sum(row.power_w for row in rows),
        limit_w=sum(row.limit_w for row in rows),
    )
    return render(request, "sites/index.html", page)


def _row(site: Site, there: list[Marker]) -> SiteRow:
    online = (marker.power_w or 0 for marker in there if marker.online)
    limit_w = site.max_power_w
    if site.grid_limit_w is not None:
        limit_w = min(limit_w, site.grid_limit_w)
    return SiteRow(
        site=site,
        chargers=tuple(sorted(there, key=lambda marker: (marker.name, marker.station_id))),
        counts=tuple(
            (status, sum(marker.status == status for marker in there)) for status in DisplayStatus
        ),
        power_w=sum(online),
        limit_w=limit_w,
    )

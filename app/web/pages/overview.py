"""The overview: status filters and KPIs, the list, the map's frame, energy by the hour, and the drawer of one charger.

Each part is rendered inside the page and alone: when the stream says that something changed, the browser asks for the
part again with the filters of its address.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.csms.accounts import Visitor
from app.csms.context import Context
from app.domain.errors import StationNotFound
from app.domain.roles import Permission
from app.domain.stations import DisplayStatus, StationCategory
from app.queries import kpis
from app.queries.dashboard_day import time_utilisation_today
from app.queries.heatmap import Weight
from app.queries.kpis import KPIS, Kpi, Number
from app.queries.map import Marker, Site, sites
from app.queries.money import Money
from app.web.auth import CurrentContext, Needs
from app.web.chosen import chosen
from app.web.drawer import Drawer, drawer_of
from app.web.format import site_name
from app.web.forms import HEAT_DAYS, HOURS, CurrentFilters, Filters
from app.web.hourly import Hourly, hourly_of
from app.web.render import render
from app.web.tiles import Tiles, tiles_of

router = APIRouter()
Viewer = Annotated[Visitor, Depends(Needs(Permission.VIEW))]

MAX_ROWS = 500
SHOWN_ELSEWHERE = frozenset(
    {"active_chargers", "power_now_w", "power_limit_w", "stations_total", "sessions_today"}
    | {f"stations_{status}" for status in DisplayStatus}
)
"""KPIs that the status cards and the power card show; every other one gets a card of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCard:
    """How many chargers have a status; pressing it shows only those."""

    status: DisplayStatus
    count: int
    total: int
    pressed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpis:
    """The strip of numbers. `time_share`: in percent, of the time that could have been charged today."""

    statuses: tuple[StatusCard, ...]
    power_now_w: Number
    power_limit_w: Number
    power_share: float
    sessions_today: Number
    time_share: float
    currency: str
    other_revenue: Money
    others: tuple[tuple[Kpi, Number], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A site's rows. `site` is one of its markers, for the names; None: chargers that stand nowhere yet."""

    site: Marker | None
    rows: tuple[Marker, ...]
    counts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The list of chargers, by site, worst first."""

    filters: Filters
    groups: tuple[Group, ...]
    shown: int
    found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The whole page."""

    filters: Filters
    sites: tuple[Site, ...]
    kpis: Kpis
    listing: Listing
    hourly: Hourly
    tiles: Tiles
    drawer: Drawer | None
    missing: str | None
    categories: tuple[StationCategory, ...] = tuple(StationCategory)
    weights: tuple[Weight, ...] = tuple(Weight)
    heat_days: tuple[int, ...] = tuple(sorted(HEAT_DAYS))

    @property
    def export_query(self) -> str:
        """What the export is narrowed to, as the beginning of an address's query."""
        alone = replace(self.filters, charger=None, view="", hours=HOURS[0], heat=None)
        query = replace(alone, days=HEAT_DAYS[0]).query
        return f"{query}&" if query else ""


@router.get("/")
async def overview(
    request: Request, context: CurrentContext, filters: CurrentFilters, visitor: Viewer
) -> Response:
    """The page; with `?charger=` and the drawer open."""
    drawer, missing = None, None
    if filters.charger:
        try:
            drawer = await drawer_of(context, visitor, filters.charger)
        except StationNotFound:
            missing = filters.charger
    everywhere = tuple(await sites(context.database))
    numbers, listing, hourly = await asyncio.gather(
        _kpis(context, filters), _listing(context, filters), hourly_of(context, filters, everywhere)
    )
    page = Overview(
        filters=filters,
        sites=everywhere,
        kpis=numbers,
        listing=listing,
        hourly=hourly,
        tiles=tiles_of(context.settings),
        drawer=drawer,
        missing=missing,
    )
    return render(request, "overview/index.html", page, status=404 if missing else 200)


@router.get("/partials/kpis", dependencies=[Depends(Needs(Permission.VIEW))])
async def kpis_part(request: Request, context: CurrentContext, filters: CurrentFilters) -> Response:
    """The strip of numbers alone."""
    return render(request, "overview/_kpis.html", await _kpis(context, filters))


@router.get("/partials/stations", dependencies=[Depends(Needs(Permission.VIEW))])
async def listing_part(
    request: Request, context: CurrentContext, filters: CurrentFilters
) -> Response:
    """The list alone."""
    return render(request, "overview/_listing.html", await _listing(context, filters))


@router.get("/partials/hourly", dependencies=[Depends(Needs(Permission.VIEW))])
async def hourly_part(
    request: Request, context: CurrentContext, filters: CurrentFilters
) -> Response:
    """The chart alone."""
    everywhere = tuple(await sites(context.database))
    return render(request, "overview/_hourly.html", await hourly_of(context, filters, everywhere))


@router.get("/partials/drawer/{station_id}")
async def drawer_part(
    request: Request, context: CurrentContext, visitor: Viewer, station_id: str
) -> Response:
    """The drawer alone."""
    return render(request, "station/_drawer.html", await drawer_of(context, visitor, station_id))


TROUBLE = (DisplayStatus.FAULTED, DisplayStatus.OFFLINE)
"""A site where a charger is so stands before others, worst first."""
RARE = (DisplayStatus.OCCUPIED, DisplayStatus.UNAVAILABLE)
"""Have a card only while there are some."""


async def _kpis(context: Context, filters: Filters) -> Kpis:
    now = context.clock()
    told, time_share = await asyncio.gather(
        kpis.numbers(context.database, now),
        time_utilisation_today(context.database, now),
    )
    numbers = told.values
    total = int(numbers["stations_total"] or 0)
    cards = []
    for status in (
        DisplayStatus.AVAILABLE,
        DisplayStatus.CHARGING,
        DisplayStatus.FAULTED,
        DisplayStatus.OFFLINE,
        *RARE,
    ):
        count = int(numbers[f"stations_{status}"] or 0)
        pressed = filters.status is status
        if count or pressed or status not in RARE:
            cards.append(StatusCard(status=status, count=count, total=total, pressed=pressed))
    now_w, limit_w = numbers["power_now_w"], numbers["power_limit_w"]
    return Kpis(
        statuses=tuple(cards),
        power_now_w=now_w,
        power_limit_w=limit_w,
        power_share=100 * float(now_w or 0) / float(limit_w) if limit_w else 0.0,
        sessions_today=numbers["sessions_today"],
        time_share=time_share,
        currency=told.currency,
        other_revenue=told.other_revenue,
        others=tuple((kpi, numbers[kpi.key]) for kpi in KPIS if kpi.key not in SHOWN_ELSEWHERE),
    )


async def _listing(context: Context, filters: Filters) -> Listing:
    found = await chosen(context, filters)
    shown = found[:MAX_ROWS]
    by_site: dict[str | None, list[Marker]] = {}
    for marker in shown:
        by_site.setdefault(marker.location_id, []).append(marker)
    groups = [
        Group(
            site=rows[0] if location_id else None,
            rows=tuple(rows),
            counts=_counts(rows),
        )
        for location_id, rows in by_site.items()
    ]
    groups.sort(key=_place)
    return Listing(filters=filters, groups=tuple(groups), shown=len(shown), found=len(found))


def _place(group: Group) -> tuple[bool, int, str]:
    """Sites with trouble first, then by name, so that no session's beginning or end moves a site."""
    worst = group.rows[0].status
    trouble = TROUBLE.index(worst) if worst in TROUBLE else len(TROUBLE)
    return group.site is None, trouble, site_name(group.site or group.rows[0])


def _counts(rows: list[Marker]) -> tuple[tuple[str, int], ...]:
    """How many rows have each status, in the order of the map's rings."""
    return tuple((status, sum(row.status == status for row in rows)) for status in DisplayStatus)

"""The control room: how much is drawn of what can be, how fast and how reliably chargers answer, who delivers most,
what runs now, what has just ended. Every part is fetched anew by itself, and narrowed as the overview is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.csms.context import Context
from app.domain.errors import NotFound
from app.domain.roles import Permission
from app.domain.stations import DisplayStatus, StationCategory
from app.queries import operations, response_times, uptime
from app.queries.map import Site, sites
from app.queries.operations import EndedSession, RunningSession, Temperature, TopCharger
from app.queries.response_times import ResponseTimes
from app.web.auth import CurrentContext, Needs
from app.web.chosen import chosen, chosen_ids
from app.web.format import SITE_ZONE
from app.web.forms import CurrentFilters, Filters, number_of
from app.web.hourly import Hourly, hourly_of
from app.web.render import render

router = APIRouter()
PERIODS = (1, 7, 30)
"""Days, today included."""
IN_USE = (DisplayStatus.CHARGING, DisplayStatus.OCCUPIED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Availability:
    """Of the measured time: how much chargers were connected, and how much also without a fault. In percent."""

    connected: float
    ready: float
    faults: int
    stations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How the chargers that are looked at are now; None: not known."""

    power_w: float
    capacity_w: float | None
    share: float
    in_use: int
    chargers: int
    temperature: Temperature | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """How fast and how reliably they worked in the period; None: not measured."""

    answers: ResponseTimes
    own_answers: ResponseTimes
    availability: Availability | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """The whole page."""

    filters: Filters
    days: int
    periods: tuple[int, ...]
    query: str
    sites: tuple[Site, ...]
    categories: tuple[StationCategory, ...]
    figures: Figures
    reliability: Reliability
    hourly: Hourly
    top: tuple[TopCharger, ...]
    running: tuple[RunningSession, ...]
    ended: tuple[EndedSession, ...]

    def address(self, days: int) -> str:
        """The page over another period."""
        query = "&".join(part for part in (self.filters.query, f"days={days}") if part)
        return f"/operations?{query}"


@router.get("/operations", dependencies=[Depends(Needs(Permission.VIEW))])
async def operations_page(
    request: Request, context: CurrentContext, filters: CurrentFilters
) -> Response:
    """The page."""
    filters, days = _alone(filters), _days(request)
    ids = await chosen_ids(context, filters)
    everywhere = tuple(await sites(context.database))
    figures, reliability, hourly, top, running, ended = await asyncio.gather(
        _figures(context, filters, days, ids),
        _reliability(context, filters, days, ids),
        hourly_of(context, filters, everywhere, choices=()),
        _top(context, days, ids),
        operations.running(context.database, ids),
        operations.ended(context.database, ids),
    )
    page = Operations(
        filters=filters,
        days=days,
        periods=PERIODS,
        query="&".join(part for part in (filters.query, f"days={days}") if part),
        sites=everywhere,
        categories=tuple(StationCategory),
        figures=figures,
        reliability=reliability,
        hourly=hourly,
        top=tuple(top),
        running=tuple(running),
        ended=tuple(ended),
    )
    return render(request, "operations/index.html", page)


@router.get("/partials/operations/{part}", dependencies=[Depends(Needs(Permission.VIEW))])
async def operations_part(
    request: Request, context: CurrentContext, filters: CurrentFilters, part: str
) -> Response:
    """One part alone. Raises NotFound."""
    if part not in PARTS:
        raise NotFound
    filters = _alone(filters)
    ids = await chosen_ids(context, filters)
    gather, template = PARTS[part]
    content = await gather(context, filters, _days(request), ids)
    return render(request, template, content)


def _alone(filters: Filters) -> Filters:
    """What narrows, without what belongs to the overview alone."""
    return replace(
        Filters(), status=filters.status, site=filters.site, category=filters.category, q=filters.q
    )


def _days(request: Request) -> int:
    found = number_of(request.query_params.get("days"))
    return found if found in PERIODS else PERIODS[0]


def _begins(now: datetime, days: int) -> datetime:
    """Midnight, on the sites' clock, of the first day."""
    zone = ZoneInfo(SITE_ZONE)
    day = now.astimezone(zone).date() - timedelta(days=days - 1)
    return datetime.combine(day, time(), zone)


async def _top(context: Context, days: int, ids: list[str] | None) -> list[TopCharger]:
    return await operations.top_chargers(context.database, _begins(context.clock(), days), ids)


async def _figures(context: Context, filters: Filters, days: int, ids: list[str] | None) -> Figures:
    database = context.database
    shown, capacity_w, temperature = await asyncio.gather(
        chosen(context, filters),
        operations.capacity_w(database, ids),
        operations.hottest(database, context.clock(), ids),
    )
    power_w = sum(marker.power_w or 0 for marker in shown if marker.online)
    return Figures(
        power_w=power_w,
        capacity_w=capacity_w,
        share=100 * power_w / capacity_w if capacity_w else 0.0,
        in_use=sum(marker.status in IN_USE for marker in shown),
        chargers=len(shown),
        temperature=temperature,
    )


async def _reliability(
    context: Context, filters: Filters, days: int, ids: list[str] | None
) -> Reliability:
    now, database = context.clock(), context.database
    since = _begins(now, days)
    answers, own, times = await asyncio.gather(
        response_times.of_stations(database, since, now, station_ids=ids),
        response_times.of_the_csms(database, since),
        uptime.by_station(database, since, now),
    )
    wanted = None if ids is None else set(ids)
    measured = [row for row in times if wanted is None or row.station_id in wanted]
    return Reliability(answers=answers, own_answers=own, availability=_availability(measured))


def _availability(rows: list[uptime.Uptime]) -> Availability | None:
    measured_s = sum(row.measured_s for row in rows)
    if measured_s <= 0:
        return None
    return Availability(
        connected=100 * sum(row.online_s for row in rows) / measured_s,
        ready=100 * sum(row.up_s for row in rows) / measured_s,
        faults=sum(row.faults for row in rows),
        stations=len(rows),
    )


async def _hourly_part(
    context: Context, filters: Filters, days: int, ids: list[str] | None
) -> Hourly:
    return await hourly_of(context, filters, tuple(await sites(context.database)), choices=())


async def _top_part(
    context: Context, filters: Filters, days: int, ids: list[str] | None
) -> list[TopCharger]:
    return await _top(context, days, ids)


async def _running_part(
    context: Context, filters: Filters, days: int, ids: list[str] | None
) -> list[RunningSession]:
    return await operations.running(context.database, ids)


async def _ended_part(
    context: Context, filters: Filters, days: int, ids: list[str] | None
) -> list[EndedSession]:
    return await operations.ended(context.database, ids)


Part = Callable[[Context, Filters, int, list[str] | None], Awaitable[Any]]
PARTS: dict[str, tuple[Part, str]] = {
    "figures": (_figures, "operations/_figures.html"),
    "reliability": (_reliability, "operations/_reliability.html"),
    "hourly": (_hourly_part, "overview/_hourly.html"),
    "top": (_top_part, "operations/_top.html"),
    "running": (_running_part, "operations/_running.html"),
    "ended": (_ended_part, "operations/_ended.html"),
}

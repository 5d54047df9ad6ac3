"""A charger's power: the three truths about its limit, its profiles, what it will do, and who else has a say."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from app.csms import charging_profiles as verbs
from app.csms import smart_charging
from app.csms.accounts import Visitor
from app.csms.context import Context
from app.domain.charging_profiles import ProfileCriteria
from app.domain.errors import Invalid
from app.domain.roles import Permission
from app.queries import charging_profiles
from app.queries.charging_profiles import (
    ChargingLimitRow,
    CompositeScheduleRow,
    EvNeedRow,
    ProfileRow,
)
from app.queries.stations import StationDetail
from app.web.auth import CurrentContext, Needs
from app.web.errors import Toast
from app.web.forms import number_of
from app.web.i18n import gettext
from app.web.pages.station_overview import Commander, Text, Viewer
from app.web.render import is_partial
from app.web.station_frame import (
    SMART_CHARGING,
    back_to,
    outcome_toast,
    show,
    station_of,
    told,
)

router = APIRouter(prefix="/stations/{station_id}")
Limiter = Annotated[Visitor, Depends(Needs(Permission.LIMIT_POWER))]
WIDTH, HEIGHT = 600.0, 90.0
LONGEST_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A schedule as steps in a box of WIDTH by HEIGHT."""

    row: CompositeScheduleRow
    line: str
    area: str
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartCharging:
    """What the tab shows beside the limits, which are the charger's own."""

    profiles: tuple[ProfileRow, ...]
    schedules: tuple[Drawn, ...]
    limits: tuple[ChargingLimitRow, ...]
    needs: tuple[EvNeedRow, ...]
    width: float = WIDTH
    height: float = HEIGHT


@router.get("/smart-charging")
async def station_smart_charging(
    request: Request, context: CurrentContext, visitor: Viewer, station_id: str
) -> Response:
    """The tab."""
    return await _show(request, context, visitor, await station_of(context, station_id))


@router.post("/profiles/refresh")
async def refresh_profiles(
    request: Request, context: CurrentContext, visitor: Commander, station_id: str
) -> Response:
    """Have the charger report its profiles."""
    found = await station_of(context, station_id)
    asked = verbs.get_profiles(context, visitor.actor, found.marker.station_id)
    toast = told(gettext("Read profiles"), asked, nothing="NoProfiles")
    return await _again(request, context, visitor, found, toast)


@router.delete("/profiles")
async def clear_profile(
    request: Request, context: CurrentContext, visitor: Limiter, station_id: str, profile: str = ""
) -> Response:
    """Take one profile away."""
    found = await station_of(context, station_id)
    number = number_of(profile)
    if number is None:
        raise Invalid(gettext("Say which profile is meant."))
    asked = verbs.clear_profiles(
        context, visitor.actor, found.marker.station_id, ProfileCriteria(profile_ids=(number,))
    )
    toast = told(gettext("Clear profile %(id)s") % {"id": number}, asked)
    return await _again(request, context, visitor, found, toast)


@router.post("/schedule/refresh")
async def refresh_schedule(
    request: Request,
    context: CurrentContext,
    visitor: Commander,
    station_id: str,
    evse_id: Text = "",
    hours: Annotated[int, Form(ge=1, le=24)] = 1,
) -> Response:
    """Ask the charger what it will do."""
    found = await station_of(context, station_id)
    outcome = await smart_charging.composite_schedule(
        context,
        visitor.actor,
        found.marker.station_id,
        number_of(evse_id) or 0,
        min(hours * 3600, LONGEST_S),
    )
    toast = outcome_toast(gettext("Read schedule"), outcome)
    return await _again(request, context, visitor, found, toast)


async def _again(
    request: Request,
    context: Context,
    visitor: Visitor,
    found: StationDetail,
    toast: Toast | Awaitable[Toast],
) -> Response:
    said = toast if isinstance(toast, Toast) else await toast
    station_id = found.marker.station_id
    if not is_partial(request):
        return back_to(station_id, SMART_CHARGING)
    return await _show(request, context, visitor, await station_of(context, station_id), said)


async def _show(
    request: Request,
    context: Context,
    visitor: Visitor,
    found: StationDetail,
    toast: Toast | None = None,
) -> Response:
    station_id = found.marker.station_id
    profiles, schedules, limits, needs = await asyncio.gather(
        charging_profiles.profiles(context.database, station_id),
        charging_profiles.composite_schedules(context.database, station_id),
        charging_profiles.limits(context.database, station_id),
        charging_profiles.ev_needs(context.database, station_id),
    )
    content = SmartCharging(
        profiles=tuple(profiles),
        schedules=tuple(_drawn(row) for row in schedules),
        limits=tuple(limits),
        needs=tuple(needs),
    )
    return show(request, visitor, found, SMART_CHARGING, content, toast)


def _drawn(row: CompositeScheduleRow) -> Drawn:
    """Steps from the schedule's start to its end, 0 at the bottom."""
    steps = [_step(period) for period in row.periods or ()]
    most = max((limit for _, limit in steps), default=0.0)
    if not steps or most <= 0 or row.duration_s <= 0:
        return Drawn(row=row, line="", area="", most=most)
    ends = [start for start, _ in steps[1:]] + [float(row.duration_s)]
    points = [
        (min(1.0, at / row.duration_s) * WIDTH, HEIGHT - limit / most * (HEIGHT - 6))
        for (start, limit), end in zip(steps, ends, strict=True)
        for at in (start, end)
    ]
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return Drawn(row=row, line=line, area=f"{line}V{HEIGHT:.0f}H{points[0][0]:.1f}Z", most=most)


def _step(period: Any) -> tuple[float, float]:
    return float(period.get("startPeriod") or 0), float(period.get("limit") or 0)

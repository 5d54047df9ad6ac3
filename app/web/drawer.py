"""The drawer of one charger: what it is, what it does, what may be asked of it and what has been asked.

A control that cannot be used says why; the reasons are decided here, once, for the page and for every refresh of it.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.csms.accounts import Visitor
from app.csms.context import Context
from app.domain.roles import Permission, may
from app.domain.smart_charging import LimitScope, LimitStatus
from app.domain.stations import Availability, DisplayStatus, Registration
from app.queries import commands, metering, stations, tokens, transactions
from app.queries.commands import CommandRow
from app.queries.map import Marker
from app.queries.metering import CurvePoint
from app.queries.stations import ConnectorDetail, LimitDetail, StationDetail
from app.queries.tokens import TokenRow
from app.queries.transactions import TransactionRow
from app.web.charts import SessionCurve, session_curve
from app.web.errors import Toast
from app.web.i18n import gettext

COMMANDS = 10
SESSIONS = 5
TOKENS = 50
CURVE_POINTS = 120
TIME_TO_OBEY = timedelta(seconds=60)
TOLERANCE = 1.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """Why each control is off; None: it is on."""

    start: str | None
    stop: str | None
    limit: str | None
    other: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Truths:
    """A limit as it was requested, as the charger accepted it, and what the meter says.

    `exceeded`: the meter says more than was accepted, and the charger has had time to obey.
    """

    requested_w: float | None
    requested_by: str | None
    status: LimitStatus | None
    accepted_w: float | None
    accepted_at: datetime | None
    measured_w: float | None
    exceeded: bool
    scope: LimitScope


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawer:
    """Everything about one charger, ready to be shown."""

    station: StationDetail
    running: TransactionRow | None
    curve: SessionCurve | None
    truths: Truths
    slider_w: float
    step_kw: float
    controls: Controls
    commands: tuple[CommandRow, ...]
    sessions: tuple[TransactionRow, ...]
    tokens: tuple[TokenRow, ...]
    inoperative: bool
    meters: tuple[ConnectorDetail, ...]
    """Where a session runs and the meter tells voltage or current, one for each EVSE."""
    toast: Toast | None = None


async def drawer_of(
    context: Context, visitor: Visitor, station_id: str, toast: Toast | None = None
) -> Drawer:
    """The drawer as `visitor` may see it. Raises StationNotFound."""
    station = await stations.detail(context.database, station_id)
    marker = station.marker
    running = station.transactions[0] if station.transactions else None
    controls = may(visitor.actor.role, Permission.CONTROL_CHARGING)
    points, log, past, known = await asyncio.gather(
        _points(context, running),
        commands.recent(context.database, marker.station_id, COMMANDS),
        transactions.recent(context.database, marker.station_id, limit=SESSIONS, active=False),
        _tokens(context, controls),
    )
    truths = _truths(station)
    limit_w = truths.accepted_w if truths.accepted_w is not None else marker.limit_w
    return Drawer(
        station=station,
        running=running,
        curve=session_curve(
            points,
            limit_w=limit_w if limit_w is not None and limit_w < marker.max_power_w else None,
            limit_at=truths.accepted_at,
            max_power_w=marker.max_power_w,
            time_zone=station.time_zone,
        ),
        truths=truths,
        slider_w=limit_w if limit_w is not None else marker.max_power_w,
        step_kw=1 if marker.max_power_w > 20_000 else 0.5,
        controls=controls_of(visitor, station),
        commands=tuple(log),
        sessions=tuple(past),
        tokens=tuple(token for token in known if not token.blocked),
        meters=_meters(station),
        inoperative=station.availability == Availability.INOPERATIVE,
        toast=toast,
    )


def controls_of(visitor: Visitor, station: StationDetail) -> Controls:
    """Which controls are on for `visitor` at `station`, and why the others are not."""
    marker, role = station.marker, visitor.actor.role
    gate = None
    if marker.registration != Registration.ACCEPTED:
        gate = gettext("An admin has to accept this charger first.")
    elif not marker.online:
        gate = gettext("The charger is offline.")
    watch = gettext("Your role may only watch.")
    charge = gate if may(role, Permission.CONTROL_CHARGING) else watch
    start, stop = charge, charge
    if charge is None:
        free = max(1, len({part.evse_id for part in station.connectors if part.evse_id}))
        if marker.status == DisplayStatus.FAULTED:
            start = gettext("The charger reports a fault.")
        elif len(station.transactions) >= free:
            start = gettext("Already charging.")
        if not station.transactions:
            stop = gettext("Nothing is charging.")
    return Controls(
        start=start,
        stop=stop,
        limit=gate if may(role, Permission.LIMIT_POWER) else watch,
        other=gate if may(role, Permission.SEND_COMMANDS) else watch,
    )


def _truths(station: StationDetail) -> Truths:
    """Of the limit that was asked for last: a session's hides the station's while it runs."""
    limits = sorted(station.limits, key=_asked_at)
    newest: LimitDetail | None = limits[-1] if limits else None
    return Truths(
        requested_w=newest.requested_w if newest else None,
        requested_by=newest.requested_by if newest else None,
        status=newest.status if newest else None,
        accepted_w=newest.accepted_w if newest else None,
        accepted_at=newest.accepted_at if newest else None,
        measured_w=_power_now(station.marker),
        exceeded=_exceeds(station, newest),
        scope=newest.scope if newest else LimitScope.STATION,
    )


def _meters(station: StationDetail) -> tuple[ConnectorDetail, ...]:
    """Of what charges now."""
    if not station.marker.online:
        return ()
    running = {row.evse_id for row in station.transactions}
    by_evse = {part.evse_id: part for part in station.connectors if part.evse_id in running}
    told = (part for part in by_evse.values() if (part.voltage_v, part.current_a) != (None, None))
    return tuple(told)


def _exceeds(station: StationDetail, limit: LimitDetail | None) -> bool:
    power_w, measured_at = _power_now(station.marker), station.marker.measured_at
    if limit is None or limit.accepted_w is None or limit.accepted_at is None:
        return False
    if power_w is None or measured_at is None:
        return False
    heard = measured_at - limit.accepted_at > TIME_TO_OBEY
    return heard and power_w > limit.accepted_w * TOLERANCE + 100


def _power_now(marker: Marker) -> float | None:
    """What was measured before it went offline is nothing that it measures now."""
    return marker.power_w if marker.online else None


def _asked_at(limit: LimitDetail) -> float:
    return limit.requested_at.timestamp() if limit.requested_at else 0.0


async def _points(context: Context, running: TransactionRow | None) -> list[CurvePoint]:
    if running is None:
        return []
    return await metering.session_curve(context.database, running.id, CURVE_POINTS)


async def _tokens(context: Context, wanted: bool) -> list[TokenRow]:
    return await tokens.listing(context.database, limit=TOKENS) if wanted else []

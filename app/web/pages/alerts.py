"""What needs somebody: the bell in the top bar, the list of alerts, and saying that one has seen to it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from app.csms import alerts as verbs
from app.csms.accounts import Visitor
from app.domain.errors import Invalid
from app.domain.roles import Permission
from app.queries import alerts
from app.queries.alerts import Alert, Bell
from app.web.alert_words import SEVERITY, detail_of, title_of
from app.web.auth import CurrentContext, Needs
from app.web.i18n import gettext
from app.web.render import render
from app.web.words import word

router = APIRouter()
Operator = Annotated[Visitor, Depends(Needs(Permission.SEND_COMMANDS))]
Text = Annotated[str, Form()]
Texts = Annotated[Sequence[str], Form()]
FEW = 3
"""So many alerts of one kind at one site are told as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An alert in words."""

    alert: Alert
    severity: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Alerts of one kind and one site that are told as one, or a single one: `first` speaks for all."""

    first: Line
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsPage:
    """What is open, worst first, and what somebody has seen and still lasts."""

    open: tuple[Incident, ...]
    seen: tuple[Line, ...]
    bell: Bell
    listed: int


@router.get("/alerts", dependencies=[Depends(Needs(Permission.VIEW))])
async def alert_list(request: Request, context: CurrentContext) -> Response:
    """The list."""
    now = context.clock()
    waiting, seen, bell = await asyncio.gather(
        alerts.listing(context.database, now),
        alerts.listing(context.database, now, acknowledged=True),
        alerts.bell(context.database, now),
    )
    page = AlertsPage(
        open=_incidents(_lines(waiting)), seen=_lines(seen), bell=bell, listed=len(waiting)
    )
    return render(request, "alerts/index.html", page)


@router.get("/partials/bell", dependencies=[Depends(Needs(Permission.VIEW))])
async def bell_part(request: Request, context: CurrentContext) -> Response:
    """The bell alone."""
    found = await alerts.bell(context.database, context.clock())
    return render(request, "alerts/_bell.html", found)


@router.post("/alerts/acknowledge")
async def acknowledge(
    context: CurrentContext, visitor: Operator, key: Texts = (), note: Text = ""
) -> Response:
    """Say that one has seen to it, or to all that are told as one."""
    found = await alerts.lasting(context.database, context.clock(), list(key)[: alerts.MOST])
    if not found:
        raise Invalid(gettext("This alert is over; there is nothing to acknowledge any more."))
    await verbs.acknowledge(context, visitor.actor, [alert.key for alert in found], note)
    return RedirectResponse("/alerts", 303)


@router.post("/alerts/reopen")
async def reopen(context: CurrentContext, visitor: Operator, key: Text = "") -> Response:
    """Take an acknowledgement back."""
    await verbs.take_back(context, visitor.actor, key)
    return RedirectResponse("/alerts", 303)


def _lines(found: list[Alert]) -> tuple[Line, ...]:
    return tuple(
        Line(
            alert=alert,
            severity=word(alert.severity, SEVERITY).partition("|")[0],
            title=title_of(alert),
            detail=detail_of(alert),
        )
        for alert in found
    )


def _incidents(lines: tuple[Line, ...]) -> tuple[Incident, ...]:
    """In the order of the lines; what is told as one stands where its first one stood."""
    together: dict[tuple[str, str, str | None], list[Line]] = {}
    for line in lines:
        alert = line.alert
        site = alert.location_id or alert.station_id
        together.setdefault((alert.severity, alert.kind, site), []).append(line)
    found = []
    for group in together.values():
        if len(group) >= FEW:
            found.append((lines.index(group[0]), Incident(first=group[0], lines=tuple(group))))
        else:
            found += [(lines.index(line), Incident(first=line, lines=(line,))) for line in group]
    return tuple(incident for _, incident in sorted(found, key=_position))


def _position(placed: tuple[int, Incident]) -> int:
    return placed[0]

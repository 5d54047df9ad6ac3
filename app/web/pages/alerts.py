"""What needs somebody: the bell in the top bar, the list of alerts, and saying that one has seen to it."""

import asyncio
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An alert in words."""

    alert: Alert
    severity: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsPage:
    """What is open, worst first, and what somebody has seen and still lasts."""

    open: tuple[Line, ...]
    seen: tuple[Line, ...]
    bell: Bell


@router.get("/alerts", dependencies=[Depends(Needs(Permission.VIEW))])
async def alert_list(request: Request, context: CurrentContext) -> Response:
    """The list."""
    now = context.clock()
    waiting, seen, bell = await asyncio.gather(
        alerts.listing(context.database, now),
        alerts.listing(context.database, now, acknowledged=True),
        alerts.bell(context.database, now),
    )
    page = AlertsPage(open=_lines(waiting), seen=_lines(seen), bell=bell)
    return render(request, "alerts/index.html", page)


@router.get("/partials/bell", dependencies=[Depends(Needs(Permission.VIEW))])
async def bell_part(request: Request, context: CurrentContext) -> Response:
    """The bell alone."""
    found = await alerts.bell(context.database, context.clock())
    return render(request, "alerts/_bell.html", found)


@router.post("/alerts/acknowledge")
async def acknowledge(
    context: CurrentContext, visitor: Operator, key: Text = "", note: Text = ""
) -> Response:
    """Say that one has seen to it."""
    found = await alerts.one(context.database, context.clock(), key) if key else None
    if found is None:
        raise Invalid(gettext("This alert is over; there is nothing to acknowledge any more."))
    await verbs.acknowledge(context, visitor.actor, key, note)
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

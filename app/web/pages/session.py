"""One charging session: what was measured, what it cost, what was said about it; and closing it by hand."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from app.csms import closings
from app.csms.accounts import Visitor
from app.domain.errors import TransactionNotFound
from app.domain.roles import Permission, may
from app.queries import journal, metering, session_history, transactions
from app.queries.journal import ExchangeRow, Wanted
from app.queries.metering import SampleRow
from app.queries.session_history import HistoryRow
from app.queries.transactions import TransactionRow
from app.web.auth import CurrentContext, Needs, safe_target
from app.web.charts import SessionCurve, session_curve
from app.web.forms import session_number_of
from app.web.i18n import gettext
from app.web.render import render

router = APIRouter(prefix="/sessions/{number}")
Viewer = Annotated[Visitor, Depends(Needs(Permission.VIEW))]
Operator = Annotated[Visitor, Depends(Needs(Permission.CONTROL_CHARGING))]
READINGS = 60
EXCHANGES = 100
MARGIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPage:
    """The session. `readings`: the last ones, newest first; `exchanges`: the last ones, oldest first.

    `closable`: it may be closed by hand, by who looks. `unmetered`: it is over, and power was measured but no energy.
    """

    row: HistoryRow
    more: TransactionRow
    curve: SessionCurve | None
    readings: tuple[SampleRow, ...]
    readings_left_out: int
    exchanges: tuple[ExchangeRow, ...]
    more_exchanges: bool
    messages: str
    closable: bool
    unmetered: bool


@router.get("")
async def session(
    request: Request, context: CurrentContext, visitor: Viewer, number: str
) -> Response:
    """The page."""
    known = session_number_of(number)
    if known is None:
        raise TransactionNotFound
    now = context.clock()
    row = await session_history.one(context.database, known, now)
    frames = Wanted(
        station_id=row.station_id,
        transaction_id=row.transaction_id,
        since=row.started_at - MARGIN,
        until=None if row.ended_at is None else row.ended_at + MARGIN,
    )
    more, points, (readings, in_all), exchanges = await asyncio.gather(
        transactions.one(context.database, known, now),
        metering.session_curve(context.database, known, 240),
        metering.newest_samples(context.database, known, READINGS),
        journal.exchanges(context.database, frames, limit=EXCHANGES + 1),
    )
    last = row.heard_at or row.started_at
    page = SessionPage(
        row=row,
        more=more,
        curve=session_curve(
            points,
            limit_w=None,
            limit_at=None,
            max_power_w=row.max_power_w,
            time_zone=row.time_zone,
            width=900,
            height=160,
        ),
        readings=tuple(readings),
        readings_left_out=in_all - len(readings),
        exchanges=tuple(reversed(exchanges[:EXCHANGES])),
        more_exchanges=len(exchanges) > EXCHANGES,
        messages=f"/stations/{quote(row.station_id, safe='')}/messages"
        f"?q={quote(row.transaction_id, safe='')}",
        closable=row.ended_at is None
        and now - last >= closings.QUIET
        and may(visitor.actor.role, Permission.CONTROL_CHARGING),
        unmetered=row.ended_at is not None
        and not row.energy_wh
        and any(point.power_w for point in points),
    )
    return render(request, "sessions/session.html", page)


@router.post("/close")
async def close(
    context: CurrentContext,
    visitor: Operator,
    number: str,
    next: Annotated[str, Form()] = "",
) -> Response:
    """End a session of which nobody has heard for long, with what was measured."""
    known = session_number_of(number)
    if known is None:
        raise TransactionNotFound(gettext("There is no such session."))
    await closings.close_session(context, visitor.actor, known)
    return RedirectResponse(safe_target(next or f"/sessions/{known}"), 303)

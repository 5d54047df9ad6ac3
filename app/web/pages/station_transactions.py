"""A charger's sessions: the newest, and what is doubtful about any."""

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.queries import session_faults, transactions
from app.queries.session_faults import DoubtCount, DoubtRow
from app.queries.transactions import TransactionRow
from app.web.auth import CurrentContext
from app.web.pages.station_overview import Viewer
from app.web.station_frame import TRANSACTIONS, show, station_of

router = APIRouter(prefix="/stations/{station_id}")
ROWS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """The newest sessions. `doubts` over all of them, not only these."""

    rows: tuple[TransactionRow, ...]
    more: bool
    counts: DoubtCount
    doubts: tuple[DoubtRow, ...]


@router.get("/transactions")
async def station_transactions(
    request: Request, context: CurrentContext, visitor: Viewer, station_id: str
) -> Response:
    """The tab."""
    found = await station_of(context, station_id)
    real_id = found.marker.station_id
    rows, counts, doubts = await asyncio.gather(
        transactions.recent(context.database, real_id, limit=ROWS + 1, now=context.clock()),
        session_faults.counts(context.database, real_id),
        session_faults.doubts(context.database, real_id),
    )
    content = Sessions(
        rows=tuple(rows[:ROWS]), more=len(rows) > ROWS, counts=counts, doubts=tuple(doubts)
    )
    return show(request, visitor, found, TRANSACTIONS, content)

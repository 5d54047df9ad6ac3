"""Charging sessions: one table, narrowed by charger, state and days, page by page."""

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.domain.roles import Permission
from app.queries import stations, transactions
from app.queries.transactions import TransactionRow
from app.web.auth import CurrentContext, Needs
from app.web.forms import day_begins, number_of, text_of
from app.web.render import render

router = APIRouter()
PAGE_ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFilters:
    """What the table is narrowed to, as it stands in the address."""

    station: str = ""
    state: str = ""
    since: str = ""
    until: str = ""

    @property
    def query(self) -> str:
        """As an address's query."""
        pairs = {name: getattr(self, name) for name in ("station", "state", "since", "until")}
        return urlencode({name: value for name, value in pairs.items() if value})


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsPage:
    """One page of the table. `older`: the address of the next one; `first`: whether this is the newest."""

    filters: SessionFilters
    rows: tuple[TransactionRow, ...]
    older: str | None
    newest: str | None


@router.get("/sessions", dependencies=[Depends(Needs(Permission.VIEW))])
async def sessions(
    request: Request,
    context: CurrentContext,
    station: str = "",
    state: str = "",
    since: str = "",
    until: str = "",
    before: str = "",
) -> Response:
    """Sessions, newest first."""
    filters = SessionFilters(
        station=text_of(station),
        state=state if state in ("running", "ended") else "",
        since=since if day_begins(since) else "",
        until=until if day_begins(until) else "",
    )
    rows = await transactions.recent(
        context.database,
        await _real_id(context, filters.station),
        limit=PAGE_ROWS + 1,
        before=number_of(before),
        active={"running": True, "ended": False}.get(filters.state),
        since=day_begins(filters.since),
        until=day_begins(filters.until, add_days=1),
        now=context.clock(),
    )
    more = len(rows) > PAGE_ROWS
    shown = rows[:PAGE_ROWS]
    page = SessionsPage(
        filters=filters,
        rows=tuple(shown),
        older=_address(filters, before=shown[-1].id) if more else None,
        newest=_address(filters) if number_of(before) else None,
    )
    return render(request, "sessions/index.html", page)


async def _real_id(context: CurrentContext, named: str) -> str | None:
    """The station that is meant; an unknown name is kept, so that it finds nothing."""
    if not named:
        return None
    found = await stations.listing(context.database, q=named)
    exact = [marker.station_id for marker in found if marker.station_id == named]
    return exact[0] if exact else found[0].station_id if len(found) == 1 else named


def _address(filters: SessionFilters, before: int | None = None) -> str:
    query = filters.query
    if before is not None:
        query += ("&" if query else "") + f"before={before}"
    return f"/sessions?{query}" if query else "/sessions"

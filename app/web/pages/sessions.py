"""Charging sessions: one table, narrowed by charger, site, tag, state and days, page by page, and as a file."""

import asyncio
import re
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.csms.context import Context
from app.domain.errors import Invalid
from app.domain.roles import Permission
from app.queries import map as places
from app.queries import session_history, stations
from app.queries.map import Site
from app.queries.session_history import HistoryRow, Totals, Wanted
from app.web.auth import CurrentContext, Needs
from app.web.export import table_response
from app.web.format import SITE_ZONE
from app.web.forms import day_of, number_of, query_of, session_number_of, text_of
from app.web.i18n import N_, gettext
from app.web.render import render
from app.web.session_files import OF_ALL, OF_CHARGER, rows_of_all, rows_of_charger

router = APIRouter()
PAGE_ROWS = 50
FILE_ROWS = 100_000
SPANS = (30, 90, 365)
"""Days that are one press away."""

_CONNECTOR = re.compile(r"\d{1,8}(\.\d{1,8})?", re.ASCII)

STATES = ("running", "ended", "real", "simulated")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFilters:
    """What the table is narrowed to, as it stands in the address. `days`: the last so many, outweighs the range.

    `connector`: an EVSE's number, or `1.2`: the second connector of EVSE 1.
    """

    station: str = ""
    connector: str = ""
    site: str = ""
    tag: str = ""
    state: str = ""
    days: str = ""
    since: str = ""
    until: str = ""

    @property
    def query(self) -> str:
        """As an address's query."""
        return query_of(asdict(self))

    @property
    def narrowed(self) -> bool:
        """Whether more is left out than days alone."""
        return bool(self.station or self.connector or self.site or self.tag or self.state)

    def address(self, **changes: str) -> str:
        """The table's address with `changes`."""
        query = replace(self, **changes).query
        return f"/sessions?{query}" if query else "/sessions"


def session_filters(request: Request) -> SessionFilters:
    """The filters from the address; what nobody knows is none."""
    query = request.query_params
    state, days, connector = (query.get(name, "") for name in ("state", "days", "connector"))
    days = days if days in map(str, SPANS) else ""
    since, until = (query.get(name, "") for name in ("since", "until"))
    return SessionFilters(
        station=text_of(query.get("station")),
        connector=connector if _CONNECTOR.fullmatch(connector) else "",
        site=text_of(query.get("site")),
        tag=text_of(query.get("tag")),
        state=state if state in STATES else "",
        days=days,
        since=since if day_of(since) and not days else "",
        until=until if day_of(until) and not days else "",
    )


CurrentFilters = Annotated[SessionFilters, Depends(session_filters)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsPage:
    """One page of the table. `older`: the address of the next one; `here`: this page's query, for its file."""

    filters: SessionFilters
    rows: tuple[HistoryRow, ...]
    totals: Totals
    sites: tuple[Site, ...]
    spans: tuple[int, ...]
    here: str
    older: str | None
    newest: str | None


@router.get("/sessions", dependencies=[Depends(Needs(Permission.VIEW))])
async def sessions(
    request: Request, context: CurrentContext, filters: CurrentFilters, before: str = ""
) -> Response:
    """Sessions, newest first, and what all that are wanted come to."""
    wanted = await wanted_of(context, filters)
    number = session_number_of(before)
    rows, totals, sites = await asyncio.gather(
        session_history.listing(
            context.database, wanted, limit=PAGE_ROWS + 1, before=number, now=context.clock()
        ),
        session_history.totals(context.database, wanted),
        places.sites(context.database),
    )
    shown = tuple(rows[:PAGE_ROWS])
    page = SessionsPage(
        filters=filters,
        rows=shown,
        totals=totals,
        sites=tuple(sites),
        spans=SPANS,
        here=_query(filters, number),
        older=f"/sessions?{_query(filters, shown[-1].id)}" if len(rows) > PAGE_ROWS else None,
        newest=filters.address() if number is not None else None,
    )
    return render(request, "sessions/index.html", page)


@router.get("/sessions/export", dependencies=[Depends(Needs(Permission.VIEW))])
async def export(
    context: CurrentContext,
    filters: CurrentFilters,
    kind: str = "csv",
    scope: str = "all",
    before: str = "",
) -> Response:
    """The sessions of the filter (or of the one page) as a file; one charger's have columns of their own."""
    wanted = await wanted_of(context, filters)
    whole = scope != "page"
    rows = await session_history.listing(
        context.database,
        wanted,
        limit=FILE_ROWS + 1 if whole else PAGE_ROWS,
        before=None if whole else session_number_of(before),
        now=context.clock(),
    )
    if len(rows) > FILE_ROWS:
        raise Invalid(gettext(N_("These are more than 100,000 sessions; choose fewer days.")))
    one = bool(filters.station)
    name = f"Transactions_{_file_name(filters, rows)}" if one else "AllTransactions"
    zones = {row.time_zone for row in rows}
    return await asyncio.to_thread(
        table_response,
        "xlsx" if kind == "xlsx" else "csv",
        name,
        OF_CHARGER if one else OF_ALL,
        rows_of_charger(rows) if one else rows_of_all(rows),
        zone=ZoneInfo(zones.pop() if len(zones) == 1 else SITE_ZONE),
    )


async def wanted_of(context: Context, filters: SessionFilters) -> Wanted:
    """The filters as the window understands them."""
    since = day_of(filters.since)
    if filters.days:
        today = context.clock().astimezone(ZoneInfo(SITE_ZONE)).date()
        since = today - timedelta(days=int(filters.days) - 1)
    evse, _, connector = filters.connector.partition(".")
    return Wanted(
        station_id=await _real_id(context, filters.station),
        location_id=filters.site or None,
        evse_id=number_of(evse),
        connector_id=number_of(connector),
        tag=filters.tag or None,
        active={"running": True, "ended": False}.get(filters.state),
        simulated={"simulated": True, "real": False}.get(filters.state),
        since=since,
        until=day_of(filters.until),
    )


async def _real_id(context: Context, named: str) -> str | None:
    """The station that is meant; an unknown name is kept, so that it finds nothing."""
    if not named:
        return None
    found = await stations.listing(context.database, q=named)
    exact = [marker.station_id for marker in found if marker.station_id == named]
    return exact[0] if exact else found[0].station_id if len(found) == 1 else named


def _query(filters: SessionFilters, before: int | None) -> str:
    query = filters.query
    if before is not None:
        query += ("&" if query else "") + f"before={before}"
    return query


def _file_name(filters: SessionFilters, rows: list[HistoryRow]) -> str:
    """The charger's name as a file may bear it."""
    name = rows[0].station_name if rows else filters.station
    name += f"_{filters.connector}" if filters.connector else ""
    return "".join("_" if sign in '\\/:*?"<>|' or ord(sign) < 32 else sign for sign in name)

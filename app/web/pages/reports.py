"""The charge report: who charged how much, by group and tag, in a stretch of days; and as a file."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.domain.errors import Invalid
from app.domain.roles import Permission
from app.queries import charge_report
from app.queries import map as places
from app.queries.charge_report import TagSum
from app.queries.map import Site
from app.web.auth import CurrentContext, Needs
from app.web.export import Cell, table_response
from app.web.format import SITE_ZONE
from app.web.forms import day_of, query_of, text_of
from app.web.i18n import N_, gettext
from app.web.render import render
from app.web.session_files import kwh

router = APIRouter(prefix="/reports/charging")
VIEW = [Depends(Needs(Permission.VIEW))]
COLUMNS = ("Group", "Charge-Tag", "Energy", "Sessions", "Cost", "Currency")
"""OCPP.Core's three, and Halla's behind them; the same in every language."""

PRESETS = {
    "year": N_("This year so far"),
    "month": N_("This month so far"),
    "last_year": N_("Previous year"),
    "last_month": N_("Previous month"),
    "last_week": N_("Previous week"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFilters:
    """As it stands in the address, `since` and `until` filled in. `preset` "": a range as typed."""

    preset: str
    since: date
    until: date
    site: str = ""
    real: bool = False

    @property
    def query(self) -> str:
        """As an address's query."""
        days = {"since": self.since.isoformat(), "until": self.until.isoformat()}
        pairs = {"preset": self.preset} if self.preset else days
        pairs |= {"site": self.site, "real": "1" if self.real else ""}
        return query_of(pairs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Added up. `costs` by currency."""

    sessions: int
    energy_wh: Decimal
    costs: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of tags; `name` "": those of none."""

    name: str
    tags: tuple[TagSum, ...]
    sums: Sums


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """The report."""

    filters: ReportFilters
    presets: dict[str, str]
    sites: tuple[Site, ...]
    groups: tuple[Group, ...]
    sums: Sums


def days_of(preset: str, today: date) -> tuple[date, date] | None:
    """First and last day of a preset; weeks begin on Monday."""
    monday = today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    return {
        "year": (today.replace(month=1, day=1), today),
        "month": (month, today),
        "last_year": (date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
        "last_month": ((month - timedelta(days=1)).replace(day=1), month - timedelta(days=1)),
        "last_week": (monday - timedelta(days=7), monday - timedelta(days=1)),
    }.get(preset)


def report_filters(request: Request, context: CurrentContext) -> ReportFilters:
    """From the address; without any days: this year so far. Raises Invalid for a range that ends before it begins."""
    query = request.query_params
    today = context.clock().astimezone(ZoneInfo(SITE_ZONE)).date()
    since, until = day_of(query.get("since")), day_of(query.get("until"))
    preset = query.get("preset", "")
    if not (since or until) or preset in PRESETS:
        preset = preset if preset in PRESETS else "year"
        since, until = days_of(preset, today) or (today, today)
    else:
        preset = ""
    until = until or today
    since = since or until
    if since > until:
        raise Invalid(gettext(N_("The first day is after the last one.")))
    return ReportFilters(
        preset=preset,
        since=since,
        until=until,
        site=text_of(query.get("site")),
        real=bool(query.get("real")),
    )


Filters = Annotated[ReportFilters, Depends(report_filters)]


@router.get("", dependencies=VIEW)
async def charge_report_page(
    request: Request, context: CurrentContext, filters: Filters
) -> Response:
    """The report."""
    rows, sites = await asyncio.gather(_rows(context, filters), places.sites(context.database))
    groups = tuple(
        Group(name=name, tags=tags, sums=_sums(tags))
        for name, tags in (
            (name, tuple(found)) for name, found in groupby(rows, key=lambda row: row.group)
        )
    )
    page = ReportPage(
        filters=filters, presets=PRESETS, sites=tuple(sites), groups=groups, sums=_sums(rows)
    )
    return render(request, "reports/charging.html", page)


@router.get("/export", dependencies=VIEW)
async def export(context: CurrentContext, filters: Filters, kind: str = "csv") -> Response:
    """The report as a file, a line for each tag."""
    rows = await _rows(context, filters)
    name = f"ChargeReport_{filters.since}_{filters.until}"
    return await asyncio.to_thread(
        table_response, "xlsx" if kind == "xlsx" else "csv", name, COLUMNS, _cells(rows)
    )


async def _rows(context: CurrentContext, filters: ReportFilters) -> list[TagSum]:
    return await charge_report.by_tag(
        context.database,
        filters.since,
        filters.until,
        location_id=filters.site or None,
        simulated=not filters.real,
    )


def _sums(rows: Sequence[TagSum]) -> Sums:
    costs: dict[str, Decimal] = {}
    for row in rows:
        if row.currency and row.cost is not None:
            costs[row.currency] = costs.get(row.currency, Decimal(0)) + row.cost
    return Sums(
        sessions=sum(row.sessions for row in rows),
        energy_wh=sum((row.energy_wh for row in rows), Decimal(0)),
        costs=tuple(sorted(costs.items())),
    )


def _cells(rows: Iterable[TagSum]) -> Iterable[Sequence[Cell]]:
    for row in rows:
        yield (
            row.group,
            row.name or row.tag,
            kwh(row.energy_wh),
            row.sessions,
            row.cost,
            row.currency,
        )

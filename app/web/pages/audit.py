"""The audit log: who did what to what, when, and what came of it; narrowed, page by page, and as a file."""

import asyncio
import json
from dataclasses import asdict, dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.domain.errors import Invalid
from app.domain.roles import Permission
from app.queries import audit
from app.queries.audit import AuditRow, Wanted
from app.web.audit_words import (
    action_title,
    actor_title,
    address_of,
    outcome_title,
    subject_title,
)
from app.web.auth import CurrentContext, Needs
from app.web.export import table_response
from app.web.format import SITE_ZONE
from app.web.forms import day_begins, day_of, query_of, text_of
from app.web.i18n import N_, gettext
from app.web.render import render

router = APIRouter(prefix="/audit")
ADMIN = [Depends(Needs(Permission.MANAGE_ACCOUNTS))]
PAGE_ROWS = 50
FILE_ROWS = 100_000
COLUMNS = ("At", "Actor", "Role", "Action", "Subject", "Outcome", "Detail")
"""The same in every language: programs read them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilters:
    """What the log is narrowed to, as it stands in the address."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: str = ""
    until: str = ""

    @property
    def query(self) -> str:
        """As an address's query."""
        return query_of(asdict(self))

    @property
    def wanted(self) -> Wanted:
        """As the window understands it."""
        return Wanted(
            actor=self.actor or None,
            action=self.action or None,
            subject=self.subject or None,
            since=day_begins(self.since),
            until=day_begins(self.until, add_days=1),
        )


def audit_filters(
    actor: str = "", action: str = "", subject: str = "", since: str = "", until: str = ""
) -> AuditFilters:
    """From the address; what is no day is no filter."""
    return AuditFilters(
        actor=text_of(actor),
        action=text_of(action),
        subject=text_of(subject),
        since=since if day_of(since) else "",
        until=until if day_of(until) else "",
    )


Filters = Annotated[AuditFilters, Depends(audit_filters)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as it is shown. `detail` "": there is none; `address`: of its subject."""

    row: AuditRow
    title: str
    actor: str
    subject: str
    outcome: str
    detail: str
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """One page of the log. `actions`: that were ever taken, with their titles, for choosing one."""

    filters: AuditFilters
    actions: tuple[tuple[str, str], ...]
    entries: tuple[Entry, ...]
    here: str
    older: str | None
    newest: str | None


@router.get("", dependencies=ADMIN)
async def audit_log(
    request: Request, context: CurrentContext, filters: Filters, before: str = ""
) -> Response:
    """The log, newest first."""
    start = before if audit.is_entry(before) else None
    rows, actions = await asyncio.gather(
        audit.listing(context.database, filters.wanted, limit=PAGE_ROWS + 1, before=start),
        audit.actions(context.database),
    )
    shown = rows[:PAGE_ROWS]
    titles = {action: action_title(action) for action in (*actions, filters.action) if action}
    page = AuditPage(
        filters=filters,
        actions=tuple(sorted(titles.items(), key=lambda pair: pair[1])),
        entries=tuple(map(_entry, shown)),
        here=_query(filters, start),
        older=f"/audit?{_query(filters, shown[-1].id)}" if len(rows) > PAGE_ROWS else None,
        newest=(f"/audit?{filters.query}" if filters.query else "/audit") if start else None,
    )
    return render(request, "audit/index.html", page)


@router.get("/export", dependencies=ADMIN)
async def export(
    context: CurrentContext,
    filters: Filters,
    kind: str = "csv",
    scope: str = "all",
    before: str = "",
) -> Response:
    """The entries of the filter (or of the one page) as a file."""
    whole = scope != "page"
    rows = await audit.listing(
        context.database,
        filters.wanted,
        limit=FILE_ROWS + 1 if whole else PAGE_ROWS,
        before=before if not whole and audit.is_entry(before) else None,
    )
    if len(rows) > FILE_ROWS:
        raise Invalid(gettext(N_("These are more than 100,000 entries; choose fewer days.")))
    cells = (
        (row.at, row.actor, row.role, row.action, row.subject, row.outcome, _json(row.detail))
        for row in rows
    )
    return await asyncio.to_thread(
        table_response,
        "xlsx" if kind == "xlsx" else "csv",
        "AuditLog",
        COLUMNS,
        cells,
        zone=ZoneInfo(SITE_ZONE),
    )


def _entry(row: AuditRow) -> Entry:
    return Entry(
        row=row,
        title=action_title(row.action),
        actor=actor_title(row.actor),
        subject=subject_title(row.subject),
        outcome=outcome_title(row.outcome),
        detail=_json(row.detail, indent=2),
        address=address_of(row.subject),
    )


def _json(detail: object, indent: int | None = None) -> str:
    if not detail:
        return ""
    return json.dumps(detail, ensure_ascii=False, indent=indent, default=str)


def _query(filters: AuditFilters, before: str | None) -> str:
    query = filters.query
    if before is not None:
        query += ("&" if query else "") + f"before={before}"
    return query

"""Diagnostics: what does not fit together, what is live against what is stored, and what helps."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.csms import closings
from app.csms.context import Context
from app.domain.roles import Permission
from app.queries import diagnostics
from app.queries.diagnostics import Anomaly, AnomalyRow, Counts
from app.web.auth import CurrentContext, Needs
from app.web.forms import number_of
from app.web.i18n import N_
from app.web.render import render

router = APIRouter(prefix="/diagnostics")
HOURS = (1, 6, 12, 24, 72)
SILENT_H = 12
ROWS = 200
MOST_ASKED = 1_000
ASK_S = 2.0
AT_ONCE = 100

TITLES = {
    Anomaly.OFFLINE_OPEN: N_("Offline with an open session"),
    Anomaly.AVAILABLE_OPEN: N_("Available with an open session"),
    Anomaly.SILENT_OPEN: N_("Open sessions that nobody speaks of"),
    Anomaly.LOOSE_OPEN: N_("Open sessions beside their connector"),
    Anomaly.FAULTED: N_("Faulted"),
}
MEANINGS = {
    Anomaly.OFFLINE_OPEN: N_(
        "The charger may still be charging and tell about it later. Close the session by hand only if it does not come"
        " back."
    ),
    Anomaly.AVAILABLE_OPEN: N_(
        "The connector said that it is free after the session began, so its end was probably lost."
    ),
    Anomaly.SILENT_OPEN: N_(
        "The charger is online and has not mentioned the session for long. Stop it there, or close it by hand."
    ),
    Anomaly.LOOSE_OPEN: N_("The connector is free or busy with another session."),
    Anomaly.FAULTED: N_(
        "The charger reports an error. A restart often helps; else somebody has to go there."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """All anomalies of one kind. What `closable` holds may be closed by hand now."""

    kind: Anomaly
    title: str
    meaning: str
    rows: tuple[AnomalyRow, ...]
    closable: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """A station of which the database says `online`, and the process with its socket the opposite."""

    station_id: str
    online: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticsPage:
    """Figures, findings, and the comparison: `asked` stations, of which `silent` gave no answer."""

    counts: Counts
    anomalies: int
    findings: tuple[Finding, ...]
    mismatches: tuple[Mismatch, ...]
    asked: int
    silent: int
    more: bool
    hours: int
    choices: tuple[int, ...]


@router.get("", dependencies=[Depends(Needs(Permission.VIEW))])
async def diagnostics_page(request: Request, context: CurrentContext, hours: str = "") -> Response:
    """The page. `hours`: after how many an open session counts as silent."""
    number = number_of(hours)
    silent_h = number if number in HOURS else SILENT_H
    now = context.clock()
    counts, rows, compared = await asyncio.gather(
        diagnostics.counts(context.database),
        diagnostics.anomalies(
            context.database, now, timedelta(hours=silent_h or SILENT_H), ROWS + 1
        ),
        compare(context),
    )
    mismatches, asked, silent = compared
    shown = rows[:ROWS]
    closable = frozenset(
        row.session
        for row in shown
        if row.session is not None
        and row.heard_at is not None
        and now - row.heard_at >= closings.QUIET
    )
    findings = tuple(
        Finding(kind=kind, title=TITLES[kind], meaning=MEANINGS[kind], rows=of, closable=closable)
        for kind in Anomaly
        if (of := tuple(row for row in shown if row.kind is kind))
    )
    page = DiagnosticsPage(
        counts=counts,
        anomalies=len(rows) + len(mismatches),
        findings=findings,
        mismatches=mismatches,
        asked=asked,
        silent=silent,
        more=len(rows) > ROWS,
        hours=silent_h or SILENT_H,
        choices=HOURS,
    )
    return render(request, "diagnostics/index.html", page)


async def compare(context: Context) -> tuple[tuple[Mismatch, ...], int, int]:
    """Ask the processes which sockets they hold, and compare with what is stored: (mismatches, asked, without answer).

    What differs is looked at once more, so that a station that comes or goes at this moment is none.
    """
    stored = await diagnostics.stored_online(context.database, MOST_ASKED)
    held = await _held(context, tuple(stored))
    suspects = tuple(id for id, live in held.items() if live is not None and live != stored[id])
    if suspects:
        await asyncio.sleep(0.5)
        again, stored = await asyncio.gather(
            _held(context, suspects), diagnostics.stored_online(context.database, MOST_ASKED)
        )
        suspects = tuple(
            id for id in suspects if id in stored and again[id] not in (None, stored[id])
        )
    mismatches = tuple(Mismatch(station_id=id, online=stored[id]) for id in suspects)
    return mismatches, len(held), sum(live is None for live in held.values())


async def _held(context: Context, station_ids: tuple[str, ...]) -> dict[str, bool | None]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def ask(station_id: str) -> bool | None:
        async with gate:
            return await context.bus.held(station_id, ASK_S)

    answers = await asyncio.gather(*(ask(station_id) for station_id in station_ids))
    return dict(zip(station_ids, answers, strict=True))

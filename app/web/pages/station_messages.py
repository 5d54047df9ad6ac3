"""A charger's journal: calls with their answers, filtered, page by page, and to take away as a file."""

import json
from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from app.domain.roles import Permission
from app.queries import journal, journal_files
from app.queries.journal import ExchangeRow, Wanted
from app.web.auth import CurrentContext, Needs
from app.web.forms import query_of, text_of
from app.web.i18n import gettext
from app.web.journal_words import ANSWERS, ERROR_CODES, ending
from app.web.pages.station_overview import Viewer
from app.web.station_frame import MESSAGES, base_of, show, station_of

router = APIRouter(prefix="/stations/{station_id}")
ROWS = 40
DIRECTIONS = ("in", "out")
ENDINGS = ("failed", "slow")
SLOW_MS = 1_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFilters:
    """What the journal is narrowed to, as it stands in the address."""

    direction: str = ""
    action: str = ""
    outcome: str = ""
    q: str = ""

    @property
    def query(self) -> str:
        """As an address's query."""
        return query_of(asdict(self))

    def wanted(self, station_id: str) -> Wanted:
        """As the journal is asked. An outcome is one of ENDINGS, or a word or error code as it came."""
        return Wanted(
            station_id=station_id,
            direction=self.direction or None,
            action=self.action or None,
            outcome=None if self.outcome in ENDINGS else self.outcome or None,
            failed=self.outcome == "failed",
            slower_than_ms=SLOW_MS if self.outcome == "slow" else None,
            text=self.q or None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A call with its answer, and both laid out for reading. `answer` None: there was none."""

    row: ExchangeRow
    call: str
    answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """One page of the journal."""

    filters: JournalFilters
    outcomes: tuple[tuple[str, str], ...]
    exchanges: tuple[Exchange, ...]
    older: str | None
    newest: str | None
    export: str


def journal_filters(
    direction: str = "", action: str = "", outcome: str = "", q: str = ""
) -> JournalFilters:
    """From the address; what nobody knows is no filter."""
    return JournalFilters(
        direction=direction if direction in DIRECTIONS else "",
        action=text_of(action),
        outcome=text_of(outcome),
        q=text_of(q),
    )


Filters = Annotated[JournalFilters, Depends(journal_filters)]


@router.get("/messages")
async def station_messages(
    request: Request,
    context: CurrentContext,
    visitor: Viewer,
    station_id: str,
    filters: Filters,
    before: str = "",
) -> Response:
    """The tab."""
    found = await station_of(context, station_id)
    real_id = found.marker.station_id
    rows = await journal.exchanges(
        context.database, filters.wanted(real_id), limit=ROWS + 1, before=before or None
    )
    base = base_of(real_id) + MESSAGES.path
    more = len(rows) > ROWS
    older = f"before={journal.cursor_of(rows[ROWS - 1])}" if more else ""
    content = Messages(
        filters=filters,
        outcomes=_outcomes(filters.outcome),
        exchanges=tuple(
            Exchange(
                row=row,
                call=_laid_out(row.call),
                answer=None if row.answer is None else _laid_out(row.answer),
            )
            for row in rows[:ROWS]
        ),
        older=f"{base}?{_join(filters.query, older)}" if more else None,
        newest=(f"{base}?{filters.query}" if filters.query else base) if before else None,
        export=f"{base}/export?{_join(filters.query, 'format=')}",
    )
    live = "never" if before else "news, tick from:#live throttle:5s"
    return show(request, visitor, found, MESSAGES, content, news=live)


@router.get("/messages/export", dependencies=[Depends(Needs(Permission.VIEW))])
async def export_messages(
    context: CurrentContext, station_id: str, filters: Filters, format: str = "jsonl"
) -> Response:
    """All frames that match as JSON lines or CSV, newest first; passwords, keys and id tokens are hidden in them."""
    found = await station_of(context, station_id)
    real_id = found.marker.station_id
    kind: journal_files.Kind = "csv" if format == "csv" else "jsonl"
    plain = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in real_id)
    name = f"{plain}-{context.clock():%Y%m%dT%H%M%SZ}.{kind}"
    return StreamingResponse(
        journal_files.lines(context.database, filters.wanted(real_id), kind),
        media_type=journal_files.MEDIA_TYPES[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def _outcomes(chosen: str) -> tuple[tuple[str, str], ...]:
    """What the filter offers, as it stands in the address and as it is read; `chosen` too, whatever it is."""
    ends = (("failed", gettext("Any error")), ("slow", gettext("Slower than 1 s")))
    words = tuple((value, ending(value)) for value in (*ANSWERS, *ERROR_CODES))
    other = chosen and chosen not in (*ENDINGS, *ANSWERS, *ERROR_CODES)
    return (*ends, *words, *([(chosen, chosen)] if other else []))


def _join(*parts: str) -> str:
    return "&".join(part for part in parts if part)


def _laid_out(frame: str) -> str:
    """Indented JSON; what is none stays as it came."""
    try:
        return json.dumps(json.loads(frame), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return frame

"""The log of commands: who asked what of which charger, and how it ended."""

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.domain.roles import Permission
from app.queries import commands
from app.queries.commands import CommandRow
from app.web.auth import CurrentContext, Needs
from app.web.forms import number_of, text_of
from app.web.render import render

router = APIRouter()
PAGE_ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandsPage:
    """One page of the log."""

    station: str
    rows: tuple[CommandRow, ...]
    older: str | None
    newest: str | None
    query: str


@router.get("/commands", dependencies=[Depends(Needs(Permission.VIEW))])
async def command_log(
    request: Request, context: CurrentContext, station: str = "", before: str = ""
) -> Response:
    """Commands, newest first."""
    named = text_of(station)
    rows = await commands.recent(context.database, named or None, PAGE_ROWS + 1, number_of(before))
    shown = rows[:PAGE_ROWS]
    query = urlencode({"station": named}) if named else ""
    more = len(rows) > PAGE_ROWS
    older = "&".join(part for part in (query, f"before={shown[-1].id}") if part) if more else None
    page = CommandsPage(
        station=named,
        rows=tuple(shown),
        older=f"/commands?{older}" if older else None,
        newest=(f"/commands?{query}" if query else "/commands") if number_of(before) else None,
        query=query,
    )
    return render(request, "commands/index.html", page)

"""What of the protocol is spoken: every action of every version. The rows are the stations' door's own table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.domain.roles import Permission
from app.web.auth import Needs
from app.web.render import render

router = APIRouter()


class Row(Protocol):
    """One action, and what becomes of it by subprotocol ("" where the version has no such action)."""

    @property
    def action(self) -> str: ...
    @property
    def words(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolPage:
    """The table; `versions` are subprotocols, newest first."""

    versions: tuple[str, ...]
    rows: tuple[Row, ...]


@router.get("/protocol", dependencies=[Depends(Needs(Permission.VIEW))])
async def protocol(request: Request) -> Response:
    """The coverage table, as `app.main` put it into the application's state."""
    rows: tuple[Row, ...] = request.app.state.coverage
    versions = tuple(rows[0].words) if rows else ()
    return render(request, "protocol/index.html", ProtocolPage(versions=versions, rows=rows))

"""The audit log, for admins' programs."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime

from app.api.auth import Here, Require
from app.api.errors import V1Route
from app.api.schemas.audit import AuditPage
from app.api.schemas.common import Limit
from app.api.schemas.errors import V1Error, refusals
from app.csms.accounts import Actor
from app.domain.errors import Invalid
from app.domain.roles import Permission
from app.queries import audit

router = APIRouter(
    prefix="/audit", tags=["Audit"], route_class=V1Route, responses=refusals(V1Error)
)
AccountManager = Annotated[Actor, Depends(Require(Permission.MANAGE_ACCOUNTS))]


@router.get("", response_model=AuditPage, summary="Who did what")
async def list_entries(
    context: Here,
    _: AccountManager,
    actor: Annotated[str | None, Query(max_length=255, description="Part of who did it.")] = None,
    action: Annotated[str | None, Query(max_length=255, description="Its beginning.")] = None,
    subject: Annotated[
        str | None, Query(max_length=255, description="Part of what it was done to.")
    ] = None,
    since: Annotated[AwareDatetime | None, Query(description="Then or later.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Before.")] = None,
    limit: Limit = 100,
    before: Annotated[str | None, Query(max_length=20, description="The `next` before.")] = None,
) -> dict[str, Any]:
    """Changes by people and programs, and commands to stations, newest first."""
    if before is not None and not audit.is_entry(before):
        raise Invalid("`before` is the `next` of the page before this one.")
    wanted = audit.Wanted(actor=actor, action=action, subject=subject, since=since, until=until)
    rows = await audit.listing(context.database, wanted, limit=limit + 1, before=before)
    page = rows[:limit]
    return {"items": page, "next": page[-1].id if len(rows) > limit else None}

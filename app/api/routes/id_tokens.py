"""Id tokens: who may charge."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from app.api.auth import Here, TokenManager
from app.api.errors import V1Route
from app.api.schemas.common import Limit
from app.api.schemas.errors import V1Error, refusals
from app.api.schemas.operations import PutToken, Token, TokenPage
from app.csms import authorization
from app.queries import tokens

router = APIRouter(
    prefix="/id-tokens",
    tags=["Id tokens"],
    route_class=V1Route,
    responses=refusals(V1Error),
)
_ONE = refusals(V1Error, 404)
TokenText = Annotated[
    str, Path(min_length=1, max_length=255, description="In any case of letters.")
]


@router.get("", response_model=TokenPage, summary="Id tokens")
async def list_tokens(
    context: Here,
    _: TokenManager,
    q: Annotated[str | None, Query(max_length=255, description="Part of token or name.")] = None,
    limit: Limit = 100,
    after: Annotated[str | None, Query(max_length=255, description="The `next` before.")] = None,
) -> dict[str, Any]:
    """By their text, a page at a time."""
    rows = await tokens.listing(context.database, q, limit=limit + 1, after=after)
    page = rows[:limit]
    return {"items": page, "next": page[-1].token if len(rows) > limit else None}


@router.get("/{token}", response_model=Token, responses=_ONE, summary="One id token")
async def show_token(token: TokenText, context: Here, _: TokenManager) -> Any:
    """Whether it is blocked, and until when it is good."""
    return await tokens.one(context.database, token)


@router.put("/{token}", response_model=Token, summary="Write an id token")
async def put_token(token: TokenText, wanted: PutToken, context: Here, actor: TokenManager) -> Any:
    """Create it, or replace everything about it."""
    await authorization.put_token(
        context,
        actor,
        token=token,
        name=wanted.name,
        group=wanted.group_id or wanted.group,
        blocked=wanted.blocked,
        expires_at=wanted.expires_at,
        type=wanted.type,
        status=wanted.status,
    )
    return await tokens.one(context.database, token)


@router.delete("/{token}", status_code=204, responses=_ONE, summary="Forget an id token")
async def remove_token(token: TokenText, context: Here, actor: TokenManager) -> Response:
    """From now on nobody knows it; its transactions keep it."""
    await authorization.remove_token(context, actor, token)
    return Response(status_code=204)

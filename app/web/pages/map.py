"""The map's snapshot. The same markers, by the same function, as the live stream sends."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from app.domain.roles import Permission
from app.queries.map import markers, sites
from app.web.auth import CurrentContext, Needs
from app.web.live.render import snapshot_json

router = APIRouter()


@router.get("/map/stations.json", dependencies=[Depends(Needs(Permission.VIEW))])
async def snapshot(context: CurrentContext) -> Response:
    """Every station and every site."""
    body = snapshot_json(
        await markers(context.database), await sites(context.database), context.clock()
    )
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})

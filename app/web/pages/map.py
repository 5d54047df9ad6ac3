"""The map's snapshot: the same markers, by the same function, as the live stream sends; and what the heatmap shows."""

from collections import Counter
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, Response

from app.csms.context import Context
from app.domain.roles import Permission
from app.queries import heatmap
from app.queries.heatmap import Weight
from app.queries.map import markers, sites
from app.web.auth import CurrentContext, Needs
from app.web.chosen import chosen_ids
from app.web.format import SITE_ZONE
from app.web.forms import CurrentFilters, Filters
from app.web.live.render import snapshot_json

router = APIRouter()


@router.get("/map/stations.json", dependencies=[Depends(Needs(Permission.VIEW))])
async def snapshot(context: CurrentContext) -> Response:
    """Every station and every site."""
    body = snapshot_json(
        await markers(context.database), await sites(context.database), context.clock()
    )
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


@router.get("/map/heat.json", dependencies=[Depends(Needs(Permission.VIEW))])
async def heat(context: CurrentContext, filters: CurrentFilters) -> Response:
    """How much happened where in the last `days` days, of the chargers that the filters leave."""
    body = await heat_of(context, filters)
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


async def heat_of(context: Context, filters: Filters) -> dict[str, Any]:
    """The points of the heatmap, hottest first: [lat, lon, value, name], in the unit of `weight` (Wh, `currency`,
    sessions, percent). Money of another currency than most of it is left out and counted in `left_out`."""
    weight = filters.heat or Weight.ENERGY
    now = context.clock()
    today = now.astimezone(ZoneInfo(SITE_ZONE)).date()
    begins = today - timedelta(days=filters.days - 1)
    found = await heatmap.read(context.database, begins, today, weight, now=now)
    ids = await chosen_ids(context, filters)
    if ids is not None:
        wanted = set(ids)
        found = [each for each in found if each.station_id in wanted]
    currencies = Counter(each.currency for each in found)
    currency = currencies.most_common(1)[0][0] if currencies else "KRW"
    shown = [each for each in found if weight is not Weight.REVENUE or each.currency == currency]
    scale = 100 if weight is Weight.UTILISATION else 1
    return {
        "weight": weight,
        "currency": currency,
        "days": filters.days,
        "from": begins.isoformat(),
        "to": today.isoformat(),
        "left_out": len(found) - len(shown),
        "points": [[each.lat, each.lon, each.value * scale, each.name] for each in shown],
    }

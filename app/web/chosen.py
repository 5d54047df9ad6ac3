"""Which chargers the overview's filters leave: the list, the chart, the heatmap and the export all ask here."""

from app.csms.context import Context
from app.queries import stations
from app.queries.map import Marker
from app.web.forms import Filters


async def chosen(context: Context, filters: Filters) -> list[Marker]:
    """The chargers that pass every filter, most urgent first."""
    found = await stations.listing(
        context.database,
        q=filters.q or None,
        status=filters.status,
        location_id=filters.site,
        category=filters.category,
    )
    return [marker for marker in found if filters.holds(marker.lat, marker.lon)]


async def chosen_ids(context: Context, filters: Filters) -> list[str] | None:
    """Their ids; None: nothing is filtered, so all of them, and nobody needs a list."""
    if not filters.narrowed:
        return None
    return [marker.station_id for marker in await chosen(context, filters)]

"""Energy by the hour with what it is narrowed to: the same chart on the overview and in the control room."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from app.csms.context import Context
from app.queries import operations
from app.queries.map import Site
from app.queries.metering import hourly_energy
from app.web.charts import HourlyChart, hourly_chart
from app.web.chosen import chosen_ids
from app.web.format import SITE_ZONE
from app.web.forms import HOURS, Filters


@dataclass(frozen=True, slots=True, kw_only=True)
class Hourly:
    """Energy by the hour and what it is narrowed to: `chargers` of them, None: all. `at`: as of when."""

    chart: HourlyChart
    filters: Filters
    site: Site | None
    chargers: int | None
    at: datetime
    choices: tuple[int, ...] = HOURS


async def hourly_of(
    context: Context,
    filters: Filters,
    everywhere: tuple[Site, ...],
    choices: tuple[int, ...] = HOURS,
) -> Hourly:
    """The last `filters.hours` hours of the chargers that the filters leave."""
    site = next((each for each in everywhere if each.location_id == filters.site), None)
    ids = await chosen_ids(context, filters)
    hours, capacity_w = await asyncio.gather(
        hourly_energy(
            context.database,
            context.clock(),
            filters.hours,
            site.location_id if site else None,
            ids,
        ),
        operations.capacity_w(context.database, ids),
    )
    zone = site.time_zone if site else SITE_ZONE
    chart = hourly_chart(hours, zone, capacity_w)
    return Hourly(
        chart=chart,
        filters=filters,
        site=site,
        chargers=None if ids is None else len(ids),
        at=context.clock(),
        choices=choices,
    )

"""Ids of sites and tariffs that nobody names: made of what they are called."""

import re

from sqlalchemy import text

from app.csms.work import Work
from app.store.tables.locations import Location, Tariff

MAX_ID = 40
_SLUG = re.compile(r"[^a-z0-9]+")
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('halla.sites'))"
"""Two who describe sites of one name at the same moment must not take the same id."""


async def free_id(w: Work, table: type[Location] | type[Tariff], name: str, noun: str) -> str:
    """An id made of `name` that nobody has; of `noun` where nothing of the name can be written in ASCII."""
    await (await w.session.connection()).execute(text(_ONE_AT_A_TIME))
    wanted = _SLUG.sub("_", name.lower()).strip("_")[:MAX_ID] or noun
    tried, number = wanted, 1
    while await w.session.get(table, tried) is not None:
        number += 1
        tried = f"{wanted}_{number}"
    return tried

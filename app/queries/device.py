"""A station as a device: its variables, its network profiles, and what it agreed to be."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.queries.rows import fetch, pattern_of
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableRow:
    """One attribute of one variable as it was last seen. A configuration key has the component ""."""

    component: str
    component_instance: str
    evse_id: int
    connector_id: int
    name: str
    variable_instance: str
    attribute: str
    value: str | None
    mutability: str | None
    data_type: str | None
    unit: str | None
    min_limit: float | None
    max_limit: float | None
    values_list: str | None
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkProfileRow:
    """A way to a CSMS that the station has taken; its secrets are hidden."""

    slot: int
    profile: Any
    set_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityRow:
    """What was agreed, beside what is reported. EVSE 0: the station; connector 0: the whole EVSE.

    `status`: of that connector (of an EVSE's first one), None if it has not said it.
    """

    evse_id: int
    connector_id: int
    availability: str
    scheduled: bool
    asked_at: datetime
    status: str | None


async def variables(
    database: Database, station_id: str, q: str | None = None, component: str | None = None
) -> list[VariableRow]:
    """The variables of a station by component and name; `q` is looked for in both and in the value."""
    values = {
        "id": station_id,
        "component": component,
        "q": pattern_of(q) if q and q.strip() else None,
    }
    return await fetch(database, VariableRow, _VARIABLES, values)


async def network_profiles(database: Database, station_id: str) -> list[NetworkProfileRow]:
    """By slot."""
    return await fetch(database, NetworkProfileRow, _PROFILES, {"id": station_id})


async def availability(database: Database, station_id: str) -> list[AvailabilityRow]:
    """What the station, its EVSEs and its connectors agreed to, the whole before its parts."""
    return await fetch(database, AvailabilityRow, _AVAILABILITY, {"id": station_id})


_VARIABLES = """
SELECT component, component_instance, evse_id, connector_id, name, variable_instance, attribute, value, mutability,
       data_type, unit, min_limit, max_limit, values_list, seen_at
FROM station_variable
WHERE station_id = %(id)s AND (%(component)s::text IS NULL OR component = %(component)s)
  AND (%(q)s::text IS NULL OR component ILIKE %(q)s OR name ILIKE %(q)s OR value ILIKE %(q)s)
ORDER BY component, component_instance, evse_id, connector_id, name, variable_instance, attribute
"""

_PROFILES = (
    "SELECT slot, profile, set_at FROM network_profile WHERE station_id = %(id)s ORDER BY slot"
)

_AVAILABILITY = """
SELECT a.evse_id, a.connector_id, a.availability, a.scheduled, a.asked_at,
       (SELECT c.status FROM connector_state c
        WHERE c.station_id = a.station_id AND c.evse_id = a.evse_id
          AND (a.connector_id = 0 OR c.connector_id = a.connector_id)
        ORDER BY c.connector_id LIMIT 1) AS status
FROM asked_availability a WHERE a.station_id = %(id)s ORDER BY a.evse_id, a.connector_id
"""

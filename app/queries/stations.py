"""One station with everything about it, and the list of all, worst first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.domain.errors import StationNotFound
from app.domain.smart_charging import LimitScope, LimitStatus
from app.domain.stations import URGENCY, DisplayStatus, StationCategory
from app.queries.map import Marker, markers, select_markers
from app.queries.rows import fetch, fetch_dicts, pattern_of
from app.queries.transactions import TransactionRow
from app.queries.transactions import recent as recent_transactions
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorDetail:
    """A connector: what is installed and what it last said. `status` None: nothing yet.

    `voltage_v` and `current_a` are its EVSE's last reading; None: the meter does not tell.
    """

    evse_id: int
    connector_id: int
    type: str | None
    status: str | None
    status_at: datetime | None
    error_code: str | None
    info: str | None
    voltage_v: float | None
    current_a: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitDetail:
    """A power limit's three truths: requested, accepted, measured (the power of what it holds for)."""

    scope: LimitScope
    evse_id: int
    requested_w: float | None
    requested_at: datetime | None
    requested_by: str | None
    status: LimitStatus
    accepted_w: float | None
    accepted_at: datetime | None
    transaction_id: int | None
    measured_w: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffDetail:
    """What a session costs here: the station's own tariff, else its site's."""

    id: str
    name: str
    currency: str
    price_per_kwh: Decimal
    session_fee: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StationDetail:
    """A station: its marker, its facts, its parts, what it does now."""

    marker: Marker
    aliases: tuple[str, ...]
    vendor: str | None
    model: str | None
    firmware_version: str | None
    serial_number: str | None
    protocol: str | None
    remote_address: str | None
    connected_at: datetime | None
    disconnected_at: datetime | None
    booted_at: datetime | None
    boot_reason: str | None
    installed_on: date | None
    availability: str
    min_power_w: float
    location_detail: str | None
    address: str | None
    time_zone: str
    grid_limit_w: float | None
    operator_name: str | None
    operator_phone: str | None
    operator_email: str | None
    connectors: tuple[ConnectorDetail, ...]
    transactions: tuple[TransactionRow, ...]
    limits: tuple[LimitDetail, ...]
    tariff: TariffDetail | None
    security_profile: int

    @property
    def registration_status(self) -> str:
        """In OCPP's words: Accepted, Pending, Rejected."""
        return self.marker.registration.capitalize()


async def resolve(database: Database, station_id: str, *, even_retired: bool = False) -> str:
    """The id of the station that is called `station_id`, which may be an alias. Raises StationNotFound.

    `even_retired`: one that was taken away will do too, for its past.
    """
    rows = await fetch_dicts(database, _RESOLVE, {"id": station_id, "even_retired": even_retired})
    if not rows:
        raise StationNotFound(f"There is no charging station {station_id}.", station_id=station_id)
    found: str = rows[0]["id"]
    return found


async def detail(database: Database, station_id: str) -> StationDetail:
    """Everything about one station; aliases resolve. Raises StationNotFound."""
    real_id = await resolve(database, station_id)
    facts = (await fetch_dicts(database, _FACTS, {"id": real_id}))[0]
    found = await markers(database, [real_id])
    tariff_id = facts.pop("tariff_id")
    tariffs = await fetch(database, TariffDetail, _TARIFF, {"id": tariff_id}) if tariff_id else []
    return StationDetail(
        marker=found[0],
        connectors=tuple(await fetch(database, ConnectorDetail, _CONNECTORS, {"id": real_id})),
        transactions=tuple(await recent_transactions(database, real_id, active=True)),
        limits=tuple(await fetch(database, LimitDetail, _LIMITS, {"id": real_id})),
        tariff=tariffs[0] if tariffs else None,
        aliases=tuple(facts.pop("aliases")),
        **facts,
    )


async def listing(
    database: Database,
    q: str | None = None,
    status: DisplayStatus | Sequence[DisplayStatus] | None = None,
    location_id: str | None = None,
    category: StationCategory | None = None,
) -> list[Marker]:
    """The stations that match every condition that is given, most urgent first, then by name.

    `q` is looked for in the station's id, name and aliases and in its site's names and address.
    """
    conditions = ["true"]
    values: dict[str, Any] = {}
    if q and q.strip():
        conditions.append(_MATCHES)
        values["q"] = pattern_of(q)
    if location_id:
        conditions.append("s.location_id = %(location_id)s")
        values["location_id"] = location_id
    if category:
        conditions.append("s.category = %(category)s")
        values["category"] = category
    found = await select_markers(database, where="WHERE " + " AND ".join(conditions), values=values)
    if status:
        wanted = {status} if isinstance(status, DisplayStatus) else set(status)
        found = [marker for marker in found if marker.status in wanted]
    return sorted(found, key=_urgency)


async def booted(database: Database) -> set[str]:
    """The stations that have booted and were let in."""
    return {row["station_id"] for row in await fetch_dicts(database, _BOOTED, {})}


def _urgency(marker: Marker) -> tuple[int, str, str]:
    return URGENCY.index(marker.status), marker.name, marker.station_id


_MATCHES = """(
    s.id ILIKE %(q)s OR s.name ILIKE %(q)s
    OR l.name ILIKE %(q)s OR l.name_en ILIKE %(q)s OR l.address ILIKE %(q)s
    OR EXISTS (SELECT FROM station_alias a WHERE a.station_id = s.id AND a.alias ILIKE %(q)s)
)"""

_RESOLVE = """
SELECT id FROM station WHERE id = %(id)s AND retired_at IS NULL
UNION ALL SELECT station_id FROM station_alias WHERE alias = %(id)s
UNION ALL SELECT id FROM station WHERE id = %(id)s AND %(even_retired)s::bool
LIMIT 1
"""

_FACTS = """
SELECT s.vendor, s.model, s.firmware_version, s.serial_number, ss.protocol, ss.remote_address,
       ss.connected_at, ss.disconnected_at, ss.booted_at, ss.boot_reason,
       s.installed_on, s.availability, s.min_power_w, s.location_detail,
       l.address, coalesce(l.time_zone, 'Asia/Seoul') AS time_zone, l.grid_limit_w,
       l.operator_name, l.operator_phone, l.operator_email,
       coalesce(s.tariff_id, l.tariff_id) AS tariff_id,
       coalesce((SELECT minimum_profile FROM station_security x WHERE x.station_id = s.id), 0) AS security_profile,
       ARRAY(SELECT alias FROM station_alias WHERE station_id = s.id ORDER BY alias) AS aliases
FROM station s
LEFT JOIN location l ON l.id = s.location_id
LEFT JOIN station_state ss ON ss.station_id = s.id
WHERE s.id = %(id)s
"""

_TARIFF = """
SELECT id, name, currency, price_per_kwh, session_fee FROM tariff WHERE id = %(id)s
"""

_CONNECTORS = """
SELECT evse_id, connector_id, c.type, cs.status, cs.status_at, cs.error_code, cs.info, e.voltage_v, e.current_a
FROM (SELECT evse_id, connector_id, type FROM connector WHERE station_id = %(id)s) c
FULL JOIN (SELECT * FROM connector_state WHERE station_id = %(id)s) cs
    USING (evse_id, connector_id)
LEFT JOIN (SELECT evse_id, voltage_v, current_a FROM evse_state WHERE station_id = %(id)s) e USING (evse_id)
ORDER BY evse_id, connector_id
"""

_LIMITS = """
SELECT scope, p.evse_id, requested_w, requested_at, requested_by, p.status, accepted_w, accepted_at,
       p.transaction_id,
       (SELECT sum(e.power_w) FROM evse_state e
        WHERE e.station_id = p.station_id AND e.transaction_id IS NOT NULL
          AND (p.scope = 'station' OR e.evse_id = p.evse_id)) AS measured_w
FROM power_limit p
LEFT JOIN evse_state r ON r.station_id = p.station_id AND r.evse_id = p.evse_id
WHERE p.station_id = %(id)s AND (scope = 'station' OR p.transaction_id = r.transaction_id)
ORDER BY p.evse_id
"""

_BOOTED = """
SELECT station_id FROM station_state JOIN station s ON s.id = station_id
WHERE booted_at IS NOT NULL AND s.registration = 'accepted'
"""

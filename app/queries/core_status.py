"""Connectors of connected stations as OCPP.Core's status shows them."""

from typing import Any

from app.queries.rows import fetch_dicts
from app.store.database import Database

STATUS_NUMBERS = {"Available": 1, "Occupied": 2, "Reserved": 2, "Unavailable": 3, "Faulted": 4}
"""OCPP.Core's own numbers; 0: not known. Reserved is shown as occupied, as there."""


async def read(database: Database) -> list[dict[str, Any]]:
    """Every connected station: `id`, `name`, `protocol` and `OnlineConnectors` by number (of the EVSE)."""
    found: dict[str, dict[str, Any]] = {}
    for row in await fetch_dicts(database, _SELECT, {}):
        station = found.setdefault(
            row["id"],
            {
                "id": row["id"],
                "name": row["name"],
                "protocol": row["protocol"],
                "OnlineConnectors": {},
            },
        )
        if row["number"] is None:
            continue
        running = row["running"]
        station["OnlineConnectors"][str(row["number"])] = {
            "Status": 2 if running else STATUS_NUMBERS.get(row["status"] or "", 0),
            "ChargeRateKW": _thousandth(row["power_w"] if running else 0.0),
            "MeterKWH": _thousandth(row["register_wh"]),
            "MeterValueDate": row["measured_at"],
            "SoC": row["soc_percent"] if running else None,
        }
    return list(found.values())


def _thousandth(value: Any) -> float | None:
    return None if value is None else round(float(value) / 1000, 6)


_SELECT = """
SELECT s.id, coalesce(s.name, s.id) AS name, ss.protocol, part.number, c.status,
       e.transaction_id IS NOT NULL AS running, e.power_w, e.register_wh, e.measured_at, e.soc_percent
FROM station s
JOIN station_state ss ON ss.station_id = s.id AND ss.online
LEFT JOIN (
    SELECT station_id, evse_id AS number FROM connector WHERE evse_id > 0
    UNION SELECT station_id, evse_id FROM evse_state WHERE evse_id > 0
) part ON part.station_id = s.id
LEFT JOIN evse_state e ON e.station_id = s.id AND e.evse_id = part.number
LEFT JOIN LATERAL (
    SELECT status FROM connector_state
    WHERE station_id = s.id AND evse_id = part.number
    ORDER BY array_position(ARRAY['Faulted', 'Occupied', 'Reserved', 'Unavailable', 'Available'], status)
    LIMIT 1
) c ON true
WHERE s.retired_at IS NULL
ORDER BY s.id, part.number
"""

"""The display status as SQL, for counting without fetching.

The truth is `app.domain.stations.display_status`; a test holds this expression equal to it for every combination.
"""


def display_status_sql(columns: str) -> str:
    """A SELECT of station id (`id`), display status (`status`) and `columns` of `s`, `ss`, `c` and `e`."""
    return _DISPLAY_STATUS.format(columns=columns)


EVSES = """greatest(1, (
        SELECT count(*) FROM (
            SELECT evse_id FROM connector WHERE station_id = s.id
            UNION SELECT evse_id FROM evse_state WHERE station_id = s.id) evse
        WHERE evse_id > 0))"""
"""How many vehicles station `s` may charge at once, as SQL: what all of its time is counted by."""

_DISPLAY_STATUS = """
SELECT s.id, {columns}, CASE
    WHEN NOT coalesce(ss.online, false) THEN 'offline'
    WHEN c.faulted THEN 'faulted'
    WHEN e.running THEN 'charging'
    WHEN c.occupied THEN 'occupied'
    WHEN c.unavailable THEN 'unavailable'
    WHEN c.available THEN 'available'
    ELSE 'unavailable' END AS status
FROM station s
LEFT JOIN station_state ss ON ss.station_id = s.id
LEFT JOIN (
    SELECT station_id,
           bool_or(status = 'Faulted') AS faulted, bool_or(status = 'Occupied') AS occupied,
           bool_or(status IN ('Unavailable', 'Reserved')) AS unavailable,
           bool_or(status = 'Available') AS available, bool_or(status = 'Reserved') AS reserved
    FROM connector_state GROUP BY station_id
) c ON c.station_id = s.id
LEFT JOIN (
    SELECT station_id, bool_or(transaction_id IS NOT NULL) AS running,
           sum(power_w) FILTER (WHERE transaction_id IS NOT NULL) AS power_w
    FROM evse_state GROUP BY station_id
) e ON e.station_id = s.id
WHERE s.retired_at IS NULL
"""

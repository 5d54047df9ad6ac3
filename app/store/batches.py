"""What nearly every report touches, asked for a whole batch with one question: station, EVSEs, named transaction."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg import AsyncConnection

from app.domain.stations import Registration
from app.domain.transactions import Transaction
from app.store import transactions
from app.store.arrays import texts
from app.store.stations import EvseRow, StationRow, read_evse
from app.store.versions import UNKNOWN, Version

_LOAD = f"""
SELECT s.id, s.registration, h.revision, h.connection, h.online, h.last_seen_at, s.max_power_w, s.xmin, h.xmin,
       e.evse_id, e.revision, e.charging_state, e.transaction_id, e.measured_at, e.power_w, e.register_wh,
       e.current_a, e.voltage_v, e.soc_percent, e.power_derived, e.xmin,
       t.version, {transactions.COLUMNS}
FROM unnest(%s::text[], %s::text[]) AS wanted(station_id, transaction_id)
JOIN station s ON s.id = wanted.station_id
LEFT JOIN station_state h ON h.station_id = s.id
LEFT JOIN evse_state e ON e.station_id = s.id
LEFT JOIN LATERAL (
    SELECT t.xmin AS version, t.* FROM transaction t
    WHERE t.station_id = wanted.station_id AND t.transaction_id = wanted.transaction_id
    ORDER BY t.id DESC LIMIT 1
) t ON true
"""
_EVSE, _TRANSACTION = 9, 21
_REGISTRATIONS = {word.value: word for word in Registration}


class Loaded(NamedTuple):
    """What was found; `versions` are those of the transactions, the other rows bear their own."""

    stations: dict[str, StationRow]
    evses: dict[tuple[str, int], EvseRow]
    transactions: dict[int, Transaction]
    versions: dict[int, Version]


async def load(
    connection: AsyncConnection[Any], wanted: Sequence[tuple[str, str | None]]
) -> Loaded:
    """Stations with their EVSEs, each with the newest transaction of a name (None: with none)."""
    cursor = connection.cursor(binary=True)
    await cursor.execute(_LOAD, [texts(column) for column in zip(*wanted, strict=True)])
    found = Loaded({}, {}, {}, {})
    stations, evses, named, versions = found
    for row in await cursor.fetchall():
        station_id = row[0]
        if station_id not in stations:
            stations[station_id] = StationRow(
                station_id,
                *(_REGISTRATIONS[row[1]], row[2] or 0, row[3], bool(row[4]), row[5], row[6]),
                version=row[7],
                state_version=row[8] or UNKNOWN,
            )
        if row[_EVSE] is not None and (station_id, row[_EVSE]) not in evses:
            evses[station_id, row[_EVSE]] = read_evse(station_id, row[_EVSE:_TRANSACTION])
        version, number = row[_TRANSACTION : _TRANSACTION + 2]
        if number is not None and number not in named:
            named[number] = transactions.read_transaction(row[_TRANSACTION + 1 :])
            versions[number] = version
    return found

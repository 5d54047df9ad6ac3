"""Whether rows are still those that somebody remembers.

A row's version is the number of the transaction that wrote it (PostgreSQL's `xmin`): every change of a row gives it
another one. So whoever knows which version his rows have may do without reading them again.
"""

from app.store.arrays import Packed, bigints, integers, versions, words

Version = bytes
"""As PostgreSQL sends it."""

UNKNOWN: Version = b""
"""Of a row that was made, or loaded without it."""


class Guard:
    """Rows that have to be as they were: for each its key and its version (of a station, its hot row's too)."""

    __slots__ = ("evses", "stations", "transactions")

    def __init__(self) -> None:
        self.stations: tuple[list[str], list[Version], list[Version]] = ([], [], [])
        self.evses: tuple[list[str], list[int], list[Version]] = ([], [], [])
        self.transactions: tuple[list[int], list[Version]] = ([], [])

    def add_station(self, station_id: str, version: Version, state: Version) -> None:
        """A station, and its hot row."""
        ids, of_stations, of_states = self.stations
        ids.append(station_id)
        of_stations.append(version)
        of_states.append(state)

    def add_evse(self, station_id: str, evse_id: int, version: Version) -> None:
        """What is known of an EVSE."""
        stations, ids, of_evses = self.evses
        stations.append(station_id)
        ids.append(evse_id)
        of_evses.append(version)

    def add_transaction(self, number: int, version: Version) -> None:
        """A transaction, by our number."""
        numbers, of_transactions = self.transactions
        numbers.append(number)
        of_transactions.append(version)

    def columns(self) -> tuple[Packed | int, ...]:
        """What `GUARD` asks for."""
        ids, of_stations, of_states = self.stations
        evse_stations, evse_ids, of_evses = self.evses
        numbers, of_transactions = self.transactions
        return (
            *(words(ids), versions(of_stations), versions(of_states), len(ids)),
            *(words(evse_stations), integers(evse_ids), versions(of_evses), len(evse_ids)),
            *(bigints(numbers), versions(of_transactions), len(numbers)),
        )


GUARD = """
guard AS MATERIALIZED (SELECT
    (SELECT count(*) FROM unnest(%s::text[], %s::xid[], %s::xid[]) AS k(id, station, state)
     JOIN station s ON s.id = k.id AND s.xmin = k.station
     JOIN station_state h ON h.station_id = k.id AND h.xmin = k.state) = %s::int
    AND (SELECT count(*) FROM unnest(%s::text[], %s::int[], %s::xid[]) AS k(station_id, evse_id, version)
     JOIN evse_state e ON e.station_id = k.station_id AND e.evse_id = k.evse_id AND e.xmin = k.version) = %s::int
    AND (SELECT count(*) FROM unnest(%s::bigint[], %s::xid[]) AS k(id, version)
     JOIN transaction t ON t.id = k.id AND t.xmin = k.version) = %s::int
    AS same)
"""
GUARDED = "(SELECT same FROM guard)"

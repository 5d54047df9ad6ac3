"""What a lane works on: the state of all stations of one batch, loaded at once, changed by the rules, saved at once.

The number of statements does not depend on the number of reports. Handlers (`app.csms.receive`) change this state and
nothing else; they check before they change, so that a report that is refused leaves nothing behind.

Longer than other files: what was loaded, what was changed and under which versions it is saved is one state.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from psycopg import AsyncConnection

from app.csms.wanted import Wanted, wanted_by
from app.domain.authorization import IdToken
from app.domain.changes import StationsChanged
from app.domain.errors import StationNotFound
from app.domain.reports import Received
from app.domain.stations import Registration
from app.domain.transactions import Transaction
from app.store import batches, device, history, metering, stations, tokens, transactions
from app.store.history import ConnectionChange, StatusChange
from app.store.metering import SampleRow
from app.store.parts import Part, save
from app.store.stations import ConnectorRow, EvseRow, StationRow
from app.store.transactions import Known
from app.store.vendor_data import load_vendors
from app.store.versions import Guard, Version

ACCEPTED = Registration.ACCEPTED

SaveRows = Callable[[AsyncConnection[Any], Sequence[Any]], Awaitable[None]]
"""A function of the store that saves rows of one kind with one statement."""


class Remembered(NamedTuple):
    """Rows of a station as an earlier batch left them, each with its version; of transactions, those that run."""

    station: StationRow
    evses: list[EvseRow]
    running: list[tuple[Transaction, Version]]


NOTHING: Mapping[str, Remembered] = MappingProxyType({})


@dataclass(slots=True)
class Batch:
    """The state of some stations, and what of it has to be saved."""

    stations: dict[str, StationRow] = field(default_factory=dict)
    evses: dict[tuple[str, int], EvseRow] = field(default_factory=dict)
    connectors: dict[tuple[str, int, int], ConnectorRow] = field(default_factory=dict)
    transactions: dict[int, Transaction] = field(default_factory=dict)
    tokens: dict[str, IdToken] = field(default_factory=dict)
    vendors: dict[str, frozenset[str] | None] = field(default_factory=dict)
    samples: list[SampleRow] = field(default_factory=list)
    statuses: list[StatusChange] = field(default_factory=list)
    connections: list[ConnectionChange] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    triggered: dict[str, list[str]] = field(default_factory=dict)
    versions: dict[int, Version] = field(default_factory=dict)
    deny_concurrent: bool = False
    charging: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    _rows: dict[SaveRows, list[Any]] = field(default_factory=dict)
    _newest: dict[tuple[str, str], int] = field(default_factory=dict)
    _inserted: set[int] = field(default_factory=set)
    _updated: set[int] = field(default_factory=set)
    _metered: set[int] = field(default_factory=set)
    _saved_stations: set[str] = field(default_factory=set)
    _booted: set[str] = field(default_factory=set)
    _saved_evses: set[tuple[str, int]] = field(default_factory=set)
    _known_evses: set[tuple[str, int]] = field(default_factory=set)
    _saved_connectors: set[tuple[str, int, int]] = field(default_factory=set)
    _changed: dict[str, bool] = field(default_factory=dict)
    _recalled: Mapping[str, Remembered] = field(default_factory=dict)

    # --- reading

    def station(self, station_id: str) -> StationRow:
        """Raises StationNotFound."""
        row = self.stations.get(station_id)
        if row is None:
            raise StationNotFound
        return row

    def evse(self, station_id: str, evse_id: int) -> EvseRow:
        """The EVSE's row; made when it is first spoken of (saved only if something of it is)."""
        row = self.evses.get((station_id, evse_id))
        if row is None:
            row = self.evses[station_id, evse_id] = EvseRow(station_id, evse_id)
        return row

    def named(self, station_id: str, transaction_id: str) -> Transaction | None:
        """The newest transaction that the station calls so."""
        number = self._newest.get((station_id, transaction_id))
        return self.transactions[number] if number is not None else None

    def running(self, station_id: str, evse_id: int) -> Transaction | None:
        """The transaction that runs at an EVSE."""
        evse = self.evses.get((station_id, evse_id))
        if evse is None or evse.transaction_id is None:
            return None
        return self.transactions.get(evse.transaction_id)

    def charges_elsewhere(self, token: str, station_id: str) -> bool:
        """Whether a transaction of `token` runs at another station; False where that is allowed."""
        return any(station != station_id for station, _ in self._charging(token))

    def charges_twice(self, token: str, number: int) -> bool:
        """Whether a transaction of `token` other than this runs anywhere; False where that is allowed."""
        return any(other != number for _, other in self._charging(token))

    def _charging(self, token: str) -> Iterator[tuple[str, int]]:
        """(station, number) of the transactions of `token` that run, as far as this batch knows."""
        if not self.deny_concurrent:
            return
        stored = {number: station for station, number in self.charging.get(token.lower(), ())}
        for transaction in self.transactions.values():
            stored.pop(transaction.id, None)  # what is here is newer
            if transaction.active and (transaction.id_token or "").lower() == token.lower():
                yield transaction.station_id, transaction.id
        yield from ((station, number) for number, station in stored.items())

    # --- changing

    def add(self, save: SaveRows, row: object) -> None:
        """Have `row` saved by `save`, together with all others of its kind."""
        self._rows.setdefault(save, []).append(row)

    def keep_transaction(self, transaction: Transaction) -> None:
        """Replace or add a transaction."""
        known = self.transactions.get(transaction.id)
        self._remember(transaction)
        if known is None:
            self._inserted.add(transaction.id)
        elif transaction.id not in self._inserted and transaction != known:
            same = _UNMETERED(known) == _UNMETERED(transaction)
            (self._metered if same else self._updated).add(transaction.id)

    def keep_station(self, row: StationRow, *, booted: bool = False) -> None:
        """Save the station's connection, and what it said of itself if it `booted`."""
        self._saved_stations.add(row.station_id)
        if booted:
            self._booted.add(row.station_id)

    def keep_evse(self, row: EvseRow) -> None:
        """Save an EVSE's state."""
        self._saved_evses.add((row.station_id, row.evse_id))

    def keep_connector(self, row: ConnectorRow) -> None:
        """Save a connector's status."""
        key = (row.station_id, row.evse_id, row.connector_id)
        self.connectors[key] = row
        self._saved_connectors.add(key)

    def status_changed(self, station_id: str, at: datetime) -> None:
        """What a marker shows of the station's status is different now."""
        self._changed[station_id] = True
        row = self.stations[station_id]
        row.revision = next_revision(row.revision, at)
        self._saved_stations.add(station_id)

    def measured(self, evse: EvseRow, at: datetime) -> None:
        """A marker shows a new power, energy or state of charge."""
        self._changed.setdefault(evse.station_id, False)
        evse.revision = next_revision(evse.revision, at)

    def news(self) -> StationsChanged | None:
        """What to announce after the commit."""
        if not self._changed:
            return None
        status = tuple(station for station, of_status in self._changed.items() if of_status)
        return StationsChanged(stations=tuple(self._changed), status=status)

    # --- loading and saving

    async def load(
        self,
        connection: AsyncConnection[Any],
        batch: Sequence[Received],
        known: Mapping[str, Remembered] = NOTHING,
    ) -> None:
        """Load all that the reports of `batch` can touch: in one question, and in more for what is not periodic.

        `known`: what need not be loaded of stations; that it is still true is seen when this is saved.
        """
        if known:
            self._recall(known)
            batch = [received for received in batch if received.station_id not in known]
            if not batch:
                return
        wanted = wanted_by(batch)
        names = [*wanted.named, *((station, None) for station in wanted.stations)]
        found = await batches.load(connection, names)
        self.stations.update(found.stations)
        self.evses.update(found.evses)
        self.versions.update(found.versions)
        self._known_evses.update(found.evses)
        for transaction in found.transactions.values():
            self._remember(transaction)
        begins = self._look_closer(wanted)
        wanted.tokens.update(self._tokens_to_end(wanted))
        waiting = [k for k, r in self.stations.items() if r.registration is not ACCEPTED]
        if waiting:
            self.triggered = await device.load_triggered(connection, waiting)
        if wanted.active or wanted.connectors or wanted.tokens:
            await self._load_more(connection, wanted, begins)
        if wanted.vendors:
            self.vendors = await load_vendors(connection, list(wanted.vendors))

    def _recall(self, known: Mapping[str, Remembered]) -> None:
        self._recalled = known
        for station_id, (station, evses, running) in known.items():
            self.stations[station_id] = station
            for evse in evses:
                key = station_id, evse.evse_id
                self.evses[key] = evse
                self._known_evses.add(key)
            self._learn(running)

    def _guard(self) -> Guard | None:
        """What was remembered and is not saved; of what is, the statement that saves it sees whether it is the same."""
        if not self._recalled:
            return None
        guard = Guard()
        for station_id, (station, evses, running) in self._recalled.items():
            guard.add_station(station_id, station.version, station.state_version)
            for evse in evses:
                if (station_id, evse.evse_id) not in self._saved_evses:
                    guard.add_evse(station_id, evse.evse_id, evse.version)
            for transaction, version in running:
                if transaction.id not in self._metered and transaction.id not in self._updated:
                    guard.add_transaction(transaction.id, version)
        return guard

    def _look_closer(self, wanted: Wanted) -> int:
        """Want more of stations that name a transaction which is not known, or not the one that runs at its EVSE, or
        that is at another one now; how many transactions may begin."""
        begins = wanted.starts
        for key, place in wanted.named.items():
            number = self._newest.get(key)
            if number is None:
                begins += 1
            else:
                evse = self.evses.get((key[0], self.transactions[number].evse_id))
                runs = evse is not None and evse.transaction_id == number
                if runs and place in (None, self.transactions[number].evse_id):
                    continue
            wanted.active.add(key[0])
            wanted.connectors.add(key[0])
        return begins

    def _tokens_to_end(self, wanted: Wanted) -> Iterator[str]:
        """The tokens that began what another token has ended: their groups decide whether it might."""
        for key in wanted.ended:
            known = self.named(*key)
            if known is not None and known.id_token:
                yield known.id_token.lower()

    def _tokens_of(self, station_ids: Collection[str]) -> Iterator[str]:
        """The tokens of all that is known of stations: one of these transactions may be the one that ends."""
        for transaction in self.transactions.values():
            if transaction.id_token and transaction.station_id in station_ids:
                yield transaction.id_token.lower()

    async def _load_more(
        self, connection: AsyncConnection[Any], wanted: Wanted, begins: int
    ) -> None:
        if wanted.active:
            self._learn(await transactions.load_active(connection, list(wanted.active)))
        if wanted.started:
            self._learn(await transactions.load_started(connection, list(wanted.started)))
        if wanted.stopped:
            self._learn(await transactions.load_stopped(connection, list(wanted.stopped)))
            wanted.tokens.update(self._tokens_of({station for station, _ in wanted.stopped}))
        if wanted.connectors:
            rows = await stations.load_connectors(connection, list(wanted.connectors))
            self.connectors = {(r.station_id, r.evse_id, r.connector_id): r for r in rows}
        if wanted.tokens:
            known = await tokens.load_tokens(connection, list(wanted.tokens))
            self.tokens = {token.token: token for token in known}
            if self.deny_concurrent:
                self.charging = await transactions.load_charging(connection, list(wanted.tokens))
        if begins:
            self.ids = await transactions.take_ids(connection, begins)
            tariffs = await stations.load_tariffs(connection, list(wanted.active))
            for station_id, tariff in tariffs.items():
                self.stations[station_id].tariff = tariff

    def _learn(self, found: Iterable[Known]) -> None:
        for transaction, version in found:
            self._remember(transaction)
            self.versions[transaction.id] = version

    async def save(self, connection: AsyncConnection[Any]) -> None:
        """Save all that was kept: the hot rows with one statement, rarer kinds with one each, everything or nothing.

        Raises Outdated if what `load` was told, or read, is not true any more.
        """
        async with connection.transaction() if self._rows else nullcontext():
            version = await save(connection, self._hot_rows(), self._guard())
            for save_rows, rows in self._rows.items():
                await save_rows(connection, rows)
        if version is not None:
            self._renew(version)

    def _renew(self, version: Version) -> None:
        """The saved rows have this version now."""
        for station_id in self._saved_stations:
            self.stations[station_id].state_version = version
        for key in self._saved_evses:
            self.evses[key].version = version
        for number in chain(self._inserted, self._updated, self._metered):
            self.versions[number] = version

    def _hot_rows(self) -> tuple[Part, ...]:
        metered = self._metered - self._updated
        return (
            stations.stations([self.stations[key] for key in self._saved_stations]),
            stations.boots([self.stations[key] for key in self._booted]),
            *stations.connectors([self.connectors[key] for key in self._saved_connectors]),
            transactions.new([self.transactions[key] for key in sorted(self._inserted)]),
            transactions.changed(self._known(self._updated)),
            transactions.metered(self._known(metered)),
            stations.new_evses([self.evses[key] for key in self._saved_evses - self._known_evses]),
            stations.known_evses(
                [self.evses[key] for key in self._saved_evses & self._known_evses]
            ),
            metering.samples(self.samples),
            history.statuses(self.statuses),
            history.connections(self.connections),
        )

    def _known(self, numbers: Iterable[int]) -> list[Known]:
        return [(self.transactions[number], self.versions[number]) for number in numbers]

    def _remember(self, transaction: Transaction) -> None:
        self.transactions[transaction.id] = transaction
        key = (transaction.station_id, transaction.transaction_id)
        if self._newest.get(key, 0) <= transaction.id:
            self._newest[key] = transaction.id


def next_revision(revision: int, at: datetime) -> int:
    """Microseconds, always growing."""
    return max(revision + 1, int(at.timestamp() * 1_000_000))


_UNMETERED_FIELDS = (
    *("started_at", "ended_at", "stop_reason", "id_token", "token_status", "meter_start_wh"),
    *("remote_start_id", "evse_id", "connector_id", "soc_start_percent", "station_cost"),
)
_UNMETERED = itemgetter(*map(Transaction._fields.index, _UNMETERED_FIELDS))
"""What `store.transactions.metered` does not store."""

"""Rows -> records: cells are read, references resolved, contradictions found.

Nothing stops at the first mistake: what cannot be read is left out and told.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from app.csms.authorization import TokenRecord
from app.csms.provisioning import Known
from app.domain.geo import KOREA, Position, look_swapped, within
from app.domain.locations import ConnectorRecord, LocationRecord, StationRecord, TariffRecord
from app.seed.columns import KINDS
from app.seed.rows import Mistakes, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """What files say, without contradictions."""

    locations: tuple[LocationRecord, ...] = ()
    tariffs: tuple[TariffRecord, ...] = ()
    tokens: tuple[TokenRecord, ...] = ()

    @property
    def stations(self) -> tuple[StationRecord, ...]:
        """All stations of all sites."""
        return tuple(station for location in self.locations for station in location.stations)


@dataclass(frozen=True, slots=True)
class _Read:
    """A row whose cells are read; cells with mistakes are absent."""

    row: Row
    values: dict[str, Any]

    def place(self) -> tuple[str, int]:
        return self.row.file, self.row.line


def records_of(
    rows: Sequence[Row], mistakes: Mistakes, *, known: Known | None, anywhere: bool
) -> Seed:
    """The records of `rows`; meaningless if mistakes were added."""
    by_kind: dict[str, list[_Read]] = {kind: [] for kind in KINDS}
    for row in rows:
        by_kind[row.kind].append(_read_cells(row, mistakes))
    tariffs = _unique(by_kind["tariffs"], "tariff", mistakes)
    locations = _unique(by_kind["locations"], "location", mistakes)
    stations = _unique(by_kind["stations"], "station", mistakes)
    aliases = _unique(by_kind["aliases"], "alias", mistakes)
    tokens = _unique(by_kind["tokens"], "token", mistakes, fold=str.lower)

    tariff_ids = _existing(tariffs, known.tariffs if known else None)
    for read in (*by_kind["locations"], *by_kind["stations"]):
        _refer(read, "tariff", tariff_ids, mistakes)
        _check_position(read, anywhere, mistakes)
    _check_stations(by_kind["stations"], locations, known, mistakes)
    _check_aliases(aliases, stations, mistakes)
    if mistakes.found:
        return Seed()
    return Seed(
        tariffs=tuple(_tariff(read) for read in tariffs.values()),
        locations=_locations(locations, stations, aliases),
        tokens=tuple(TokenRecord(**_without(read, "note")) for read in tokens.values()),
    )


def _read_cells(row: Row, mistakes: Mistakes) -> _Read:
    values: dict[str, Any] = {}
    for column in KINDS[row.kind]:
        text = row.cells.get(column.name)
        if text is None:
            if column.required:
                mistakes.add(row.file, row.line, f"{column.name} is missing.")
            continue
        try:
            values[column.name] = column.read(text)
        except ValueError as error:
            mistakes.add(row.file, row.line, f'{column.name} "{text[:60]}" {error}.')
    return _Read(row, values)


def _unique(
    reads: Sequence[_Read], name: str, mistakes: Mistakes, fold: Callable[[str], str] = str
) -> dict[str, _Read]:
    """Rows by their key; a second row with the same key is a mistake."""
    found: dict[str, _Read] = {}
    for read in reads:
        key = read.values.get(name)
        if key is None:
            continue
        first = found.setdefault(fold(key), read)
        if first is not read:
            where = f"line {first.row.line}"
            if first.row.file != read.row.file:
                where = f"{first.row.file}, {where}"
            mistakes.add(*read.place(), f'{name} "{key}" is there already, in {where}.')
    return found


def _refer(
    read: _Read, name: str, ids: Collection[str] | None, mistakes: Mistakes, but: str = ""
) -> None:
    """A mistake if `name` refers to nothing; `ids` None: it is not known what there is."""
    value = read.values.get(name)
    if value is None or ids is None or value in ids:
        return
    near = get_close_matches(value, sorted(ids), n=1, cutoff=0.6)
    hint = f"; did you mean {near[0]}?" if near else but or "; describe it, or correct the id."
    mistakes.add(*read.place(), f'{name} "{value}" does not exist{hint}')


def _existing(described: Collection[str], stored: Collection[str] | None) -> Collection[str] | None:
    """What may be referred to; None, nobody knows: neither the database nor a file was asked."""
    if stored is None:
        return described or None
    return {*described, *stored}


def _check_position(read: _Read, anywhere: bool, mistakes: Mistakes) -> None:
    lat, lon = read.values.get("latitude"), read.values.get("longitude")
    if lat is None or lon is None:
        return
    if look_swapped(lat, lon):
        mistakes.add(
            *read.place(),
            f"latitude {lat} and longitude {lon} look swapped; Korea lies at latitude 33 to 39"
            " and longitude 124 to 132 (GeoJSON writes the longitude first).",
        )
        return
    try:
        position = Position(lat=lat, lon=lon)
    except ValueError as error:
        mistakes.add(*read.place(), f"{error}.")
        return
    if not anywhere and not within(position, KOREA):
        mistakes.add(
            *read.place(),
            f"latitude {lat}, longitude {lon} is not in Korea; use --anywhere if it is meant.",
        )


def _check_stations(
    stations: Sequence[_Read],
    locations: dict[str, _Read],
    known: Known | None,
    mistakes: Mistakes,
) -> None:
    named = {
        read.values["location"]
        for read in stations
        if "location" in read.values and "location_name" in read.values
    }
    ids = _existing({*locations, *named}, known.locations if known else None)
    for read in stations:
        _refer(
            read,
            "location",
            ids,
            mistakes,
            but="; describe it in locations.csv, or name it in a column location_name.",
        )
        most, least = read.values.get("max_power_kw"), read.values.get("min_power_kw")
        if most is not None and least is not None and least > most:
            mistakes.add(*read.place(), "min_power_kw is more than max_power_kw.")


def _check_aliases(
    aliases: dict[str, _Read], stations: dict[str, _Read], mistakes: Mistakes
) -> None:
    for alias, read in aliases.items():
        _refer(read, "station", stations, mistakes)
        if alias in stations:
            mistakes.add(*read.place(), f'alias "{alias}" is the id of a station itself.')


def _tariff(read: _Read) -> TariffRecord:
    values = _without(read, "note", "tariff")
    return TariffRecord(id=read.values["tariff"], **values)


def _locations(
    locations: dict[str, _Read], stations: dict[str, _Read], aliases: dict[str, _Read]
) -> tuple[LocationRecord, ...]:
    known_as: dict[str, list[str]] = {}
    for alias, read in aliases.items():
        known_as.setdefault(read.values["station"], []).append(alias)
    records = {name: _location(read) for name, read in locations.items()}
    members: dict[str, list[StationRecord]] = {name: [] for name in records}
    for station_id, read in stations.items():
        name = read.values["location"]
        record = records.setdefault(name, LocationRecord(id=name))
        if name not in locations and record.name is None:
            records[name] = replace(record, name=read.values.get("location_name"))
        members.setdefault(name, []).append(_station(read, tuple(known_as.get(station_id, ()))))
    return tuple(replace(record, stations=tuple(members[name])) for name, record in records.items())


def _location(read: _Read) -> LocationRecord:
    values = _without(read, "note", "location", "latitude", "longitude", "tariff", "grid_limit_kw")
    return LocationRecord(
        id=read.values["location"],
        position=_position(read),
        tariff_id=read.values.get("tariff"),
        grid_limit_w=read.values.get("grid_limit_kw"),
        **values,
    )


def _station(read: _Read, aliases: tuple[str, ...]) -> StationRecord:
    values = read.values
    return StationRecord(
        id=values["station"],
        name=values.get("name"),
        position=_position(read),
        location_detail=values.get("location_detail"),
        category=values.get("category"),
        max_power_w=values.get("max_power_kw"),
        min_power_w=values.get("min_power_kw"),
        connector_type=values.get("connector_type"),
        serial_number=values.get("serial_number"),
        vendor=values.get("vendor"),
        model=values.get("model"),
        installed_on=values.get("installed_on"),
        tariff_id=values.get("tariff"),
        connectors=tuple(
            ConnectorRecord(evse_id=evse) for evse in range(1, values.get("evses", 1) + 1)
        ),
        aliases=aliases,
    )


def _position(read: _Read) -> Position:
    return Position(lat=read.values["latitude"], lon=read.values["longitude"])


def _without(read: _Read, *names: str) -> dict[str, Any]:
    return {name: value for name, value in read.values.items() if name not in names}

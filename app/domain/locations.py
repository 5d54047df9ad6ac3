"""Sites, their stations and prices as they are written down: what a seed file or a form says.

In all records None means "not said": what is known already stays as it is.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.domain.geo import Position
from app.domain.stations import StationCategory


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffRecord:
    """A price; see `app.domain.tariffs.Tariff`."""

    id: str
    name: str
    currency: str
    price_per_kwh: Decimal
    session_fee: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorRecord:
    """One connector of a station. `type` in the words of the file, e.g. Type2_DC."""

    evse_id: int = 1
    connector_id: int = 1
    type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StationRecord:
    """One charging station. `aliases`: other identities under which it may connect."""

    id: str
    name: str | None = None
    position: Position | None = None
    location_detail: str | None = None
    category: StationCategory | None = None
    max_power_w: float | None = None
    min_power_w: float | None = None
    connector_type: str | None = None
    serial_number: str | None = None
    vendor: str | None = None
    model: str | None = None
    installed_on: date | None = None
    tariff_id: str | None = None
    connectors: tuple[ConnectorRecord, ...] = (ConnectorRecord(),)
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationRecord:
    """One site with its stations.

    A new site without a name is called by its id, one without a position stands amid its stations.
    """

    id: str
    name: str | None = None
    name_en: str | None = None
    address: str | None = None
    position: Position | None = None
    time_zone: str | None = None
    tariff_id: str | None = None
    operator_name: str | None = None
    operator_phone: str | None = None
    operator_email: str | None = None
    grid_limit_w: float | None = None
    stations: tuple[StationRecord, ...] = ()


def centre(record: LocationRecord) -> Position | None:
    """Where the site is: as said, or amid its stations; None if nobody said anything."""
    if record.position is not None:
        return record.position
    placed = [station.position for station in record.stations if station.position is not None]
    if not placed:
        return None
    return Position(
        lat=round(sum(position.lat for position in placed) / len(placed), 6),
        lon=round(sum(position.lon for position in placed) / len(placed), 6),
    )

"""Stations, EVSEs and connectors as they are installed; what changes by the minute is in the hot tables below."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import ARRAY, BigInteger, Column, Text
from sqlmodel import Field, SQLModel

from app.domain.stations import (
    Availability,
    ChargingState,
    ConnectorStatus,
    Registration,
    StationCategory,
)
from app.store.tables.columns import energy, instant, one_of, word


class Station(SQLModel, table=True):
    """A charging station: its OCPP identity, where it stands, what it is. No volatile state.

    `quirks`: what a person said of it; `traits`: what it was seen to do (`app.domain.legacy`).
    """

    __tablename__ = "station"
    __table_args__ = (
        one_of("station", "registration", Registration),
        one_of("station", "category", StationCategory),
        one_of("station", "availability", Availability),
    )

    id: str = Field(primary_key=True)
    location_id: str | None = Field(default=None, foreign_key="location.id", index=True)
    tariff_id: str | None = Field(default=None, foreign_key="tariff.id")
    name: str | None = None
    position: Any = Field(
        default=None, sa_column=Column(Geometry("POINT", srid=4326, spatial_index=True))
    )
    location_detail: str | None = None
    category: str = Field(
        default=StationCategory.FAST, sa_column=word(default=StationCategory.FAST)
    )
    max_power_w: float = Field(default=50_000.0)
    min_power_w: float = Field(default=0.0)
    connector_type: str | None = None
    serial_number: str | None = None
    vendor: str | None = None
    model: str | None = None
    firmware_version: str | None = None
    installed_on: date | None = None
    comment: str | None = None
    registration: str = Field(
        default=Registration.ACCEPTED, sa_column=word(default=Registration.PENDING)
    )
    availability: str = Field(
        default=Availability.OPERATIVE, sa_column=word(default=Availability.OPERATIVE)
    )
    password_hash: str | None = None
    strict: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    quirks: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default="{}")
    )
    traits: list[str] = Field(
        default_factory=list, sa_column=Column(ARRAY(Text), nullable=False, server_default="{}")
    )
    created_at: datetime | None = Field(default=None, sa_column=instant(now=True))
    updated_at: datetime | None = Field(default=None, sa_column=instant(now=True))
    retired_at: datetime | None = Field(default=None, sa_column=instant())


class StationAlias(SQLModel, table=True):
    """Another identity under which a station may connect and be asked for."""

    __tablename__ = "station_alias"

    alias: str = Field(primary_key=True)
    station_id: str = Field(foreign_key="station.id", ondelete="CASCADE", index=True)


class Connector(SQLModel, table=True):
    """A connector of an EVSE. Made by the seed, or at the first word about it."""

    __tablename__ = "connector"

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    evse_id: int = Field(primary_key=True)
    connector_id: int = Field(primary_key=True)
    type: str | None = None
    name: str | None = None


class StationState(SQLModel, table=True):
    """Hot: the connection of a station. `revision` (microseconds) grows with every change of what is shown of it.

    A reading that changes no status moves only its EVSE's revision: a marker's is the greatest of all.
    """

    __tablename__ = "station_state"
    __table_args__ = ({"postgresql_with": {"fillfactor": "70"}},)

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    revision: int = Field(
        default=0, sa_column=Column(BigInteger, nullable=False, server_default="0")
    )
    connection: int | None = Field(default=None, sa_column=Column(BigInteger))
    online: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    protocol: str | None = None
    remote_address: str | None = None
    connected_at: datetime | None = Field(default=None, sa_column=instant())
    disconnected_at: datetime | None = Field(default=None, sa_column=instant())
    booted_at: datetime | None = Field(default=None, sa_column=instant())
    boot_reason: str | None = None
    last_seen_at: datetime | None = Field(default=None, sa_column=instant())


class ConnectorState(SQLModel, table=True):
    """Hot: the last status of a connector (evse 0, connector 0: of the station itself).

    `derived`: the station never said it; it follows from its transactions.
    """

    __tablename__ = "connector_state"
    __table_args__ = (
        one_of("connector_state", "status", ConnectorStatus),
        {"postgresql_with": {"fillfactor": "70"}},
    )

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    evse_id: int = Field(primary_key=True)
    connector_id: int = Field(primary_key=True)
    status: str = Field(sa_column=word())
    status_at: datetime = Field(sa_column=instant(nullable=False))
    error_code: str | None = None
    vendor_error_code: str | None = None
    info: str | None = None
    derived: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})


class EvseState(SQLModel, table=True):
    """Hot: what an EVSE last measured and is doing. `transaction_id` is our number of the running transaction.

    `power_derived`: `power_w` was not measured; it follows from the register.
    """

    __tablename__ = "evse_state"
    __table_args__ = (
        one_of("evse_state", "charging_state", ChargingState),
        {"postgresql_with": {"fillfactor": "70"}},
    )

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    evse_id: int = Field(primary_key=True)
    revision: int = Field(
        default=0, sa_column=Column(BigInteger, nullable=False, server_default="0")
    )
    charging_state: str | None = Field(default=None, sa_column=word(nullable=True))
    transaction_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    measured_at: datetime | None = Field(default=None, sa_column=instant())
    power_w: float | None = None
    register_wh: Decimal | None = Field(default=None, sa_column=energy())
    current_a: float | None = None
    voltage_v: float | None = None
    soc_percent: float | None = None
    power_derived: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})

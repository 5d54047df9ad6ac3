"""What was: the statuses of connectors and the connections of stations, one row per change, never altered.

`at` is the CSMS's own clock, so that rows of all stations compare; `said_at` is what the station's clock said.
`simulated`: made by `halla simulate history`, not by a station.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Identity, Index, text
from sqlmodel import Field, SQLModel

from app.domain.stations import ConnectorStatus
from app.store.tables.columns import instant, one_of, word


class StatusHistory(SQLModel, table=True):
    """From `at` on the connector had this status (evse 0, connector 0: the station itself)."""

    __tablename__ = "status_history"
    __table_args__ = (
        one_of("status_history", "status", ConnectorStatus),
        Index("status_history_connector", "station_id", "evse_id", "connector_id", "at"),
        Index("status_history_at", text("at DESC")),
        Index("status_history_faults", "station_id", postgresql_where=text("status = 'Faulted'")),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=False), primary_key=True)
    )
    station_id: str = Field(foreign_key="station.id", ondelete="CASCADE")
    evse_id: int
    connector_id: int
    at: datetime = Field(sa_column=instant(nullable=False))
    status: str = Field(sa_column=word())
    error_code: str | None = None
    vendor_error_code: str | None = None
    info: str | None = None
    said_at: datetime | None = Field(default=None, sa_column=instant())
    simulated: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})


class ConnectionHistory(SQLModel, table=True):
    """From `at` on the station was connected, or was not."""

    __tablename__ = "connection_history"
    __table_args__ = (
        Index("connection_history_station", "station_id", "at"),
        Index("connection_history_at", text("at DESC")),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=False), primary_key=True)
    )
    station_id: str = Field(foreign_key="station.id", ondelete="CASCADE")
    at: datetime = Field(sa_column=instant(nullable=False))
    online: bool
    protocol: str | None = None
    remote_address: str | None = None
    simulated: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})

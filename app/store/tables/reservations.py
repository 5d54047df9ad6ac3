"""Reservations that stations accepted, and what became of them."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer, Sequence, text
from sqlmodel import Field, SQLModel

from app.domain.reservations import ReservationStatus
from app.store.tables.columns import instant, one_of, word

reservation_number = Sequence("reservation_number", data_type=Integer, metadata=SQLModel.metadata)
"""Where reservation ids come from; OCPP asks for 32 bits."""


class Reservation(SQLModel, table=True):
    """One reservation. `evse_id` null: any EVSE of the station (with a `connector_type`: that has such a plug)."""

    __tablename__ = "reservation"
    __table_args__ = (
        one_of("reservation", "status", ReservationStatus),
        Index(
            "reservation_active",
            "station_id",
            "evse_id",
            postgresql_where=text("status = 'active'"),
        ),
    )

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    reservation_id: int = Field(primary_key=True)
    evse_id: int | None = None
    connector_type: str | None = None
    id_token: str
    token_type: str | None = None
    group_id: str | None = None
    status: str = Field(sa_column=word())
    reserved_at: datetime = Field(sa_column=instant(nullable=False))
    expires_at: datetime = Field(sa_column=instant(nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=instant())
    transaction_id: int | None = Field(default=None, sa_column=Column(BigInteger))

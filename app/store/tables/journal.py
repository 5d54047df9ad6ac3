"""The journal: every frame of both directions, its secrets hidden, in partitions of a day."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Identity, Index, PrimaryKeyConstraint, SmallInteger, text
from sqlmodel import Field, SQLModel

from app.store.tables.columns import instant


class Frame(SQLModel, table=True):
    """One frame. `direction` is seen from the CSMS: in or out.

    `exchange`: the same number on a CALL and on its answer. `transaction_id`: the station's id of the transaction that
    the exchange is about. `latency_ms` and `outcome` stand on answers: how long it took, and how it ended.
    """

    __tablename__ = "journal"
    __table_args__ = (
        PrimaryKeyConstraint("at", "id"),
        Index("journal_station", "station_id", text("at DESC")),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: int = Field(sa_column=Column(BigInteger, Identity(always=False), nullable=False))
    at: datetime = Field(sa_column=instant(nullable=False))
    station_id: str
    direction: str
    message_type: int = Field(sa_column=Column(SmallInteger, nullable=False))
    message_id: str | None = None
    action: str | None = None
    frame: str
    latency_ms: float | None = None
    outcome: str | None = None
    exchange: int | None = Field(default=None, sa_column=Column(BigInteger))
    transaction_id: str | None = None

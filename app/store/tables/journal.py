"""The journal: every frame of both directions, its secrets hidden, in partitions of a day."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Identity, Index, PrimaryKeyConstraint, SmallInteger, text
from sqlmodel import Field, SQLModel

from app.store.tables.columns import instant


class Exchange(SQLModel, table=True):
    """A frame and, if it was answered by the time it was written, the answer. `direction` of the frame, seen from the
    CSMS: in or out.

    An answer that came later is a frame of its own; the CALL and it have the number `exchange` in common.
    `transaction_id`: the station's id of the transaction that the exchange is about. `latency_ms` and `outcome` tell of
    the answer: how long after its call it passed, and how it ended. Ids are even: the view `journal_frame` shows each
    frame as a row, and the answer has the number after its call's.
    """

    __tablename__ = "journal"
    __table_args__ = (
        PrimaryKeyConstraint("at", "id"),
        Index("journal_station", "station_id", text("at DESC")),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: int = Field(
        sa_column=Column(BigInteger, Identity(always=False, start=2, increment=2), nullable=False)
    )
    at: datetime = Field(sa_column=instant(nullable=False))
    station_id: str
    direction: str
    message_type: int = Field(sa_column=Column(SmallInteger, nullable=False))
    message_id: str | None = None
    action: str | None = None
    frame: str
    answer_type: int | None = Field(default=None, sa_column=Column(SmallInteger))
    answer: str | None = None
    latency_ms: float | None = None
    outcome: str | None = None
    exchange: int | None = Field(default=None, sa_column=Column(BigInteger))
    transaction_id: str | None = None

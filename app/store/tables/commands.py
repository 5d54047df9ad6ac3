"""Commands are rows: who asked for what, when, and how it ended."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index, text
from sqlmodel import Field, SQLModel

from app.store.tables.columns import document, instant, one_of, word


class CommandStatus(StrEnum):
    """How far a command has come: `queued`, `sent`, or how it ended."""

    QUEUED = "queued"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ERROR = "error"
    OFFLINE = "offline"
    TIMED_OUT = "timed_out"
    NOT_SUPPORTED = "not_supported"
    INVALID = "invalid"


class StationCommand(SQLModel, table=True):
    """One command to one station: `request` as it was asked, `answer` as it was given (of an error: its details).

    `effect`: what was seen to come of it (a transaction, a boot), or that nothing came; `effect_at`: when.
    """

    __tablename__ = "station_command"
    __table_args__ = (
        one_of("station_command", "status", CommandStatus),
        Index("station_command_station", "station_id", text("id DESC")),
        Index("station_command_requested", "station_id", "requested_at"),
        Index("station_command_at", text("requested_at DESC")),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=False), primary_key=True)
    )
    station_id: str = Field(foreign_key="station.id", ondelete="CASCADE")
    evse_id: int | None = None
    action: str
    request: Any = Field(default=None, sa_column=document())
    requested_by: str
    requested_at: datetime = Field(sa_column=instant(now=True))
    status: str = Field(default=CommandStatus.QUEUED, sa_column=word(default=CommandStatus.QUEUED))
    sent_at: datetime | None = Field(default=None, sa_column=instant())
    detail: str | None = None
    description: str | None = None
    answer: Any = Field(default=None, sa_column=document())
    answered_at: datetime | None = Field(default=None, sa_column=instant())
    latency_ms: float | None = None
    transaction_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    effect: str | None = None
    effect_at: datetime | None = Field(default=None, sa_column=instant())

"""Power limits: what was asked for and what the station accepted; the third truth, measured, is in `evse_state`."""

from datetime import datetime

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel

from app.domain.smart_charging import LimitScope, LimitStatus
from app.store.tables.columns import instant, one_of, word


class PowerLimit(SQLModel, table=True):
    """The limit of one station (evse 0, scope station) or of a running session (its evse)."""

    __tablename__ = "power_limit"
    __table_args__ = (
        one_of("power_limit", "scope", LimitScope),
        one_of("power_limit", "status", LimitStatus),
    )

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    evse_id: int = Field(primary_key=True)
    scope: str = Field(sa_column=word())
    requested_w: float | None = None
    requested_at: datetime | None = Field(default=None, sa_column=instant())
    requested_by: str | None = None
    status: str = Field(sa_column=word())
    accepted_w: float | None = None
    accepted_at: datetime | None = Field(default=None, sa_column=instant())
    transaction_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    command_id: int | None = Field(default=None, sa_column=Column(BigInteger))

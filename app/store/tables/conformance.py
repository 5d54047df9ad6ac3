"""Where stations broke the protocol: what was mended for them, and what was refused, counted."""

from datetime import datetime

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel

from app.store.tables.columns import instant


class ConformanceFinding(SQLModel, table=True):
    """One kind of deviation of one station in one action.

    `quirk`: the key of what was mended, or of the rule that was broken. `outcome`: mended, or the error code that the
    station was answered with. `example`: the newest case as a sentence.
    """

    __tablename__ = "conformance_finding"

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    action: str = Field(primary_key=True)
    quirk: str = Field(primary_key=True)
    outcome: str = Field(primary_key=True)
    example: str
    count: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
    first_seen_at: datetime = Field(sa_column=instant(nullable=False))
    last_seen_at: datetime = Field(sa_column=instant(nullable=False))

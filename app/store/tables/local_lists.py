"""The local authorization list of each station, as it last accepted it."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.store.tables.columns import instant


class LocalList(SQLModel, table=True):
    """The version of a station's list; 0: it has none, -1: it cannot have one (1.6)."""

    __tablename__ = "local_list"

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    version: int
    seen_at: datetime = Field(sa_column=instant(nullable=False))


class LocalListEntry(SQLModel, table=True):
    """One token of a station's list, in lower case, and what the station decides about it by itself."""

    __tablename__ = "local_list_entry"

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    token: str = Field(primary_key=True)
    type: str | None = None
    status: str
    group_id: str | None = None
    expires_at: datetime | None = Field(default=None, sa_column=instant())

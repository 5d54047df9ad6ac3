"""The browser simulator's tickets."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.store.tables.columns import instant


class SimulatorTicket(SQLModel, table=True):
    """Opens one socket in a station's name from a page of `origin`, once, soon."""

    __tablename__ = "simulator_ticket"

    ticket_hash: str = Field(primary_key=True)
    station_id: str
    origin: str
    actor: str
    expires_at: datetime = Field(sa_column=instant(nullable=False))

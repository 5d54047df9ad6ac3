"""Who has seen an alert. The alerts themselves are no rows: they are derived from how things stand."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from app.store.tables.columns import instant


class AlertAcknowledgement(SQLModel, table=True):
    """The last acknowledgement of an alert: it holds for what had begun by then."""

    __tablename__ = "alert_acknowledgement"
    __table_args__ = (Index("alert_acknowledgement_at", text("at DESC")),)

    key: str = Field(primary_key=True)
    at: datetime = Field(sa_column=instant(nullable=False))
    actor: str
    note: str | None = None
